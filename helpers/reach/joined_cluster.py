"""A run's part of somebody's Dask cluster: its workers that take part, asked by their names.

The scheduler, which reads tasks, has nothing of ours: what it reads is Python's own `eval`, of a
call of `helpers_relay`, which the workers have.
"""

import threading
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import field
from types import MappingProxyType
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.reach.cluster import HostLostError
from helpers.reach.place import Offer

_MODULE = "helpers_relay"
_CALL = f"getattr(__import__('{_MODULE}'), name)(*given)"
_TICK_SECONDS = 0.2
_BEAT_SECONDS = 2.0


@dataclass(slots=True)
class JoinedCluster:
    """A client of a scheduler, and the workers of it that are ours for a run.

    Attributes:
        run_name: by which the workers know the run.
    """

    run_name: str
    client: Any
    _ours: dict[str, str] = field(default_factory=dict)
    _offers: dict[str, Offer] = field(default_factory=dict)
    _there: set[str] = field(default_factory=set)
    _busy: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)
    _hears: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))

    def add(self, offer: Offer, address: str) -> None:
        """Take a worker that has the run's container."""
        self._ours[offer.name], self._offers[offer.name] = address, offer
        self._there.add(address)

    def begin(self) -> None:
        """Tell the workers from now on that we are there, and see which are."""
        threading.Thread(target=self._beat, daemon=True).start()

    def close(self) -> None:
        """End the run's containers."""
        self._over.set()
        for address in self.hosts().values():
            with suppress(OSError, KeyError):  # it is gone, with its container
                self.call(address, "end", self.run_name)
        self._hears.shutdown()

    def _beat(self) -> None:
        while not self._over.wait(_BEAT_SECONDS):
            try:
                self._there = set(self.client.scheduler_info()["workers"])
                found = [one for one in self._ours.values() if one in self._there]
                self.client.run(
                    eval, *_call("alive", self.run_name), workers=found, on_error="ignore"
                )
            except Exception:  # the scheduler is gone, whatever Dask says of it
                if self.client.status != "running":
                    self._there = set()

    def hosts(self) -> dict[str, str]:
        """The workers that are there, and their addresses."""
        there = self._there
        return {name: address for name, address in self._ours.items() if address in there}

    def listen(self, topic: str, listen: Callable[[Any], None]) -> None:
        """Hand on what workers tell of a topic, one after the other."""

        def hear(event: tuple[float, Any]) -> None:
            with suppress(RuntimeError):  # nobody listens any more
                self._hears.submit(listen, event[1])

        self.client.subscribe_topic(topic, hear)

    def run(
        self,
        task: Callable[[Any], Any],
        given: Mapping[str, Any],
        needs: Mapping[str, int],
        stopped: Callable[[], None],
        first: Mapping[str, int] = MappingProxyType({}),
    ) -> Any:
        """Run a task on a worker that has what it needs; what it told was heard by then.

        It goes to one worker: Dask would start it again elsewhere, and we are to count and say so.

        Raises:
            HostLostError: the worker is gone; the error names it.
        """
        name = self._take(needs, first)
        try:
            said = self._await(name, task.__name__, dict(given), needs, stopped)
            self._hears.submit(lambda: None).result()
            return said
        except LookupError as error:
            problem = f"a worker cannot pull the image: {error.args[0]}"
            fix = f"i docker_release_dev_image --dir {given['dir']}  (then --stage dev)"
            raise HelpersError(problem, where=given["image"], fix=fix) from error
        finally:
            with self._lock:
                self._busy[name] -= 1

    def submit(self, function: str, address: str, *given: Any, **needs: int) -> Any:
        """The future of a call on a worker."""
        call = _call(function, self.run_name, *given)
        only = {"workers": [address], "pure": False, "retries": 0, "resources": needs or None}
        return self.client.submit(eval, *call, **only)

    def _await(
        self,
        name: str,
        function: str,
        given: dict[str, Any],
        needs: Mapping[str, int],
        stopped: Callable[[], None],
    ) -> Any:
        future, ended = self.submit(function, self._ours[name], given, **needs), threading.Event()
        future.add_done_callback(lambda _: ended.set())
        try:
            while not ended.wait(_TICK_SECONDS):
                stopped()
                if name not in self.hosts():
                    raise HostLostError(name)
            return future.result()
        except ConnectionError as error:
            raise HostLostError(name) from error
        except (HostLostError, HelpersError, LookupError):
            raise
        except Exception as error:  # whatever the task raised there
            if name not in self.hosts() or type(error).__name__ == "KilledWorker":
                raise HostLostError(name) from error
            raise HelpersError(f"a worker failed at it: {error!r}") from error
        finally:
            future.cancel()

    def _take(self, needs: Mapping[str, int], first: Mapping[str, int]) -> str:
        """The least busy worker that has what is needed; those that are to be first, before."""
        with self._lock:
            able = [name for name in self.hosts() if self._has(name, needs)]
            if not able:
                raise HostLostError(" and ".join(self._ours))
            preferred = [name for name in able if self._busy[name] < first.get(name, 0)]
            name = min(preferred or able, key=self._busy.__getitem__)
            self._busy[name] += 1
            return name

    def _has(self, name: str, needs: Mapping[str, int]) -> bool:
        offers = self._offers[name].offers
        return all(offers.get(need, 0) >= amount for need, amount in needs.items())

    def tell(self, order: Callable[..., Any], host: str) -> None:
        """Tell a worker something; one that is gone need not hear it."""
        with suppress(HostLostError):
            self.ask(order, host)

    def ask(self, question: Callable[..., Any], host: str, *args: Any) -> Any:
        """Ask a worker, whose tasks go on.

        Raises:
            HostLostError: it is gone.
        """
        address = self.hosts().get(host)
        if not address:
            raise HostLostError(host)
        try:
            return self.call(address, question.__name__, self.run_name, *args)
        except (OSError, KeyError) as error:
            raise HostLostError(host) from error

    def call(self, address: str, function: str, *given: Any) -> Any:
        """Call a function of a worker at once."""
        return self.client.run(eval, *_call(function, *given), workers=[address])[address]


def _call(function: str, *given: Any) -> tuple[str, dict[str, Any]]:
    return _CALL, {"name": function, "given": given}
