"""Tasks that change images of this engine: name them for the team, pull them, remove them."""

from typing import TYPE_CHECKING

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import OneDir, option, required
from helpers.tasks.release_dirs import (
    DRY_RUN,
    STAGE,
    EachDir,
    ForPlatforms,
    each_dir,
    read_stage,
)

if TYPE_CHECKING:
    from helpers.model.runnable_dir import RunnableDir
    from helpers.release.owner import Releaser
    from helpers.system.host import Host


_CURRENT = "current"


class TagLocal(EachDir):
    """Which local images the team gets."""

    version: str = option("the local version; default: the changelog's", default="")
    dry_run: bool = option(DRY_RUN, default=False)


class Pull(ForPlatforms):
    """Which images are pulled."""

    stage: str = option(f"{STAGE}; default: dev", default="dev")
    version: str = option("a released version; default: the current one", default="")


class Remove(OneDir):
    """Which image is removed."""

    version: str = required(
        "the image's version; current: that of the changelog, and none is as good", example="1.2.0"
    )
    stage: str = option("local, dev or prod; default: local", default="local")
    platform: str = option("the image's platform; default: this machine's", default="")
    dry_run: bool = option(DRY_RUN, default=False)


@command()
def docker_tag_local_image_as_dev(host: "Host", wanted: TagLocal) -> int:
    """Tag the local image as the team's; only on this engine."""
    from helpers.release.earlier_builds import plan_dev_tags
    from helpers.release.engine_steps import change_engine
    from helpers.release.step_kinds import printed

    version = values.read_version(wanted.version)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        steps = plan_dev_tags(releaser.client, releaser.repo, item, host, version)
        for step in () if wanted.dry_run else steps:
            change_engine(releaser.client, step, releaser.listen)
        return printed(steps)

    return each_dir(host, wanted, one)


@command()
def docker_pull(host: "Host", wanted: Pull) -> int:
    """Pull a released image to this engine."""
    from helpers.images.installing.access import open_access
    from helpers.release.engine_steps import change_engine
    from helpers.release.pull import plan_pull
    from helpers.release.step_kinds import printed
    from helpers.release.targets import targets_of
    from helpers.release.version_tags import read_released_version

    stage = read_stage(wanted.stage)
    if wanted.version:
        read_released_version(wanted.version, stage)
    platforms = values.read_platforms(wanted.platform) or ("",)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        repo = releaser.repo
        access = open_access(repo, host, releaser.listen)
        (target, *_) = targets_of(repo, access, item, wanted.registry)
        lines = []
        for platform in platforms:
            plan = plan_pull(repo, host, target, stage, wanted.version, platform)
            for step in () if wanted.dry_run else plan.steps:
                change_engine(releaser.client, step, releaser.listen)
            lines.append(printed(plan.steps) if wanted.dry_run else plan.done)
        return "\n".join(lines)

    return each_dir(host, wanted, one)


@command()
def docker_remove_image(host: "Host", wanted: Remove) -> None:
    """Remove an image of a dir from this engine; registries keep theirs."""
    from helpers.containers.inventory import stop_own
    from helpers.images.resolve import NoImageError, Which, choose_image
    from helpers.model.images.name import Stage
    from helpers.release.engine_steps import change_engine
    from helpers.release.step_kinds import RenameImage
    from helpers.system.repo_files import read_changelog
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.open_repo(host)
    item = find_dir(repo, host.directory, wanted.dir)
    stage = values.read_choice(Stage, wanted.stage, "--stage")
    (platform, *_) = values.read_platforms(wanted.platform) or ("",)
    changelog = read_changelog(item)
    current = wanted.version == _CURRENT
    version = changelog.version if current else values.read_version(wanted.version)
    which = Which(stage, version, platform, or_code=not current)
    try:
        chosen = choose_image(client, repo, changelog, host, which)
    except NoImageError as error:
        if not current:
            raise
        print(f"nothing to remove: {error.what}")
        return
    step = RenameImage(chosen.reference)
    if not wanted.dry_run:
        # A container of it that only waits for the next command would prevent that.
        stop_own(client, repo, item.name, force=False)
        change_engine(client, step, cli.teller(repo))
    print(step if wanted.dry_run else f"removed {chosen.reference}")


# Who cleans up asks for no version.
docker_remove_image.add_shorthand("clean", version=_CURRENT)
docker_remove_image.verb = "clean"
