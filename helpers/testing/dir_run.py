"""Run the tests of one dir in its container."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from helpers.containers.inputs_view import Filled, View, changed_meanwhile
from helpers.containers.plan import DataMount, Given, Options, Role, plan_container
from helpers.engine.containers import with_image
from helpers.images.ensure import Wanted, ensure_image
from helpers.images.installed.ensure import NOTHING, Installed, ensure_installed
from helpers.images.installed.source import Source
from helpers.images.resolve import Chosen
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice, Warned
from helpers.model.images.name import Stage
from helpers.model.numbers import list_few
from helpers.model.results.results import DirResult, DirState, TestCase
from helpers.model.runnable_dir import dir_config_name, dir_option, path_below
from helpers.model.settings.resources import MEMORY, shown_amount
from helpers.system.logs import tail
from helpers.testing.dir_job import DirJob, RunStoppedError, with_error
from helpers.testing.hints.absent import absent_hints, how_to_add
from helpers.testing.hints.offline import offline_hints
from helpers.testing.hints.spelled_alike import hints_on_tests
from helpers.testing.hints.undeclared import undeclared_hints
from helpers.testing.parts import Part, plan_parts, run_parts
from helpers.testing.pool import TestContainer
from helpers.testing.pytest_args import choosing, may_be_places
from helpers.testing.pytest_session import PytestSession
from helpers.testing.reuse.reasons import Parts, sees_more, why_never_reused
from helpers.testing.services_and_engine import (
    bring_provisions,
    engine_for,
    services_for,
    siblings_for,
)
from helpers.testing.suites import folder_of, is_offline
from helpers.testing.verdict import Ending, judge, lacks_pytest, merge_retry
from helpers.vcs.files import ignored, list_files

# Names in a sentence.
_SHOWN = 3
_OUT_OF_MEMORY = "the kernel killed a process that ran out of memory"
# https://docs.pytest.org/en/stable/reference/reference.html#confval-python_files
_TEST_FILES = (":(glob)**/test_*.py", ":(glob)**/*_test.py")
_ENDED = (DirState.PASSED, DirState.FAILED, DirState.NO_TESTS)


RunIt = Callable[[DirJob, DirResult], DirResult]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the tests run: a container, and what its view was filled with."""

    container: TestContainer
    filled: Filled | None


def run_dir(job: DirJob, run_it: RunIt | None = None) -> DirResult:
    """Run the tests of one dir; whatever goes wrong is in the result.

    Args:
        run_it: makes of a blank result what the tests came to; by default they run on this engine.
    """
    began, started = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    blank = DirResult(job.name, DirState.ERROR, started=started)
    try:
        result = with_image(lambda: (run_it or _run)(job, blank))
    except RunStoppedError:
        result = replace(blank, state=DirState.STOPPED)
    except HelpersError as error:
        # An interrupt also ends what we started, so that its failure is no error of the dir.
        stopped = replace(blank, state=DirState.STOPPED)
        result = stopped if job.run.stopped() else with_error(blank, error)
    ended = time.monotonic()
    phases = job.timeline.phases(ended - job.run.began)
    return replace(result, seconds=ended - began, phases=phases)


def _run(job: DirJob, blank: DirResult) -> DirResult:
    if job.run.stopped():
        raise RunStoppedError
    _check_offline(job)
    data = _data(job)
    chosen, outdated = image_for(job)
    blank = replace(blank, image=chosen.reference, version=chosen.version)
    job.enter(DirState.STARTING)
    with (
        services_for(job) as networks,
        engine_for(job, networks, data) as engine,
        siblings_for(job, engine) as options,
    ):
        installed = job.installed or installed_for(job, chosen)
        parts = parts_of(job, chosen, complete=installed.complete and not outdated)
        container = _container(job, chosen, options, installed)
        result, filled = blank, None
        try:
            filled = _fill(job, container)
            place = _Place(container, filled)
            with job.run.slots:
                if job.run.stopped():
                    raise RunStoppedError
                job.enter(DirState.TESTING)
                result = _test(job, place, blank)
                job.leave()
        finally:
            clean = result.state in _ENDED and not _killed(result)
            # Who names an image removes it afterwards; a waiting container would prevent that.
            clean = clean and job.name not in job.run.request.images
            job.run.pool.give_back(container, clean=clean)
    return _kept(job, result, parts, filled)


def _check_offline(job: DirJob) -> None:
    """Refuse to test without a network what has a way out of any."""
    request, config = job.run.request, job.config
    if is_offline(config, request.suite) and (request.sibling or request.dind):
        option = "--sibling" if request.sibling else "--dind"
        raise HelpersError(
            f"the suite {request.suite!r} is offline, and {option} is a way out of any network",
            where=path_below(job.name, dir_config_name()),
            fix=f"./main_pytest.py {dir_option(job.name)} --suite {request.suite}",
        )
    if request.offline and (more := sees_more(request, config)):
        raise HelpersError(
            f"--offline cannot keep what it promises for this dir: {more}",
            where=str(job.runnable_dir.config.relative_to(job.run.repo.root)),
            fix=f"./main_pytest.py {dir_option(job.name)} --suite {request.suite}",
        )


def _data(job: DirJob) -> tuple[DataMount, ...]:
    """The dir's data, which is what its version files say: these are among its inputs.

    Raises:
        HelpersError: it is not, or it is not there.
    """
    if not job.config.data:
        return ()
    # Imported here: most dirs have none.
    from helpers.containers.data import checked_mounts

    return checked_mounts(job.run.repo, job.runnable_dir, job.config, job.run.host)


def _killed(result: DirResult) -> bool:
    return any(hint.startswith(_OUT_OF_MEMORY) for hint in result.hints)


def parts_of(job: DirJob, chosen: Chosen, *, complete: bool) -> Parts:
    """What would decide a pass; empty: it will not be recorded.

    Args:
        complete: what it is decided by is known as a whole.
    """
    passes = job.run.passes
    never = why_never_reused(job.run.request, job.config, job.name)
    if never or passes is None or not complete:
        return {}
    services = passes.services(
        job.runnable_dir, job.config, job.run.client.endpoint, job.stoppable()
    )
    return {} if services is None else passes.parts(job.runnable_dir, job.config, chosen, services)


def image_for(job: DirJob) -> tuple[Chosen, bool]:
    """The image to test in, built where it may be; whether it is out of date all the same."""
    request, run = job.run.request, job.run

    @contextmanager
    def building() -> Iterator[Listener]:
        job.enter(DirState.BUILDING)
        bring_provisions(job)
        yield job.stoppable()

    wanted = Wanted(
        stage=request.stage,
        version=request.version,
        platform=request.platform,
        named=request.images.get(job.name, ""),
        build=request.build,
        skip_version_check=request.skip_version_check,
        changelog=job.changelog,
        building=building,
    )
    return ensure_image(run.client, run.repo, job.runnable_dir, run.host, wanted, run.listen)


def installed_for(job: DirJob, chosen: Chosen) -> Installed:
    """What the dir's code has as if installed; a production image has its own."""
    if chosen.stage is Stage.PROD:
        return NOTHING
    try:
        source = Source(
            job.run.declared,
            job.runnable_dir,
            job.run.host,
            job.run.client,
            chosen.image.id,
            job.surroundings.git_folders,
            job.run.stopped,
        )
        return ensure_installed(source, job.stoppable())
    except KeyboardInterrupt as error:
        raise RunStoppedError from error


def _container(
    job: DirJob, chosen: Chosen, options: Options, installed: Installed
) -> TestContainer:
    given = Given(job.run.host, options, replace(job.surroundings, installed=installed))
    lease = job.run.folder.run if options.network or options.volumes else ""
    plan = plan_container(job.run.repo, job.runnable_dir, chosen, given, Role.TEST, lease)
    return job.run.pool.take(plan)


def _fill(job: DirJob, container: TestContainer) -> Filled | None:
    """Show the container the dir's inputs, where it does not see the whole repo."""
    if container.view is None or job.run.inputs is None:
        return None
    certificates = job.surroundings.certificates
    inputs = job.run.inputs
    return container.view.fill(
        job.run.repo.root,
        {path: inputs.snapshot[path] for path in inputs.of(job.name).files},
        job.run.repo.in_container,
        {"certificates.pem": certificates} if certificates else {},
    )


def _test(job: DirJob, place: _Place, blank: DirResult) -> DirResult:
    job.run.folder.log(job.name).touch()
    result, whole = _attempt(job, place, blank, job.only, 1)
    for attempt in range(2, job.run.request.retries + 2):
        failed = [test.node for test in result.tests if test.bad and "::" in test.node]
        # Tests that did not run cannot be retried, so a retry of the others would be no pass.
        if result.state is not DirState.FAILED or not failed or not whole:
            break
        names = list_few(failed, _SHOWN)
        job.run.listen(Notice(f"trying again, attempt {attempt}: {names}", job.name))
        again, whole = _attempt(job, place, blank, failed, attempt)
        result = merge_retry(result, again, attempt)
    return _explained(job, place, result)


def _attempt(
    job: DirJob, place: _Place, blank: DirResult, only: Sequence[str], attempt: int
) -> tuple[DirResult, bool]:
    """Run the tests; what they came to, and whether every one of them ended."""
    request, root = job.run.request, job.run.repo.root
    deadline = time.monotonic() + request.timeout
    emptied = place.container.reused or attempt > 1
    folder = folder_of(job.config, request.suite) if not job.only else ""
    of_suite = (folder,) if folder else ()
    parts = plan_parts(
        job.name,
        () if request.networks else job.run.declared.brick_tests(job.name),
        only or of_suite,
        request.pytest_args,
        lambda path: (root / path).exists(),
    )

    if folder and not may_be_places(request.pytest_args):
        # What is beside the folder is not even collected.
        parts = [replace(part, folder=folder) for part in parts]

    def run(part: Part, before: int) -> tuple[DirResult, Ending]:
        first = part is parts[0]
        session = PytestSession(
            job, place.container, part, attempt, emptied or not first, deadline, before
        )
        return _session(session, blank)

    return run_parts(parts, run, fail_fast=request.fail_fast)


def _session(session: PytestSession, blank: DirResult) -> tuple[DirResult, Ending]:
    """Run one part of the tests; what it came to, and how it ended."""
    job, part = session.job, session.part
    tests: list[TestCase] = []
    ending = session.run(tests)
    shown = str(session.log.relative_to(job.run.repo.root))
    seen = replace(blank, tests=tuple(tests), log=shown)
    last = tail(session.log)
    if lacks_pytest(last):
        ending = replace(
            ending,
            has_tests=bool(part.only or job.run.declared.brick_tests(job.name))
            or _looks_tested(job),
            add_pytest=how_to_add(job.runnable_dir, "pytest"),
        )
    ending = replace(ending, wanted=(*part.only, *choosing(part.args)))
    result = judge(seen, ending, last)
    result = _measured(job, session, result)
    return _told_of_memory(job, result, ending), ending


def _looks_tested(job: DirJob) -> bool:
    """Whether files of the dir's own are called as pytest calls tests by default."""
    hidden = [path.relative_to(job.runnable_dir.root) for path in job.ignored]
    return any(
        not any(Path(name).is_relative_to(folder) for folder in hidden)
        for name in list_files(job.runnable_dir.root, *_TEST_FILES)
    )


def _measured(job: DirJob, session: PytestSession, result: DirResult) -> DirResult:
    """The result with the coverage of its files, where it was asked for."""
    if not job.run.request.coverage or session.attempt > 1 or result.state is DirState.STOPPED:
        return result
    # Imported here: it is heavy.
    from helpers.testing.coverage import read_dir_coverage

    if not session.coverage.is_file():
        hint = "coverage was not measured: add coverage to the dir's dependencies"
        return replace(result, hints=(*result.hints, hint))
    try:
        files = read_dir_coverage(session.coverage, job.run.repo.root, job.runnable_dir.root)
    except HelpersError as error:
        # The result of the tests stands, whatever became of the coverage.
        return replace(result, hints=(*result.hints, error.what))
    return replace(result, coverage=files)


def _told_of_memory(job: DirJob, result: DirResult, ending: Ending) -> DirResult:
    limit = job.config.resources.get(MEMORY, 0)
    if not ending.out_of_memory:
        return result
    most = f" of {shown_amount(MEMORY, limit)}" if limit else ""
    hint = (
        f"{_OUT_OF_MEMORY}: the dir's limit{most} was reached;"
        f" raise resources: memory in {job.runnable_dir.config.relative_to(job.run.repo.root)}"
    )
    return replace(result, hints=(*result.hints, hint))


def _explained(job: DirJob, place: _Place, result: DirResult) -> DirResult:
    """The result with what may be the cause of failures, and what the tests wrote."""
    hints = list(result.hints)
    if result.state in (DirState.FAILED, DirState.ERROR):
        prod = job.run.request.stage is Stage.PROD
        hints += absent_hints(result, job.runnable_dir, job.config, prod=prod)
        hints += offline_hints(result, job.config, job.run.request)
    if result.state in (DirState.NO_TESTS, DirState.ERROR):
        hints += hints_on_tests(job.runnable_dir, job.only)
    view = place.container.view
    if view is None or job.run.inputs is None:
        return replace(result, hints=tuple(hints))
    if result.state in (DirState.FAILED, DirState.ERROR):
        hints += undeclared_hints(result, job.run.inputs, job.run.repo.root)
    hints += _written(job, view)
    return replace(result, hints=tuple(hints))


def _written(job: DirJob, view: View) -> list[str]:
    """Keep what tests wrote in the run's folder; say so where git would show it."""
    assert job.run.inputs is not None, "a view is of inputs"
    folder = job.run.folder.of_dir(job.name) / "written"
    names = dict.fromkeys(job.run.inputs.of(job.name).files, "")
    written = view.take_written(names, folder)
    hidden = ignored(job.run.repo.root, written) if written else set()
    shown = [name for name in written if name not in hidden]
    if not shown:
        return []
    kept = folder.relative_to(job.run.repo.root)
    return [
        f"its tests wrote {list_few(shown, _SHOWN)}; kept in {kept}"
        " (with --no-reuse tests see, and write to, the work tree)"
    ]


def _kept(job: DirJob, result: DirResult, parts: Parts, filled: Filled | None) -> DirResult:
    """Record a pass for runs to come, where its inputs are still what they were."""
    if not parts or job.run.passes is None or filled is None or result.state is not DirState.PASSED:
        return result
    changed = changed_meanwhile(job.run.repo.root, filled)
    if changed or not filled.exact:
        hint = (
            f"not recorded for reuse: {list_few(changed or ['a file'], _SHOWN)} changed meanwhile"
        )
        return replace(result, hints=(*result.hints, hint))
    try:
        _data(job)
    except HelpersError as error:
        hint = f"not recorded for reuse: meanwhile {error.what}"
        return replace(result, hints=(*result.hints, hint))
    return keep_pass(job, parts, result)


def keep_pass(job: DirJob, parts: Parts, result: DirResult) -> DirResult:
    """Record a result for runs to come, where it is a pass."""
    assert job.run.passes is not None, "there are parts of what decides a pass that is recorded"
    try:
        job.run.passes.keep(parts, result, job.run.folder.run)
    except (HelpersError, OSError) as error:
        # The dir passed all the same; the next run tests it again.
        job.run.listen(Warned(f"the pass was not recorded: {error}".splitlines()[0], job.name))
    return result
