"""Contents and commits of a repo, read and made without its work tree."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.system.process import ProcessError, run
from helpers.vcs.git import LINK, git, git_entries, git_names, setting


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """A file as a commit has it: its mode, and the id of its content."""

    mode: str
    id: str


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file of a commit that is to be made; of a link, the content is where it leads."""

    path: str
    mode: str
    content: bytes


def read_entries(root: Path, commit: str, paths: Sequence[str]) -> dict[str, TreeEntry]:
    """Those of the paths that a commit has: files, links and submodules.

    Raises:
        ProcessError: there is no such commit.
    """
    if not paths:
        return {}
    look = ("--literal-pathspecs", "ls-tree", "-z", "--full-tree", commit, "--")
    listed = git_entries(root, *look, *paths)
    return {path: TreeEntry(mode, oid) for (mode, _, oid), path in listed}


def has_object(root: Path, name: str) -> bool:
    """Whether the repo has an object, without asking a remote for it."""
    # A partial clone would fetch what it lacks.
    env = {"GIT_NO_LAZY_FETCH": "1"}
    return run(["git", "cat-file", "-e", name], cwd=root, env=env, check=False).status == 0


def is_checked_out(root: Path, branch: str) -> bool:
    """Whether a work tree of the repo stands on the branch.

    Raises:
        ProcessError: git fails.
    """
    return f"branch refs/heads/{branch}" in git(root, "worktree", "list", "--porcelain").split("\n")


def commit_paths(root: Path, paths: Sequence[str], message: str) -> str:
    """Commit these paths as they are on the disk, and nothing else that is staged; its short id.

    Raises:
        ProcessError: git refuses, or a hook does; what was staged is then staged as before.
    """
    look = ("--literal-pathspecs", "ls-files", "-z", "--cached", "--")
    tracked = set(git_names(root, *look, *paths))
    new = [path for path in paths if path not in tracked]
    run(["git", "--literal-pathspecs", "add", "--intent-to-add", "--", *paths], cwd=root)
    command = ["git", "--literal-pathspecs", "commit", "--quiet", "--file=-", "--only", "--"]
    try:
        run([*command, *paths], cwd=root, stdin=message)
    except ProcessError:
        if new:
            unstage = ["git", "--literal-pathspecs", "rm", "--cached", "--quiet", "--force", "--"]
            run([*unstage, *new], cwd=root, check=False)
        raise
    return git(root, "rev-parse", "--short", "HEAD").strip()


def commit_aside(root: Path, parent: str, files: Iterable[NewFile], message: str) -> str:
    """Make a commit on another one, without touching work tree, index or branch; its id.

    Raises:
        ProcessError: git fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        run(["git", "read-tree", parent], cwd=root, env=env)
        for file in files:
            # The path says which filters apply, such as those of line ends.
            filters = ["--no-filters"] if file.mode == LINK else ["--path", file.path]
            command = ["git", "hash-object", "-w", "--stdin", *filters]
            blob = run(command, cwd=root, stdin=file.content).stdout.strip()
            info = f"{file.mode},{blob},{file.path}"
            run(["git", "update-index", "--add", "--cacheinfo", info], cwd=root, env=env)
        tree = run(["git", "write-tree"], cwd=root, env=env).stdout.strip()
    sign = ["-S"] if setting(root, "--type=bool", "commit.gpgSign") == "true" else []
    made = run(["git", "commit-tree", *sign, "-p", parent, tree], cwd=root, stdin=message)
    return made.stdout.strip()


def move_branch(root: Path, branch: str, commit: str, before: str) -> None:
    """Make a branch, or move it on.

    Args:
        before: the commit that it was on; empty: there is no such branch.

    Raises:
        ProcessError: it is no longer there, or its name is not one of a branch.
    """
    run(["git", "check-ref-format", "--branch", branch], cwd=root)
    # All zeros: it must not be there yet.
    expected = before or "0" * len(commit)
    reason = ["-m", "i sync_apply"]
    run(["git", "update-ref", *reason, f"refs/heads/{branch}", commit, expected], cwd=root)
