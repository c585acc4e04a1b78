"""Check submodules out where they are missing, and tell them where they come from now."""

import shlex
import shutil
from pathlib import Path

from helpers.checkouts.git.checkout_moves import BlockedError, change, keep_if_stray
from helpers.checkouts.git.gitlinks import peel
from helpers.checkouts.git.submodule_store import KEPT
from helpers.model.numbers import list_few
from helpers.vcs.git import git, git_names
from helpers.vcs.submodules import declared_on_disk

_TIMEOUT = 600


def sync_address(parent: Path, name: str) -> None:
    """Let a submodule come from where its parent's `.gitmodules` says.

    Raises:
        BlockedError: git fails.
    """
    change(parent, "submodule", "--quiet", "sync", "--", name)


def check_out(parent: Path, name: str, day: str) -> str:
    """Get a submodule that is missing, and check out what is recorded.

    Args:
        name: its path relative to its parent.
        day: when, for the name of a branch that is made.

    Returns:
        The branch that was made for commits of an earlier checkout that no branch had, or nothing.

    Raises:
        BlockedError: files are in its folder, an earlier checkout left staged files, or it cannot
            be got.
        ProcessError: git fails.
    """
    folder = parent / name
    files = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    if files or folder.is_symlink() or folder.is_file():
        where = shlex.quote(str(folder))
        what = f"files are where it belongs: {list_few(files) or 'it is no folder'}"
        raise BlockedError(what, command=f"mv {where} {where}.mine")
    store = _find_store(parent, name)
    is_new = not (store / "HEAD").is_file()
    kept = "" if is_new else _keep_work(store, day)
    update = ("submodule", "--quiet", "update", "--init", "--checkout", "--", name)
    try:
        change(parent, *update, timeout=_TIMEOUT)
    except BlockedError as error:
        if is_new:
            # Half a repo would pass for a whole one.
            shutil.rmtree(store, ignore_errors=True)
            (folder / ".git").unlink(missing_ok=True)
        raise BlockedError(
            f"it cannot be got: {error.what}",
            is_refusal=False,
            fix=("submodule", "update", "--init", "--", name),
        ) from error
    return kept


def _find_store(parent: Path, name: str) -> Path:
    """Where git keeps the submodule's repo, or will."""
    declared = declared_on_disk(parent).get(name)
    if declared is None:
        raise BlockedError(
            ".gitmodules does not say where it comes from",
            fix=("submodule", "add", "--force", "URL", name),
        )
    kept = git(parent, "rev-parse", "--git-path", f"modules/{declared.name}").rstrip("\n")
    return parent / kept


def _keep_work(store: Path, day: str) -> str:
    """Keep what an earlier checkout had: git would take what is recorded without a question."""
    staged = git_names(store, *KEPT, "diff", "--cached", "--name-only", "-z")
    if staged:
        what = f"an earlier checkout left staged files: {list_few(staged)}"
        git_dir = shlex.quote(str(store))
        raise BlockedError(what, command=f"git --git-dir={git_dir} --work-tree=. diff --cached")
    commit = peel(store, ["HEAD"], *KEPT).get("HEAD")
    return keep_if_stray(store, day, commit, *KEPT) if commit else ""
