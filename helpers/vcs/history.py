"""Where the history of a branch left that of another."""

from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError
from helpers.vcs.bring import bring_commit, bring_history
from helpers.vcs.git import git
from helpers.vcs.refs import find_commit, is_shallow


def merge_base(root: Path, ref: str) -> str:
    """The commit that HEAD and `ref` have in common: changes since then are the branch's own.

    Raises:
        HelpersError: there is no such commit, or history does not go back far enough to find what
            they have in common.
    """
    try:
        return git(root, "merge-base", "--end-of-options", f"{ref}^{{commit}}", "HEAD").strip()
    except ProcessError as error:
        for name in (ref, "HEAD"):
            _check_there(root, name)
        if is_shallow(root):
            raise HelpersError(
                f"this clone is shallow: its history does not reach what HEAD and {ref} have in"
                " common",
                where=str(root),
                fix=bring_history(root),
            ) from error
        raise HelpersError(
            f"HEAD and {ref} have no commit in common",
            where=str(root),
            fix="name a branch that this one comes from",
        ) from error


def _check_there(root: Path, ref: str) -> None:
    if not find_commit(root, ref):
        fix = bring_commit(root, ref)
        raise HelpersError(f"there is no commit {ref!r}", where=str(root), fix=fix)
