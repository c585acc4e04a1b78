"""Builds side by side: they tell one listener, and the first interrupt ends all of them."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from helpers.model.events import BuildEnded, Event, Listener

Item = TypeVar("Item")
Result = TypeVar("Result")


class SideBySide:
    """Threads for builds, with what they tell."""

    def __init__(self, listen: Listener, at_once: int) -> None:
        self._listen = listen
        self._at_once = at_once
        self._one_at_a_time = threading.Lock()
        self._stopped = threading.Event()

    def tell(self, event: Event) -> None:
        """Hand an event on; ends the build that tells it after an interrupt."""
        with self._one_at_a_time:
            self._listen(event)
        # Python raises an interrupt in one thread only; this ends the builds of the others.
        if self._stopped.is_set() and not isinstance(event, BuildEnded):
            raise KeyboardInterrupt

    def map(self, work: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """Work on all items; results in their order."""
        with ThreadPoolExecutor(max_workers=self._at_once) as pool:
            try:
                return list(pool.map(work, items))
            except KeyboardInterrupt:
                self._stopped.set()
                raise
