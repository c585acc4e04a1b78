"""The task that releases the code of dirs: wheel, image, git tag and page as one."""

from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.build_hosts import opened_builders
from helpers.tasks.code_choice import read_login
from helpers.tasks.command import command
from helpers.tasks.options import BUILD_HOSTS, INDEX, PASSWORD_STDIN, SUITES, USERNAME, option
from helpers.tasks.release_dirs import DRY_RUN, EachDir, each_dir

if TYPE_CHECKING:
    from helpers.forge.session import Session
    from helpers.inputs.repo_inputs import RepoInputs
    from helpers.model.code_version import NextVersion
    from helpers.model.packages.index import PackageIndex
    from helpers.model.repo import Repo
    from helpers.model.runnable_dir import RunnableDir
    from helpers.registry.package_index import IndexClient
    from helpers.release.code_plan import CodeOptions, CodePlan
    from helpers.release.owner import Releaser
    from helpers.release.released_dirs import ReleasedDir
    from helpers.system.host import Host


class ReleaseCode(EachDir):
    """Which dirs' code is released, and how."""

    all: bool = option(
        "every dir of the repo itself whose code is released, one after the other", default=False
    )
    version: str = option("the version; default: what the commits say", default="")
    suite: str = option(f"the tests that must pass: {SUITES}; default: fast", default="fast")
    code: str = option(
        "how images have their code: from the wheel, or a copy; default: wheel where there is one",
        default="",
    )
    index: str = option(INDEX, default="")
    username: str = option(USERNAME, default="")
    password_stdin: bool = option(PASSWORD_STDIN, default=False)
    dry_run: bool = option(DRY_RUN, default=False)
    hosts: str = option(BUILD_HOSTS, default="")


@command()
def release(host: "Host", wanted: ReleaseCode) -> int:
    """Release a dir's code: wheel, image, git tag and page.

    Its version follows from its commits. Whenever it ends, the same command goes on.
    """
    from dataclasses import replace

    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.release.code_versions import Asked, next_versions
    from helpers.release.released_dirs import released_or_told, without_nested

    values.not_both("--all", "--version", wanted.version if wanted.several else "")
    options = _options(host, wanted)
    repo = cli.find_repo(host).outermost
    listen = cli.teller(repo)
    meant = cli.find_dirs(repo, host, wanted.dir, all=wanted.all)
    found = released_or_told(repo, without_nested(repo, meant, listen) if wanted.several else meant)
    dirs = {one.name: one for one in found}
    inputs = read_repo_inputs(repo, keep=not wanted.dry_run)
    results = next_versions(repo, found, inputs, listen, Asked.NEW)

    def one(releaser: "Releaser", item: "RunnableDir") -> str:
        result = results[item.name]
        if isinstance(result, HelpersError):
            raise result
        return _release(releaser, dirs[item.name], result, options, inputs, wanted)

    def choose(_: "Releaser", every: "list[RunnableDir]") -> "list[RunnableDir]":
        return [item for item in every if item.name in dirs]

    with opened_builders(repo, host, wanted, listen) as builders:
        options = replace(options, builders=builders)
        return each_dir(host, wanted, one, choose=choose if wanted.several else None)


def _release(
    releaser: "Releaser",
    one: "ReleasedDir",
    found: "NextVersion",
    options: "CodeOptions",
    inputs: "RepoInputs",
    wanted: ReleaseCode,
) -> str:
    """Release one dir, or only say how; what was done, for people.

    Raises:
        HelpersError: it cannot be released, or was not released to its end.
    """
    from helpers.release.plan_code import meant, plan_code_release, plan_rest
    from helpers.release.release import carry_out, check
    from helpers.release.step_kinds import printed

    found = meant(found, options.version)
    plan = (
        plan_code_release(releaser, one, found, options, inputs)
        if found.version
        else plan_rest(releaser, one, found, options, inputs)
    )
    if plan is None:
        return _nothing(releaser, one, found)
    if wanted.dry_run:
        made = check(releaser, plan)
        return printed(step for step in plan.steps if made is None or plan.goes_on(step))
    released = carry_out(releaser, plan)
    return _done(releaser, plan, released.digest)


def _nothing(releaser: "Releaser", one: "ReleasedDir", found: "NextVersion") -> str:
    from helpers.model.numbers import list_few
    from helpers.release.plan_code import unfinished
    from helpers.vcs.files import uncommitted

    name = _shown(releaser, one)
    text = f"{name}: nothing to release since {found.last.name if found.last else 'ever'}"
    if command := unfinished(releaser, one, found):
        text += f", whose release was not ended: {command}"
    changed = uncommitted(releaser.repo.checkout)
    return f"{text}; not committed, so in no release: {list_few(changed)}" if changed else text


def _done(releaser: "Releaser", plan: "CodePlan", digest: str) -> str:
    name = _shown(releaser, plan.code)
    if plan.only:
        return f"{name} {plan.version}: done what was left of its release"
    parts = [f"the tag {plan.tag} at {plan.remote}"]
    if plan.wheel and plan.wheel.client:
        parts.append(f"{plan.wheel.package} {plan.version} at {plan.wheel.client.index}")
    parts += [f"{image}:{plan.version_tag} {digest}" for image in plan.names]
    return f"{name} {plan.version} released: {', '.join(parts)}"


def _shown(releaser: "Releaser", one: "ReleasedDir") -> str:
    from helpers.model.runnable_dir import shown_name

    return shown_name(one.name, cli.root_name(releaser.repo))


def _options(host: "Host", wanted: ReleaseCode) -> "CodeOptions":
    """What the user asks for.

    Raises:
        HelpersError: an option has a value that it does not take, or no password comes.
    """
    from helpers.model.images.code_kind import CodeKind
    from helpers.model.images.name import Stage
    from helpers.release.code_plan import CodeOptions

    code = values.read_code(wanted.code, Stage.PROD)
    if code is CodeKind.INDEX:
        raise HelpersError(
            "the index has the wheel only once the image is built, so no code comes from there",
            fix="--code wheel, which is the very same wheel; or --code copy",
        )
    login = read_login(host, wanted)

    def open_index(repo: "Repo", index: "PackageIndex") -> "IndexClient":
        from helpers.images.installing.access import open_access
        from helpers.registry.index_logins import find_login
        from helpers.registry.package_index import IndexClient

        access = open_access(repo, host, cli.teller(repo))
        publishing = [one for one in repo.config.indexes.values() if one.publish]
        # A password is for one index, and no other ever sees it.
        if login and (index.name == wanted.index or publishing == [index]):
            return IndexClient(index, access, lambda: login, given=True)
        return IndexClient(index, access, lambda: find_login(index, host, access, wanted.username))

    def open_forge(repo: "Repo", remote: str) -> "Session | str":
        from helpers.forge.errors import ForgeError

        try:
            session = cli.open_forge(host, repo, remote, job_token=True)
        except ForgeError as error:
            return error.what
        place = session.place
        return session if place.token else f"there is no token in {place.variables}"

    return CodeOptions(
        open_index=open_index,
        open_forge=open_forge,
        version=values.read_version(wanted.version),
        code=code,
        index=wanted.index,
        suite=values.read_suite(wanted.suite, lambda: cli.named_suites(cli.find_repo(host))),
    )
