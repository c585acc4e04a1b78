"""A run's dirs on a host: orders are carried out by the very functions that run a dir here."""

import base64
import os
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from helpers.containers.leftovers import remove_dead, remove_leftovers
from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Event
from helpers.model.names import digest_of, slug
from helpers.model.plain import from_plain
from helpers.model.repo import Repo
from helpers.model.results.results import DirResult, DirState
from helpers.reach.dir_services import with_images
from helpers.reach.image_server import Offered
from helpers.reach.pull_image import Registry, ensure_pulled, kept_name
from helpers.system.host import Host, User, read_host
from helpers.system.lease import RESULTS_FOLDER, is_held, working_folder
from helpers.system.repo_files import load_repo
from helpers.testing.dir_job import DirJob, TestRun, with_error
from helpers.testing.order import Answer, Order, plain_event, read_installed, read_request
from helpers.testing.reuse.passes import Passes
from helpers.testing.reuse.reasons import Parts
from helpers.testing.run import Caller, jobs_of, open_run, run_one
from helpers.testing.run_folder import make_run_folder
from helpers.vcs.discovery import discover_dirs

# No message is larger.
PART_BYTES = 8 << 20
_ARCHIVES = "archives"
# No dir has a dot in its slug.
_OF_SERVICES = "services"


class _Notes(Passes):
    """Notes which passes could be recorded; the driver records them."""

    def __init__(self) -> None:
        self.recordable: set[str] = set()

    def services(self, *_: Any) -> str:
        return ""

    def parts(self, *_: Any) -> Parts:
        return {"inputs": "as they were sent"}

    def keep(self, parts: Parts, result: DirResult, run: str) -> None:
        del parts, run
        self.recordable.add(result.dir)

    def tidy(self) -> None:
        """There is nothing to forget."""


@dataclass(slots=True)
class HostRun:
    """The part of a run that is on this host."""

    name: str
    registry: Registry
    run: TestRun
    jobs: Mapping[str, DirJob]
    problems: Mapping[str, DirResult]
    archives: Path
    services: Mapping[str, Any]
    notes: _Notes = field(default_factory=_Notes)

    def carry_out(self, order: Order, tell: Callable[[dict[str, Any]], None]) -> Answer:
        """Test a dir; its result, whatever became of it."""

        def listen(event: Event) -> None:
            if plain := plain_event(event):
                tell(plain)

        job = self.jobs.get(order.dir)
        if job is None:
            return self._answer(order, self.problems[order.dir])
        try:
            images = {order.dir: self._image(order)}
            services = self._services(order)
        except HelpersError as error:
            blank = DirResult(order.dir, DirState.ERROR)
            return self._answer(order, with_error(blank, error))
        request = replace(self.run.request, images=images, build=False, skip_version_check=True)
        run = replace(self.run, request=request, listen=listen, passes=self.notes)
        job = replace(job, run=run, installed=read_installed(order.installed), services=services)
        return self._answer(order, run_one(job))

    def _image(self, order: Order) -> str:
        if not self.registry.port:
            return order.image
        manifest, config = order.digests
        offered = Offered(manifest, config, order.size)
        return ensure_pulled(self.run.client, self.registry, offered, slug(order.dir), _free_disk)

    def _services(self, order: Order) -> Any:
        """What the dir's services are told to run; None: it has none."""
        if order.dir not in self.services:
            return None
        names = {}
        for name, plain in order.services.items() if self.registry.port else ():
            offered, of = from_plain(Offered, plain), f"{_OF_SERVICES}.{digest_of(name, 8)}"
            ensure_pulled(self.run.client, self.registry, offered, of, _free_disk)
            names[name] = kept_name(self.registry, of, offered)
        return with_images(deepcopy(self.services[order.dir]), names)

    def _answer(self, order: Order, result: DirResult) -> Answer:
        archive = self._archive(order.dir)
        folder = self.run.folder.of_dir(order.dir)
        with tarfile.open(archive, "w") as tar:
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                tar.add(path, path.name)
        shutil.rmtree(folder, ignore_errors=True)
        return Answer(
            order.run,
            order.attempt,
            self.name,
            result,
            order.dir in self.notes.recordable,
            archive.stat().st_size,
        )

    def _archive(self, dir: str) -> Path:
        return self.archives / slug(dir)  # the root's name is that of a folder

    def part(self, dir: str, number: int) -> bytes:
        """A part of the archive of a dir's results, which goes with its last part."""
        archive = self._archive(dir)
        with archive.open("rb") as file:
            file.seek(number * PART_BYTES)
            part = file.read(PART_BYTES)
            if not file.read(1):
                archive.unlink()
        return part

    def stop(self) -> None:
        """End the tests that run, and begin no others."""
        self.run.ending.set()


@contextmanager
def open_host_run(given: Mapping[str, Any]) -> Iterator[HostRun]:
    """The part of a run that the driver gives to this host."""
    root = Path(given["root"])
    host = _host(given, root)
    repo = replace(load_repo(root), labels=given["labels"])
    client = Client(find_endpoint(host.environment))
    every_dir = tuple(discover_dirs(repo))
    request = replace(read_request(given["request"], every_dir), jobs=given["slots"])
    caller = Caller(lambda _: None, lambda: False)
    with ExitStack() as stack:
        archives = Path(stack.enter_context(tempfile.TemporaryDirectory()), _ARCHIVES)
        archives.mkdir()
        inputs = read_repo_inputs(repo, keep=False)
        if given["trees"]:
            _forget_results(root)
        folder = make_run_folder(root, given["run"])
        stack.callback(shutil.rmtree, folder.path, ignore_errors=True)
        run = stack.enter_context(open_run(client, inputs, host, request, caller, folder))
        _remove_ended(client, repo)
        jobs, problems = jobs_of(run, request.dirs)
        found = {result.dir: result for result in problems}
        registry = Registry(**given["registry"])
        services = given["services"]
        yield HostRun(given["name"], registry, run, jobs, found, archives, services)
        run.ending.set()
    _remove_ended(client, repo)


def _free_disk() -> int:
    """What is free on the engine's disk: that of our container is there."""
    return shutil.disk_usage("/").free


def _forget_results(root: Path) -> None:
    """Remove the results of workers that were killed; their driver has what it was sent."""
    for folder in working_folder(root, RESULTS_FOLDER).iterdir():
        if folder.is_dir() and not is_held(root, folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def _remove_ended(client: Client, repo: Repo) -> None:
    """Remove what runs of this checkout left that are over or were killed."""
    remove_dead(client, repo)
    remove_leftovers(client, repo)


def _host(given: Mapping[str, Any], root: Path) -> Host:
    """The host as containers of the run are to see it: the driver's variables and certificates."""
    here = read_host()
    variables = {**here.environment, **given["environment"]}
    if given["certificates"]:
        bundle = working_folder(root) / "driver.pem"
        bundle.write_bytes(base64.b64decode(given["certificates"]))
        variables["SSL_CERT_FILE"] = str(bundle)
    user = User(given["user"], os.getuid(), os.getgid())
    return replace(here, user=user, directory=root, environment=variables, in_container=False)
