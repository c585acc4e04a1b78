"""Which dir is started next: the longest first, as far as the machine has what it needs."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import field

from helpers.model.dataclass import dataclass
from helpers.model.results.results import DirResult
from helpers.model.settings.resources import Amounts, Stock

_TICK_SECONDS = 0.2


@dataclass(slots=True)
class Schedule:
    """Dirs that wait, in the order in which they are to start, and what each needs.

    Attributes:
        most: how many may have been started and not ended.
    """

    waiting: list[str]
    needs: Mapping[str, Amounts]
    stock: Stock
    most: int
    _started: set[str] = field(default_factory=set)

    def next(self) -> str | None:
        """The first that can start now, which it then has; None where none can.

        One that needs more than is free is passed over, so that no core waits for it.
        """
        if len(self._started) >= self.most:
            return None
        for name in self.waiting:
            wanted = self.needs.get(name, {})
            if self.stock.has(wanted):
                self.waiting.remove(name)
                self.stock.take(wanted)
                self._started.add(name)
                return name
        return None

    def ended(self, name: str) -> None:
        """What a dir used is free again."""
        self._started.remove(name)
        self.stock.give_back(self.needs.get(name, {}))


def run_all(
    executor: Executor,
    schedule: Schedule,
    work: Callable[[str], DirResult],
    done: Callable[[DirResult], None],
) -> None:
    """Do the work of every dir.

    Args:
        done: called by this thread with each result, as it comes.
    """
    running: set[Future[DirResult]] = set()
    while schedule.waiting or running:
        while (name := schedule.next()) is not None:
            running.add(executor.submit(work, name))
        # A moment at a time: a signal is handled by this thread, between two of them.
        ended, running = wait(running, _TICK_SECONDS, FIRST_COMPLETED)
        for future in ended:
            result = future.result()
            schedule.ended(result.dir)
            done(result)


def longest_first(names: Sequence[str], seconds: Mapping[str, float]) -> list[str]:
    """By the last known time; a dir that never ran may take long, so it comes first."""
    return sorted(names, key=lambda name: -seconds.get(name, float("inf")))


def shards(
    names: Sequence[str], seconds: Mapping[str, float], count: int
) -> tuple[tuple[str, ...], ...]:
    """Split dirs into parts that all take about as long.

    Each dir goes to the part that has least so far, the longest first (Graham 1969); the same
    times give the same parts on every machine.

    Args:
        seconds: the last known times; a dir without one counts as the middle of the others.
        count: how many parts there are.

    Returns:
        The names of each part, in their given order.
    """
    known = sorted(seconds[name] for name in names if name in seconds)
    middle = known[len(known) // 2] if known else 1.0
    # What each part has so far; of equal ones the first is the least.
    loads = [(0.0, part) for part in range(count)]
    chosen: dict[str, int] = {}
    for name in sorted(names, key=lambda name: (-seconds.get(name, middle), name)):
        load, part = loads[0]
        heapq.heapreplace(loads, (load + seconds.get(name, middle), part))
        chosen[name] = part
    found: list[list[str]] = [[] for _ in range(count)]
    for name in names:
        found[chosen[name]].append(name)
    return tuple(tuple(part) for part in found)
