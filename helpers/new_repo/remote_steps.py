"""The steps on GitHub: repo, push, teams, ruleset, environments, a branch and its pull request.

Each asks GitHub or git whether it is done. What is there is never deleted and never overwritten.
"""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

from helpers.forge.github_setup import RULESET, GitHubSetup, RemoteRepo, ruleset
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.new_repo.remote_git import ask_with_token
from helpers.new_repo.request import MAIN, NewRepo
from helpers.new_repo.steps import Step
from helpers.system.process import run
from helpers.vcs.git import git, setting
from helpers.vcs.refs import find_commit, is_ancestor

_ORIGIN = "origin"
# The job of CI that says whether all of it passed; see helpers/ci/pipelines.py.
_GATE = "gate"
BRANCH = "first-pull-request"
_FILE = "CONTRIBUTING.md"
_TITLE = "docs: say how a change gets to main"
_TEXT = """\
# How a change gets to main

1. A branch of its own: `i git_branch_create`, or `git switch --create`.
2. The tests of what it changes: `./main_pytest.py --changed-since main`.
3. A pull request, which passes the check `gate`. Nobody pushes to main.
"""


def remote_steps(new: NewRepo, github: GitHubSetup) -> tuple[Step, ...]:
    """All of them, in order."""
    return (*_published(new, github), *_guarded(new, github), *_offered(new, github))


def check_not_taken(new: NewRepo, github: GitHubSetup) -> None:
    """Make sure that the remote has no other repo of that name.

    Raises:
        HelpersError: it has.
        ForgeError: GitHub refuses, or does not answer.
    """
    if found := github.find():
        _check_content(new, found)


def _published(new: NewRepo, github: GitHubSetup) -> tuple[Step, ...]:
    project, at = f"{new.answers.remote}/{new.names.repo}", quoted(new.root)
    visibility = new.defaults.visibility
    return (
        Step(
            "remote repo",
            f"{project} on GitHub, {visibility}",
            lambda: _has_remote(new, github),
            lambda: _make_remote(new, github),
            (f"gh repo create {project} --{visibility} --source {at} --remote {_ORIGIN}",),
            setting="Administration: write",
            carries=True,
        ),
        Step(
            "push",
            f"{MAIN} on the remote",
            lambda: _is_pushed(new, MAIN),
            lambda: _push(new, MAIN),
            (f"git -C {at} push --set-upstream {_ORIGIN} {MAIN}",),
            carries=True,
        ),
    )


def _guarded(new: NewRepo, github: GitHubSetup) -> tuple[Step, ...]:
    project = f"{new.answers.remote}/{new.names.repo}"
    reviews = new.defaults.reviews
    protected = json.dumps(ruleset(_GATE, reviews))
    return (
        *(_team(new, github, team, right) for team, right in new.defaults.teams.items()),
        Step(
            "ruleset",
            f"{MAIN} takes pull requests alone, which pass the check {_GATE}",
            lambda: RULESET in github.rulesets(),
            lambda: github.protect(_GATE, reviews),
            (
                f"echo {quoted(protected)} | gh api --method POST repos/{project}/rulesets"
                " --input -",
            ),
            setting="Administration: write",
        ),
        *(_environment(new, github, name) for name in new.defaults.environments),
    )


def _team(new: NewRepo, github: GitHubSetup, team: str, right: str) -> Step:
    owner, project = new.answers.remote, f"{new.answers.remote}/{new.names.repo}"
    path = f"orgs/{owner}/teams/{team}/repos/{project}"
    return Step(
        f"team {team}",
        f"it may {right}",
        lambda: team in github.team_rights(),
        lambda: github.grant(team, right),
        (f"gh api --method PUT {quoted(path)} --field permission={right}",),
        setting="Administration: write, and Members: read of the organization",
    )


def _environment(new: NewRepo, github: GitHubSetup, name: str) -> Step:
    path = f"repos/{new.answers.remote}/{new.names.repo}/environments/{name}"
    return Step(
        f"environment {name}",
        "where releases may go",
        lambda: name in github.environments(),
        lambda: github.make_environment(name),
        (f"gh api --method PUT {quoted(path)}",),
        setting="Administration: write",
    )


def _offered(new: NewRepo, github: GitHubSetup) -> tuple[Step, ...]:
    project, at = f"{new.answers.remote}/{new.names.repo}", quoted(new.root)
    return (
        Step(
            "branch",
            f"{BRANCH}, with {_FILE}",
            # Once it is merged its branch may be gone.
            lambda: _is_pushed(new, BRANCH) or bool(github.find_pull(BRANCH)),
            lambda: _push_branch(new),
            (f"git -C {at} push {_ORIGIN} {BRANCH}",),
            carries=True,
        ),
        Step(
            "pull request",
            f"{_TITLE!r}, which {_GATE} checks",
            lambda: bool(github.find_pull(BRANCH)),
            lambda: _open_pull(github),
            (f"gh pr create --repo {project} --head {BRANCH} --title {quoted(_TITLE)} --body ''",),
            setting="Pull requests: write",
        ),
    )


def _has_remote(new: NewRepo, github: GitHubSetup) -> bool:
    found = github.find()
    if found is None:
        return False
    _check_content(new, found)
    return bool(_origin(new))


def _make_remote(new: NewRepo, github: GitHubSetup) -> None:
    found = github.find() or github.create(new.defaults.visibility)
    if not _origin(new):
        run(["git", "remote", "add", _ORIGIN, found.clone], cwd=new.root)


def _origin(new: NewRepo) -> str:
    return setting(new.root, f"remote.{_ORIGIN}.url") if new.is_repo else ""


def _check_content(new: NewRepo, found: RemoteRepo) -> None:
    """Make sure that a repo of the remote is this one, or empty.

    Raises:
        HelpersError: it has other content, or the checkout belongs to another remote.
    """
    origin = _origin(new)
    if origin and origin != found.clone:
        raise HelpersError(
            "the checkout has another remote",
            where=f"{origin}, and not {found.clone}",
            fix=f"git -C {quoted(new.root)} remote set-url {_ORIGIN} {quoted(found.clone)}",
        )
    there = _heads(new, found.clone)
    if there and not (origin and _is_own(new, there)):
        raise HelpersError(
            f"{new.answers.remote} has a repo {new.names.repo} with other content; nothing of it is"
            " changed",
            where=found.page,
            fix="--data name=another_name, or another owner",
        )


def _is_own(new: NewRepo, there: Mapping[str, str]) -> bool:
    """Whether the remote's main branch goes on from the checkout's, or has not got as far."""
    theirs, ours = there.get(MAIN, ""), find_commit(new.root, f"refs/heads/{MAIN}")
    if not theirs or not ours:
        return False
    if not find_commit(new.root, theirs):
        branch = f"refs/heads/{MAIN}:refs/remotes/{_ORIGIN}/{MAIN}"
        _ask(new, _origin(new), "fetch", "--quiet", _ORIGIN, branch)
    first = git(new.root, "rev-list", "--max-parents=0", ours).split()[-1]
    return is_ancestor(new.root, first, theirs)


def _heads(new: NewRepo, url: str) -> dict[str, str]:
    """The remote's branches, and their commits."""
    lines = _ask(new, url, "ls-remote", "--heads", url).splitlines()
    pairs = (line.split("\t") for line in lines)
    return {name.removeprefix("refs/heads/"): commit for commit, name in pairs}


def _is_pushed(new: NewRepo, branch: str) -> bool:
    return branch in _heads(new, _origin(new))


def _push(new: NewRepo, branch: str) -> None:
    # Never forced: what the remote has stays.
    words = ("push", "--quiet", "--set-upstream", _ORIGIN, f"refs/heads/{branch}")
    _ask(new, _origin(new), *words)


def _push_branch(new: NewRepo) -> None:
    if not find_commit(new.root, f"refs/heads/{BRANCH}"):
        _make_branch(new)
    _push(new, BRANCH)


def _make_branch(new: NewRepo) -> None:
    """Commit one file on a branch; what is checked out stays."""
    root = new.root
    parent = find_commit(root, f"refs/heads/{MAIN}")
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": f"{folder}/index"}
        text = run(["git", "hash-object", "-w", "--stdin"], cwd=root, stdin=_TEXT).stdout.strip()
        run(["git", "read-tree", parent], cwd=root, env=index)
        entry = f"100644,{text},{_FILE}"
        run(["git", "update-index", "--add", "--cacheinfo", entry], cwd=root, env=index)
        tree = run(["git", "write-tree"], cwd=root, env=index).stdout.strip()
    made = run(["git", "commit-tree", tree, "-p", parent, "-m", _TITLE], cwd=root).stdout.strip()
    run(["git", "branch", BRANCH, made], cwd=root)


def _open_pull(github: GitHubSetup) -> None:
    github.open_pull(BRANCH, MAIN, _TITLE, "The first pull request: it shows that CI works.")


def _ask(new: NewRepo, url: str, *words: str) -> str:
    at = new.root if new.is_repo else Path(tempfile.gettempdir())
    return ask_with_token(at, new.host, url, *words)
