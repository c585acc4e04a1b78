"""What toolchain, templates and workflows gained, brought into a repo on one branch.

Each part is the command that a person would type for it, of the toolchain that is there by then:
the first part moves it. Nothing is remembered: a part that was done finds nothing to do.
"""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from helpers.adoption.superproject import Submodule
from helpers.ci.child import MAIN
from helpers.ci.pipelines import MAIN_WORKFLOW
from helpers.managed_files.pre_commit_file import BEGIN
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.model.spelling import nearest_value
from helpers.system.files import read_text
from helpers.system.process import ProcessError, attach, run
from helpers.vcs.files import uncommitted
from helpers.vcs.refs import count_between, current_branch, find_commit, is_ancestor

BRANCH = "helpers-update"
PARTS = ("toolchain", "templates", "workflows", "hooks")
_START = Path("helpers", "tasks", "start.py")
_THIN_ENV = Path("dev_scripts", "thin_env.py")
_HOOKS_FILE = ".pre-commit-config.yaml"
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Part:
    """One of the commands.

    Attributes:
        words: the task and its options.
        message: of the commit; empty: the command makes its own.
    """

    name: str
    words: tuple[str, ...]
    message: str = ""


@dataclass(frozen=True, slots=True)
class Update:
    """An update of a repo.

    Attributes:
        branch: that gets its commits.
        title: of its pull request.
    """

    branch: str
    title: str
    parts: tuple[Part, ...]


def plan_update(repo: Path, wanted: str, only: str = "", *, tested: bool = False) -> Update:
    """The update of a repo.

    Args:
        wanted: the version that the toolchain gets; empty: the newest release.
        only: the one of PARTS that is done, on a branch of its own; empty: all.
        tested: the toolchain moves only if the tests pass that it affects.

    Raises:
        HelpersError: there is no such part.
    """
    if only and only not in PARTS:
        fix = nearest_value("--only", only, PARTS)
        raise HelpersError(f"--only {only}: no part of an update ({', '.join(PARTS)})", fix=fix)
    parts = tuple(part for part in _parts(repo, wanted, tested=tested) if only in ("", part.name))
    what = "the dirs' templates" if only == "templates" else only
    title = f"chore: bring what {what or 'toolchain, templates and workflows'} gained"
    return Update(f"{BRANCH}-{only}" if only else BRANCH, title, parts)


def _parts(repo: Path, wanted: str, *, tested: bool) -> tuple[Part, ...]:
    """The parts that a repo has: workflows and hooks only where they were written before."""
    to = ("--to", wanted) if wanted else ()
    untested = () if tested else ("--no-tests",)
    move = ("helpers_upgrade", "--yes", *untested, "--commit", *to)
    parts = [
        Part("toolchain", move),
        Part(
            "templates",
            ("runnable_dir_update", "--all"),
            "chore: bring what the dirs' templates gained",
        ),
    ]
    for path, target in ((MAIN_WORKFLOW, "github"), (MAIN, "gitlab")):
        if "i ci_sync" in (read_text(repo / path) or "")[:100]:
            message = f"chore: write the workflows of {target} anew"
            parts.append(Part("workflows", ("ci_sync", "--target", target), message))
    if BEGIN in (read_text(repo / _HOOKS_FILE) or ""):
        parts.append(
            Part("hooks", ("pre_commit_sync",), "chore: write the hooks before a commit anew")
        )
    return tuple(parts)


def check_ready(repo: Path, update: str) -> str:
    """Make sure that nothing of the user's would be mixed with the update.

    Args:
        update: the update's branch.

    Returns:
        The branch that is checked out.

    Raises:
        HelpersError: there is uncommitted work, no branch, or a branch of an earlier update.
    """
    dirty = uncommitted(repo)
    if dirty:
        raise HelpersError(
            "the repo has work that is not committed, which the update would mix with",
            where="\n".join(dirty[:_SHOWN]),
            fix="git add --all && git commit, or git stash --include-untracked; then the same"
            " command again",
        )
    branch = current_branch(repo)
    if not branch or not find_commit(repo):
        raise HelpersError(
            "no branch with a commit is checked out, from which the update could branch off",
            where=str(repo),
            fix=f"git -C {quoted(repo)} switch main",
        )
    there = f"refs/heads/{update}"
    if branch != update and find_commit(repo, there) and not is_ancestor(repo, there, "HEAD"):
        raise HelpersError(
            f"the branch {update} has commits of an earlier update, which {branch} lacks",
            where=str(repo),
            fix=f"git switch {update}   # the same command goes on there; merged already:"
            f" git branch --delete --force {update}",
        )
    return branch


def carry_out(adopter: Submodule, update: Update, tell: Callable[[str], None]) -> None:
    """Do the parts on the update's branch, which is made unless it is checked out.

    Raises:
        HelpersError: a part fails, or leaves conflicts; what was done before is committed.
    """
    repo = adopter.repo
    if current_branch(repo) != update.branch:
        # Its commits, if it is there, are all in what is checked out: see `check_ready`.
        run(["git", "switch", "--quiet", "--force-create", update.branch], cwd=repo)
    for part in update.parts:
        tell(part.name)
        status = type_in(adopter, part.words)
        changed = uncommitted(repo)
        if status:
            raise _stopped(part, status, changed)
        if changed and part.message:
            _commit(repo, part)


def leave_if_empty(repo: Path, base: str, branch: str) -> bool:
    """Whether the update's branch has no commit that its base lacks; then it is gone again.

    Args:
        base: the branch that was checked out; the update's own, where it went on.

    Raises:
        ProcessError: git fails.
    """
    if base == branch:
        return False
    count = count_between(repo, f"refs/heads/{base}", f"refs/heads/{branch}")
    if not count:
        run(["git", "switch", "--quiet", base], cwd=repo)
        run(["git", "branch", "--quiet", "--delete", branch], cwd=repo)
    return not count


def type_in(adopter: Submodule, words: Sequence[str]) -> int:
    """Type a command of the repo's toolchain as it is now; its exit status."""
    environment = {"HELPERS_REPO_ROOT": str(adopter.repo)}
    return attach([*_program(adopter), *words], cwd=adopter.repo, env=environment)


def _program(adopter: Submodule) -> list[str]:
    """`i` of the toolchain that is there, in the environment that this version wants."""
    thin_env = [sys.executable, "-I", str(adopter.root / _THIN_ENV), "ensure"]
    python = Path(run(thin_env).stdout.strip(), "bin", "python")
    return [str(python), "-I", str(adopter.root / _START), "--search-root", str(adopter.repo)]


def _stopped(part: Part, status: int, changed: list[str]) -> HelpersError:
    again = "then the same command again"
    return HelpersError(
        f"{part.name}: it ended with status {status}, as it says above",
        where="\n".join(changed[:_SHOWN]) or f"i {' '.join(part.words)}",
        fix=f"edit these files, of a conflict until one side is left; git add --all && git commit;"
        f" {again}"
        if changed
        else f"fix that, {again}",
    )


def _commit(repo: Path, part: Part) -> None:
    """Commit what a part wrote; the work tree had nothing else.

    Raises:
        HelpersError: git refuses, such as a hook.
    """
    run(["git", "add", "--all"], cwd=repo)
    try:
        run(["git", "commit", "--quiet", "--message", part.message], cwd=repo)
    except ProcessError as error:
        raise HelpersError(
            f"{part.name}: git refuses to commit what it wrote",
            where="\n".join(error.last_lines),
            fix="fix that, git add --all && git commit; then the same command again",
        ) from error
