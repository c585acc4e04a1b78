"""The workers of a run on somebody's Dask cluster: those that run our image, given the sources."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from helpers.engine.client import Client
from helpers.images.building.engine_images import ensure_worker_image
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Warned
from helpers.model.names import slug
from helpers.model.plain import as_plain
from helpers.reach.cluster import open_client
from helpers.reach.fleet import SLOT, Fleet, given_to, hosted_labels
from helpers.reach.image_server import Offered
from helpers.reach.joined_cluster import JoinedCluster
from helpers.reach.on_host import PART_BYTES
from helpers.reach.open_places import checkout_of
from helpers.reach.place import Offer
from helpers.reach.pull_image import Registry
from helpers.reach.sources import Sources, laid_out, read_sources
from helpers.testing.dir_job import TestRun
from helpers.testing.run import STARTING_AHEAD
from helpers.testing.run_folder import new_run
from helpers.vcs.work_commit import commit_for, note_sent, pack_commit

# What a worker's container starts; beside it, the address of the scheduler.
WORKER_COMMAND = (
    "/opt/helpers/worker/bin/python -m distributed.cli.dask_worker"
    " --no-nanny --no-dashboard --preload helpers_relay"
)
PROTOCOL = 1
_START_SECONDS = 60
_PAGES = "docs/cluster_slurm.md, docs/cluster_kubernetes.md"


@contextmanager
def open_joined_fleet(run: TestRun, address: str) -> Iterator[Fleet]:
    """Have the workers of somebody's cluster take part in a run.

    Raises:
        HelpersError: the scheduler is not reached, or none of its workers can take part.
    """
    sources = read_sources(run.declared)
    with open_client(run.repo, address, run.listen) as client:
        part = new_run(datetime.now(UTC))
        cluster = JoinedCluster(part, client)
        found = client.scheduler_info()["workers"]
        ours = {where: one for where, one in found.items() if SLOT in one["resources"]}
        if not ours:
            raise _no_worker(run, address, len(found))
        joining = _Joining(run, cluster, sources, part)
        missed, places = [], []
        try:
            for where, one in ours.items():
                try:
                    places.append(joining.join(where, one))
                except HelpersError as error:
                    missed.append(f"{one['name']}: {error.what}")
                    text = f"the worker {one['name']} takes no part: {error.what}"
                    run.listen(Warned(text, fix=error.fix))
            if not places:
                fix = "see the worker's own log, and " + _PAGES
                raise HelpersError("no worker takes part", where="\n".join(missed), fix=fix)
            cluster.begin()
            there: dict[str, set[str]] = {place.name: set() for place in places}
            yield Fleet(cluster, sources, places, partial(released, run.client), there)
        finally:
            cluster.close()


def released(client: Client, image: str, dir: str) -> Offered:
    """The image of a dir as workers pull it.

    Raises:
        HelpersError: it has no name of a registry.
    """
    found = client.call("GET", f"/images/{image}/json")
    names = (name for name in found.get("RepoDigests") or () if _is_of_registry(name))
    if name := next(names, ""):
        digest = name.partition("@")[2]
        return Offered(digest, digest, source=name)
    shown = next(iter(found.get("RepoTags") or ()), image)
    raise HelpersError(
        f"the image {shown} is on this machine alone, and workers of a cluster cannot pull it",
        fix=f"i docker_release_dev_image --dir {dir}  (then --stage dev)",
    )


def _is_of_registry(name: str) -> bool:
    first, _, rest = name.partition("/")
    return bool(rest) and (first == "localhost" or not {".", ":"}.isdisjoint(first))


def _no_worker(run: TestRun, address: str, others: int) -> HelpersError:
    made = ensure_worker_image(run.repo, run.host, run.host.platform, run.listen)
    registry = run.repo.config.registry or "<registry>"
    name = f"{registry}/{made}"
    return HelpersError(
        f"none of the cluster's {others} workers runs the worker's image, with a Docker engine",
        where=address,
        fix=f"docker tag {made} {name} && docker push {name}  (then start workers: {_PAGES})",
    )


@dataclass(frozen=True, slots=True)
class _Joining:
    run: TestRun
    cluster: JoinedCluster
    sources: Sources
    part: str

    def join(self, address: str, found: Mapping[str, Any]) -> Offer:
        """Start the run's container by a worker, once it has the sources."""
        try:
            return self._join(address, found)
        except HelpersError:
            raise
        except Exception as error:  # whatever Dask, or a worker of another version, says
            raise HelpersError(f"it does not answer as our worker: {error!r}") from error

    def _join(self, address: str, found: Mapping[str, Any]) -> Offer:
        said = self.cluster.call(address, "about")
        if said["protocol"] != PROTOCOL:
            theirs = said["protocol"]
            problem = f"its image speaks protocol {theirs}, and this toolchain {PROTOCOL}"
            raise HelpersError(problem, fix="start it from the image of this toolchain")
        repo = self.run.repo
        key = f"{slug(repo.config.name)}-{checkout_of(repo)}"
        resources = {name: int(amount) for name, amount in found["resources"].items()}
        offer = Offer(
            name=str(found["name"]),
            folder=Path(said["folder"], key),
            platform=said["platform"],
            slots=max(1, int(found["nthreads"]) - STARTING_AHEAD),
            offers=resources,
        )
        commits = self._send(address, key, offer)
        problem = self.cluster.submit("begin", address, key, self._start(offer, commits)).result()
        if problem:
            raise HelpersError(f"its container did not start: {problem}")
        for here, commit in commits.items():
            note_sent(self.sources.trees[here], commit, self._receiver(here, offer))
        self.cluster.add(offer, address)
        return offer

    def _send(self, address: str, key: str, offer: Offer) -> dict[Path, str]:
        """Send what a worker's store lacks, in parts; the commit of each tree."""
        known = self.cluster.call(address, "heads", key)
        commits = {}
        for number, (here, tree) in enumerate(self.sources.trees.items()):
            commit = commit_for(tree, self._receiver(here, offer))
            pack = pack_commit(tree, commit, known)
            for start in range(0, len(pack), PART_BYTES):
                name = f"{self.part}-{number}"
                self.cluster.call(address, "put", key, name, pack[start : start + PART_BYTES])
            commits[here] = commit
        return commits

    def _receiver(self, here: Path, offer: Offer) -> str:
        assert offer.folder, "a worker has one"
        number = list(self.sources.trees).index(here)
        return f"{offer.folder.name}-cluster-{number}"

    def _start(self, offer: Offer, commits: Mapping[Path, str]) -> dict[str, Any]:
        """What the container is started with."""
        root, trees = self.run.repo.root, self.sources.trees
        told = [
            laid_out(here, trees[here], commit, offer.folder if here == root else None)
            for here, commit in commits.items()
        ]
        registry = Registry(0, "", offer.name)
        return {
            "commits": {self._receiver(here, offer): one for here, one in commits.items()},
            "folders": [str(folder) for folder in self.sources.folders(offer)],
            "labels": {**hosted_labels(self.run, self.part), labels.ROLE: labels.WORKER},
            "seen": {str(there): str(at) for at, there in self.sources.seen(offer).items()},
            "seconds": _START_SECONDS,
            "given": {
                **given_to(self.run, offer, self.part, told),
                "services": {},
                "registry": as_plain(registry),
                "scheduler": 0,
            },
        }
