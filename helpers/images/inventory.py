"""The runnable dirs with their images, as people look at them."""

from concurrent.futures import ThreadPoolExecutor

from helpers.engine.client import Client, EngineUnavailableError
from helpers.images.building.out_of_date import ImageState, is_outdated
from helpers.images.changelogs.image_names import find_shared_names
from helpers.images.resolve import Which, own_image, references_of
from helpers.model.changelog.parse import Changelog
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog, read_dir_config
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.lost_dirs import find_lost_dirs

_LOOKED_UP = 5


@dataclass(frozen=True, slots=True)
class ListedDir:
    """A runnable dir: its image's name and version from its changelog, and its state.

    Attributes:
        error: why it cannot be said, or what is wrong with the image's name.
    """

    name: str
    image: str
    version: str
    state: str
    error: HelpersError | None = None


def list_dirs(client: Client, repo: Repo, host: Host) -> list[ListedDir]:
    """All runnable dirs of a repo; without an engine, from files alone.

    Raises:
        ProcessError: git fails.
    """
    found = discover_dirs(repo)
    wrong = find_shared_names(repo, found) | find_lost_dirs(repo)
    lost = [repo.runnable_dir(name) for name in wrong if repo.runnable_dir(name) not in found]

    def listed(item: RunnableDir) -> ListedDir:
        return _listed(client, repo, host, item, wrong.get(item.name))

    with ThreadPoolExecutor() as executor:
        return list(executor.map(listed, sorted([*found, *lost])))


def _listed(
    client: Client, repo: Repo, host: Host, item: RunnableDir, wrong: HelpersError | None
) -> ListedDir:
    try:
        changelog = read_changelog(item)
        if wrong:
            version = str(changelog.version)
            return ListedDir(item.name, changelog.image_name, version, wrong.what, wrong)
        read_dir_config(item)
        try:
            state: str = _state(client, repo, host, item, changelog)
        except EngineUnavailableError:
            state = "no engine answers"
    except HelpersError as error:
        if wrong:
            return ListedDir(item.name, "", "", wrong.what, wrong)
        first = error.where.partition("\n")[0]
        state = f"{first}: {error.what}" if first else error.what
        return ListedDir(item.name, "", "", state, error)
    return ListedDir(item.name, changelog.image_name, str(changelog.version), state)


def _state(
    client: Client, repo: Repo, host: Host, item: RunnableDir, changelog: Changelog
) -> ImageState:
    # Of the newest entry, and of a few before it: each is looked up by its name, since the engine
    # takes as long for a list of all images as for ten of these.
    for number, entry in enumerate(changelog.entries[:_LOOKED_UP]):
        references = references_of(repo, changelog, host, Which(version=entry.version))
        own = own_image(client, repo, changelog, references)
        if own:
            outdated = number > 0 or is_outdated(repo, item, host, own[0])
            return ImageState.OUTDATED if outdated else ImageState.THERE
    return ImageState.NEVER_BUILT
