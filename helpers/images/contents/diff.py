"""Compare the packages and the files of two images."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from helpers.engine.client import Client
from helpers.engine.containers import find_image
from helpers.engine.image_files import ImageContents, read_image
from helpers.images.contents.packages import find_packages, is_wanted
from helpers.images.resolve import NoImageError, Which, choose_image
from helpers.model.changelog.entries import Changelog
from helpers.model.dataclass import dataclass
from helpers.model.images.diff import ImageDiff
from helpers.model.images.files import FileEntry, diff_files
from helpers.model.images.name import Stage
from helpers.model.packages.installed import diff_packages
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.system.host import Host

# Files that the engine adds to every container.
_OF_THE_ENGINE = frozenset({"/.dockerenv", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"})


@dataclass(frozen=True, slots=True)
class Named:
    """An image as people name it, and its id."""

    reference: str
    id: str


def name_image(
    client: Client,
    repo: Repo,
    changelog: Changelog,
    host: Host,
    text: str,
    version: Version | None,
) -> Named:
    """The image that a stage's name, or else a full reference, means.

    Raises:
        NoImageError: the engine has no such image.
    """
    if text in tuple(Stage):
        chosen = choose_image(client, repo, changelog, host, Which(Stage(text), version))
        return Named(chosen.reference, chosen.image.id)
    image = find_image(client, text)
    if image is None:
        raise NoImageError(
            f"the image {text} is not on this engine",
            fix=f"name a stage ({', '.join(Stage)}) or an image that 'docker image ls' lists",
        )
    return Named(text, image.id)


def diff_images(client: Client, before: Named, after: Named, owner: Mapping[str, str]) -> ImageDiff:
    """Compare packages and files of two images; neither is started.

    Args:
        owner: the labels of the containers that are made for it.

    Raises:
        EngineError: the engine stops answering.
    """
    with ThreadPoolExecutor() as executor:
        old, new = executor.map(lambda image: _read(client, image, owner), (before, after))
    return ImageDiff(
        before.reference,
        after.reference,
        diff_packages(find_packages(old.texts), find_packages(new.texts)),
        diff_files(_own(old), _own(new)),
    )


def _read(client: Client, image: Named, owner: Mapping[str, str]) -> ImageContents:
    return read_image(client, image.id, owner, is_wanted, checksums=True)


def _own(contents: ImageContents) -> list[FileEntry]:
    return [entry for entry in contents.entries if entry.path not in _OF_THE_ENGINE]
