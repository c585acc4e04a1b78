"""Names and tags of images."""

import re
from dataclasses import dataclass
from enum import StrEnum

from helpers.model.errors import HelpersError
from helpers.model.version import Version


class Stage(StrEnum):
    """Whose an image is: one person's, the team's, or what runs in production."""

    LOCAL = "local"
    DEV = "dev"
    PROD = "prod"


RELEASING = "releasing-"


@dataclass(frozen=True, slots=True)
class ImageName:
    """The name of a dir's image: `[<registry>/]<name>`, without a tag."""

    name: str
    registry: str = ""

    def __str__(self) -> str:
        return f"{self.registry}/{self.name}" if self.registry else self.name

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
            return f"{self}:{stage}-{tag_part(user)}-{version}{ending}"
        return f"{self}:{stage}-{version}{ending}" if version else f"{self}:{stage}{ending}"

    def releasing(self, stage: Stage, version: Version, key: str, variant: str = "") -> str:
        """What a version is called on an engine until it is released.

        Args:
            key: of the checkout: another one may release the same version at the same moment.
        """
        return f"{self}:{RELEASING}{stage}-{version}{f'-{variant}' if variant else ''}-{key}"

    def candidate(self, user: str, key: str, variant: str = "") -> str:
        """A production image that is not released: for a test environment.

        Args:
            key: what tells one candidate of a user from another.
        """
        tag = f"{Stage.PROD}-{tag_part(user)}-{key}"
        return f"{self}:{tag}{f'-{variant}' if variant else ''}"


def tag_part(text: str) -> str:
    """A user's or branch's name as a part of a tag.

    A tag holds letters, digits, `_`, `.` and `-`, at most 128 of them (OCI distribution
    specification). What else the text has is replaced, and a checksum of it added, so that
    different names never share a tag.
    """
    kept = re.sub(r"[^A-Za-z0-9_.-]+", "-", text).strip("-.")[:60]
    if kept == text:
        return kept
    # Imported here: most names need no checksum.
    import hashlib

    checksum = hashlib.sha256(text.encode()).hexdigest()[:6]
    return f"{kept}-{checksum}" if kept else checksum
