"""One run of a training: its container, what it sees, and what is kept of it."""

import json
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from helpers.containers.host_files import read_surroundings
from helpers.containers.inputs_view import View, views_folder
from helpers.containers.open_container import make_container
from helpers.containers.plan import (
    NO_NETWORK,
    ContainerPlan,
    DataMount,
    Given,
    Options,
    Role,
    Surroundings,
    plan_container,
)
from helpers.engine.client import Client
from helpers.engine.containers import remove_container, untag_image, with_image
from helpers.engine.execs import Command
from helpers.images.ensure import Wanted, ensure_image
from helpers.images.installed.ensure import Installed, ensure_installed, only_importable
from helpers.images.installed.source import Source
from helpers.images.resolve import Chosen
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Warned
from helpers.model.repo import Repo
from helpers.model.results.training import (
    FILES,
    LOG_FILE_NAME,
    RESULT_FILE_NAME,
    RESULTS,
    TrainingResult,
    TrainingState,
    result_text,
)
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings import train_config
from helpers.model.settings.resources import GPU, MEMORY, shown_amount
from helpers.system.host import Host
from helpers.system.logs import tail
from helpers.system.signals import noted
from helpers.training.asked import Asked
from helpers.training.session import Ended, Writer, run_to_end
from helpers.training.written import read_metric, take_files
from helpers.vcs.git import Commit

_SHOWN = 19
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Place:
    """Where models are trained.

    Attributes:
        wanted: the image that is taken or built.
        listen: is told what the user should know.
        show: is given what the command prints.
        results: the checkout below whose dir the results are left.
        commit: of what is trained.
        data: folders of data that the container may read.
        foreign: it is somebody else's: on this machine, no part of it is run or kept.
    """

    client: Client
    repo: Repo
    host: Host
    wanted: Wanted
    listen: Listener
    show: Writer
    results: Path
    commit: Commit
    foreign: bool = False
    data: tuple[DataMount, ...] = ()

    def results_of(self, item: RunnableDir) -> Path:
        """The folder that has a folder for each run."""
        return self.results / item.name / RESULTS


@dataclass(frozen=True, slots=True)
class _Started:
    """A container that is ready for the command."""

    plan: ContainerPlan
    chosen: Chosen
    surroundings: Surroundings


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A run that holds the lease of its name.

    Attributes:
        blank: what is known of its result before it runs.
    """

    place: Place
    asked: Asked
    inputs: RepoInputs
    blank: TrainingResult

    def run(self) -> tuple[TrainingResult, Path]:
        """Run it to its end; its result, and the folder that holds it.

        Raises:
            HelpersError: there is no image, or the inputs changed meanwhile.
            OSError: the results cannot be written.
        """
        view = View(views_folder(self.place.repo) / f"{self.blank.run}-0")
        kept = view.root / RESULTS
        try:
            with self._container(view) as started:
                names = self._fill(view, started)
                kept.mkdir()
                result, ended = self._session(started, kept / LOG_FILE_NAME)
            # The container is gone: what it wrote stays as it is while it is read.
            result = self._judged(result, ended, view, names)
            return result, self._keep(result, kept)
        finally:
            with noted(*_SIGNALS):
                view.remove()

    @property
    def _name(self) -> str:
        return f"helpers-{self.asked.runnable_dir.slug}-train-{self.blank.run}"

    @contextmanager
    def _container(self, view: View) -> Iterator[_Started]:
        started = None
        try:
            started = with_image(lambda: self._start(view))
            yield started
        finally:
            with noted(*_SIGNALS):
                remove_container(self.place.client, self._name)
                if started and self.place.foreign:
                    chosen = started.chosen
                    untag_image(self.place.client, chosen.reference, chosen.image.id)

    def _start(self, view: View) -> _Started:
        place, item, resources = self.place, self.asked.runnable_dir, self.asked.config.resources
        client, repo, host = place.client, place.repo, place.host
        around = read_surroundings(repo.of(item.name), host, client.endpoint)
        chosen, _ = ensure_image(client, repo, item, host, place.wanted, place.listen)
        self._tell_of_image(chosen)
        around = replace(around, installed=self._installed(chosen, around))
        options = Options(
            view=True,
            memory=resources.get(MEMORY, 0),
            gpus=resources.get(GPU, 0),
            data=place.data,
            network=NO_NETWORK * (self.asked.config.network == train_config.NO_NETWORK),
        )
        given = Given(host, options, around)
        plan = plan_container(repo, item, chosen, given, Role.ONCE, self.blank.run)
        view.make(repo.in_container, item.name)
        plan = plan.with_view(view.root.name, view.tree)
        made = make_container(client, plan, self._name)
        assert made is not None, "the run's id is unique"
        return _Started(plan, chosen, around)

    def _installed(self, chosen: Chosen, around: Surroundings) -> Installed:
        place, item = self.place, self.asked.runnable_dir
        if place.foreign:
            # What its build backends would leave is read on this machine.
            return only_importable(self.inputs, item)
        image, folders = chosen.image.id, around.git_folders
        source = Source(self.inputs, item, place.host, place.client, image, folders)
        return ensure_installed(source, place.listen)

    def _tell_of_image(self, chosen: Chosen) -> None:
        then = self.asked.repeated
        if then and then.image_digest != chosen.image.id:
            text = (
                f"the image differs from that of {then.run}:"
                f" {then.image_digest[:_SHOWN]} then, {chosen.image.id[:_SHOWN]} now"
            )
            self.place.listen(Warned(text, self.blank.dir))

    def _fill(self, view: View, started: _Started) -> Mapping[str, str]:
        """Show the container the dir's inputs; their names and content."""
        repo, certificates = self.place.repo, started.surroundings.certificates
        files = self.inputs.of(self.blank.dir).files
        names = {path: self.inputs.snapshot[path] for path in files}
        extra = {"certificates.pem": certificates} if certificates else {}
        if not view.fill(repo.root, names, repo.in_container, extra).exact:
            raise HelpersError(
                "its files changed while they were read, so nothing was trained",
                where=self.blank.dir,
                fix="the same command again",
            )
        return names

    def _session(self, started: _Started, log: Path) -> tuple[TrainingResult, Ended]:
        blank, plan = self.blank, started.plan
        env = {
            **plan.env,
            "PYTHONHASHSEED": str(blank.seed),
            "HELPERS_TRAIN_MODEL": blank.model,
            "HELPERS_TRAIN_PARAMETERS": json.dumps(dict(blank.parameters)),
            "HELPERS_TRAIN_SEED": str(blank.seed),
        }
        command = Command(
            blank.command,
            f"{plan.user.uid}:{plan.user.gid}",
            plan.directory,
            tuple(f"{name}={value}" for name, value in env.items()),
        )
        began = time.monotonic()
        place, timeout = self.place, self.asked.config.timeout
        ended = run_to_end(place.client, self._name, command, timeout, log, place.show)
        result = replace(
            blank,
            image=started.chosen.reference,
            image_digest=started.chosen.image.id,
            seconds=round(time.monotonic() - began, 3),
            exit_status=ended.status,
        )
        return result, ended

    def _judged(
        self, result: TrainingResult, ended: Ended, view: View, names: Mapping[str, str]
    ) -> TrainingResult:
        kept, metrics = view.root / RESULTS, self.asked.config.metrics
        files = take_files(view, names, result.dir, kept / FILES)
        read = {metric.name: read_metric(metric, kept / FILES, files) for metric in metrics}
        lacking = [found for found in read.values() if isinstance(found, str)]
        problem = self._why_ended(ended) or "; ".join(lacking)
        return replace(
            result,
            state=TrainingState.FAILED if problem else TrainingState.SUCCEEDED,
            problem=problem,
            metrics={name: one for name, one in read.items() if not isinstance(one, str)},
            files=tuple(files),
            last_lines=tuple(tail(kept / LOG_FILE_NAME).splitlines()) if problem else (),
        )

    def _why_ended(self, ended: Ended) -> str:
        """Why the command did not end well; empty: it did."""
        config, file = self.asked.config, self.asked.file
        if ended.status is None:
            return f"it took longer than {config.timeout} s, the timeout in {file}"
        if ended.out_of_memory:
            limit = config.resources.get(MEMORY, 0)
            most = f": {file} gives it {shown_amount(MEMORY, limit)}" if limit else ""
            return f"a process ran out of memory{most}"
        return f"the command ended with status {ended.status}" if ended.status else ""

    def _keep(self, result: TrainingResult, kept: Path) -> Path:
        """Put the results where the user finds them, at once and as a whole."""
        (kept / RESULT_FILE_NAME).write_text(result_text(result), encoding="utf-8")
        # The folder of this run alone: the dir may have results of its own beside it.
        (kept / ".gitignore").write_text("*\n", encoding="utf-8")
        folder = self.place.results_of(self.asked.runnable_dir)
        folder.mkdir(parents=True, exist_ok=True)
        shutil.move(kept, folder / result.run)
        return folder / result.run
