"""Signals that are handled otherwise for a while."""

import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

Handler = Callable[[int, FrameType | None], object]


@contextmanager
def handled(handler: Handler, *numbers: int) -> Iterator[None]:
    """Call `handler` on these signals for a while; one that is ignored stays ignored."""
    before = {number: signal.getsignal(number) for number in numbers}
    taken = [number for number in numbers if before[number] is not signal.SIG_IGN]
    for number in taken:
        signal.signal(number, handler)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, before[number])


@contextmanager
def noted(*numbers: int) -> Iterator[Sequence[int]]:
    """The signals of these that arrive while the context lasts, in order; none is raised."""
    seen: list[int] = []
    with handled(lambda number, _: seen.append(number), *numbers):
        yield seen
