"""What a run came to, in the same words wherever it is told."""

from collections.abc import Container

from helpers.model.numbers import counted
from helpers.model.results import WORST_FIRST, DirState, RunResult

_DIRS_ARE = {
    DirState.ERROR: "in error",
    DirState.NO_TESTS: "without tests",
}


def dirs_words(run: RunResult, states: Container[DirState] = WORST_FIRST) -> str:
    """How many dirs came to what, the worst first; empty where there is none.

    Args:
        states: those that are told.
    """
    return ", ".join(
        f"{counted(number, 'dir')} {_DIRS_ARE.get(state, state.value)}"
        for state, number in run.states().items()
        if state in states
    )


def verdict_words(run: RunResult) -> str:
    """What the run came to, in dirs."""
    before = "interrupted: " if run.interrupted else ""
    return f"{before}{dirs_words(run) or 'nothing had to run'}"


def left_out_words(number: int) -> str:
    """How many dirs did not run, and why; empty for none."""
    return f"{counted(number, 'dir')} skipped: not selected or unchanged" if number else ""
