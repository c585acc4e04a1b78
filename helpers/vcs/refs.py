"""What the names of a repo stand for: commits, branches, remotes."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.system.process import ProcessError, run
from helpers.vcs.git import git


def find_commit(root: Path, name: str = "HEAD") -> str:
    """The id of a commit by a tag, a branch or a part of its id; empty: there is none."""
    command = ["git", "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
    return run(command, cwd=root, check=False).stdout.strip()


def current_branch(root: Path) -> str:
    """The branch that is checked out; empty: HEAD is detached."""
    command = ["git", "symbolic-ref", "--quiet", "--short", "HEAD"]
    return run(command, cwd=root, check=False).stdout.strip()


def is_ancestor(root: Path, older: str, newer: str) -> bool:
    """Whether a commit comes after another, or is it.

    Raises:
        ProcessError: there is no such commit.
    """
    command = ["git", "merge-base", "--is-ancestor", older, newer]
    done = run(command, cwd=root, check=False)
    if done.status not in (0, 1):
        raise ProcessError(command, done.status, done.stderr)
    return done.status == 0


def newest_of(root: Path, commits: Iterable[str]) -> str:
    """Of commits, the one that no other of them comes after; of several such, the newest.

    Raises:
        ProcessError: there is no such commit.
    """
    order = ("rev-list", "--topo-order", "--max-count=1", "--end-of-options")
    return git(root, *order, *commits, "--").strip()


def is_in_any(root: Path, commit: str, *places: str, options: Sequence[str] = ()) -> bool:
    """Whether one of the names below places, such as `refs/heads`, has a commit.

    Args:
        options: what git is told before the command.

    Raises:
        ProcessError: there is no such commit.
    """
    look = ("for-each-ref", "--count=1", "--contains", commit, *places)
    return bool(git(root, *options, *look).strip())


def count_between(root: Path, older: str, newer: str) -> int:
    """How many commits a commit has that another lacks.

    Raises:
        ProcessError: git fails.
    """
    return int(git(root, "rev-list", "--count", f"{older}..{newer}", "--"))


def main_remote(root: Path) -> str:
    """The remote that others get a repo from: `origin`, or else the first; empty: it has none.

    Raises:
        ProcessError: git fails.
    """
    return choose_remote(git(root, "remote").splitlines())


def need_remote(root: Path, what: str) -> str:
    """The remote that `main_remote` names.

    Raises:
        HelpersError: there is none; `what` says so.
        ProcessError: git fails.
    """
    found = main_remote(root)
    if not found:
        fix = f"git -C {quoted(root)} remote add origin <url>"
        raise HelpersError(what, where=str(root), fix=fix)
    return found


def choose_remote(names: Sequence[str]) -> str:
    """Of these, `origin`, or else the first; empty: there is none."""
    return "origin" if "origin" in names else (names or [""])[0]


def is_shallow(root: Path) -> bool:
    """Whether history was cut off when the repo was cloned.

    Raises:
        ProcessError: git fails.
    """
    return git(root, "rev-parse", "--is-shallow-repository").strip() == "true"
