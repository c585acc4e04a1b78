"""The command that brings a commit which a clone lacks, as its ref is written."""

import re
import shlex
from pathlib import Path

from helpers.vcs.git import git
from helpers.vcs.refs import find_commit, is_shallow, main_remote

_STEPS_BACK = re.compile(r"(?:[~^][0-9]*)+\Z")
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_PART_OF_ID = re.compile(r"[0-9a-f]{4,63}")


def bring_commit(root: Path, ref: str, folder: str = "") -> str:
    """What to type so that `ref` names a commit, or what to write instead of it.

    Args:
        folder: where the clone is, for a command that is typed elsewhere.

    Raises:
        ProcessError: git fails.
    """
    if ref == "HEAD":
        return _typed(folder, "commit")
    if not ref.strip("0"):
        return "name the commit to compare with: zeros stand for none, as of a branch that is new"
    base = _STEPS_BACK.sub("", ref)
    shallow = is_shallow(root)
    deeper = ("--unshallow",) if shallow else ()
    if base != ref and find_commit(root, base or "HEAD"):
        return _typed(folder, "fetch", *deeper) if shallow else _log_of(folder, base)
    remotes = git(root, "remote").splitlines()
    if not remotes:
        return f"{_typed(folder, 'branch', '--all')}   (the repo has no remote: name one of these)"
    remote, branch = _remote_branch(base, remotes)
    if branch:
        return _typed(folder, "fetch", *deeper, remote, f"{branch}:refs/remotes/{remote}/{branch}")
    remote = main_remote(root)
    if _ID.fullmatch(base):
        return _typed(folder, "fetch", *deeper, remote, base)
    if find_commit(root, f"refs/remotes/{remote}/{base}"):
        return f"write {remote}/{ref}: there is no branch of that name here, only there"
    if shallow and _PART_OF_ID.fullmatch(base):
        return _typed(folder, "fetch", *deeper, remote)
    # A branch or a tag; and a clone of one branch gets no other by itself.
    everything = f"+refs/heads/*:refs/remotes/{remote}/*"
    return _typed(folder, "fetch", *deeper, "--tags", remote, everything)


def _typed(folder: str, *words: str) -> str:
    return shlex.join(["git", *(("-C", folder) if folder else ()), *words])


def _log_of(folder: str, base: str) -> str:
    return f"{_typed(folder, 'log', '--oneline', base or 'HEAD')}   (it does not go back so far)"


def _remote_branch(base: str, remotes: list[str]) -> tuple[str, str]:
    """The remote and its branch that `origin/main` stands for; empty where it stands for none."""
    name = base.removeprefix("refs/").removeprefix("remotes/")
    for remote in sorted(remotes, key=len, reverse=True):
        if name.startswith(f"{remote}/"):
            return remote, name.removeprefix(f"{remote}/")
    return "", ""
