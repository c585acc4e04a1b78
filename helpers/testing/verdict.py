"""What a dir's tests came to, from how pytest ended; a pass is never assumed."""

import shlex
from dataclasses import replace

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.results.results import DirResult, DirState, TestCase
from helpers.model.runnable_dir import dir_option

# https://docs.pytest.org/en/stable/reference/exit-codes.html
_OK, _TESTS_FAILED, _INTERRUPTED, _INTERNAL, _USAGE, _NO_TESTS = range(6)
_FOREIGN = "something else than pytest wrote into the record of its tests, which proves nothing now"


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run of pytest ended.

    Attributes:
        status: exit status of the process; None where it is not known.
        reported: the status that pytest itself noted as its last act; None when it did not.
        timeout: the seconds that ran out; 0 when they did not.
        container_gone: the container does not run any more.
        engine_error: the engine stopped answering.
        has_tests: the dir has files that look like tests.
        add_pytest: the command that adds it to the dir, where it has none.
        collected: how many tests pytest was going to run; None where it did not say.
        ended: how often a test ended.
        foreign: something else than pytest wrote into the record of its tests.
        shows: the option with which pytest shows something and runs no test.
        wanted: the tests that were named, and what of pytest's arguments chooses some; empty: all.
    """

    status: int | None = None
    reported: int | None = None
    stopped: bool = False
    timeout: float = 0.0
    container_gone: bool = False
    out_of_memory: bool = False
    engine_error: HelpersError | None = None
    has_tests: bool = True
    add_pytest: str = ""
    collected: int | None = None
    ended: int = 0
    foreign: bool = False
    shows: str = ""
    wanted: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether every test that pytest was going to run has ended."""
        return self.ended >= (self.collected or 0)


def judge(seen: DirResult, ending: Ending, tail: str) -> DirResult:
    """Complete a result.

    Args:
        seen: the result with the tests that ended.
        tail: the last lines that pytest printed.
    """
    if ending.stopped:
        return replace(seen, state=DirState.STOPPED)
    if ending.engine_error:
        what = f"{ending.engine_error.what}{_after(seen)}"
        return _error(seen, what, ending.engine_error.fix)
    if ending.timeout:
        what = f"the tests took more than {ending.timeout:g} s and were stopped"
        return _error(seen, f"{what}{_after(seen)}", "raise --timeout, or fix the test that hangs")
    if ending.foreign:
        return _error(seen, _FOREIGN, "run the tests again, and look for what writes to all files")
    if ending.shows and ending.status == _OK and not seen.tests:
        hint = f"pytest ran no tests: {ending.shows} is among its arguments or in its settings"
        return replace(seen, state=DirState.NO_TESTS, hints=(*seen.hints, hint))
    if ending.reported is None:
        return _not_finished(seen, ending, tail)
    return _finished(seen, ending, tail)


def _finished(seen: DirResult, ending: Ending, tail: str) -> DirResult:
    """What a session came to that pytest itself brought to an end."""
    status, reported, failed = ending.status, ending.reported, seen.counts.failed
    if failed:
        return _failed(seen, ending)
    if status != reported:
        what = f"pytest ended with status {reported}, but its process with {status}"
        return _error(seen, f"{what}{_after(seen)}\n{tail}", "")
    if status == _USAGE:
        return _error(seen, f"pytest did not understand its arguments\n{tail}", _options(seen))
    if not ending.whole:
        return _error(seen, f"{_parts(ending)}{_after(seen)}\n{tail}".rstrip(), "")
    if status == _NO_TESTS or (status == _OK and not seen.counts.total):
        hint = f"no test of the dir is what was asked for: {shlex.join(ending.wanted)}"
        hints = (*seen.hints, hint) if ending.wanted else seen.hints
        return replace(seen, state=DirState.NO_TESTS, hints=hints)
    if status == _OK:
        return replace(seen, state=DirState.PASSED)
    what = f"pytest ended with status {status} although no test failed"
    return _error(seen, f"{what}\n{tail}", "")


def _failed(seen: DirResult, ending: Ending) -> DirResult:
    """The result of a session in which a test failed, whatever else is said of it."""
    hints = list(seen.hints)
    if ending.status not in (_TESTS_FAILED, _INTERRUPTED):
        hints.append(f"pytest ended with status {ending.status} although a test failed")
    if not ending.whole:
        hints.append(_parts(ending))
    return replace(seen, state=DirState.FAILED, hints=tuple(hints))


def _parts(ending: Ending) -> str:
    return (
        f"pytest ended before all tests did, with status {ending.status}:"
        f" {ending.collected} collected, {ending.ended} ended"
    )


def _not_finished(seen: DirResult, ending: Ending, tail: str) -> DirResult:
    if lacks_pytest(tail):
        if not ending.has_tests:
            # A repo's root, say, that has an image for its linters alone.
            return replace(seen, state=DirState.NO_TESTS)
        return _error(
            seen,
            "the dir's environment has no pytest",
            f"{ending.add_pytest}, then i docker_build_local_image {dir_option(seen.dir)}"
            " --bump minor --message 'Add pytest'",
        )
    if ending.out_of_memory:
        what = "the tests ran out of memory and were killed by the kernel"
    elif ending.container_gone:
        what = "the container was stopped while the tests ran"
    else:
        what = f"pytest ended before it was done, with exit status {ending.status}"
    fix = _options(seen) if "error: unrecognized arguments: " in tail else ""
    return _error(seen, f"{what}{_after(seen)}\n{tail}".rstrip(), fix)


def _options(seen: DirResult) -> str:
    return f'i docker_cmd {dir_option(seen.dir)} --cmd "pytest --help"   (what it takes)'


def lacks_pytest(tail: str) -> bool:
    """Whether the last lines say that there is no pytest."""
    return "No module named pytest" in tail


def _after(seen: DirResult) -> str:
    return f"; the last test that ended: {seen.tests[-1].node}" if seen.tests else ""


def _error(seen: DirResult, problem: str, fix: str) -> DirResult:
    return replace(seen, state=DirState.ERROR, problem=problem, fix=fix)


def merge_retry(before: DirResult, again: DirResult, attempt: int) -> DirResult:
    """A dir's result after its failed tests ran again.

    Args:
        before: the result so far.
        again: of the tests that had failed.
        attempt: which one it was; from 2.
    """
    if again.state in (DirState.STOPPED, DirState.ERROR):
        return replace(again, tests=before.tests, coverage=before.coverage)
    # Of several tests of one name the worst counts.
    later = {test.node: test for test in sorted(again.tests, key=lambda test: test.bad)}
    tests = tuple(_retried(test, later.get(test.node), attempt) for test in before.tests)
    state = DirState.FAILED if any(test.bad for test in tests) else DirState.PASSED
    return replace(before, tests=tests, state=state, hints=(*before.hints, *again.hints))


def _retried(test: TestCase, later: TestCase | None, attempt: int) -> TestCase:
    """A test after another attempt; one that passes keeps what it failed with before."""
    if not test.bad or later is None:
        return test
    if later.bad:
        return replace(later, attempts=attempt)
    return replace(later, attempts=attempt, message=test.message, details=test.details)
