"""A run's result, in the same words everywhere."""

from collections.abc import Container

from helpers.model.numbers import counted
from helpers.model.results.results import WORST_FIRST, DirState, RunResult

_DIRS_ARE = {
    DirState.ERROR: "in error",
    DirState.NO_TESTS: "without tests",
}


def dirs_words(run: RunResult, states: Container[DirState] = WORST_FIRST) -> str:
    """How many dirs ended in which state, the worst first; empty if there are none.

    Args:
        states: those that are told.
    """
    return ", ".join(
        f"{counted(number, 'dir')} {_DIRS_ARE.get(state, state.value)}"
        for state, number in run.states().items()
        if state in states
    )


def verdict_words(run: RunResult) -> str:
    """The run's result, in dirs."""
    before = "interrupted: " if run.interrupted else ""
    return f"{before}{dirs_words(run) or 'nothing had to run'}"


def left_out_words(number: int) -> str:
    """How many dirs did not run, and why; empty for none."""
    return f"{counted(number, 'dir')} skipped: not selected or unchanged" if number else ""
