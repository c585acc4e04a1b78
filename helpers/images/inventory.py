"""The runnable dirs with their images, as people look at them."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from helpers.engine.client import Client, EngineUnavailableError
from helpers.engine.containers import Image
from helpers.images.resolve import list_by_reference, own_image, references_of
from helpers.images.state import ImageState, is_outdated
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.image import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog
from helpers.vcs.discovery import discover_dirs


@dataclass(frozen=True, slots=True)
class ListedDir:
    """A runnable dir: its image's name and version as its changelog says, and how that stands."""

    name: str
    image: str
    version: str
    state: str


def list_dirs(client: Client, repo: Repo, host: Host) -> list[ListedDir]:
    """All runnable dirs of a repo; without an engine, what files alone tell.

    Raises:
        ProcessError: git fails.
    """
    found = discover_dirs(repo)
    try:
        images: dict[str, Image] | None = list_by_reference(client)
    except EngineUnavailableError:
        images = None
    with ThreadPoolExecutor() as executor:
        return list(executor.map(lambda item: _listed(repo, host, item, images), found))


def _listed(
    repo: Repo, host: Host, item: RunnableDir, images: dict[str, Image] | None
) -> ListedDir:
    try:
        changelog = read_changelog(item)
        state = "no engine answers"
        if images is not None:
            own = own_image(repo, changelog, references_of(repo, changelog, host), images.get)
            image = own[0] if own else None
            state = _state(repo, host, item, changelog.image_name, image, images)
    except HelpersError as error:
        return ListedDir(item.name, "", "", error.what)
    return ListedDir(item.name, changelog.image_name, str(changelog.version), state)


def _state(
    repo: Repo,
    host: Host,
    item: RunnableDir,
    image_name: str,
    image: Image | None,
    images: dict[str, Image],
) -> ImageState:
    if image:
        outdated = is_outdated(repo, item, host, image)
        return ImageState.OUTDATED if outdated else ImageState.THERE
    of_user = {
        labels.REPO: repo.of(item.name).config.name,
        labels.IMAGE_NAME: image_name,
        labels.STAGE: Stage.LOCAL.value,
        labels.USER: host.user.name,
    }
    earlier = any(of_user.items() <= other.labels.items() for other in images.values())
    return ImageState.OUTDATED if earlier else ImageState.NEVER_BUILT
