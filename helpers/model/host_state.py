"""How a machine with Docker Engine stands, and what runs have on it."""

import re
from collections.abc import Mapping, Sequence

from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.numbers import counted

NEEDED_ENGINE = 24
CONTAINERD_STORE = "io.containerd.snapshotter.v1"
LEAST_FREE_DISK = 5 * 10**9
MOST_SKEW = 30.0
# A run makes other things before its worker runs, in seconds.
_TIME_TO_START = 60.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something on a host that is not in order.

    Attributes:
        stops: runs fail there because of it.
    """

    what: str
    fix: str
    stops: bool = False


@dataclass(frozen=True, slots=True)
class EngineFacts:
    """What a host's engine says of itself and its machine.

    Attributes:
        store: how it keeps images.
        folder: where it keeps everything.
        skew: how far its clock is ahead of ours, in seconds.
    """

    version: str
    store: str
    folder: str
    platform: str
    cores: int
    memory: int
    skew: float


@dataclass(frozen=True, slots=True)
class Thing:
    """A container, volume, network, image or folder that a run has on a host."""

    kind: str
    id: str
    labels: Mapping[str, str]
    running: bool = False

    @property
    def keeps(self) -> bool:
        """Whether it is a worker that is running, which shows that its run is alive."""
        return self.running and self.labels.get(labels.ROLE) == labels.WORKER


@dataclass(frozen=True, slots=True)
class HostedRun:
    """What a run has on a host.

    Attributes:
        run: its id; empty: of images that no run owns.
        driver: who drives it, as `<user>@<machine>:<process>`.
        since: when it began, in seconds since 1970; 0: not known.
    """

    run: str
    driver: str
    since: float
    things: tuple[Thing, ...]

    def is_alive(self, now: float) -> bool:
        """Whether its worker is running, or may be about to start."""
        return any(thing.keeps for thing in self.things) or now - self.since < _TIME_TO_START

    @property
    def dirs(self) -> tuple[str, ...]:
        """The dirs that it is testing there."""
        found = {one.labels[labels.DIR] for one in self.things if labels.DIR in one.labels}
        return tuple(sorted(found))

    @property
    def shown(self) -> str:
        """What it has, such as `2 containers, 1 volume`."""
        return shown_things(self.things)


@dataclass(frozen=True, slots=True)
class HostState:
    """How a host stands.

    Attributes:
        address: empty: this machine.
        facts: None: it was not reached.
        free: bytes on the disk of its engine; None: not known.
        rate: megabytes per second, there and back; None: no connection is needed.
        left: what dead runs have there.
        error: why it was not reached.
    """

    name: str
    address: str
    facts: EngineFacts | None = None
    free: int | None = None
    rate: float | None = None
    left: tuple[HostedRun, ...] = ()
    error: HelpersError | None = None


def group_runs(things: Sequence[Thing]) -> tuple[HostedRun, ...]:
    """What each run has, the oldest run first."""
    by_run: dict[str, list[Thing]] = {}
    for thing in things:
        by_run.setdefault(thing.labels.get(labels.RUN, ""), []).append(thing)
    runs = [_run(run, tuple(found)) for run, found in by_run.items()]
    return tuple(sorted(runs, key=lambda one: (one.since, one.run)))


def dead_runs(runs: Sequence[HostedRun], now: float) -> tuple[HostedRun, ...]:
    """Those that nothing keeps alive; what no run owns is dead with the last of them."""
    some_alive = any(one.run and one.is_alive(now) for one in runs)
    return tuple(one for one in runs if not (one.is_alive(now) if one.run else some_alive))


def shown_things(things: Sequence[Thing]) -> str:
    """How many there are of each kind."""
    kinds = [thing.kind for thing in things]
    return ", ".join(counted(kinds.count(kind), kind) for kind in dict.fromkeys(kinds))


def find_troubles(state: HostState) -> list[Trouble]:
    """What is not in order on a host that was reached."""
    facts = state.facts
    if facts is None:
        return []
    clean = f"i hosts_clean --hosts {state.name}"
    found = []
    if _major(facts.version) < NEEDED_ENGINE:
        what = (
            f"Docker Engine {facts.version}; needed: {NEEDED_ENGINE} or newer;"
            " images that are there still run, builds do not"
        )
        found.append(Trouble(what, f"install Docker Engine {NEEDED_ENGINE} or newer there", True))
    if facts.store != CONTAINERD_STORE:
        what = (
            f"the engine keeps images with {facts.store or 'no store that it names'}, not with"
            " containerd: images of one platform run, those of several cannot be kept"
        )
        fix = '{"features": {"containerd-snapshotter": true}} in its /etc/docker/daemon.json'
        found.append(Trouble(what, fix))
    if state.free is not None and state.free < LEAST_FREE_DISK:
        lacks = (LEAST_FREE_DISK - state.free) / 1e9
        what = f"{facts.folder} has {state.free / 1e9:.1f} GB free; {lacks:.1f} GB are missing"
        found.append(Trouble(what, clean, True))
    if abs(facts.skew) > MOST_SKEW:
        way = "ahead of" if facts.skew > 0 else "behind"
        what = f"its clock is {abs(facts.skew):.0f} s {way} this machine's"
        found.append(Trouble(what, "timedatectl set-ntp true   (there)"))
    if state.left:
        things = [thing for run in state.left for thing in run.things]
        found.append(Trouble(f"earlier runs left {shown_things(things)}", clean))
    return found


def _run(run: str, things: tuple[Thing, ...]) -> HostedRun:
    drivers = [one.labels[labels.DRIVER] for one in things if labels.DRIVER in one.labels]
    times = [_seconds(one.labels.get(labels.SINCE, "")) for one in things]
    return HostedRun(run, next(iter(drivers), ""), max(times), things)


def _seconds(text: str) -> float:
    return float(text) if text.isascii() and text.isdecimal() else 0.0


def _major(version: str) -> int:
    found = re.match(r"\d+", version)
    return int(found[0]) if found else 0
