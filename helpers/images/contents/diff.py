"""Compare the packages and the files of two images."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from helpers.engine.client import Client
from helpers.engine.containers import find_image
from helpers.engine.image_files import ImageContents, read_image
from helpers.images.contents.packages import find_packages, is_wanted
from helpers.images.resolve import Chosen, NoImageError, Which, choose_image, chosen_image
from helpers.model.changelog.parse import Changelog
from helpers.model.images.diff import ImageDiff
from helpers.model.images.files import FileEntry, diff_files
from helpers.model.images.name import Stage
from helpers.model.packages.installed import diff_packages
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.system.host import Host

# Files that the engine adds to every container.
_OF_THE_ENGINE = frozenset({"/.dockerenv", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf"})


def name_image(
    client: Client, repo: Repo, changelog: Changelog, host: Host, text: str, version: Version | None
) -> Chosen:
    """The image that a stage's name, or else a full reference, means.

    Raises:
        NoImageError: the engine has no such image.
    """
    if text in tuple(Stage):
        return choose_image(
            client, repo, changelog, host, Which(Stage(text), version, or_code=True)
        )
    image = find_image(client, text)
    if image is None:
        raise NoImageError(
            f"the image {text} is not on this engine",
            fix=f"name a stage ({', '.join(Stage)}) or an image that 'docker image ls' lists",
        )
    return chosen_image(image, text, Stage.LOCAL)


def diff_images(
    client: Client, before: Chosen, after: Chosen, owner: Mapping[str, str]
) -> ImageDiff:
    """Compare packages and files of two images; neither is started.

    Args:
        owner: the labels of the containers that are made for it.

    Raises:
        EngineError: the engine stops answering.
    """
    with ThreadPoolExecutor() as executor:
        old, new = executor.map(
            lambda one: read_image(client, one.image.id, owner, is_wanted, checksums=True),
            (before, after),
        )
    return ImageDiff(
        before.reference,
        after.reference,
        diff_packages(find_packages(old.texts), find_packages(new.texts)),
        diff_files(_own(old), _own(new)),
    )


def _own(contents: ImageContents) -> list[FileEntry]:
    return [entry for entry in contents.entries if entry.path not in _OF_THE_ENGINE]
