"""The plan of a new repo: what it needs, which names are taken, and all of its steps."""

import shutil
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from helpers.adoption.from_template.create import DEFAULT_TEMPLATE, template_dependencies
from helpers.adoption.from_template.deploying import TEMPLATE as OF_WORKSPACES
from helpers.adoption.from_template.package_names import check_package
from helpers.adoption.from_template.source import present_template, template_names
from helpers.engine.client import Client, EngineError
from helpers.engine.endpoint import find_endpoint
from helpers.forge.errors import ForgeError
from helpers.forge.github_setup import GitHubSetup
from helpers.forge.place import ForgeKind, ForgePlace, find_place
from helpers.forge.session import Session
from helpers.images.installing.certificates import bundle_content
from helpers.images.installing.install_settings import default_index
from helpers.lockers import conda
from helpers.lockers.project_lockers import PYPROJECT_LOCKERS
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.images.base_image import SUITES
from helpers.model.new_repo import Answers, Names, Question, derive_names, questions
from helpers.model.packages.index import PackageIndex
from helpers.model.repo import Repo
from helpers.model.settings.config import RepoConfig
from helpers.model.settings.repo_defaults import (
    REPO_DEFAULTS,
    RepoDefaults,
    parse_repo_defaults,
)
from helpers.model.shell_words import quoted
from helpers.new_repo.ahead import Ahead
from helpers.new_repo.check_steps import engine_steps, sync_steps
from helpers.new_repo.checkout_steps import check_folder, checkout_steps, commit_step
from helpers.new_repo.project_steps import adoption_steps, lock_steps, root_steps
from helpers.new_repo.remote_steps import check_not_taken, remote_steps
from helpers.new_repo.request import NewRepo
from helpers.new_repo.steps import Step
from helpers.registry.access import Access
from helpers.registry.errors import RegistryError
from helpers.registry.package_index import IndexClient
from helpers.registry.retry_budget import RetryBudget
from helpers.system.files import read_text
from helpers.system.host import Host
from helpers.system.process import run
from helpers.vcs.git import setting
from helpers.vcs.refs import find_commit, main_remote

# Looking whether a name is free is worth this wait, in seconds.
_BUDGET = RetryBudget(total=5.0, connect=5.0, read=20.0)
_NAME, _EMAIL = "user.name", "user.email"


@dataclass(frozen=True, slots=True)
class Plan:
    """All that is done for a new repo.

    Attributes:
        local: the steps on this machine.
        remote: the steps on GitHub; none where it has no remote.
        no_token: the variables in which a token was looked for in vain; empty: there is one.
    """

    new: NewRepo
    local: tuple[Step, ...]
    remote: tuple[Step, ...] = ()
    no_token: str = ""


def read_defaults(toolchain: Path) -> RepoDefaults:
    """What the company that owns the toolchain says of new repos.

    Raises:
        HelpersError: its file is malformed.
    """
    path = toolchain / REPO_DEFAULTS
    text = read_text(path)
    return RepoDefaults() if text is None else parse_repo_defaults(text, str(path))


def find_questions(toolchain: Path, defaults: RepoDefaults, host: Host) -> tuple[Question, ...]:
    """The questions, with what may be chosen as this toolchain has it."""
    own = host.environment.get("GIT_AUTHOR_NAME", "") or setting(toolchain, _NAME)
    templates = sorted(
        (one for one in template_names(toolchain) if one != OF_WORKSPACES),
        key=lambda one: (one != DEFAULT_TEMPLATE, one),
    )
    return questions(
        author=defaults.author or own or host.user.name,
        # A new project has no history with the older one.
        lockers=(*(one.NAME for one in reversed(PYPROJECT_LOCKERS)), conda.NAME),
        pythons=tuple(sorted(SUITES.values(), key=lambda one: tuple(map(int, one.split("."))))),
        templates=tuple(templates),
    )


def find_source(toolchain: Path) -> tuple[str, str]:
    """Where the toolchain's checkout comes from, and its commit; empty: it comes from nowhere.

    Raises:
        ProcessError: git fails.
    """
    remote = main_remote(toolchain)
    url = setting(toolchain, f"remote.{remote}.url") if remote else ""
    commit = find_commit(toolchain)
    if url.startswith(("./", "../")):
        url = str((toolchain / url).resolve())
    return url, commit


def make_names(answers: Answers, defaults: RepoDefaults, dependencies: Iterable[str] = ()) -> Names:
    """The names that the answers give.

    Args:
        dependencies: the packages that the template installs.

    Raises:
        HelpersError: one of them cannot be.
    """
    names = derive_names(answers.name, defaults.names)
    if answers.has_template:
        where = f"the project name {answers.name!r}"
        # Of the project, since the module's name may follow a pattern.
        fix = f"--data name={answers.name}_{answers.start}"
        check_package(names.module, answers.start, dependencies, where, fix)
    return names


def make_plan(new: NewRepo) -> Plan:
    """The steps, none of which is done or looked at yet.

    Raises:
        HelpersError: the folder has something else, or the remote cannot be named.
    """
    check_folder(new)
    ahead = Ahead(new)
    local = (
        *checkout_steps(new, ahead.begin),
        *root_steps(new, ahead),
        *adoption_steps(new),
        *sync_steps(new),
        *lock_steps(new, ahead),
        *engine_steps(new),
        commit_step(new),
    )
    if not new.answers.has_remote:
        return Plan(new, local)
    place = find_github(new)
    github = GitHubSetup(Session(place, _access(new)))
    return Plan(new, local, remote_steps(new, github), "" if place.token else place.variables)


def find_github(new: NewRepo) -> ForgePlace:
    """Where the repo will be on GitHub, or on a GitHub of the company's own.

    Raises:
        ForgeError: its address is malformed.
    """
    host = new.host.environment.get("GH_HOST") or f"{ForgeKind.GITHUB.value}.com"
    # In a job of CI it names the job's own repo.
    known = {k: v for k, v in new.host.environment.items() if k != "GITHUB_REPOSITORY"}
    return find_place(known, f"https://{host}/{new.answers.remote}/{new.names.repo}")


def check_names_free(plan: Plan, listen: Listener) -> None:
    """Make sure that nobody has the names yet; once the repo is begun, they are its own.

    Raises:
        HelpersError: a name is taken.
    """
    new = plan.new
    if plan.remote and not plan.no_token:
        _check_remote(new, listen)
    if new.has_commit or not new.answers.has_template:
        return
    address = new.defaults.index or default_index(new.host) or _pips_own_index()
    if not address:
        text = f"no index is set up here: whether the package {new.names.package} is taken"
        listen(Notice(f"{text} was not looked up"))
        return
    client = IndexClient(PackageIndex("the index", address), _access(new), lambda: None)
    try:
        taken = client.files(new.names.package)
    except RegistryError as error:
        text = f"whether the package {new.names.package} is taken could not be looked up"
        listen(Notice(f"{text}: {error.what}"))
        return
    if taken:
        raise HelpersError(
            f"the index has a package {new.names.package} already",
            where=address,
            fix="--data name=another_name",
        )


def _check_remote(new: NewRepo, listen: Listener) -> None:
    try:
        check_not_taken(new, GitHubSetup(Session(find_github(new), _access(new))))
    except ForgeError as error:
        # All that is local can be done nevertheless, and before a push it is asked again.
        text = f"whether {new.answers.remote} has a repo {new.names.repo} could not be looked up"
        listen(Notice(f"{text}: {error.what}"))


def check_needs(plan: Plan) -> None:
    """Make sure that all is there that the local steps need.

    Raises:
        HelpersError: something is missing; names all of it, and how to get it.
    """
    missing = find_missing(plan)
    if missing:
        raise HelpersError(
            f"missing: {', '.join(what for what, _ in missing)}; nothing was done",
            fix=" && ".join(fix for _, fix in missing),
        )


def find_missing(plan: Plan) -> list[tuple[str, str]]:
    """What the local steps need and is not there, and the command that brings it."""
    new = plan.new
    if shutil.which("git", path=new.host.environment.get("PATH")) is None:
        return [("git", "apt-get install git")]
    if new.has_commit:
        return []
    found = []
    if not new.url:
        fix = f"git -C {quoted(new.toolchain)} remote add origin <url>"
        found.append(("a remote of the toolchain, from which repos have it", fix))
    # Also of variables, and of what git takes from the machine.
    if run(["git", "var", "GIT_AUTHOR_IDENT"], cwd=new.toolchain, check=False).status:
        for key, value in ((_NAME, "'ANN AUTHOR'"), (_EMAIL, "ANN@EXAMPLE.ORG")):
            if not setting(new.toolchain, key):
                found.append((f"git's {key}", f"git config --global {key} {value}"))
    try:
        Client(find_endpoint(new.host.environment)).get("/version")
    except EngineError as error:
        found.append(("a Docker Engine that answers", error.fix))
    return found


def _pips_own_index() -> str:
    """The index that pip asks where nobody names one; empty: there is no pip to say it."""
    ask = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    # The environment that runs us need not have pip, the Python that it is made of may.
    below = Path(sys.base_prefix, "bin", "python3")
    for python in (Path(sys.executable), below):
        done = run([python, "-I", "-c", ask], check=False)
        if not done.status:
            return done.stdout.strip()
    return ""


def _access(new: NewRepo) -> Access:
    """How the index and GitHub are reached from here; the repo's own settings say nothing yet."""
    repo = Repo(new.toolchain, new.toolchain, RepoConfig(new.names.repo))
    return Access(new.host, bundle_content(repo, new.host) or None, budget=_BUDGET)


def new_repo(
    into: Path, answers: Answers, toolchain: Path, host: Host, today: date, listen: Listener
) -> NewRepo:
    """What is to be made, of answers that were checked.

    Args:
        into: the folder, absolute.

    Raises:
        HelpersError: names cannot be.
    """
    defaults = read_defaults(toolchain)
    start = present_template(toolchain, answers.start) if answers.has_template else {}
    names = make_names(answers, defaults, template_dependencies(start))
    url, commit = find_source(toolchain)
    return NewRepo(into, answers, names, defaults, url, commit, toolchain, host, today, listen)
