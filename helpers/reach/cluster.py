"""A cluster of Dask whose scheduler is in this process; the one place that knows Dask, but workers.

Dask is in an environment of its own, made at the first use, whose packages come after ours.
"""

import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.reach.certificates import Certificates, make_certificates
from helpers.system.own_environment import own_environment

_REQUIREMENTS = "hosts_requirements.txt"
_TICK_SECONDS = 0.2
_SETTINGS = {
    # What a lost host was at is ours to start again: we count, and say so.
    "distributed.scheduler.allowed-failures": 0,
    "distributed.scheduler.worker-ttl": "15 s",
    # Nobody looks at them, and each holds what tests told.
    "distributed.admin.low-level-log-length": 10,
    "distributed.logging": dict.fromkeys(("distributed", "distributed.client"), "critical"),
    "distributed.comm.timeouts.connect": "10 s",
}
_OF_CLIENT = ("distributed.logging", "distributed.comm.timeouts.connect")
_TLS = "DASK_DISTRIBUTED__COMM__TLS__"
_CERTIFICATES = (f"{_TLS}CA_FILE", f"{_TLS}CLIENT__CERT", f"{_TLS}CLIENT__KEY")


class HostLostError(Exception):
    """The host that was at a task is gone."""


class Orders(Protocol):
    """What a run asks of the workers that it has."""

    def hosts(self) -> dict[str, str]:
        """The hosts whose workers are there, and their addresses."""

    def listen(self, topic: str, listen: Callable[[Any], None]) -> None:
        """Hand on what workers tell of a topic, one after the other."""

    def run(
        self,
        task: Callable[[Any], Any],
        given: Mapping[str, Any],
        needs: Mapping[str, int],
        stopped: Callable[[], None],
        first: Mapping[str, int] = MappingProxyType({}),
    ) -> Any:
        """Run a task on a host that has what it needs."""

    def tell(self, order: Callable[..., Any], host: str) -> None:
        """Tell a host's worker something; one that is gone need not hear it."""

    def ask(self, question: Callable[..., Any], host: str, *args: Any) -> Any:
        """Ask a host's worker, whose tasks go on."""


@dataclass(slots=True)
class Cluster:
    """A scheduler and a client of it.

    Attributes:
        port: where the scheduler listens, on loopback.
    """

    port: int
    certificates: Certificates
    _client: Any
    _workers: Mapping[str, Any]
    # Whoever listens may be slow, and the scheduler is not to wait.
    _hears: ThreadPoolExecutor

    def wait_for(self, host: str, given_up: Callable[[], bool]) -> bool:
        """Wait until a host's worker is there; false: it was given up."""
        while host not in self.hosts():
            if given_up():
                return False
            threading.Event().wait(_TICK_SECONDS / 4)
        return True

    def hosts(self) -> dict[str, str]:
        """The hosts whose workers are there, and their addresses."""
        return {str(found.name): address for address, found in list(self._workers.items())}

    def listen(self, topic: str, listen: Callable[[Any], None]) -> None:
        """Hand on what workers tell of a topic, one after the other."""

        def hear(event: tuple[float, Any]) -> None:
            with suppress(RuntimeError):  # nobody listens any more
                self._hears.submit(listen, event[1])

        self._client.subscribe_topic(topic, hear)

    def run(
        self,
        task: Callable[[Any], Any],
        given: Mapping[str, Any],
        needs: Mapping[str, int],
        stopped: Callable[[], None],
        first: Mapping[str, int] = MappingProxyType({}),
    ) -> Any:
        """Run a task on a host that has what it needs; what it told was heard by then.

        Args:
            stopped: asked to look, again and again, whether the task is still wanted.
            first: the hosts that take it first, while they have fewer tasks than this.

        Raises:
            HostLostError: the host is gone; the error names it.
        """
        from distributed.scheduler import KilledWorker

        addresses = self._less_busy(first)
        future = self._client.submit(
            task,
            dict(given),
            pure=False,
            resources=needs,
            retries=0,
            workers=addresses or None,
            allow_other_workers=bool(addresses),
        )
        ended = threading.Event()
        future.add_done_callback(lambda _: ended.set())
        try:
            while not ended.wait(_TICK_SECONDS):
                stopped()
            self._hears.submit(lambda: None).result()
            return future.result()
        except KilledWorker as error:
            raise HostLostError(str(error.last_worker.name)) from error
        except (HostLostError, HelpersError):
            raise
        except Exception as error:  # whatever the task raised there
            raise HelpersError(f"a host failed at it: {error!r}") from error
        finally:
            future.release()

    def _less_busy(self, most: Mapping[str, int]) -> list[str]:
        """The addresses of hosts that have fewer tasks than they may."""
        return [
            address
            for address, found in list(self._workers.items())
            if len(found.processing) < most.get(str(found.name), 0)
        ]

    def tell(self, order: Callable[..., Any], host: str) -> None:
        """Tell a host's worker something; one that is gone need not hear it."""
        with suppress(HostLostError):
            self.ask(order, host)

    def ask(self, question: Callable[..., Any], host: str, *args: Any) -> Any:
        """Ask a host's worker, whose tasks go on.

        Raises:
            HostLostError: it is gone.
        """
        address = self.hosts().get(host)
        if not address:
            raise HostLostError(host)
        try:
            return self._client.run(question, *args, workers=[address])[address]
        except (OSError, KeyError) as error:
            raise HostLostError(host) from error


@contextmanager
def open_cluster(repo: Repo, listen: Listener) -> Iterator[Cluster]:
    """A scheduler in this process, for as long as the context lasts.

    Raises:
        HelpersError: Dask cannot be installed.
    """
    _bring_dask(own_environment(repo.toolchain, _REQUIREMENTS, "Dask for --hosts", listen))
    import dask

    # For good: what is imported now adds its defaults to them.
    dask.config.set(_SETTINGS)
    from distributed import Client
    from distributed.security import Security
    from distributed.utils import LoopRunner

    made = make_certificates()
    security = Security(
        require_encryption=True,
        tls_ca_file=made.authority,
        **{
            f"tls_{role}_{part}": text
            for role in ("client", "scheduler")
            for part, text in (("cert", made.certificate), ("key", made.key))
        },
    )
    loop = LoopRunner(asynchronous=False)
    loop.start()
    scheduler = loop.run_sync(lambda: _started(security))
    client = Client(
        scheduler.address,
        security=security,
        loop=loop.loop,
        direct_to_workers=False,
        set_as_default=False,
    )
    hears = ThreadPoolExecutor(1)
    try:
        yield Cluster(scheduler.port, made, client, scheduler.workers, hears)
    finally:
        hears.shutdown()
        client.close()
        loop.run_sync(scheduler.close)
        loop.stop()


@contextmanager
def open_client(repo: Repo, address: str, listen: Listener) -> Iterator[Any]:
    """A client of somebody's scheduler, as Dask's own settings say.

    Raises:
        HelpersError: it is not reached, or is of another version than ours.
    """
    _bring_dask(own_environment(repo.toolchain, _REQUIREMENTS, "Dask for --cluster", listen))
    import dask

    dask.config.set({name: _SETTINGS[name] for name in _OF_CLIENT})
    from distributed import Client
    from distributed.security import Security

    security = Security(require_encryption=True)
    check_certificates(
        (security.tls_ca_file, security.tls_client_cert, security.tls_client_key), address
    )
    try:
        with warnings.catch_warnings(action="ignore"):  # of versions, which we compare
            client = Client(address, security=security, timeout="10 s", set_as_default=False)
    except (OSError, ValueError) as error:
        said = str(error.__cause__ or error).splitlines()
        why = said[0] if said else "it does not answer"
        raise HelpersError(
            f"the scheduler is not reached: {why}",
            where=address,
            fix=f"nc -vz {address.removeprefix('tls://').replace(':', ' ')}",
        ) from error
    try:
        check_versions(client.get_versions(), distributed_version())
        yield client
    finally:
        client.close()


def distributed_version() -> str:
    """The version of Dask's scheduler here, which is there by now."""
    import distributed

    return str(distributed.__version__)


def check_certificates(files: Sequence[str | None], address: str) -> None:
    """Refuse to go on without certificates.

    Raises:
        HelpersError: Dask's settings name none, or one that is not there.
    """
    for name, file in zip(_CERTIFICATES, files, strict=True):
        if not file or not Path(file).is_file():
            problem = f"{file} is not there" if file else "no certificates are given"
            fix = " ".join(f"{one}=<file>" for one in _CERTIFICATES)
            raise HelpersError(f"{problem}: {name}", where=address, fix=f"export {fix}")


def check_versions(found: Mapping[str, Any], ours: str) -> None:
    """Refuse a scheduler of another version.

    Raises:
        HelpersError: it is.
    """
    theirs = found["scheduler"]["packages"]["distributed"]
    if theirs != ours:
        raise HelpersError(
            f"the scheduler has distributed {theirs}, and we have {ours}",
            fix=f"pip install distributed=={ours}  (where the scheduler runs)",
        )


async def _started(security: Any) -> Any:
    from distributed import Scheduler

    class Quiet(Scheduler):  # type: ignore[misc]
        """Serves no page: no other port is opened."""

        def start_http_server(self, *_: Any, **__: Any) -> None:
            self.http_server = _NoServer()

    return await Quiet(host="127.0.0.1", port=0, protocol="tls", security=security, dashboard=False)


class _NoServer:
    """Stands for a server of pages that there is not."""

    def stop(self) -> None:
        """There is nothing to stop."""


def _bring_dask(environment: Path) -> None:
    """Let Python find Dask, after all that it finds already."""
    (found,) = environment.glob("lib/python*/site-packages")
    if str(found) not in sys.path:
        sys.path.append(str(found))
