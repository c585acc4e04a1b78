"""Ask git: the one place that starts it to look at a repo; one process takes 3 ms."""

import os
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.system.process import ProcessError, run

# How git writes what an entry of its index or of a commit is.
PLAIN, EXECUTABLE, LINK, SUBMODULE = "100644", "100755", "120000", "160000"
_NO_COMMIT = "(initial)"
# For commits that nobody is to see: they need an author, and none is set up on many machines.
NOBODY = {
    "GIT_AUTHOR_NAME": "helpers",
    "GIT_AUTHOR_EMAIL": "helpers@localhost",
    "GIT_COMMITTER_NAME": "helpers",
    "GIT_COMMITTER_EMAIL": "helpers@localhost",
}


@dataclass(frozen=True, slots=True)
class Commit:
    """The newest commit of a tree: `id` is empty where there is none yet.

    Attributes:
        dirty: the tree differs from it; untracked files that git does not ignore count.
    """

    id: str
    dirty: bool


def head(root: Path) -> Commit:
    """The newest commit, of a branch, detached, or in a worktree.

    Raises:
        ProcessError: `root` is no git checkout, or git does not trust its owner.
    """
    status = git(root, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal")
    lines = [line for line in status.split("\0") if line]
    headers = [line for line in lines if line.startswith("# ")]
    oid = next((line.split()[2] for line in headers if line.startswith("# branch.oid ")), "")
    return Commit("" if oid == _NO_COMMIT else oid, dirty=len(lines) > len(headers))


def git(folder: Path, *args: str) -> str:
    """Ask git; its standard output.

    Raises:
        ProcessError: git is missing or fails.
    """
    # Without optional locks: looking never gets in the way of the user's own git.
    return run(["git", "--no-optional-locks", *args], cwd=folder).stdout


def is_index_of(root: Path, index: str) -> bool:
    """Whether a file is an index of a checkout, such as the one that git makes for a commit.

    Raises:
        ProcessError: `root` is no git checkout.
    """
    if not index:
        return False
    folder = Path(git(root, "rev-parse", "--absolute-git-dir").rstrip("\n"))
    return folder.resolve() == Path(index).resolve().parent


def git_lines(folder: Path, *args: str) -> list[str]:
    """What git lists a line each.

    Raises:
        ProcessError: git is missing or fails.
    """
    return split_lines(git(folder, *args))


def split_lines(text: str) -> list[str]:
    """The lines of what git says: names and subjects may have other signs that end a line."""
    return text.removesuffix("\n").split("\n") if text else []


def git_names(folder: Path, *args: str, stdin: str = "") -> list[str]:
    """What git lists with `-z`; a name that is no UTF-8 is as Python has it elsewhere.

    Raises:
        ProcessError: git is missing or fails.
    """
    command = ["git", "--no-optional-locks", *args]
    listed = run(command, cwd=folder, stdin=os.fsencode(stdin)).names
    return [entry for entry in listed.split("\0") if entry]


def git_entries(folder: Path, *args: str) -> list[tuple[list[str], str]]:
    """What git lists with `-z` of its index or of a commit: words about a path, and the path.

    Raises:
        ProcessError: git is missing or fails.
    """
    entries = (entry.partition("\t") for entry in git_names(folder, *args))
    return [(head.split(" "), path) for head, _, path in entries]


def git_content(folder: Path, oid: str) -> bytes:
    """What git keeps under the id of a file's content.

    Raises:
        ProcessError: git is missing, or has no such content.
    """
    command = ["git", "--no-optional-locks", "cat-file", "blob", oid]
    return run(command, cwd=folder).raw


def hash_as_git(root: Path, name: str, content: bytes) -> str:
    """The id that git would give to the content of a file, its filters applied.

    Raises:
        ProcessError: a filter is missing or fails.
    """
    command = ["git", "hash-object", "--stdin", "--path", name]
    return run(command, cwd=root, stdin=content).stdout.strip()


def setting(folder: Path, *words: str) -> str:
    """A setting of git's, by its name and how it is to be read; empty: it is not set."""
    return run(["git", "config", *words], cwd=folder, check=False).stdout.strip()


def reason(error: ProcessError) -> str:
    """The line in which git says what is wrong."""
    lines = [line for line in error.last_lines if line.startswith(("fatal: ", "error: "))]
    return (lines or error.last_lines or [error.what])[0].removeprefix("fatal: ")
