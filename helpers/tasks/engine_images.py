"""Tasks that change images of this engine: name them for the team, pull them, remove them."""

from typing import TYPE_CHECKING

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task
from helpers.tasks.release_options import Wanted, each_dir, help_of, read_stage, read_version

if TYPE_CHECKING:
    from helpers.model.runnable_dir import RunnableDir
    from helpers.release.owner import Releaser
    from helpers.system.host import Host


@task(help=help_of("dir", "all", "dry_run", version="the local version; default: the changelog's"))
def docker_tag_local_image_as_dev(
    context: Context, dir: str = "", all: bool = False, version: str = "", dry_run: bool = False
) -> None:
    """Tag the local image as the team's; only on this engine."""
    wanted = Wanted("dev", dir, all, version, dry_run=dry_run)
    cli.run_job(lambda host: _tag_local(host, wanted))


@task(
    help=help_of(
        "dir", "all", "platform", "registry", "dry_run",
        stage="dev or prod; default: dev", version="a released version; default: the current one",
    ),
    iterable=["registry"],
)  # fmt: skip
def docker_pull(
    context: Context,
    dir: str = "",
    all: bool = False,
    stage: str = "dev",
    version: str = "",
    platform: str = "",
    registry: list[str] | None = None,
    dry_run: bool = False,
) -> None:
    """Pull a released image to this engine."""
    wanted = Wanted(stage, dir, all, version, platform, registry or (), dry_run=dry_run)
    cli.run_job(lambda host: _pull(host, wanted))


@task(
    help=help_of(
        "dir", "dry_run", stage="local, dev or prod; default: local", version="the image's version",
        platform="the image's platform; default: this machine's",
    )
)  # fmt: skip
def docker_remove_image(
    context: Context,
    version: str,
    dir: str = "",
    stage: str = "local",
    platform: str = "",
    dry_run: bool = False,
) -> None:
    """Remove an image of a dir from this engine; registries keep theirs."""
    wanted = Wanted(stage, dir, False, version, platform, dry_run=dry_run)
    cli.run_job(lambda host: _remove(host, wanted))


def _tag_local(host: "Host", wanted: Wanted) -> int:
    from helpers.release.earlier_builds import plan_dev_tags
    from helpers.release.engine_steps import change_engine
    from helpers.release.steps import printed

    version = read_version(wanted)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        steps = plan_dev_tags(releaser.client, releaser.repo, item, host, version)
        for step in () if wanted.dry_run else steps:
            change_engine(releaser.client, step, releaser.listen)
        return printed(steps)

    return each_dir(host, wanted, one)


def _pull(host: "Host", wanted: Wanted) -> int:
    from helpers.release.engine_steps import change_engine
    from helpers.release.pull import plan_pull
    from helpers.release.steps import printed
    from helpers.release.targets import open_access, targets
    from helpers.system.repo_files import read_changelog

    stage = read_stage(wanted.stage)
    platforms = cli.read_platforms(wanted.platform) or ("",)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        repo = releaser.repo
        access = open_access(repo, host, releaser.listen)
        name = read_changelog(item).image_name
        (target, *_) = targets(repo, access, item, name, tuple(wanted.registry))
        lines = []
        for platform in platforms:
            plan = plan_pull(repo, host, target, stage, read_version(wanted), platform)
            for step in () if wanted.dry_run else plan.steps:
                change_engine(releaser.client, step, releaser.listen)
            lines.append(printed(plan.steps) if wanted.dry_run else plan.done)
        return "\n".join(lines)

    return each_dir(host, wanted, one)


def _remove(host: "Host", wanted: Wanted) -> None:
    from helpers.images.resolve import Which, choose_image
    from helpers.model.images.name import Stage
    from helpers.release.engine_steps import change_engine
    from helpers.release.steps import RenameImage
    from helpers.system.repo_files import read_changelog
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.open_repo(host)
    item = find_dir(repo, host.directory, wanted.dir)
    stage = cli.read_choice(Stage, wanted.stage, "--stage")
    (platform, *_) = cli.read_platforms(wanted.platform) or ("",)
    which = Which(stage, read_version(wanted), platform)
    chosen = choose_image(client, repo, read_changelog(item), host, which)
    step = RenameImage(chosen.reference)
    if not wanted.dry_run:
        change_engine(client, step, cli.teller(repo))
    print(step if wanted.dry_run else f"removed {chosen.reference}")
