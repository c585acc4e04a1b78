"""What a forge has beside a repo: pages of releases, requests to merge, files that jobs left."""

from datetime import datetime

from helpers.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """The page of a release, which belongs to a tag.

    Attributes:
        notes: Markdown.
        url: where people see it; empty: it is not written yet.
    """

    tag: str
    title: str
    notes: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A request to merge.

    Attributes:
        head: the commit that it is at.
        base: the branch that it would be merged into.
        is_fork: its commits stand in another repo.
        sign: what stands before its number on its forge.
    """

    number: int
    is_open: bool
    head: str
    base: str
    is_fork: bool
    sign: str = "#"

    def __str__(self) -> str:
        return f"{self.sign}{self.number}"


@dataclass(frozen=True, slots=True)
class Reply:
    """A comment that the toolchain wrote below a pull request."""

    id: int
    text: str


@dataclass(frozen=True, slots=True)
class KeptFile:
    """An artefact: the files that a job left on the forge.

    Attributes:
        branch: that the job's run was started on.
        size: bytes of its archive.
    """

    id: int
    branch: str
    size: int
    made: datetime
