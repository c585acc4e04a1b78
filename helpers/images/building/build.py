"""The job that builds images: plan, build, and only then write the changelog."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from helpers.engine.builds import BuildError, BuildRequest, run_build
from helpers.engine.client import Client, EngineUnavailableError
from helpers.engine.containers import load_image
from helpers.engine.endpoint import find_endpoint
from helpers.images.base.base_image import ensure_base_image
from helpers.images.building.builders import Site
from helpers.images.building.conda_environment import with_environment
from helpers.images.building.emulation import ensure_platform
from helpers.images.building.os_packages import lacking_packages
from helpers.images.building.plan import BuildOptions, BuildPlan
from helpers.images.building.planning import Known, plan_images
from helpers.images.building.request import build_request, build_secrets
from helpers.images.building.side_by_side import SideBySide
from helpers.images.building.under_way import Build
from helpers.lockers.absent_imports import absent_imports, own_modules
from helpers.lockers.lacking import lacking_requirements
from helpers.lockers.optional import find_absent
from helpers.lockers.project_lockers import PROJECT_LOCKERS
from helpers.model.changelog.parse import parse_changelog
from helpers.model.errors import HelpersError
from helpers.model.events import (
    BuildEnded,
    BuildGoesOn,
    BuildStarted,
    BuildStep,
    Listener,
    Notice,
    Warned,
)
from helpers.model.names import digest_of
from helpers.model.numbers import list_few
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, path_inside
from helpers.model.shell_words import quoted
from helpers.model.version import Version
from helpers.system.files import write_atomic
from helpers.system.host import Host
from helpers.system.lease import Lease, working_folder
from helpers.system.repo_files import read_changelog_text, read_dir_config

_KEPT_LOGS = 30
_ATTEMPTS = 4
_LOCKING = re.compile(r"\bi dependency_(?:lock|update)\b(?! --dir)")
# Names in a sentence.
_SHOWN = 3


def build_images(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    options: BuildOptions,
    listen: Listener,
    known: Known | None = None,
) -> tuple[str, ...]:
    """Build the images of a dir, one for each platform; return their references.

    With a bump, the changelog gets its entry after all are complete; when anything fails it
    stays as it was.

    Raises:
        HelpersError: what an image is made from is malformed, or it cannot be built.
    """
    bump = f"bump-{digest_of(str(runnable_dir.root), 12)}"
    with Lease(repo.root, bump) if options.bump else nullcontext():
        plans = plan_images(repo, runnable_dir, host, options, known)
        references = build_planned(repo, plans, host, listen)
        if options.bump:
            _write_changelog(plans[0])
    return references


def build_planned(
    repo: Repo, plans: Sequence[BuildPlan], host: Host, listen: Listener
) -> tuple[str, ...]:
    """Build what was planned; return the references of the images.

    Raises:
        HelpersError: one cannot be built.
    """
    if plans[0].left_out:
        listen(
            Warned(
                "not installed in the image, since they are local paths:"
                f" {', '.join(plans[0].left_out)}",
                plans[0].runnable_dir.name,
                fix="nothing, when the code finds them in the mounted repo",
            )
        )
    _warn_of_absent(repo, plans[0], listen)
    _tell_published(plans, listen)
    _tell_research(plans[0], listen)
    client = Client(find_endpoint(host.environment))
    if plans[0].options.builders:
        beside = SideBySide(listen, len(plans))
        return tuple(beside.map(lambda one: _build(repo, one, host, client, beside.tell), plans))
    # Not at once: emulation and a native build would fight for the same processors.
    return tuple(_build(repo, plan, host, client, listen) for plan in plans)


def build_missing(
    repo: Repo, runnable_dir: RunnableDir, host: Host, listen: Listener, platform: str = ""
) -> str:
    """Build the local image of the changelog's version; return its reference.

    Raises:
        HelpersError: it cannot be built.
    """
    options = BuildOptions(platforms=(platform,) if platform else ())
    return build_images(repo, runnable_dir, host, options, listen)[0]


def _warn_of_absent(repo: Repo, plan: BuildPlan, listen: Listener) -> None:
    """Warn of packages that the code imports and the production image lacks."""
    if plan.code is None or plan.options.for_tests:
        return
    runnable_dir = plan.runnable_dir
    config = read_dir_config(runnable_dir)
    absent = find_absent(runnable_dir.root, config, prod=True)
    start = "" if runnable_dir.name == "." else f"{runnable_dir.name}/"
    python = {
        path.removeprefix(start): repo.root / path
        for path in plan.code.files
        if path.startswith(start) and path.endswith(".py")
    }
    for found in absent_imports(python, absent, own_modules(python), prod=True):
        fix = found.fix(runnable_dir.root, runnable_dir.name, config)
        listen(Warned(str(found), runnable_dir.name, fix=fix))


def _tell_published(plans: Sequence[BuildPlan], listen: Listener) -> None:
    """Say which published wheels the images have their code from."""
    found = [one.code.published for one in plans if one.code and not one.options.for_tests]
    for line in dict.fromkeys(line for one in found if one for line in one.lines):
        listen(Notice(f"code from {line}", plans[0].runnable_dir.name))


def _tell_research(plan: BuildPlan, listen: Listener) -> None:
    """Say which notebooks and files of research the image does not hold."""
    if plan.code is None or plan.options.for_tests or not plan.code.research:
        return
    name, found = plan.runnable_dir.name, plan.code.research
    shown = list_few([path_inside(name, path) for path in found], _SHOWN)
    text = f"not in the image, since production has no notebooks and data of research: {shown}"
    listen(Notice(text, name))


# --- Carrying it out ----------------------------------------------------------------------------


def _build(repo: Repo, plan: BuildPlan, host: Host, client: Client, listen: Listener) -> str:
    name = plan.runnable_dir.name
    repo = repo.of(name)
    builders = plan.options.builders
    elsewhere = builders is not None and builders.has(plan.platform)
    if not elsewhere:
        ensure_platform(repo, plan.platform, host, listen)
    base = ensure_base_image(repo, plan.platform, listen, client, plan.base_image)
    began, started = time.monotonic(), BuildStarted(name, plan.reference)
    listen(started)
    build = Build(repo, plan, host, client, base, listen)
    if build.is_there():
        listen(BuildEnded(name, plan.reference, time.monotonic() - began, changed=False))
        return plan.reference
    log = log_file(repo, plan.runnable_dir, plan.stage, plan.version)
    ended = told_as_it_ends(listen, started, log, build.just_made)

    def make(site: Site | None) -> None:
        if elsewhere and site is None:
            ensure_platform(repo, plan.platform, host, listen)
        _make(replace(build, site=site), log)

    with ended:
        if builders:
            builders.build(plan.platform, name, listen, make)
        else:
            make(None)
    return plan.reference


def _make(build: Build, log: Path) -> None:
    """Build an image where the build says, so that this engine has it."""
    repo, plan, listen = build.repo, build.plan, build.listen
    with build_secrets(repo, build.host) as (secrets, folder):
        request = build_request(build, secrets, folder)
        if plan.sets_variables:
            recipe = build.recipe()
            request = with_environment(
                request, plan, recipe, listen, lambda one: _run(one, log, build)
            )
        _run(request, log, build)
        if request.archive:
            with tag_lease(repo.root, plan.runnable_dir.name):
                load_image(request.archive)


@contextmanager
def told_as_it_ends(
    listen: Listener,
    started: BuildStarted,
    log: Path,
    just_made: Callable[[], bool] = lambda: False,
) -> Iterator[None]:
    """Report how a started build ended, as soon as it ends.

    Args:
        just_made: whether an interrupted build had made the image.
    """
    began = time.monotonic()
    failed, interrupted = True, False
    try:
        yield
        failed = False
    except KeyboardInterrupt:
        failed = interrupted = not just_made()
        raise
    finally:
        seconds = time.monotonic() - began
        listen(
            BuildEnded(
                started.dir, started.image, seconds, failed, str(log), interrupted=interrupted
            )
        )


def _run(request: BuildRequest, log: Path, build: Build) -> None:
    """Build; retry a few times, with one notice, after a failure that may be temporary."""
    runnable_dir, listen, told = build.plan.runnable_dir, build.listen, False
    name = runnable_dir.name

    def on_step(step: BuildStep) -> None:
        listen(replace(step, dir=name))

    try:
        # What comes back gets its tag later.
        with nullcontext() if request.archive else tag_lease(runnable_dir.repo, name):
            for attempt in range(_ATTEMPTS):
                try:
                    run_build(request, log, on_step, lambda: listen(BuildGoesOn(name)))
                    return
                except BuildError as error:
                    # A builder that gave up does not say that the image is there after all.
                    if error.passing and _is_there(build, error):
                        return
                    if not error.passing or attempt == _ATTEMPTS - 1:
                        raise
                    if not told:
                        listen(Notice(f"the builder failed ({error.what}); building again", name))
                        told = True
                    time.sleep(attempt)
    except BuildError as error:
        if explained := _explained(build.plan, error, log):
            raise explained from error
        raise


def _explained(plan: BuildPlan, error: BuildError, log: Path) -> HelpersError | None:
    """What the user can do about a build that failed; None: its last lines say all."""
    item = plan.runnable_dir
    told = next(filter(None, (one.explain(error.lines) for one in PROJECT_LOCKERS)), None)
    if told:
        # No build knows which dir it is of.
        told.fix = _LOCKING.sub(rf"\g<0> --dir {quoted(item.name)}", told.fix)
    stale = any(one.STALE in line for one in PROJECT_LOCKERS for line in error.lines)
    if stale and not told:
        what = "the lock file does not match pyproject.toml"
        return HelpersError(what, where=str(item.root), fix=plan.fix_lock)
    found = (
        told
        or lacking_packages(item, error.lines)
        or lacking_requirements(item.root, item.repo, error.lines)
    )
    if found:
        found.where += f"\nwhole log: {log}"
    return found


def _is_there(build: Build, error: BuildError) -> bool:
    """Whether the image is there; raises the build's own error where the engine is gone."""
    try:
        return build.is_there()
    except EngineUnavailableError:
        raise error from None


def tag_lease(repo: Path, name: str) -> Lease:
    """A lease on a dir's tags: an engine that gets one tag twice at once refuses one of them."""
    return Lease(repo, f"tag-{digest_of(name, 12)}")


def log_file(repo: Repo, runnable_dir: RunnableDir, stage: str, version: Version) -> Path:
    """The log file of a new build; removes the oldest logs."""
    folder = working_folder(repo.root) / "builds"
    folder.mkdir(exist_ok=True)
    logs = sorted(folder.glob("*.log"), key=lambda path: path.name.rpartition("-")[2])
    for old in logs[:-_KEPT_LOGS]:
        old.unlink(missing_ok=True)
    stamp = f"{time.time_ns()}"
    return folder / f"{runnable_dir.slug}-{stage}-{version}-{stamp}.log"


def _write_changelog(plan: BuildPlan) -> None:
    path = plan.runnable_dir.changelog
    if read_changelog_text(plan.runnable_dir) != plan.old_changelog:
        version = parse_changelog(plan.new_changelog, str(path)).version
        raise HelpersError(
            f"the changelog changed while {version} was being built, so the bump was not written",
            where=str(path),
            fix="build again",
        )
    write_atomic(path, plan.new_changelog)
