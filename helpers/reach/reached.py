"""A host's engine, as a client of it: behind a connection, or this machine's own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Self, TypeVar

from helpers.engine.client import Client, EngineUnavailableError
from helpers.engine.endpoint import Endpoint, find_endpoint
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.hosts_config import DockerHost
from helpers.remote.link import Link
from helpers.remote.ssh import linked

# Nobody connects to it: that the host gets it shows that its sshd forwards ports.
_UNUSED_PORT = 9
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Reached:
    """A host that is reached.

    Attributes:
        link: None: it is this machine.
    """

    host: DockerHost
    client: Client
    link: Link | None = None


@contextmanager
def reach(
    host: DockerHost,
    environment: Mapping[str, str],
    to_us: Sequence[int] = (),
    to_host: Sequence[int] = (),
) -> Iterator[Reached]:
    """Connect to a host until the context ends; see `linked`.

    Raises:
        HelpersError: it is not reached, or its engine does not answer, now or in the context.
    """
    if host.is_local:
        yield Reached(host, Client(find_endpoint(environment)))
        return
    with linked(host, to_us or (_UNUSED_PORT,), to_host) as link:
        endpoint = Endpoint(f"unix://{link.engine}", f"host {host.name}")
        try:
            yield Reached(host, Client(endpoint), link)
        except EngineUnavailableError as error:
            lost = link.error() if link.lost.is_set() else link.engine_error()
            raise lost or error from error


class Links:
    """Hosts that stay reached from one look to the next; one that was lost is reached anew."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._open: dict[str, tuple[ExitStack, Reached]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for stack, _there in self._open.values():
            stack.close()

    @contextmanager
    def to(self, host: DockerHost) -> Iterator[Reached]:
        """A host, for a look at it.

        Raises:
            HelpersError: as `reach` does.
        """
        if host.name not in self._open:
            with ExitStack() as begun:
                there = begun.enter_context(reach(host, self._environment))
                self._open[host.name] = (begun.pop_all(), there)
        stack, there = self._open[host.name]
        try:
            yield there
        except HelpersError as error:
            del self._open[host.name]
            # What reached the host knows why it does not answer.
            stack.__exit__(type(error), error, error.__traceback__)
            raise


def at_each(hosts: Sequence[DockerHost], look: Callable[[DockerHost], Result]) -> list[Result]:
    """Do the same for all hosts at once; results in their order."""
    with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
        return list(pool.map(look, hosts))
