"""Where the history of a branch left that of another."""

from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError
from helpers.vcs.bring import bring_commit
from helpers.vcs.git import git
from helpers.vcs.refs import find_commit, is_shallow


def merge_base(root: Path, ref: str) -> str:
    """The commit that HEAD and `ref` have in common: changes since then are the branch's own.

    Raises:
        HelpersError: there is no such commit, or history does not go back far enough to find what
            they have in common.
    """
    commit = _commit(root, ref)
    head = _commit(root, "HEAD")
    try:
        return git(root, "merge-base", commit, head).strip()
    except ProcessError as error:
        if is_shallow(root):
            raise HelpersError(
                f"this clone is shallow: its history does not reach what HEAD and {ref} have in"
                " common",
                where=str(root),
                fix="git fetch --unshallow",
            ) from error
        raise HelpersError(
            f"HEAD and {ref} have no commit in common",
            where=str(root),
            fix="name a branch that this one comes from",
        ) from error


def _commit(root: Path, ref: str) -> str:
    found = find_commit(root, ref)
    if not found:
        fix = bring_commit(root, ref)
        raise HelpersError(f"there is no commit {ref!r}", where=str(root), fix=fix)
    return found
