"""What tests and dirs came to."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Suite(StrEnum):
    """Which tests: an unmarked test is fast; `all` is every one."""

    FAST = "fast"
    SLOW = "slow"
    SUPERSLOW = "superslow"
    ALL = "all"


class Outcome(StrEnum):
    """What one test came to; `error` is a failure outside its body (fixture, collection)."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"


class DirState(StrEnum):
    """Where a dir of a run stands; from `passed` on it is final."""

    WAITING = "waiting"
    BUILDING = "building"
    STARTING = "starting"
    TESTING = "testing"
    PASSED = "passed"
    FAILED = "failed"
    NO_TESTS = "no tests"
    ERROR = "error"
    STOPPED = "stopped"

    @property
    def final(self) -> bool:
        """Whether nothing more happens to the dir in this run."""
        return self in (
            DirState.PASSED,
            DirState.FAILED,
            DirState.NO_TESTS,
            DirState.ERROR,
            DirState.STOPPED,
        )


@dataclass(frozen=True, slots=True)
class TestCase:
    """One test that ended.

    Attributes:
        node: pytest's node id, relative to the dir.
        seconds: setup, call and teardown together.
        message: the last line of the assertion or the reason of a skip.
        details: the traceback as pytest shows it, with captured output.
        file: the file of the test, relative to the dir.
        line: from 1; 0 where unknown.
    """

    __test__ = False

    node: str
    outcome: Outcome
    seconds: float
    message: str = ""
    details: str = ""
    file: str = ""
    line: int = 0
    properties: tuple[tuple[str, str], ...] = ()

    @property
    def bad(self) -> bool:
        """Whether the test makes its dir fail."""
        return self.outcome in (Outcome.FAILED, Outcome.ERROR)


@dataclass(frozen=True, slots=True)
class Counts:
    """Tests by what they came to; `failed` counts errors too, `skipped` expected failures too."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0

    @property
    def total(self) -> int:
        """All tests that ended."""
        return self.passed + self.failed + self.skipped

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )


def count(tests: Iterable[TestCase]) -> Counts:
    """Count tests by what they came to."""
    passed = failed = skipped = 0
    for test in tests:
        if test.bad:
            failed += 1
        elif test.outcome in (Outcome.SKIPPED, Outcome.XFAILED):
            skipped += 1
        else:
            passed += 1
    return Counts(passed, failed, skipped)


@dataclass(frozen=True, slots=True)
class DirResult:
    """What the tests of one dir came to.

    Attributes:
        dir: the dir's name.
        image: reference of the image that they ran in; empty when there was none.
        seconds: wall time from the dir's turn to its end.
        problem: what went wrong outside the tests, in a sentence or more; empty when nothing did.
        mend: the command that mends `problem`.
        log: path of the log relative to the repo, empty when there is none.
        started: when its turn came, ISO 8601 with a time zone.
    """

    dir: str
    state: DirState
    image: str = ""
    seconds: float = 0.0
    tests: tuple[TestCase, ...] = ()
    problem: str = ""
    mend: str = ""
    log: str = ""
    started: str = ""

    @property
    def counts(self) -> Counts:
        """Its tests by what they came to."""
        return count(self.tests)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What one run of `main_pytest.py` came to."""

    run: str
    folder: str
    dirs: tuple[DirResult, ...]
    seconds: float
    interrupted: bool = False

    @property
    def counts(self) -> Counts:
        """All tests of all dirs."""
        return sum((result.counts for result in self.dirs), Counts())

    @property
    def exit_status(self) -> int:
        """0 all passed, 1 a test failed, 2 something else went wrong, 3 nothing was collected."""
        states = {result.state for result in self.dirs}
        if self.interrupted or DirState.ERROR in states:
            return 2
        if DirState.FAILED in states:
            return 1
        return 0 if DirState.PASSED in states else 3
