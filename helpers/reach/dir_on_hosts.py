"""One dir of a run on whichever host takes it: an order, its answer, the files of its results."""

import json
import os
import tarfile
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from helpers.images.installed.ensure import NOTHING
from helpers.images.resolve import Chosen
from helpers.model.dataclass import dataclass
from helpers.model.events import DirStateChanged, Notice
from helpers.model.plain import as_plain, from_plain
from helpers.model.results.results import DirResult, DirState
from helpers.reach.cluster import HostLostError
from helpers.reach.fleet import SLOT, Fleet
from helpers.reach.on_host import PART_BYTES
from helpers.reach.place import Offer
from helpers.testing.dir_job import DirJob, RunStoppedError
from helpers.testing.dir_run import image_for, installed_for, keep_pass, parts_of
from helpers.testing.order import Answer, Order, plain_installed, read_event

if TYPE_CHECKING:
    from helpers.reach.dir_services import DirServices

# The first time, and twice after a host was lost.
_ATTEMPTS = 3
# Tests that are to end are killed: more than that takes a host that does not answer.
_ENDING_SECONDS = 20.0


@dataclass(slots=True)
class DirsOnHosts:
    """Runs dirs on the hosts of a run."""

    fleet: Fleet
    services: "Mapping[str, DirServices]"
    _running: dict[str, tuple[DirJob, int]] = field(default_factory=dict)
    _ending_since: float = 0.0

    def hear(self, said: dict[str, Any]) -> None:
        """Hand on what a dir tells; what it told in an earlier attempt is late, and is dropped."""
        attempt, event = said["attempt"], read_event(said["event"])
        job, expected = self._running.get(event.dir, (None, 0))  # type: ignore[union-attr]
        if job is None or attempt != expected:
            return
        if isinstance(event, DirStateChanged):
            job.enter(event.state)
        else:
            job.run.listen(event)

    def run(self, job: DirJob, blank: DirResult) -> DirResult:
        """Run the tests of a dir; its image is here by then."""
        if job.run.stopped():
            raise RunStoppedError
        chosen, outdated = image_for(job)
        blank = replace(blank, image=chosen.reference, version=chosen.version)
        job = replace(job, installed=installed_for(job, chosen))
        parts = parts_of(job, chosen, complete=not outdated)
        lost: list[str] = []
        while len(lost) < _ATTEMPTS:
            try:
                answer = self._ask(job, chosen, attempt=len(lost) + 1)
            except HostLostError as error:
                lost.append(str(error))
                job.run.listen(Notice(f"the host {error} was lost while its tests ran", job.name))
                if not self._may_go_on(job):
                    break
                job.enter(DirState.WAITING)
                continue
            result = self._result(blank, answer, lost)
            keep = parts and answer.recordable and not lost
            return keep_pass(job, parts, result) if keep else result
        problem = f"{_hosts(lost)} while its tests ran, and no other takes it"
        return replace(blank, problem=problem, fix=f"./main_pytest.py --dir {job.name}")

    def _ask(self, job: DirJob, chosen: Chosen, attempt: int) -> Answer:
        """Have the dir's tests run; what came of it, once its files are here.

        Raises:
            HostLostError: the host is gone.
        """
        # Imported here: it knows Dask, which is there by now.
        from helpers.reach.worker import carry_out

        run = job.run
        needs = needs_of(job)
        tree = self.fleet.sources.trees[run.repo.root].id
        offered = self.fleet.offered(chosen.image.id, job.name)
        image = offered.source or chosen.image.id
        order = Order(
            run.folder.run,
            attempt,
            job.name,
            tree,
            image,
            digests=(offered.manifest, offered.config),
            installed=plain_installed(job.installed or NOTHING),
            needs=needs,
            size=offered.size,
            services=self._images_of_services(job),
        )
        self._running[job.name] = (job, attempt)
        try:
            said = self.fleet.cluster.run(
                carry_out,
                as_plain(order),
                needs,
                lambda: self._look(job),
                self.fleet.slots_with(offered),
            )
            answer = from_plain(Answer, json.loads(said))
            self.fleet.note_image(answer.host, offered)
            assert (answer.run, answer.attempt) == (order.run, order.attempt), "it is ours"
            self._take_files(job, answer)
        finally:
            del self._running[job.name]
        job.leave()
        return answer

    def _images_of_services(self, job: DirJob) -> dict[str, Any]:
        """The images that we have of a dir's services, as hosts know them, by name."""
        found = self.services.get(job.name)
        images = found.images(job.run.client, job.stoppable()) if found else {}
        offered = {name: self.fleet.offered(id, job.name) for name, id in images.items()}
        return {name: as_plain(one) for name, one in offered.items() if one.manifest}

    def _look(self, job: DirJob) -> None:
        """Look whether a dir is still wanted, and whether a host is left for it.

        Raises:
            HostLostError: none is.
            RunStoppedError: it is not wanted, and its host does not end it.
        """
        from helpers.reach.worker import end_tests

        if not self._may_go_on(job):
            raise HostLostError(" and ".join(place.name for place in self.fleet.places))
        if not job.run.stopped():
            return
        if not self._ending_since:
            self._ending_since = time.monotonic()
            for place in self.fleet.living():
                self.fleet.cluster.tell(end_tests, place.name)
        if time.monotonic() > self._ending_since + _ENDING_SECONDS:
            raise RunStoppedError

    def _may_go_on(self, job: DirJob) -> bool:
        return is_taken(job, self.fleet.living())

    def _take_files(self, job: DirJob, answer: Answer) -> None:
        from helpers.reach.worker import part_of_results

        with tempfile.TemporaryFile() as archive:
            for number in range(-(-answer.size // PART_BYTES)):
                archive.write(
                    self.fleet.cluster.ask(part_of_results, answer.host, job.name, number)
                )
            archive.seek(0)
            _unpack(archive, job.run.folder.of_dir(job.name))

    def _result(self, blank: DirResult, answer: Answer, lost: list[str]) -> DirResult:
        found = answer.result
        hints = (f"it ran again: {_hosts(lost)}",) if lost else ()
        return replace(
            found,
            image=blank.image,
            version=blank.version,
            started=blank.started,
            host=answer.host,
            hints=(*found.hints, *hints),
        )


def needs_of(job: DirJob) -> dict[str, int]:
    """What a dir uses of a host while it runs."""
    return {**job.config.resources, SLOT: 1, platform_of(job): 1}


def platform_of(job: DirJob) -> str:
    """The platform of a dir's image."""
    return job.run.request.platform or job.run.host.platform


def is_taken(job: DirJob, places: Iterable[Offer]) -> bool:
    """Whether one of these hosts may test a dir."""
    return any(place.has(platform_of(job), job.config.resources) for place in places)


def _hosts(lost: list[str]) -> str:
    names = " and ".join(dict.fromkeys(lost))
    return f"the host {names} was lost" if len(set(lost)) == 1 else f"the hosts {names} were lost"


def _unpack(archive: IO[bytes], folder: Path) -> None:
    """Unpack files of results, which are then ours; what leads out of the folder is left out.

    Python's own filter came with 3.11.4: what it would refuse is found here.
    """
    top = folder.resolve()
    with tarfile.open(fileobj=archive) as tar:
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        for member in tar:
            if _stays_in(top, member):
                member.uid, member.gid, member.mode = os.getuid(), os.getgid(), member.mode & 0o777
                tar.extract(member, top, numeric_owner=True)


def _stays_in(top: Path, member: tarfile.TarInfo) -> bool:
    """Whether a file, folder or link of an archive is within a folder, and what it leads to."""
    place = top / member.name
    leads = [place]
    if member.issym():
        leads.append(place.parent / member.linkname)
    elif member.islnk():
        leads.append(top / member.linkname)
    elif not member.isreg() and not member.isdir():
        return False
    return all(one.resolve().is_relative_to(top) for one in leads)
