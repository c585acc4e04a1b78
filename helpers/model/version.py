"""Container versions: `<major>.<minor>.<patch>`."""

import re
from enum import StrEnum

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError

# Nine digits are more than any version has, and few enough for names of images.
_NUMBER = r"(0|[1-9][0-9]{0,8})"
_VERSION = re.compile(rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}")


class Part(StrEnum):
    """The part of a version that a bump raises."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"


@dataclass(frozen=True, order=True, slots=True)
class Version:
    """A container version; ordered by major, then minor, then patch."""

    major: int
    minor: int
    patch: int

    @classmethod
    def parse(cls, text: str) -> "Version":
        """Read `1.2.3`.

        Raises:
            HelpersError: the text is no version.
        """
        match = _VERSION.fullmatch(text.strip())
        if not match:
            raise HelpersError(
                f"{text[:80]!r} is not a version",
                fix="write <major>.<minor>.<patch>, such as 1.2.0",
            )
        return cls(*(int(number) for number in match.groups()))

    def bumped(self, part: Part) -> "Version":
        """The version that follows when `part` is raised and what is below it starts at 0.

        Raises:
            HelpersError: the part has the most digits that it may have.
        """
        if part is Part.MAJOR:
            raised = Version(self.major + 1, 0, 0)
        elif part is Part.MINOR:
            raised = Version(self.major, self.minor + 1, 0)
        else:
            raised = Version(self.major, self.minor, self.patch + 1)
        # The result must be readable again: a number may already be the largest.
        return Version.parse(str(raised))

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"
