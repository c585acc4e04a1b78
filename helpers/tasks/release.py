"""Tasks that release images: release, push, roll back, candidates."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.build_hosts import opened_builders
from helpers.tasks.code_choice import read_code
from helpers.tasks.command import command
from helpers.tasks.options import (
    BUILD_HOSTS,
    CODE,
    CODE_INDEX,
    PASSWORD_STDIN,
    SUITES,
    USERNAME,
    option,
    required,
)
from helpers.tasks.release_dirs import AtStage, ForPlatforms, InRegistries, each_dir, read_stage
from helpers.tasks.selection import Comparison, OnlyDiffering, meant_dirs, select

if TYPE_CHECKING:
    from helpers.model.runnable_dir import RunnableDir
    from helpers.release.owner import Releaser
    from helpers.release.plan import ReleaseOptions, TagsPlan
    from helpers.system.host import Host


class Push(ForPlatforms, AtStage):
    """Which images are pushed, and where."""

    version: str = option("a check: fail unless it is the changelog's version", default="")
    force: str = option(
        "release although something is not committed or pushed; takes the reason", default=""
    )


class Release(Push, OnlyDiffering):
    """Which images are released, and what is tested before."""

    new: bool = option(
        "only dirs whose version the registry lacks, but for those of `i release`; without --dir:"
        " of all dirs",
        default=False,
    )
    suite: str = option(f"the tests that must pass: {SUITES}; default: fast", default="fast")
    code: str = option(CODE, default="")
    test_platforms: str = option(
        "the platforms on which the tests run: own or all; default: own", default="own"
    )
    index: str = option(CODE_INDEX, default="")
    username: str = option(USERNAME, default="")
    password_stdin: bool = option(PASSWORD_STDIN, default=False)
    hosts: str = option(BUILD_HOSTS, default="")


class Candidate(ForPlatforms):
    """Which candidates are made, and how."""

    code: str = option(CODE, default="")
    index: str = option(CODE_INDEX, default="")
    username: str = option(USERNAME, default="")
    password_stdin: bool = option(PASSWORD_STDIN, default=False)
    hosts: str = option(BUILD_HOSTS, default="")


class RollBack(InRegistries, AtStage):
    """Which images are rolled back, and how far."""

    version: str = required("the version to go back to", example="1.2.0")


@command()
def docker_release_image(host: "Host", wanted: Release) -> int:
    """Release an image: check, build, test, push by digest, move the tags.

    The team's image with --stage dev, the production image with --stage prod.
    """
    from dataclasses import replace
    from functools import partial

    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.model.images.name import Stage
    from helpers.release.beside_code import refuse_beside_code, without_code
    from helpers.release.plan import plan_release
    from helpers.release.release import carry_out, check
    from helpers.release.step_kinds import printed

    found = cli.find_repo(host)
    suite = values.read_suite(wanted.suite, partial(cli.named_suites, found))
    options = _options(wanted, suite, wanted.test_platforms)
    dirs = partial(meant_dirs, found, host, wanted, all=wanted.all)
    code, wheels = read_code(found, host, wanted, options.stage, lambda: dirs()[0])
    options = replace(options, code=code, wheels=wheels)
    production = options.stage is Stage.PROD
    if wanted.outdated:
        values.not_both("--outdated", "--changed-since", wanted.changed_since)
    if wanted.new:
        values.not_both("--new", "--outdated", wanted.outdated)
        values.not_both("--new", "--changed-since", wanted.changed_since)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        repo = releaser.repo
        refuse_beside_code(releaser, item, options.stage, options.registries)
        inputs = read_repo_inputs(repo, keep=not wanted.dry_run) if production else None
        plan = plan_release(repo, item, host, options, inputs)
        released = check(releaser, plan) if wanted.dry_run else carry_out(releaser, plan)
        if released is None:
            return printed(plan.steps)
        done = "released" if released.anew else "was released already"
        return f"{released.reference} {done}: {released.digest}"

    def choose(releaser: "Releaser", dirs: "list[RunnableDir]") -> "list[RunnableDir]":
        if wanted.new:
            from helpers.release.unreleased import find_new

            return find_new(releaser, dirs, options.stage, options.registries)
        if production and (wanted.several or not wanted.dir):
            dirs = without_code(releaser, dirs, options.stage, options.registries)
        return _unreleased(releaser, dirs, wanted, options) if wanted.selects else dirs

    chosen = choose if wanted.selects or wanted.new or wanted.several else None
    with opened_builders(found, host, wanted, cli.teller(found)) as builders:
        options = replace(options, builders=builders)
        return each_dir(host, wanted, one, production=production, choose=chosen)


@command()
def docker_push_image(host: "Host", wanted: Push) -> int:
    """Push an image of this engine; it is not tested again.

    The team's image with --stage dev, the production image with --stage prod.
    """
    from helpers.model.images.name import Stage
    from helpers.release.beside_code import refuse_beside_code
    from helpers.release.earlier_builds import plan_push
    from helpers.release.release import carry_out

    options = _options(wanted)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        refuse_beside_code(releaser, item, options.stage, options.registries)
        plan = plan_push(releaser.client, releaser.repo, item, host, options)
        if wanted.dry_run:
            return _checked(releaser, plan)
        released = carry_out(releaser, plan)
        return f"{released.reference} pushed: {released.digest}"

    return each_dir(host, wanted, one, production=options.stage is Stage.PROD)


@command()
def docker_rollback_image(host: "Host", wanted: RollBack) -> int:
    """Roll an image back: its tag names an earlier version again, in the registry alone.

    The team's image with --stage dev, the production image with --stage prod.
    """
    from helpers.model.images.name import Stage
    from helpers.release.release import carry_out
    from helpers.release.rollback import plan_rollback
    from helpers.release.version_tags import read_released_version

    stage = read_stage(wanted.stage)
    read_released_version(wanted.version, stage)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        plan = plan_rollback(releaser, item, stage, wanted.version, wanted.registry)
        if wanted.dry_run:
            return _checked(releaser, plan)
        carry_out(releaser, plan)
        return plan.done

    return each_dir(host, wanted, one, production=stage is Stage.PROD)


for _stage in ("dev", "prod"):
    docker_release_image.add_shorthand(f"docker_release_{_stage}_image", stage=_stage)
    docker_push_image.add_shorthand(f"docker_push_{_stage}_image", stage=_stage)
    docker_rollback_image.add_shorthand(f"docker_rollback_{_stage}_image", stage=_stage)


@command()
def docker_create_candidate_image(host: "Host", wanted: Candidate) -> int:
    """Build and push an image for a test environment; it is not released."""
    from dataclasses import replace
    from functools import partial

    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.model.images.name import Stage
    from helpers.release.candidate import plan_candidate
    from helpers.release.plan import ReleaseOptions
    from helpers.release.release import carry_out

    found = cli.find_repo(host)
    dirs = partial(cli.find_dirs, found, host, wanted.dir, all=wanted.all)
    code, wheels = read_code(found, host, wanted, Stage.PROD, dirs)
    options = ReleaseOptions(
        stage=Stage.PROD,
        platforms=values.read_platforms(wanted.platform),
        registries=wanted.registry,
        code=code,
        wheels=wheels,
    )

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        inputs = read_repo_inputs(releaser.repo, keep=not wanted.dry_run)
        plan = plan_candidate(releaser, item, options, inputs)
        if wanted.dry_run:
            return _checked(releaser, plan)
        carry_out(releaser, plan)
        return "\n".join(f"{name}:{plan.tag}" for name in plan.names)

    with opened_builders(found, host, wanted, cli.teller(found)) as builders:
        options = replace(options, builders=builders)
        return each_dir(host, wanted, one, production=True)


def _checked(releaser: "Releaser", plan: "TagsPlan") -> str:
    """The steps of a plan as a dry run prints them, once those that only read are done.

    Raises:
        HelpersError: the plan cannot be carried out.
    """
    from helpers.release.release import check
    from helpers.release.step_kinds import printed

    check(releaser, plan)
    return printed(plan.steps)


def _unreleased(
    releaser: "Releaser",
    dirs: "list[RunnableDir]",
    wanted: Release,
    options: "ReleaseOptions",
) -> "list[RunnableDir]":
    """Those of the dirs whose release would be another than the one of their version."""
    from functools import partial

    from helpers.images.building.plan import BuildOptions
    from helpers.images.installing.access import open_access
    from helpers.release.outdated import find_unreleased
    from helpers.release.plan import platforms_of

    repo, host = releaser.repo, releaser.host
    access = open_access(repo, host, releaser.listen)
    found: list[RunnableDir] = []
    compare = partial(find_unreleased, releaser, access, registries=options.registries)
    # Dirs of other platforms are compared apart.
    by_platforms: dict[tuple[str, ...], list[RunnableDir]] = {}
    for item in dirs:
        platforms = platforms_of(repo, item, host, options.platforms)
        by_platforms.setdefault(platforms, []).append(item)
    for platforms, some in by_platforms.items():
        build = BuildOptions(
            stage=options.stage, platforms=platforms, code=options.code, wheels=options.wheels
        )
        comparison = Comparison(build, compare, wanted.dry_run, missing="not released")
        found += select(repo, some, host, wanted, comparison)[0]
    return sorted(found)


def _options(wanted: Push, suite: str = "fast", test_platforms: str = "own") -> "ReleaseOptions":
    """What the user asks of a release.

    Raises:
        HelpersError: an option has a value that it does not take.
    """
    from helpers.model.spelling import nearest_value
    from helpers.release.plan import ReleaseOptions

    if test_platforms not in ("own", "all"):
        raise HelpersError(
            f"--test-platforms takes own or all; not {test_platforms!r}",
            fix=nearest_value("--test-platforms", test_platforms, ("own", "all")),
        )
    return ReleaseOptions(
        stage=read_stage(wanted.stage),
        version=values.read_version(wanted.version),
        platforms=values.read_platforms(wanted.platform),
        registries=wanted.registry,
        forced=wanted.force.strip(),
        suite=suite,
        test_all_platforms=test_platforms == "all",
    )
