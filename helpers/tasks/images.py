"""Tasks on images: build them for oneself and for production."""

import sys
from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helpers.images.build_many import Built
    from helpers.images.build_plan import BuildOptions
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.system.host import Host

_HELP = {
    "dir": "the runnable dir; default: the nearest one at or above the current directory",
    "all": "every runnable dir, in parallel",
    "bump": "bump the version: major, minor or patch; needs --message",
    "message": "what the bump changes, for the changelog",
    "version": "a check: fail unless it is the changelog's version",
    "no_cache": "rebuild every layer",
    "platform": "linux/amd64, linux/arm64 or both with a comma; default: this machine's",
    "dry_run": "show what would be built, and build nothing",
}


class _Wanted(NamedTuple):
    dir: str
    all: bool
    bump: str
    message: str
    version: str
    no_cache: bool
    platform: str
    dry_run: bool
    stage: str = "local"


@task(help=_HELP)
def docker_build_local_image(
    context: Context,
    dir: str = "",
    all: bool = False,
    bump: str = "",
    message: str = "",
    version: str = "",
    no_cache: bool = False,
    platform: str = "",
    dry_run: bool = False,
) -> None:
    """Build the local image of a dir, or of all."""
    wanted = _Wanted(dir, all, bump, message, version, no_cache, platform, dry_run)
    cli.run_job(lambda host: _build(host, wanted))


@task(help={name: text for name, text in _HELP.items() if name not in ("bump", "message")})
def docker_build_prod_image(
    context: Context,
    dir: str = "",
    all: bool = False,
    version: str = "",
    no_cache: bool = False,
    platform: str = "",
    dry_run: bool = False,
) -> None:
    """Build the production image of a dir, or of all."""
    wanted = _Wanted(dir, all, "", "", version, no_cache, platform, dry_run, "prod")
    cli.run_job(lambda host: _build(host, wanted))


@task(help={"platform": _HELP["platform"], "dry_run": "show what would be made, and make nothing"})
def docker_build_base_image(context: Context, platform: str = "", dry_run: bool = False) -> None:
    """Get the base images: found, pulled, or made from packages."""
    cli.run_job(lambda host: _build_base(host, platform, dry_run))


def _build_base(host: "Host", platform: str, dry_run: bool) -> None:
    from helpers.images.base import ensure_base_image
    from helpers.images.emulation import ensure_platform
    from helpers.images.python_check import base_images
    from helpers.vcs.discovery import discover_dirs

    repo, client = cli.open_repo(host)
    listen = cli.teller(repo)
    for wanted in cli.read_platforms(platform) or repo.config.platforms or (host.platform,):
        for image in base_images(repo, discover_dirs(repo)):
            if dry_run:
                print(f"get {image} for {wanted}")
                continue
            ensure_platform(repo, wanted, host, listen)
            print(ensure_base_image(repo, wanted, listen, client, image))


def _build(host: "Host", wanted: _Wanted) -> int:
    from helpers.images.build import build_images
    from helpers.images.build_many import Built, build_all

    repo = cli.find_repo(host)
    options = _options(wanted)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    if wanted.all and wanted.stage == "prod":
        dirs = cli.with_entrypoint(dirs)
    if wanted.dry_run:
        return _show_plans(repo, dirs, host, options)
    from helpers.tasks.builds import shown_builds

    with shown_builds(host, cli.root_name(repo), bumps=bool(wanted.bump)) as view:
        if wanted.all:
            built = build_all(repo, dirs, host, options, view)
        else:
            built = [Built(dirs[0].name, build_images(repo, dirs[0], host, options, view))]
    if wanted.stage == "prod":
        _show_how_to_run(built, host, options)
    return _show_errors(built)


def _options(wanted: _Wanted) -> "BuildOptions":
    from helpers.images.build_plan import BuildOptions
    from helpers.model.image import Stage
    from helpers.model.version import Part, Version

    return BuildOptions(
        bump=cli.read_choice(Part, wanted.bump, "--bump") if wanted.bump else None,
        message=wanted.message,
        version=Version.parse(wanted.version) if wanted.version else None,
        no_cache=wanted.no_cache,
        stage=Stage(wanted.stage),
        platforms=cli.read_platforms(wanted.platform),
    )


def _show_plans(
    repo: "Repo", dirs: "Sequence[RunnableDir]", host: "Host", options: "BuildOptions"
) -> int:
    from helpers.images.build import plan_images
    from helpers.images.image_names import find_shared_names
    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.model.image import Stage

    inputs = read_repo_inputs(repo, keep=False) if options.stage is Stage.PROD else None
    shared_names = find_shared_names(repo)
    for runnable_dir in dirs:
        for plan in plan_images(repo, runnable_dir, host, options, inputs, shared_names):
            print(plan)
    return 0


def _show_how_to_run(built: "Sequence[Built]", host: "Host", options: "BuildOptions") -> None:
    """A line for each image: the command that runs it."""
    from helpers.engine.client import Client
    from helpers.engine.containers import find_image
    from helpers.engine.endpoint import find_endpoint
    from helpers.images.run_command import run_command

    client = Client(find_endpoint(host.environment))
    for one in built:
        # One that failed has none.
        for reference, platform in zip(one.references, options.platforms or ("",), strict=False):
            other = platform if platform != host.platform else ""
            print(f"run it: {run_command(reference, find_image(client, reference), other)}")


def _show_errors(results: "Sequence[Built]") -> int:
    from helpers.console.errors import print_error

    errors = [one.error for one in results if one.error]
    for error in errors:
        print_error(error, sys.stderr)
    return 2 if errors else 0
