"""What became of a command in each repo of a list."""

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
        last_lines: the end of that.
        error: why it did not run.
    """

    repo: str
    state: CommandState
    status: int | None = None
    seconds: float = 0.0
    log: str = ""
    last_lines: tuple[str, ...] = ()
    error: HelpersError | None = None
