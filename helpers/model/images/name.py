"""Names and tags of images."""

import re
from collections.abc import Sequence, Set
from dataclasses import replace
from enum import StrEnum

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.names import plain_letters, small_letters, with_checksum
from helpers.model.version import Version


class Stage(StrEnum):
    """Whose an image is: one person's, the team's, or what runs in production."""

    LOCAL = "local"
    DEV = "dev"
    PROD = "prod"


RELEASING = "releasing-"
# The stage of the image in which lock files are written.
BUILDER = "builder"


# A name of a repo that may stand in the name of an image as it is. With a dot, or as `localhost`,
# it would be taken for a registry's host.
# https://pkg.go.dev/github.com/distribution/reference
_PATH_PART = re.compile(r"(?!localhost$)[a-z0-9]+([_-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class ImageName:
    """The name of a dir's image: `[<registry>/]<name>`, without a tag.

    Attributes:
        repo: the repo's name, by which images that stay on one engine tell repos apart.
    """

    name: str
    registry: str = ""
    repo: str = ""

    def __str__(self) -> str:
        return f"{self.registry}/{self.name}" if self.registry else self.name

    @property
    def on_engine(self) -> str:
        """The name of a local image: without a registry it starts with the repo's name."""
        return str(self) if self.registry or not self.repo else f"{_repo_part(self.repo)}/{self}"

    @property
    def local_names(self) -> "tuple[ImageName, ...]":
        """The possible names of a local image: today, before there was a registry, before 1.4.

        In versions before 1.4 all repos shared the names.
        """
        without = replace(self, registry="")
        return tuple(dict.fromkeys((self, without, replace(without, repo=""))))

    def tagged(
        self, stage: Stage, version: Version | None, user: str = "", variant: str = ""
    ) -> str:
        """The full reference of a stage's image; no version means the floating tag.

        Args:
            variant: the architecture, on an engine of another one; empty: its own.

        Raises:
            HelpersError: a local image has no floating tag.
        """
        ending = f"-{variant}" if variant else ""
        if stage is Stage.LOCAL:
            if version is None:
                raise HelpersError("a local image is named by its version", where=str(self))
            return f"{self.on_engine}:{stage}-{tag_part(user)}-{version}{ending}"
        return f"{self}:{stage}-{version}{ending}" if version else f"{self}:{stage}{ending}"

    def releasing(self, stage: Stage, version: Version, key: str, variant: str = "") -> str:
        """The tag of a version on an engine until it is released.

        Args:
            key: of the checkout: another one may release the same version at the same moment.
        """
        return f"{self}:{RELEASING}{stage}-{version}{f'-{variant}' if variant else ''}-{key}"

    def candidate(self, tag: str, variant: str = "") -> str:
        """A production image that is not released: for a test environment."""
        return f"{self}:{tag}{f'-{variant}' if variant else ''}"


def code_tag(version: Version) -> str:
    """The tag of the image of a release of code."""
    return f"v{version}"


def candidate_tag(user: str, key: str) -> str:
    """The tag of a candidate whose code has no version of its own.

    Args:
        key: what tells one candidate of a user from another.
    """
    return f"{Stage.PROD}-{tag_part(user)}-{key}"


def renamed(full: str, names: Sequence[str], there: Set[str]) -> str:
    """What an image of a former name is called today, with the same tag; empty: it is not former.

    A name changes with the settings: the namespace, the registry, the heading of the changelog.

    Args:
        full: name and tag.
        names: those that the dir's images have today, without tags, that of local ones first; none:
            they are not known.
        there: names and tags on the engine.
    """
    name, _, tag = full.rpartition(":")
    known = names[:1] if tag.startswith(f"{Stage.LOCAL}-") else names
    if name in known:
        return ""
    return next((one for one in (f"{today}:{tag}" for today in known) if one in there), "")


def plain_name(text: str) -> str:
    """A text as the name of an image: small letters and digits, `_` between them; may be empty."""
    return small_letters(text, "_")


def tag_part(text: str) -> str:
    """A user's or branch's name as a part of a tag.

    A tag holds letters, digits, `_`, `.` and `-`, at most 128 of them (OCI distribution
    specification). What else the text has is replaced, and a checksum of it added, so that
    different names never share a tag.
    """
    kept = re.sub(r"[^A-Za-z0-9_.-]+", "-", plain_letters(text)).strip("-.")[:60]
    return kept if kept == text else with_checksum(kept, text)


def _repo_part(name: str) -> str:
    """A repo's name as a part of an image's name; different names stay different."""
    if _PATH_PART.fullmatch(name):
        return name
    return with_checksum(small_letters(name, "-"), name)
