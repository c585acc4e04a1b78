"""Which released image is meant: by its version, its digest, or the newest one."""

import re

from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.release.index import Index, read_index
from helpers.release.promotion.no_image import or_no_image
from helpers.release.promotion.places import Places
from helpers.release.targets import ReleaseTarget
from helpers.release.version_tags import not_there, read_released_version, release_command, tags_of

_PROD, _CODE = f"{Stage.PROD}-", "v"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")


@dataclass(frozen=True, slots=True)
class Asked:
    """The image that the user asks for; neither: what is newest, or what runs.

    Attributes:
        version: `1.2.0`, or the tag of a release: `v1.2.0`, `prod-1.2.0`.
    """

    version: str = ""
    digest: str = ""

    def check(self) -> None:
        """Make sure that both can be what they are called.

        Raises:
            HelpersError: one cannot.
        """
        if self.digest and not _DIGEST.fullmatch(self.digest):
            raise HelpersError(
                f"--digest {self.digest[:80]!r} is not a digest: sha256: and 64 digits",
                fix="i promote_status --json   (shows whole digests)",
            )
        if self.version:
            read_released_version(self.version, Stage.PROD)


@dataclass(frozen=True, slots=True)
class Chosen:
    """An image that is promoted.

    Attributes:
        tag: of its release; empty: it is not known.
        source: where it is.
    """

    index: Index
    tag: str
    source: ReleaseTarget

    @property
    def digest(self) -> str:
        """The digest that all environments have in common."""
        return self.index.descriptor.digest


def release_tag(places: Places, version: str) -> str:
    """The tag of a release: of code where the dir has `release:`, of its container elsewhere."""
    bare = read_released_version(version, Stage.PROD)
    return tags_of(places.released, Stage.PROD, version).of(bare)


def find_release(places: Places, asked: Asked) -> Chosen:
    """A released image, which may enter the first environment.

    Raises:
        HelpersError: there is none, or the registry refuses.
    """
    target = places.released
    if asked.digest:
        return _by_digest(places, asked.digest)
    tag = release_tag(places, asked.version) if asked.version else _newest(places)
    index = read_index(target.repository, tag) if tag else None
    if index is None:
        raise or_no_image(places, not_there(target, tag))
    if tag == Stage.PROD:
        version = index.annotations.get(labels.OCI_VERSION, "")
        tag = f"{_PROD}{version}" if version else ""
    return Chosen(index, tag, target)


def _by_digest(places: Places, digest: str) -> Chosen:
    target = places.released
    index = read_index(target.repository, digest)
    if index is None:
        raise not_in_registry(places, target, digest)
    version = index.annotations.get(labels.OCI_VERSION, "")
    for tag in (f"{_CODE}{version}", f"{_PROD}{version}") if version else ():
        named = target.repository.resolve(tag)
        if named and named.digest == digest:
            return Chosen(index, tag, target)
    raise HelpersError(
        "this image was not released: no tag of a production image names it",
        where=f"{target}@{digest}",
        fix=release_command(target, Stage.PROD),
    )


def not_in_registry(places: Places, target: ReleaseTarget, digest: str) -> HelpersError:
    """The error for a digest that a registry does not have."""
    return HelpersError(
        f"{target} has no such digest",
        where=digest,
        fix=f"i docker_history {places.released.of_dir} --stage prod",
    )


def _newest(places: Places) -> str:
    """The tag of the newest release: the floating one, or the greatest version of code."""
    kind = tags_of(places.released, Stage.PROD)
    if not kind.is_code:
        return str(Stage.PROD)
    found = kind.among(places.released.repository.tags())
    return kind.of(found[0]) if found else ""
