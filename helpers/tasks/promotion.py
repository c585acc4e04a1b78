"""Tasks that promote released images from one environment to the next."""

from typing import TYPE_CHECKING

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import OneOrMore, Options, option, required, rest
from helpers.tasks.release_dirs import DRY_RUN, EachDir, each_dir, listener

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helpers.model.errors import HelpersError
    from helpers.model.runnable_dir import RunnableDir
    from helpers.release.owner import Owner, Releaser
    from helpers.release.promotion.places import Places
    from helpers.release.promotion.plan import PromotionPlan
    from helpers.system.host import Host

_TO = "the environment, one of `environments` in repo_config.yaml"


class ToEnvironment(EachDir):
    """What is changed in which environment."""

    to: str = required(_TO, example="staging")
    dry_run: bool = option(DRY_RUN, default=False)


class Promote(ToEnvironment):
    """What is promoted."""

    version: str = option(
        "a released version; default: what the environment before runs, or the newest", default=""
    )
    digest: str = option("the same by its digest", default="", example="sha256:...")
    this_commit: bool = option(
        "the version that the checked-out commit has: its newest release, or changelog.txt's",
        default=False,
    )


class Accept(EachDir):
    """What is accepted."""

    environment: str = required(_TO, example="integration")
    digest: str = option("a check: fail unless this is what runs there", default="")
    note: str = option("what you say about it", default="")
    dry_run: bool = option(DRY_RUN, default=False)
    tests: str = option(
        "the folder of the dir whose tests have to pass first, in the dir's container",
        default="",
        example="tests/acceptance",
    )
    cmd: tuple[str, ...] = rest("a command that has to pass first")


class GitTag(Options):
    """Whose git tag is moved."""

    environment: str = required(_TO, example="staging")
    dry_run: bool = option(DRY_RUN, default=False)


class ShowStatus(OneOrMore):
    """Whose environments are shown."""

    json: bool = option("for programs, with whole digests", default=False)


class Diff(EachDir):
    """Which environments are compared."""

    to: str = required(_TO, example="production")
    base: str = option("the other one; default: the one before it", default="")


@command()
def promote(host: "Host", wanted: Promote) -> int:
    """Promote an image to an environment; nothing is built.

    The environment's tag then names the digest that was accepted in the environment before it; to
    the first one goes what was released.
    """
    from functools import partial

    from helpers.model.errors import HelpersError
    from helpers.release.promotion.plan import plan_promotion
    from helpers.release.promotion.releases import Asked

    values.not_both("--version", "--digest", wanted.version and wanted.digest)
    asked = Asked(wanted.version, wanted.digest)
    if wanted.this_commit:
        values.not_both("--this-commit", "--version", wanted.version)
        values.not_both("--this-commit", "--digest", wanted.digest)
    tags = _releases_of_commit(host, wanted) if wanted.this_commit else {}

    def plan(places: "Places", owner: "Owner") -> "PromotionPlan":
        tag = tags.get(places.item.name, "")
        if isinstance(tag, HelpersError):
            raise tag
        return plan_promotion(places, wanted.to, Asked(tag) if tag else asked, owner)

    one = partial(_moved, wanted, plan)
    choose = _own if wanted.several and wanted.this_commit else None
    return each_dir(host, wanted, one, production=True, choose=choose)


@command()
def promote_back(host: "Host", wanted: ToEnvironment) -> int:
    """Go back to what an environment ran before."""
    from functools import partial

    from helpers.release.promotion.plan import plan_back

    def plan(places: "Places", owner: "Owner") -> "PromotionPlan":
        return plan_back(places, wanted.to, owner)

    return each_dir(host, wanted, partial(_moved, wanted, plan), production=True)


@command()
def promote_accept(host: "Host", wanted: Accept) -> int:
    """Accept what an environment runs: signed off, or by a command after -- that passes.

    The statement stands beside the image: by whom, when, and in which job of CI.
    """
    from helpers.release.promotion.accept import accept, plan_acceptance
    from helpers.release.promotion.places import check_name
    from helpers.release.promotion.refusals import tests_command
    from helpers.system.process import attach

    values.not_both("--tests", "a command after --", wanted.tests and wanted.cmd)

    def run(words: "Sequence[str]", environment: "dict[str, str]") -> int:
        return attach(words, env=environment)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        places = _places(releaser, item)
        check_name(places.repo.config, wanted.environment, "--environment")
        said = wanted.note.strip(), wanted.cmd
        plan = plan_acceptance(places, host, wanted.environment, wanted.digest, said)
        if wanted.tests:
            plan = plan.after(tests_command(places, plan.place, wanted.tests))
        if wanted.dry_run:
            return str(plan)
        accept(plan, run)
        return plan.done

    choose = _own if wanted.several and wanted.tests else None
    return each_dir(host, wanted, one, production=True, choose=choose)


@command()
def promote_tag(host: "Host", wanted: GitTag) -> None:
    """Point a git tag at what an environment runs.

    It has the environment's name, and stands on the newest commit of an image that runs there.
    """
    from helpers.release.promotion.git_tag import move_git_tag, plan_git_tag
    from helpers.release.promotion.places import check_environments, check_name, find_places

    repo = cli.find_repo(host)
    check_environments(repo)
    check_name(repo.config, wanted.environment, "--environment")
    dirs = cli.with_entrypoint(cli.find_dirs(repo, host, "", all=True))
    own = [item for item in dirs if repo.of(item.name).place == repo.place]
    listen = listener(repo)
    every = (find_places(repo, host, item, listen) for item in own)
    plan = plan_git_tag(repo, every, wanted.environment)
    print(plan)
    if not wanted.dry_run:
        move_git_tag(repo, plan)


@command()
def promote_status(host: "Host", wanted: ShowStatus) -> None:
    """Say what each environment runs: since when, by whom; default: of all dirs."""
    from helpers.console.promotion import print_standing, standing_as_json
    from helpers.release.promotion.status import read_standing

    every, root_name = _every(host, wanted.dir, all=not wanted.dir)
    found = read_standing(every)
    if wanted.json:
        print(standing_as_json(found))
    else:
        print_standing(found, root_name)


@command()
def promote_diff(host: "Host", wanted: Diff) -> None:
    """Show how two environments differ: what they run, and their values."""
    from helpers.console.promotion import print_difference
    from helpers.model.errors import HelpersError
    from helpers.release.promotion.places import check_name
    from helpers.release.promotion.status import read_difference

    every, root_name = _every(host, wanted.dir, all=wanted.all)
    found = []
    for places in every:
        config = places.repo.config
        check_name(config, wanted.to, "--to")
        to = places.find(wanted.to)
        if wanted.base:
            check_name(config, wanted.base, "--base")
        base = places.find(wanted.base) if wanted.base else places.before(to)
        if base is None:
            raise HelpersError(
                f"{wanted.to} is the first environment: there is none before it",
                where=places.repo.config_path.name,
                fix=f"--base {config.environments[-1].name}",
            )
        found.append(read_difference(places, base, to))
    print_difference(found, root_name)


def _moved(
    wanted: ToEnvironment,
    plan: "Callable[[Places, Owner], PromotionPlan]",
    releaser: "Releaser",
    item: "RunnableDir",
) -> str:
    """Move the tag of an environment as a plan says, or print its steps."""
    from helpers.release.promotion.carry_out import promote
    from helpers.release.promotion.places import check_name
    from helpers.release.promotion.signer import read_signer
    from helpers.release.step_kinds import printed

    places = _places(releaser, item)
    check_name(places.repo.config, wanted.to, "--to")
    owner = read_signer(releaser.repo, releaser.host, keep=not wanted.dry_run).owner
    if wanted.dry_run:
        return printed(plan(places, owner).steps)
    return promote(places, lambda: plan(places, owner), releaser.listen).said


def _own(releaser: "Releaser", dirs: "list[RunnableDir]") -> "list[RunnableDir]":
    """The dirs of the repo itself: a commit of it says nothing of repos in it."""
    return releaser.repo.own(dirs)


def _releases_of_commit(host: "Host", wanted: Promote) -> "dict[str, str | HelpersError]":
    """The release of each dir that is meant, as the checked-out commit has it."""
    from helpers.release.promotion.this_commit import releases_of_commit

    repo = cli.find_repo(host)
    dirs = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    if wanted.several:
        dirs = repo.own(cli.with_entrypoint(dirs))
    return releases_of_commit(repo.outermost, dirs, cli.teller(repo))


def _places(releaser: "Releaser", item: "RunnableDir") -> "Places":
    from helpers.release.promotion.places import find_places

    return find_places(releaser.repo, releaser.host, item, releaser.listen)


def _every(host: "Host", dir: str, *, all: bool) -> "tuple[list[Places], str]":
    """The environments of the dirs that are meant, and the name of the root.

    Raises:
        HelpersError: there is no such dir, or no repo of theirs has environments.
    """
    from helpers.release.promotion.places import check_environments, find_places

    repo = cli.find_repo(host)
    dirs = cli.find_dirs(repo, host, dir, all=all)
    dirs = cli.with_entrypoint(dirs) if all or len(dirs) > 1 else dirs
    having = [item for item in dirs if repo.of(item.name).config.environments]
    if not having:
        check_environments(repo.of(dirs[0].name))
    listen = listener(repo)
    every = [find_places(repo.of(item.name), host, item, listen) for item in having]
    return every, cli.root_name(repo)
