"""What an interrupt or a request to end does: while a task works, and while tests run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt in the block, so that work cleans up after itself.

    Outside of it, where there is nothing to clean up, `i` ends at once.
    """
    # Imported here: `i --list` needs none.
    import signal

    from helpers.system.signals import handled

    try:
        with handled(signal.default_int_handler, signal.SIGINT):
            yield
    except RuntimeError as error:
        # Python 3.11 wraps what is raised while it makes a class, also while it imports.
        if isinstance(error.__cause__, KeyboardInterrupt):
            raise error.__cause__ from None
        raise


def end_as_interrupted() -> None:
    """Let a request to end do what an interrupt does: the container goes and the files stay."""
    import signal

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)


def watch_signals() -> Callable[[], bool]:
    """Whether the run was asked to end; a second request ends the process at once."""
    import signal

    seen: list[int] = []

    def note(number: int, _: "FrameType | None") -> None:
        seen.append(number)
        if len(seen) > 1:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, note)
    return lambda: bool(seen)
