"""What became of a command, and of the tests, in each repo of a list."""

from enum import StrEnum

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError


class CommandState(StrEnum):
    """How a command stands in a repo."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    # The list names what is no repo.
    NO_REPO = "no repo"


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """What became of it in one of them.

    Attributes:
        repo: as the list names it.
        status: its exit status; None: it did not run to its end.
        seconds: that it took.
        log: the file with all that it wrote; empty: it wrote nothing.
        first_line: the beginning of that.
        last_lines: the end of that.
        error: why it did not run.
    """

    repo: str
    state: CommandState
    status: int | None = None
    seconds: float = 0.0
    log: str = ""
    first_line: str = ""
    last_lines: tuple[str, ...] = ()
    error: HelpersError | None = None


@dataclass(frozen=True, slots=True)
class TestedDir:
    """What the tests of a dir came to.

    Attributes:
        state: in words.
        failed: node ids of the tests that failed.
    """

    __test__ = False

    dir: str
    state: str
    passed: int
    failed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TestedRepo:
    """What the tests of a repo came to.

    Attributes:
        toolchain: the version that ran them; empty: the repo has none.
        report: the page of that run; empty: there is none.
    """

    __test__ = False

    outcome: CommandOutcome
    toolchain: str = ""
    report: str = ""
    dirs: tuple[TestedDir, ...] = ()

    @property
    def passed(self) -> int:
        """How many tests passed."""
        return sum(one.passed for one in self.dirs)

    @property
    def failed(self) -> int:
        """How many tests failed."""
        return sum(len(one.failed) for one in self.dirs)
