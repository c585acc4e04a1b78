"""The workers of a run: one on each host that is reached, from the sources to the scheduler."""

import base64
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any

from helpers.engine.containers import find_image, list_images
from helpers.engine.execs import run_command
from helpers.images.building.engine_images import ensure_worker_image
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Warned
from helpers.model.labels import own_labels
from helpers.model.plain import as_plain
from helpers.reach.cluster import Cluster, Orders, open_cluster
from helpers.reach.image_server import ImageServer, Offered, serve_images
from helpers.reach.place import Offer, Place
from helpers.reach.pull_image import OF_WORKER, Registry, ensure_pulled
from helpers.reach.sources import STORE, Sources, read_sources
from helpers.reach.worker_container import WorkerContainer, start_worker
from helpers.testing.dir_job import TestRun
from helpers.testing.order import plain_request
from helpers.testing.run_folder import new_run

_START_SECONDS = 60
SLOT = "slot"
# As many dirs of a platform as anybody runs.
_MANY = 10_000


@dataclass(frozen=True, slots=True)
class NamedHost:
    """A host that was asked for.

    Attributes:
        open: reaches it, given the ports where our scheduler and our images are.
    """

    name: str
    open: Callable[[int, int], AbstractContextManager[Place]]


@dataclass(frozen=True, slots=True)
class Fleet:
    """The workers of a run.

    Attributes:
        places: the hosts that were reached.
    """

    cluster: Orders
    sources: Sources
    places: Sequence[Offer]
    _offer: Callable[[str, str], Offered]
    _there: Mapping[str, set[str]]

    def offered(self, image: str, dir: str) -> Offered:
        """The image of a dir, on our engine, as hosts know it; nothing: theirs is ours."""
        if not any(place.pulls for place in self.places):
            return Offered("", "")
        return self._offer(image, dir)

    def slots_with(self, offered: Offered) -> dict[str, int]:
        """The hosts that need not pull an image, and how many dirs each tests at once."""
        return {
            place.name: place.slots
            for place in self.living()
            if not place.pulls or {offered.manifest, offered.config} & self._there[place.name]
        }

    def note_image(self, host: str, offered: Offered) -> None:
        """Note that a host has an image by now."""
        self._there[host].update((offered.manifest, offered.config))

    def living(self) -> list[Offer]:
        """The hosts that are still there."""
        there = self.cluster.hosts()
        return [place for place in self.places if place.name in there]


@contextmanager
def open_fleet(
    run: TestRun, hosts: Sequence[NamedHost], resources: set[str], services: Mapping[str, Any]
) -> Iterator[Fleet]:
    """Start workers on hosts; those that are not reached are told, and left out.

    Args:
        resources: names of what dirs need.
        services: by dir, what is said of theirs.

    Raises:
        HelpersError: none is reached.
    """
    sources = read_sources(run.declared)
    with (
        open_cluster(run.repo, run.listen) as cluster,
        serve_images(run.client, run.repo.root, run.folder.run) as images,
        ExitStack() as stack,
    ):
        starting = _Starting(run, cluster, images, sources, resources, services)
        with ThreadPoolExecutor(len(hosts)) as executor:
            begun = [executor.submit(starting.start, one) for one in hosts]
        places: list[Place] = []
        missed = []
        for one, future in zip(hosts, begun, strict=True):
            try:
                place, opened = future.result()
            except HelpersError as error:
                text = f"the host {one.name} takes no part: {error.what}"
                missed.append(f"{one.name}: {error.what}")
                run.listen(Warned(text, fix=error.fix or f"i hosts_check --hosts {one.name}"))
                continue
            stack.push(opened)
            places.append(place)
        if not places:
            names = ",".join(one.name for one in hosts)
            fix = f"i hosts_check --hosts {names}"
            raise HelpersError("no host is reached", where="\n".join(missed), fix=fix)
        there = {place.name: _images_there(place) for place in places}
        yield Fleet(cluster, sources, places, lambda image, _: images.offer(image), there)


def _images_there(place: Place) -> set[str]:
    """The ids of the images of a host, which may be lost by now."""
    try:
        return {one.id for one in list_images(place.client, {})}
    except HelpersError:
        return set()


@dataclass(frozen=True, slots=True)
class _Starting:
    run: TestRun
    cluster: Cluster
    images: ImageServer
    sources: Sources
    resources: set[str]
    services: Mapping[str, Any]

    def start(self, host: NamedHost) -> tuple[Place, ExitStack]:
        """Reach a host and start its worker; what is returned ends both."""
        with ExitStack() as stack:
            place = stack.enter_context(host.open(self.cluster.port, self.images.port))
            image = self._image(place)
            seen, part = self.sources.seen(place), new_run(datetime.now(UTC))
            place.prepare(self.sources.folders(place))
            name = f"helpers-worker-{part}-{place.name}"
            container = start_worker(place, image, name, self._labels(place, part), seen)
            stack.callback(container.remove)
            if place.folder:
                store = ["git", "init", "--quiet", "--bare", str(place.folder / STORE)]
                run_command(place.client, container.id, store, f"{place.user.uid}:{place.user.gid}")
            trees = self.sources.send(self.run.repo.root, place, container.id)
            container.tell(self._given(place, part, trees))
            self._wait(place, container)
            return place, stack.pop_all()

    def _image(self, place: Place) -> str:
        """The worker's image on a host."""
        repo, host = self.run.repo, self.run.host
        made = ensure_worker_image(repo, host, place.platform, self.run.listen)
        if not place.registry:
            return made
        found = find_image(self.run.client, made)
        assert found is not None, "it was there or is made"
        offered = self.images.offer(found.id)
        return ensure_pulled(place.client, self._registry(place), offered, OF_WORKER, place.free)

    def _registry(self, place: Place) -> Registry:
        checkout = place.folder.name if place.folder else ""
        return Registry(place.registry, self.images.password, place.name, checkout)

    def _wait(self, place: Place, container: WorkerContainer) -> None:
        deadline = time.monotonic() + _START_SECONDS
        if self.cluster.wait_for(
            place.name, lambda: container.ended or time.monotonic() > deadline
        ):
            return
        last = container.said.splitlines()[-1:] or ["it said nothing"]
        raise HelpersError(f"its worker did not start: {last[0]}")

    def _labels(self, place: Place, part: str) -> dict[str, str]:
        """The labels of a worker: a leftover of this run here, elsewhere it ends by itself."""
        if place.folder:
            return {**hosted_labels(self.run, part), labels.ROLE: labels.WORKER}
        own = own_labels(self.run.repo)
        return {**own, labels.RUN: self.run.folder.run, labels.ROLE: labels.WORKER}

    def _given(self, place: Place, part: str, trees: list[dict[str, Any]]) -> Mapping[str, Any]:
        """What a worker is told; nothing of it is written down there."""
        return {
            **given_to(self.run, place, part, trees),
            "services": self.services,
            "threads": place.threads,
            "resources": self._offers(place),
            "registry": as_plain(self._registry(place)),
            "scheduler": place.scheduler or self.cluster.port,
            "port": place.port,
            "tls": as_plain(self.cluster.certificates),
        }

    def _offers(self, place: Place) -> dict[str, int]:
        return {
            **place.offered(self.resources),
            place.platform: _MANY,
            SLOT: place.threads,
        }


def hosted_labels(run: TestRun, part: str) -> dict[str, str]:
    """The labels of what a run has on another machine."""
    driver = f"{run.host.user.name}@{socket.gethostname()}:{os.getpid()}"
    return labels.hosted(part, driver, int(time.time()))


def given_to(run: TestRun, place: Offer, part: str, trees: list[dict[str, Any]]) -> dict[str, Any]:
    """What every worker is told of a run."""
    names = {name for repo in run.repo.every() for name in repo.config.environment}
    bundle = run.surroundings.certificates
    return {
        "store": str(place.folder / STORE) if place.folder else "",
        "trees": trees,
        "toolchain": str(run.repo.toolchain),
        "root": str(run.repo.root),
        "run": part,
        "labels": {**hosted_labels(run, part), labels.REPO_ROOT: str(place.folder)}
        if place.folder
        else {},
        "name": place.name,
        "user": run.host.user.name,
        "environment": {
            name: run.host.environment[name]
            for name in sorted(names)
            if name in run.host.environment
        },
        "certificates": base64.b64encode(bundle.read_bytes()).decode() if bundle else "",
        "request": plain_request(run.request),
        "slots": place.slots,
    }
