"""Tasks on images: build them for oneself and for production."""

from functools import partial
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.code_choice import read_code
from helpers.tasks.command import command
from helpers.tasks.options import (
    BUILD_HOSTS,
    CODE,
    CODE_INDEX,
    PASSWORD_STDIN,
    PLATFORMS,
    USERNAME,
    Options,
    option,
)
from helpers.tasks.selection import Comparison, OnlyDiffering, meant_dirs, select

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpers.images.building.many import Built
    from helpers.images.building.plan import BuildOptions
    from helpers.images.building.planning import Known
    from helpers.images.changed.ahead import Lookup
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.system.host import Host


BUMP = "bump the version: major, minor or patch; needs --message"
MESSAGE = "what the bump changes, for the changelog"


class BaseImages(Options):
    """Which base images are made."""

    platform: str = option(PLATFORMS, default="")
    dry_run: bool = option("show what would be made, and make nothing", default=False)


class CiImage(Options):
    """Which image jobs of CI run in, and how it is built."""

    dir: str = option("a dir with devops/ci_packages.txt; default: the only one", default="")
    bump: str = option(BUMP, default="")
    message: str = option(MESSAGE, default="", example='"Add jq"')
    no_cache: bool = option("rebuild every layer", default=False)
    platform: str = option(PLATFORMS, default="")
    dry_run: bool = option("show what would be built, and build nothing", default=False)
    hosts: str = option(BUILD_HOSTS, default="")


class Build(OnlyDiffering):
    """Which images are built, and how."""

    all: bool = option("every runnable dir, in parallel", default=False)
    bump: str = option(BUMP, default="")
    message: str = option(MESSAGE, default="", example='"Add pandas"')
    version: str = option("a check: fail unless it is the changelog's version", default="")
    no_cache: bool = option("rebuild every layer", default=False)
    platform: str = option(PLATFORMS, default="")
    code: str = option(CODE, default="")
    dry_run: bool = option("show what would be built, and build nothing", default=False)
    stage: str = option("local or prod; default: local", default="local")
    index: str = option(CODE_INDEX, default="")
    username: str = option(USERNAME, default="")
    password_stdin: bool = option(PASSWORD_STDIN, default=False)
    hosts: str = option(BUILD_HOSTS, default="")


@command()
def docker_build_local_image(host: "Host", wanted: Build) -> int:
    """Build a dir's image: local, or --stage prod; with --all those of all dirs."""
    from dataclasses import replace

    from helpers.model.runnable_dir import dir_option

    repo = cli.find_repo(host)
    dirs, every = meant_dirs(repo, host, wanted, all=wanted.all)
    images = _ask_ahead(repo, dirs, host, wanted) if wanted.selects else None
    options = _options(wanted, "--all" if every else dir_option(dirs[0].name))
    code, wheels = read_code(repo, host, wanted, options.stage, lambda: dirs)
    options = replace(options, code=code, wheels=wheels)
    if every and wanted.stage == "prod":
        all_dirs, dirs = dirs, cli.with_entrypoint(dirs)
        _tell_skipped(repo, all_dirs, dirs)
    known = None
    if images:
        dirs, known = _select(repo, dirs, host, wanted, options, images)
        if not dirs:
            return 0
    from helpers.tasks.build_hosts import opened_builders

    if wanted.dry_run:
        with opened_builders(repo, host, wanted, cli.teller(repo)):
            return _show_plans(repo, dirs, host, options, known)
    from helpers.images.building.build import build_images
    from helpers.images.building.many import Built, build_all
    from helpers.tasks.builds import shown_builds

    with (
        shown_builds(host, cli.root_name(repo), bumps=bool(wanted.bump)) as view,
        opened_builders(repo, host, wanted, view) as builders,
    ):
        options = replace(options, builders=builders)
        if every:
            built = build_all(repo, dirs, host, options, view, known)
        else:
            references = build_images(repo, dirs[0], host, options, view, known)
            built = [Built(dirs[0].name, references)]
    if wanted.stage == "prod":
        _show_how_to_run(built, host, options)
    return cli.show_errors(one.error for one in built)


docker_build_local_image.add_shorthand(
    "docker_build_prod_image",
    verb="build",
    says="Build a dir's production image; with --all those of all dirs.",
    stage="prod",
    bump="",
    message="",
)


@command()
def docker_build_base_image(host: "Host", wanted: BaseImages) -> None:
    """Get the base images: found, pulled, or made from packages."""
    from helpers.images.base.base_image import ensure_base_image
    from helpers.images.base.python_check import base_images
    from helpers.images.building.emulation import ensure_platform
    from helpers.vcs.discovery import discover_dirs

    repo, client = cli.open_repo(host)
    listen = cli.teller(repo)
    platforms = values.read_platforms(wanted.platform) or repo.config.platforms or (host.platform,)
    for platform in platforms:
        for image in base_images(repo, discover_dirs(repo)):
            if wanted.dry_run:
                print(f"get {image} for {platform}")
                continue
            ensure_platform(repo, platform, host, listen)
            print(ensure_base_image(repo, platform, listen, client, image))


@command()
def docker_build_ci_image(host: "Host", wanted: CiImage) -> int:
    """Build the image in which CI's jobs run: that of the dir with devops/ci_packages.txt.

    It is the dir's local image; i docker_release_dev_image releases it.
    """
    from dataclasses import replace

    from helpers.images.building.build import build_images
    from helpers.images.building.ci_image import find_ci_dir
    from helpers.model.runnable_dir import dir_option
    from helpers.tasks.build_hosts import opened_builders
    from helpers.tasks.builds import shown_builds

    repo = cli.find_repo(host)
    item = find_ci_dir(repo, host.directory, wanted.dir)
    given = {name: getattr(wanted, name) for name in CiImage.all_said()}
    options = _options(Build(**given), dir_option(item.name))
    if wanted.dry_run:
        with opened_builders(repo, host, wanted, cli.teller(repo)):
            return _show_plans(repo, [item], host, options, None)
    with (
        shown_builds(host, cli.root_name(repo), bumps=bool(wanted.bump)) as view,
        opened_builders(repo, host, wanted, view) as builders,
    ):
        build_images(repo, item, host, replace(options, builders=builders), view)
    if not repo.outermost.config.ci.base_image:
        print(
            f"next: i docker_release_dev_image {dir_option(item.name)}; its name as base_image"
            " below ci in repo_config.yaml; i ci_sync --update"
        )
    return 0


def _ask_ahead(
    repo: "Repo", dirs: "Sequence[RunnableDir]", host: "Host", wanted: Build
) -> "Lookup":
    """Let the engine look images up that `--outdated` compares, while what plans them is loaded."""
    from helpers.engine.client import Client
    from helpers.engine.endpoint import find_endpoint
    from helpers.images.changed.ahead import ask_ahead, names_of
    from helpers.model.images.name import Stage

    client = Client(find_endpoint(host.environment))
    if not wanted.outdated:
        return ask_ahead(client, ())
    stage = values.read_choice(Stage, wanted.stage, "--stage")
    platforms = values.read_platforms(wanted.platform)
    return ask_ahead(client, names_of(repo, dirs, host, stage, platforms))


def _select(
    repo: "Repo",
    dirs: "Sequence[RunnableDir]",
    host: "Host",
    wanted: Build,
    options: "BuildOptions",
    images: "Lookup",
) -> "tuple[list[RunnableDir], Known]":
    from helpers.images.changed.outdated import find_outdated

    compare = partial(find_outdated, images, repo, host)
    return select(repo, dirs, host, wanted, Comparison(options, compare, wanted.dry_run))


def _options(wanted: Build, which: str) -> "BuildOptions":
    from helpers.images.building.plan import BuildOptions
    from helpers.model.images.name import Stage
    from helpers.model.version import Part

    stage = values.read_choice(Stage, wanted.stage, "--stage")
    if stage is Stage.DEV:
        raise HelpersError(
            "a release builds the team's image", fix=f"i docker_release_dev_image {which}"
        )
    if stage is Stage.PROD and wanted.bump:
        raise HelpersError(
            "--bump makes a new version of the local image; the production image has its version",
            fix="leave --bump out, and build the local image first",
        )
    return BuildOptions(
        bump=values.read_choice(Part, wanted.bump, "--bump") if wanted.bump else None,
        message=wanted.message,
        version=values.read_version(wanted.version),
        no_cache=wanted.no_cache,
        stage=stage,
        platforms=values.read_platforms(wanted.platform),
    )


def _show_plans(
    repo: "Repo",
    dirs: "Sequence[RunnableDir]",
    host: "Host",
    options: "BuildOptions",
    known: "Known | None",
) -> int:
    from helpers.images.building.planning import Known, plan_images
    from helpers.images.changelogs.image_names import find_shared_names
    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.model.images.name import Stage

    if known is None:
        inputs = read_repo_inputs(repo, keep=False) if options.stage is Stage.PROD else None
        known = Known(inputs, find_shared_names(repo))
    errors: list[HelpersError] = []
    for runnable_dir in dirs:
        try:
            for plan in plan_images(repo, runnable_dir, host, options, known):
                print(plan)
        except HelpersError as error:
            errors.append(error)
    return cli.show_errors(errors)


def _tell_skipped(
    repo: "Repo", every: "Sequence[RunnableDir]", built: "Sequence[RunnableDir]"
) -> None:
    import sys

    from helpers.model.runnable_dir import shown_name

    root = cli.root_name(repo)
    for item in every:
        if item not in built:
            why = "its devops/config.yaml names no entrypoint"
            print(f"{shown_name(item.name, root)}: skipped, {why}", file=sys.stderr)


def _show_how_to_run(built: "Sequence[Built]", host: "Host", options: "BuildOptions") -> None:
    """A line for each image: the command that runs it."""
    from helpers.engine.client import Client
    from helpers.engine.containers import find_image
    from helpers.engine.endpoint import find_endpoint
    from helpers.images.building.run_command import run_command

    client = Client(find_endpoint(host.environment))
    for one in built:
        # One that failed has none.
        for reference, platform in zip(one.references, options.platforms or ("",), strict=False):
            other = platform if platform != host.platform else ""
            print(f"run it: {run_command(reference, find_image(client, reference), other)}")
