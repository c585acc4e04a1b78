"""Images are built on hosts: each where it is native, and elsewhere when a host is lost."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import field
from typing import TypeVar

from helpers.engine.builds import BuildError
from helpers.images.building.builders import Site
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice, Warned
from helpers.model.settings.hosts_config import DockerHost
from helpers.reach.check_hosts import read_facts
from helpers.reach.reached import Reached, at_each, reach

# Each build uses several cores.
_AT_ONCE = 4
Result = TypeVar("Result")


@dataclass(slots=True)
class BuildHost:
    """A host that builds.

    Attributes:
        platform: its own.
        most: how many images it builds at once.
        running: how many it builds now.
    """

    there: Reached
    platform: str
    most: int
    running: int = 0

    @property
    def name(self) -> str:
        """As the user calls it."""
        return self.there.host.name

    @property
    def site(self) -> Site | None:
        """None: it is this machine."""
        link = self.there.link
        return Site(self.name, f"unix://{link.engine}") if link else None

    def is_lost(self, error: HelpersError) -> bool:
        """Whether an error is that of the host, not of what was built."""
        link = self.there.link
        gone = isinstance(error, BuildError) and error.passing
        return link is not None and (gone or link.lost.is_set())


@dataclass(slots=True)
class BuildHosts:
    """The hosts that build, as `Builders`."""

    hosts: list[BuildHost]
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def at_once(self) -> int:
        """How many images they build at once."""
        return sum(host.most for host in self.hosts) or 1

    def has(self, platform: str) -> bool:
        """Whether one of them builds natively for a platform."""
        return any(host.platform == platform for host in self.hosts)

    def build(
        self, platform: str, name: str, listen: Listener, work: Callable[[Site | None], Result]
    ) -> Result:
        """Do a dir's work for a host of its platform, or for this machine where none is left."""
        while host := self._take(platform):
            try:
                if host.site:
                    listen(Notice(f"{platform} is built on {host.name}", name))
                return work(host.site)
            except HelpersError as error:
                if not host.is_lost(error):
                    if host.site:
                        error.where = f"on the host {host.name}\n{error.where}".strip()
                    raise
                self._leave_out(host)
                fix = f"i hosts_check --hosts {host.name}"
                listen(Warned(f"the host {host.name} was lost: {error.what}", name, fix=fix))
            finally:
                self._give_back(host)
        listen(Notice(f"no host builds {platform} natively: it is built here", name))
        return work(None)

    def _take(self, platform: str) -> BuildHost | None:
        """The least busy host of a platform, as soon as one is free; None: there is none."""
        with self._changed:
            while found := [host for host in self.hosts if host.platform == platform]:
                best = min(found, key=lambda host: host.running / host.most)
                if best.running < best.most:
                    best.running += 1
                    return best
                self._changed.wait()
        return None

    def _give_back(self, host: BuildHost) -> None:
        with self._changed:
            host.running -= 1
            self._changed.notify_all()

    def _leave_out(self, host: BuildHost) -> None:
        with self._changed:
            if host in self.hosts:
                self.hosts.remove(host)


@contextmanager
def open_build_hosts(
    hosts: Sequence[DockerHost], environment: Mapping[str, str], listen: Listener
) -> Iterator[BuildHosts]:
    """Reach hosts until the context ends; those that are not reached are told, and left out.

    Raises:
        HelpersError: none is reached.
    """

    def look(host: DockerHost) -> tuple[BuildHost, ExitStack] | HelpersError:
        try:
            return _reach(host, environment)
        except HelpersError as error:
            return error

    found: list[BuildHost] = []
    missed: list[str] = []
    with ExitStack() as stack:
        for host, one in zip(hosts, at_each(hosts, look), strict=True):
            if isinstance(one, HelpersError):
                missed.append(f"{host.name}: {one.what}")
                text = f"the host {host.name} takes no part: {one.what}"
                listen(Warned(text, fix=one.fix or f"i hosts_check --hosts {host.name}"))
            else:
                stack.push(one[1])
                found.append(one[0])
        if not found:
            fix = f"i hosts_check --hosts {','.join(host.name for host in hosts)}"
            raise HelpersError("no host is reached", where="\n".join(missed), fix=fix)
        yield BuildHosts(found)


def _reach(host: DockerHost, environment: Mapping[str, str]) -> tuple[BuildHost, ExitStack]:
    with ExitStack() as stack:
        there = stack.enter_context(reach(host, environment))
        platform = read_facts(there.client).platform
        return BuildHost(there, platform, host.slots or _AT_ONCE), stack.pop_all()
