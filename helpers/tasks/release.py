"""Tasks that release images: release, push, roll back, candidates."""

from typing import TYPE_CHECKING

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task
from helpers.tasks.release_options import (
    Wanted,
    each_dir,
    help_of,
    read_inputs,
    read_options,
    read_stage,
    with_stages,
)

if TYPE_CHECKING:
    from helpers.model.runnable_dir import RunnableDir
    from helpers.release.owner import Releaser
    from helpers.system.host import Host

_PUSH = ("stage", "dir", "all", "version", "platform", "registry", "force", "dry_run")


@with_stages
@task(help=help_of(*_PUSH, "suite", "test_platforms"), iterable=["registry"])
def docker_release_image(
    context: Context,
    stage: str,
    dir: str = "",
    all: bool = False,
    version: str = "",
    platform: str = "",
    registry: list[str] | None = None,
    force: str = "",
    suite: str = "fast",
    test_platforms: str = "own",
    dry_run: bool = False,
) -> None:
    """Release an image: check, build, test, push by digest, move the tags."""
    wanted = Wanted(stage, dir, all, version, platform, registry or (), force, suite,
                    test_platforms, dry_run)  # fmt: skip
    cli.run_job(lambda host: _release(host, wanted))


@with_stages
@task(help=help_of(*_PUSH), iterable=["registry"])
def docker_push_image(
    context: Context,
    stage: str,
    dir: str = "",
    all: bool = False,
    version: str = "",
    platform: str = "",
    registry: list[str] | None = None,
    force: str = "",
    dry_run: bool = False,
) -> None:
    """Push an image of this engine; it is not tested again."""
    wanted = Wanted(stage, dir, all, version, platform, registry or (), force, dry_run=dry_run)
    cli.run_job(lambda host: _push(host, wanted))


@with_stages
@task(
    help=help_of("stage", "dir", "all", "registry", "dry_run", version="the version to go back to"),
    iterable=["registry"],
)
def docker_rollback_image(
    context: Context,
    stage: str,
    version: str,
    dir: str = "",
    all: bool = False,
    registry: list[str] | None = None,
    dry_run: bool = False,
) -> None:
    """Roll an image back: its tag names an earlier version again, in the registry alone."""
    wanted = Wanted(stage, dir, all, version, registry=registry or (), dry_run=dry_run)
    cli.run_job(lambda host: _roll_back(host, wanted))


@task(help=help_of("dir", "all", "platform", "registry", "dry_run"), iterable=["registry"])
def docker_create_candidate_image(
    context: Context,
    dir: str = "",
    all: bool = False,
    platform: str = "",
    registry: list[str] | None = None,
    dry_run: bool = False,
) -> None:
    """Build and push an image for a test environment; it is not released."""
    wanted = Wanted("prod", dir, all, "", platform, registry or (), dry_run=dry_run)
    cli.run_job(lambda host: _create_candidate(host, wanted))


def _release(host: "Host", wanted: Wanted) -> int:
    from helpers.release.plan import plan_release
    from helpers.release.release import carry_out, check
    from helpers.release.steps import printed

    options = read_options(wanted)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        inputs = read_inputs(releaser.repo, wanted)
        plan = plan_release(releaser.repo, item, host, options, inputs)
        released = check(releaser, plan) if wanted.dry_run else carry_out(releaser, plan)
        if released is None:
            return printed(plan.steps)
        done = "released" if released.anew else "was released already"
        return f"{released.reference} {done}: {released.digest}"

    return each_dir(host, wanted, one)


def _push(host: "Host", wanted: Wanted) -> int:
    from helpers.release.earlier_builds import plan_push
    from helpers.release.release import carry_out, check
    from helpers.release.steps import printed

    options = read_options(wanted)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        plan = plan_push(releaser.client, releaser.repo, item, host, options)
        if wanted.dry_run:
            check(releaser, plan)
            return printed(plan.steps)
        released = carry_out(releaser, plan)
        return f"{released.reference} pushed: {released.digest}"

    return each_dir(host, wanted, one)


def _roll_back(host: "Host", wanted: Wanted) -> int:
    from helpers.model.version import Version
    from helpers.release.release import carry_out, check
    from helpers.release.rollback import plan_rollback
    from helpers.release.steps import printed

    stage, version = read_stage(wanted.stage), Version.parse(wanted.version)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        plan = plan_rollback(releaser, item, stage, version, tuple(wanted.registry))
        if wanted.dry_run:
            check(releaser, plan)
            return printed(plan.steps)
        carry_out(releaser, plan)
        return "\n".join(step.done for step in plan.moves)

    return each_dir(host, wanted, one)


def _create_candidate(host: "Host", wanted: Wanted) -> int:
    from helpers.release.candidate import plan_candidate
    from helpers.release.release import carry_out
    from helpers.release.steps import printed

    platforms = cli.read_platforms(wanted.platform)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        inputs = read_inputs(releaser.repo, wanted)
        plan = plan_candidate(releaser, item, platforms, tuple(wanted.registry), inputs)
        if wanted.dry_run:
            return printed(plan.steps)
        carry_out(releaser, plan)
        return "\n".join(f"{name}:{plan.tag}" for name in plan.names)

    return each_dir(host, wanted, one)
