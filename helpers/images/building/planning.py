"""Plan the builds of a dir's images from what the repo says now.

It imports nothing that carries builds out: to find what is out of date, all dirs are planned.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from helpers.images.building.entrypoint import check_entrypoint
from helpers.images.building.plan import BuildOptions, BuildPlan, BuildSources, plan_build
from helpers.images.building.prod_code import ProdCode, plan_code
from helpers.images.building.wheel_code import codes
from helpers.images.changelogs.image_names import find_shared_names
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.changelog.parse import entry_day
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog, read_changelog_text, read_dir_config
from helpers.vcs.git import head


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a repo before a build is planned; None: it is read.

    Attributes:
        inputs: what the dirs can see.
        shared_names: the dirs whose image has the name of another dir's.
        toolchain: what `toolchain_states` says, which holds for all dirs.
        at_commit: images for others name the commit that they are from; otherwise plans are only
            compared, and need none.
    """

    inputs: RepoInputs | None = None
    shared_names: Mapping[str, HelpersError] | None = None
    toolchain: bytes | None = None
    at_commit: bool = True


def plan_images(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    options: BuildOptions,
    known: Known | None = None,
) -> list[BuildPlan]:
    """Plan what `build_images` would do now.

    Raises:
        HelpersError: what an image is made from is malformed, or another dir's has its name.
    """
    read_changelog(runnable_dir)  # says well what is missing
    known = known or Known()
    shared = find_shared_names(repo) if known.shared_names is None else known.shared_names
    if runnable_dir.name in shared:
        raise shared[runnable_dir.name]
    config = read_dir_config(runnable_dir)
    for_others = options.stage is not Stage.LOCAL and known.at_commit
    platforms = options.platforms or (host.platform,)
    code: Mapping[str, ProdCode] = {}
    release_version = ""
    if options.stage is Stage.PROD:
        check_entrypoint(runnable_dir, config)
        inputs = known.inputs or read_repo_inputs(repo)
        copied = plan_code(inputs, runnable_dir, config)
        code = codes(copied, inputs, runnable_dir, config, options, platforms)
        if options.wheels and for_others:
            release_version = options.wheels.release_version(inputs, runnable_dir.name)
    sources = BuildSources(
        changelog=read_changelog_text(runnable_dir),
        today=entry_day(datetime.now(UTC)),
        config=config,
        commit=head(repo.of(runnable_dir.name).checkout) if for_others else None,
        toolchain=known.toolchain,
    )

    def plan(platform: str) -> BuildPlan:
        its = code.get(platform)
        published = its.published if its and release_version else None
        version = published.release_version if published else release_version
        own = replace(sources, code=its, release_version=version)
        return plan_build(repo, runnable_dir, host, own, options, platform)

    return [plan(platform) for platform in platforms]
