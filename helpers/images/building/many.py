"""Build the images of many dirs: in one build if possible, else side by side."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from helpers.engine.bake import run_bake
from helpers.engine.builds import BuildError, BuildRequest
from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.images.base.base_image import ensure_base_image
from helpers.images.building.build import build_images, log_file, tag_lease
from helpers.images.building.emulation import ensure_platform
from helpers.images.building.plan import BuildOptions, BuildPlan
from helpers.images.building.planning import Known, plan_images
from helpers.images.building.request import build_request, build_secrets
from helpers.images.building.side_by_side import SideBySide
from helpers.images.building.under_way import Build
from helpers.images.changelogs.image_names import find_shared_names
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import BuildEnded, BuildStarted, BuildStep, Event, Listener
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host

_AT_ONCE = 4
# The more the better they share, but each has its own memory while it installs.
_IN_ONE = 10


@dataclass(frozen=True, slots=True)
class Built:
    """The result of one dir's build; `error` is None when its images were built."""

    dir: str
    references: tuple[str, ...] = ()
    error: HelpersError | None = None


def build_all(
    repo: Repo,
    dirs: Sequence[RunnableDir],
    host: Host,
    options: BuildOptions,
    listen: Listener,
    known: Known | None = None,
) -> list[Built]:
    """Build the images of several dirs at the same time; one that fails does not stop the others.

    Args:
        known: what was just read of the repo; None: it is read.

    Raises:
        HelpersError: what all of them are built on cannot be had.
    """
    known = known or _read(repo, options)
    builders = options.builders
    beside = SideBySide(listen, builders.at_once if builders else _AT_ONCE)
    tell = beside.tell
    together = _Together(repo, host, options, tell, known)
    # What other machines build comes back one by one.
    done = frozenset() if options.bump or builders else together.build(dirs)

    def build(runnable_dir: RunnableDir) -> Built:
        try:
            quiet = _unless_built(tell) if runnable_dir.name in done else tell
            references = build_images(repo, runnable_dir, host, options, quiet, known)
        except HelpersError as error:
            return Built(runnable_dir.name, error=error)
        return Built(runnable_dir.name, references)

    return beside.map(build, dirs)


def _read(repo: Repo, options: BuildOptions) -> Known:
    inputs = read_repo_inputs(repo) if options.stage is Stage.PROD else None
    return Known(inputs, find_shared_names(repo))


def _unless_built(listen: Listener) -> Listener:
    """Drop build events of dirs whose images are already built."""

    def tell(event: Event) -> None:
        if not isinstance(event, BuildStarted | BuildEnded | BuildStep):
            listen(event)

    return tell


@dataclass(frozen=True, slots=True)
class _Together:
    """Builds as many images as possible in one build; failed ones are built again one by one."""

    repo: Repo
    host: Host
    options: BuildOptions
    listen: Listener
    known: Known

    def build(self, dirs: Sequence[RunnableDir]) -> frozenset[str]:
        """The dirs whose images were built."""
        client = Client(find_endpoint(self.host.environment))
        bases: dict[tuple[str, str, str], str] = {}
        missing: list[Build] = []
        for plan in (plan for item in dirs for plan in self._plans(item)):
            own = self.repo.of(plan.runnable_dir.name)
            if plan.platform in own.config.builders:
                continue  # images that another machine builds are loaded one by one
            wanted = (own.place, plan.base_image, plan.platform)
            if wanted not in bases:
                ensure_platform(own, plan.platform, self.host, self.listen)
                bases[wanted] = ensure_base_image(
                    own, plan.platform, self.listen, client, plan.base_image
                )
            build = Build(own, plan, self.host, client, bases[wanted], self.listen)
            if not build.is_there():
                missing.append(build)
        if len(missing) < 2:
            return frozenset()
        built: list[str] = []
        # Each repo has certificates of its own.
        for place in {build.repo.place for build in missing}:
            for part in _parts([build for build in missing if build.repo.place == place]):
                built += self._bake(part)
        return frozenset(built)

    def _plans(self, item: RunnableDir) -> list[BuildPlan]:
        try:
            return plan_images(self.repo, item, self.host, self.options, self.known)
        except HelpersError:
            return []  # its own build says it

    def _bake(self, part: Sequence[Build]) -> list[str]:
        began = time.monotonic()
        names = {build.plan.reference: build.name for build in part}
        first = part[0].plan
        log = log_file(self.repo, first.runnable_dir, first.stage, first.version)

        def on_step(reference: str, step: BuildStep) -> None:
            if reference in names:
                self.listen(replace(step, dir=names[reference]))

        with ExitStack() as leases, build_secrets(part[0].repo, self.host) as (secrets, folder):
            for name in sorted(set(names.values())):
                leases.enter_context(tag_lease(self.repo.root, name))
            ready = requests_of(part, secrets, folder)
            requests = {build.plan.reference: request for build, request in ready}
            started = [build for build, _ in ready]
            if not started:
                return []
            for build in started:
                self.listen(BuildStarted(build.name, build.plan.reference))
            try:
                run_bake(requests, folder / "bake.json", log, on_step)
            except BuildError:
                return []
            except KeyboardInterrupt:
                self._tell_ended([(build, build.just_made()) for build in started], began, log)
                raise
        self._tell_ended([(build, True) for build in started], began, log)
        return [build.name for build in started]

    def _tell_ended(self, builds: Sequence[tuple[Build, bool]], began: float, log: Path) -> None:
        """Report of each build whether it made its image or was interrupted."""
        seconds = time.monotonic() - began
        for build, made in builds:
            ended = BuildEnded(build.name, build.plan.reference, seconds, not made, str(log))
            self.listen(replace(ended, interrupted=not made))


def requests_of(
    part: Sequence[Build], secrets: Mapping[str, Path], folder: Path
) -> list[tuple[Build, BuildRequest]]:
    """The builds as the engine takes them; without those that fail before, whose own builds say it.

    Args:
        folder: takes what is sent for each.
    """

    def request(one: tuple[int, Build]) -> tuple[Build, BuildRequest] | None:
        number, build = one
        own = Path(folder, str(number))
        own.mkdir()
        try:
            return build, build_request(build, secrets, own)
        except HelpersError:
            return None

    # Wheels and metadata are made in containers, which takes seconds for each.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return [found for found in pool.map(request, enumerate(part)) if found]


def _parts(found: Sequence[Build]) -> Iterator[Sequence[Build]]:
    """Split into as few parts as possible, of about the same size."""
    count = -(-len(found) // _IN_ONE)
    size = -(-len(found) // count)
    for start in range(0, len(found), size):
        yield found[start : start + size]
