"""One pass over the tests of a run, so that a large page costs little."""

from collections.abc import Iterator

from helpers.model.dataclass import dataclass
from helpers.model.results.results import (
    WORST_FIRST,
    DirResult,
    DirState,
    RunResult,
    TestCase,
    TestOutcome,
    Verdict,
)

_SKIPPED = (TestOutcome.SKIPPED, TestOutcome.XFAILED)


@dataclass(frozen=True, slots=True)
class DirTally:
    """A dir with its tests counted.

    Attributes:
        odd: all tests but those that passed at once.
        errors: are not among `failed`, other than in `Counts`.
    """

    item: DirResult
    odd: tuple[TestCase, ...]
    passed: int
    failed: int
    errors: int
    skipped: int
    flaky: int

    @property
    def good(self) -> bool:
        """Whether nothing is wrong with the dir, and all that is known of it says so."""
        return self.item.verdict is not Verdict.BAD and not (self.failed or self.errors)


@dataclass(frozen=True, slots=True)
class Tally:
    """All dirs of a run, those that need a look first."""

    run: RunResult
    dirs: tuple[DirTally, ...]

    def total(self, name: str) -> int:
        """The sum of one count over all dirs."""
        return sum(getattr(found, name) for found in self.dirs)

    @property
    def reused(self) -> int:
        """How many dirs did not run, since the same passed before."""
        return sum(found.item.reused is not None for found in self.dirs)

    @property
    def tests(self) -> int:
        """All tests."""
        return sum(len(found.item.tests) for found in self.dirs)

    @property
    def reused_tests(self) -> int:
        """The tests of reused dirs."""
        return sum(len(found.item.tests) for found in self.dirs if found.item.reused)

    def states(self) -> Iterator[tuple[str, int]]:
        """How many dirs came to each state that there is, the worst first."""
        yield from ((state.value, number) for state, number in self.run.states().items())


def tally(run: RunResult) -> Tally:
    """Count."""
    dirs = sorted(map(_dir, run.dirs), key=lambda found: _rank(found.item.state))
    return Tally(run, tuple(dirs))


def _dir(item: DirResult) -> DirTally:
    passed = TestOutcome.PASSED
    odd = tuple(t for t in item.tests if t.outcome is not passed or t.attempts > 1)
    failed = sum(test.outcome is TestOutcome.FAILED for test in odd)
    errors = sum(test.outcome is TestOutcome.ERROR for test in odd)
    skipped = sum(test.outcome in _SKIPPED for test in odd)
    good = len(item.tests) - failed - errors - skipped
    return DirTally(item, odd, good, failed, errors, skipped, sum(test.flaky for test in odd))


def _rank(state: DirState) -> int:
    return WORST_FIRST.index(state) if state in WORST_FIRST else -1
