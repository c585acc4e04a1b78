"""Which dir is started next: the longest first, as far as the machine has what it needs."""

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


def shard(
    names: Sequence[str], seconds: Mapping[str, float], number: int, count: int
) -> tuple[str, ...]:
    """One part of the dirs, so that all parts take about as long.

    Each dir goes to the part that has least so far, the longest first (Graham 1969); the same
    times give the same parts on every machine.

    Args:
        seconds: the last known times; a dir without one counts as the middle of the others.
        number: which part, from 1.
        count: how many parts there are.

    Returns:
        The names in their given order.
    """
    known = sorted(seconds[name] for name in names if name in seconds)
    middle = known[len(known) // 2] if known else 1.0
    load = [0.0] * count
    parts: list[set[str]] = [set() for _ in range(count)]
    for name in sorted(names, key=lambda name: (-seconds.get(name, middle), name)):
        least = min(range(count), key=lambda part: (load[part], part))
        load[least] += seconds.get(name, middle)
        parts[least].add(name)
    return tuple(name for name in names if name in parts[number - 1])
