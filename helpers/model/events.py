"""The events that jobs emit while they work; the console renders them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from helpers.model.dataclass import dataclass

if TYPE_CHECKING:
    # Most commands test nothing.
    from helpers.model.results.results import DirResult, DirState, RunResult, TestCase


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the user should know, in one sentence."""

    text: str
    dir: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that may be wrong, and the command that fixes it."""

    text: str
    dir: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class RunStarted:
    """A test run begins: its id, its folder relative to the repo, its dirs with their images."""

    run: str
    folder: str
    dirs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DirStateChanged:
    """A dir of a run reached a state that is not final."""

    dir: str
    state: DirState
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TestsCollected:
    """How many tests a dir will run."""

    __test__ = False

    dir: str
    number: int


@dataclass(frozen=True, slots=True)
class TestEnded:
    """A test of a dir ended."""

    __test__ = False

    dir: str
    test: TestCase


@dataclass(frozen=True, slots=True)
class DirEnded:
    """A dir of a run is done."""

    result: DirResult


@dataclass(frozen=True, slots=True)
class RunEnded:
    """The run is done."""

    result: RunResult


@dataclass(frozen=True, slots=True)
class BuildStarted:
    """The image of a dir is being built."""

    dir: str
    image: str


@dataclass(frozen=True, slots=True)
class BuildStep:
    """A step of a build began, went on or ended.

    Attributes:
        step: its text as in the Dockerfile, or what the builder does, such as "exporting layers".
        cached: it ended at once, since nothing had to be done.
        ended: otherwise it runs.
        amount: how many bytes it has moved, in words; empty where that is not known.
        number: tells steps of one text apart.
    """

    dir: str
    step: str
    cached: bool = False
    ended: bool = False
    amount: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class BuildGoesOn:
    """A build works, told again and again: a listener that raises ends it."""

    dir: str


@dataclass(frozen=True, slots=True)
class BuildEnded:
    """The image of a dir is built, or is not.

    Attributes:
        interrupted: the user wanted no more of it; then it counts as failed.
        changed: otherwise it was what a build would have made, and nothing was done.
    """

    dir: str
    image: str
    seconds: float
    failed: bool = False
    log: str = ""
    changed: bool = True
    interrupted: bool = False


@dataclass(frozen=True, slots=True)
class FilesWritten:
    """Files of a dir were replaced: what is interrupted from now on has changed something."""

    dir: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReleaseStep:
    """A release of a dir comes to a step: what is done now."""

    dir: str
    text: str


@dataclass(frozen=True, slots=True)
class ReleaseEnded:
    """The release of a dir is made, or failed."""

    dir: str


@dataclass(frozen=True, slots=True)
class ServiceChanged:
    """A service of a stack stands otherwise than before.

    Attributes:
        dir: whose image it runs; empty: no dir's.
        phase: as `Phase` says it.
        why: more about that, in words.
    """

    service: str
    dir: str
    phase: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class CommandChanged:
    """A command in a repo of a list began, wrote a line, or ended.

    Attributes:
        state: "running", or how it ended.
        line: what it wrote last.
        seconds: that it took, once it has ended.
    """

    repo: str
    state: str
    line: str = ""
    seconds: float = 0.0


Event = (
    Notice
    | Warned
    | RunStarted
    | DirStateChanged
    | TestsCollected
    | TestEnded
    | DirEnded
    | RunEnded
    | BuildStarted
    | BuildStep
    | BuildGoesOn
    | BuildEnded
    | FilesWritten
    | ReleaseStep
    | ReleaseEnded
    | ServiceChanged
    | CommandChanged
)
Listener = Callable[[Event], None]
