"""Results of tests and dirs."""

from collections.abc import Iterable
from enum import StrEnum

from helpers.model.dataclass import dataclass
from helpers.model.results.coverage import FileCoverage
from helpers.model.runnable_dir import ROOT, path_in_repo, shown_name


class Suite(StrEnum):
    """Which tests, in every dir: an unmarked test is fast; `all` is every one.

    Besides these a dir's settings name suites, by the folders of their tests.
    """

    FAST = "fast"
    SLOW = "slow"
    SUPERSLOW = "superslow"
    ALL = "all"


class TestOutcome(StrEnum):
    """What one test came to; `error` is a failure outside its body (fixture, collection)."""

    __test__ = False

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"


class DirState(StrEnum):
    """The state of a dir in a run; from `passed` on it is final."""

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
        return self in WORST_FIRST


# The final states, the worst first: the order in which dirs are counted and listed.
WORST_FIRST = (
    DirState.ERROR,
    DirState.FAILED,
    DirState.STOPPED,
    DirState.NO_TESTS,
    DirState.PASSED,
)


class Verdict(StrEnum):
    """What a dir or a whole run counts as, wherever it is shown.

    A notice is no failure and no pass: there were no tests.
    """

    GOOD = "good"
    NOTICE = "notice"
    BAD = "bad"


def verdict_of(state: DirState) -> Verdict:
    """The verdict of a dir's final state; nothing else decides it."""
    if state is DirState.PASSED:
        return Verdict.GOOD
    return Verdict.NOTICE if state is DirState.NO_TESTS else Verdict.BAD


@dataclass(frozen=True, slots=True)
class TestCase:
    """One test that ended.

    Attributes:
        node: pytest's node id, relative to the dir.
        seconds: setup, call and teardown together, of the last attempt.
        message: the last line of the assertion or the reason of a skip.
        details: the traceback as pytest shows it, with captured output.
        file: the file of the test, relative to the dir.
        line: from 1; 0 where unknown.
        attempts: how often it ran; more than once where it failed and was tried again.
        raised_in: the file in which it failed, relative to the dir; empty where unknown.
        raised_at: the line of the assertion, or of what else failed, from 1.
    """

    __test__ = False

    node: str
    outcome: TestOutcome
    seconds: float
    message: str = ""
    details: str = ""
    file: str = ""
    line: int = 0
    properties: tuple[tuple[str, str], ...] = ()
    attempts: int = 1
    raised_in: str = ""
    raised_at: int = 0

    @property
    def bad(self) -> bool:
        """Whether the test makes its dir fail."""
        return self.outcome in (TestOutcome.FAILED, TestOutcome.ERROR)

    @property
    def flaky(self) -> bool:
        """Whether it failed at first and did not when it was tried again."""
        return self.attempts > 1 and not self.bad


@dataclass(frozen=True, slots=True)
class Counts:
    """Tests by what they came to.

    `failed` counts errors too, `skipped` expected failures too; `flaky` are among the others.
    """

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    flaky: int = 0

    @property
    def total(self) -> int:
        """All tests that ended."""
        return self.passed + self.failed + self.skipped


def count(tests: Iterable[TestCase]) -> Counts:
    """Count tests by what they came to."""
    passed = failed = skipped = flaky = 0
    for test in tests:
        flaky += test.flaky
        if test.bad:
            failed += 1
        elif test.outcome in (TestOutcome.SKIPPED, TestOutcome.XFAILED):
            skipped += 1
        else:
            passed += 1
    return Counts(passed, failed, skipped, flaky)


@dataclass(frozen=True, slots=True)
class Phase:
    """How long a dir was in one state; seconds from the start of the run."""

    state: DirState
    began: float
    ended: float


@dataclass(frozen=True, slots=True)
class Reused:
    """The earlier run that recorded a cached result.

    Attributes:
        run: id of the run that recorded it.
        ended: when that was, ISO 8601 with a time zone.
        source: the store that it was read from, as the user named it; empty: the repo's own.
    """

    run: str
    ended: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """A line of a file, relative to the repo's root.

    Attributes:
        path: empty where the file is outside the repo.
        line: from 1; 0 where unknown.
    """

    path: str
    line: int = 0

    def __str__(self) -> str:
        """As editors and terminals take it."""
        return f"{self.path}:{self.line}" if self.path and self.line else self.path


@dataclass(frozen=True, slots=True)
class DirResult:
    """The result of one dir's tests.

    Attributes:
        dir: the dir's path, as commands take it; `name` is what people call it.
        image: reference of the image that they ran in; empty when there was none.
        version: that image's container version.
        seconds: wall time from the dir's turn to its end.
        problem: what went wrong outside the tests, in a sentence or more; empty when nothing did.
        fix: the command that fixes `problem`.
        log: path of the log relative to the repo, empty when there is none.
        started: when its turn came, ISO 8601 with a time zone.
        phases: how its time was spent, in order; of a reused result none.
        reused: set when the tests did not run now, since the same tests of the same inputs in the
            same image passed before.
        ran_because: why no earlier pass stands for its tests; empty: one does, or it is not known.
        coverage: of the dir's files, where it was measured.
        hints: what may be the cause of failures, a sentence each.
        root_name: what people call the repo's root, whose `dir` is `.`.
        stack: the file of the stack that was tested; empty: none was.
        host: of those that `--hosts` named, the one where the tests ran; empty: here.
    """

    dir: str
    state: DirState
    image: str = ""
    seconds: float = 0.0
    tests: tuple[TestCase, ...] = ()
    problem: str = ""
    fix: str = ""
    log: str = ""
    started: str = ""
    version: str = ""
    phases: tuple[Phase, ...] = ()
    reused: Reused | None = None
    coverage: tuple[FileCoverage, ...] = ()
    hints: tuple[str, ...] = ()
    root_name: str = ROOT
    ran_because: str = ""
    stack: str = ""
    host: str = ""

    @property
    def name(self) -> str:
        """The dir's display name."""
        return shown_name(self.dir, self.root_name)

    def location_of(self, test: TestCase) -> Location:
        """The location where a test failed, or else of the test."""
        if test.raised_in:
            return Location(path_in_repo(self.dir, test.raised_in), test.raised_at)
        return Location(
            path_in_repo(self.dir, test.file or test.node.partition("::")[0]), test.line
        )

    @property
    def counts(self) -> Counts:
        """Its tests by what they came to."""
        return count(self.tests)

    @property
    def verdict(self) -> Verdict:
        """The dir's verdict."""
        return verdict_of(self.state)


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of one run of `main_pytest.py`.

    Attributes:
        folder: where its results are, relative to the repo.
        suite: which tests were asked for.
        started: when it began, ISO 8601 with a time zone.
        left_out: how many dirs were not asked for, since nothing that they use had changed.
        exit_status: what `main_pytest.py` ends with, as `testing.exit_status` decides.
    """

    run: str
    folder: str
    dirs: tuple[DirResult, ...]
    seconds: float
    interrupted: bool = False
    suite: str = Suite.FAST
    started: str = ""
    left_out: int = 0
    exit_status: int = 2

    @property
    def counts(self) -> Counts:
        """All tests of all dirs."""
        return count(test for result in self.dirs for test in result.tests)

    @property
    def verdict(self) -> Verdict:
        """The run's verdict: its worst dir decides, and one that passed outweighs notices."""
        found = {item.verdict for item in self.dirs}
        if self.interrupted or Verdict.BAD in found:
            return Verdict.BAD
        nothing_to_do = not self.dirs and self.left_out
        return Verdict.GOOD if Verdict.GOOD in found or nothing_to_do else Verdict.NOTICE

    def states(self) -> dict[DirState, int]:
        """How many dirs ended in each state, the worst first."""
        found = [item.state for item in self.dirs]
        return {state: found.count(state) for state in WORST_FIRST if state in found}
