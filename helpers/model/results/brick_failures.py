"""Tests of bricks, which run in every project that lists the brick: for which of them they fail."""

from collections.abc import Mapping

from helpers.model.dataclass import dataclass
from helpers.model.results.results import (
    DirResult,
    RunResult,
    TestCase,
    TestOutcome,
    Verdict,
)
from helpers.model.runnable_dir import path_in_repo

_OUTSIDE = "../"
_WORSE = (Verdict.NOTICE, Verdict.GOOD, Verdict.BAD)
# By node id or file, relative to the repo's root.
_Outcomes = Mapping[str, Verdict]


@dataclass(frozen=True, slots=True)
class BrickFailure:
    """A test of a brick that fails for at least one dir.

    Attributes:
        test: its node id, relative to the repo's root; of a file that cannot be collected, the
            file.
        fails_for: the dirs for which it fails, in the run's order.
        passes_for: those for which it ran, and does not fail.
    """

    test: str
    fails_for: tuple[DirResult, ...]
    passes_for: tuple[DirResult, ...]

    @property
    def words(self) -> str:
        """For which dirs, by the names that people call them."""
        fails = f"fails for {_names(self.fails_for)}"
        return f"{fails}, passes for {_names(self.passes_for)}" if self.passes_for else fails


def brick_failures(run: RunResult) -> list[BrickFailure]:
    """The tests of bricks that fail for a dir of a run, sorted."""
    failing = {
        _from_root(item, test)
        for item in run.dirs
        for test in item.tests
        if test.bad and test.node.startswith(_OUTSIDE) and not item.stack
    }
    by_dir = [(item, _outcomes(item)) for item in run.dirs] if failing else []
    return [_failure(test, by_dir) for test in sorted(failing)]


def _outcomes(item: DirResult) -> _Outcomes:
    """What a dir's tests and their files came to; of several of one name the worst counts."""
    found: dict[str, Verdict] = {}
    for test in item.tests:
        name = _from_root(item, test)
        for one in {name, name.partition("::")[0]}:
            found[one] = max(found.get(one, Verdict.NOTICE), _verdict(test), key=_WORSE.index)
    return found


def _verdict(test: TestCase) -> Verdict:
    if test.bad:
        return Verdict.BAD
    ran = test.outcome not in (TestOutcome.SKIPPED, TestOutcome.XFAILED)
    return Verdict.GOOD if ran else Verdict.NOTICE


def _failure(test: str, by_dir: list[tuple[DirResult, _Outcomes]]) -> BrickFailure:
    found = {
        verdict: tuple(item for item, outcomes in by_dir if outcomes.get(test) is verdict)
        for verdict in (Verdict.BAD, Verdict.GOOD)
    }
    return BrickFailure(test, found[Verdict.BAD], found[Verdict.GOOD])


def _from_root(item: DirResult, test: TestCase) -> str:
    path, colons, name = test.node.partition("::")
    return path_in_repo(item.dir, path) + colons + name


def _names(dirs: tuple[DirResult, ...]) -> str:
    return ", ".join(item.name for item in dirs)
