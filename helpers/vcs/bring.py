"""The command that brings a commit which a clone lacks, as its ref is written, or its history."""

import re
import shlex
from pathlib import Path

from helpers.model.fetch_command import fetch_branches, fetch_command, fetch_commit
from helpers.vcs.git import git
from helpers.vcs.refs import find_commit, is_shallow, main_remote

_STEPS_BACK = re.compile(r"(?:[~^][0-9]*)+\Z")
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?", re.IGNORECASE)
_PART_OF_ID = re.compile(r"[0-9a-f]{4,63}", re.IGNORECASE)
_LOCAL = re.compile(r"(refs/)?heads/")


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
    if base != ref and find_commit(root, base or "HEAD"):
        return bring_history(root, folder) if shallow else _log_of(folder, base)
    remotes = git(root, "remote").splitlines()
    if not remotes:
        return f"{_typed(folder, 'branch', '--all')}   (the repo has no remote: name one of these)"
    remote, branch = _remote_branch(base, remotes)
    if branch:
        wanted = f"{branch}:refs/remotes/{remote}/{branch}"
        return fetch_command(remote, wanted, folder=folder, whole=shallow)
    remote = main_remote(root)
    if _ID.fullmatch(base):
        return fetch_commit(remote, base.lower(), folder=folder, shallow=shallow)
    there = f"{remote}/{_LOCAL.sub('', ref, count=1)}"
    if find_commit(root, f"refs/remotes/{_STEPS_BACK.sub('', there)}"):
        return f"write {there}: there is no branch of that name here, only there"
    # A branch, a tag or a part of an id: the remote is asked for all of them.
    named = "" if _PART_OF_ID.fullmatch(base) else f"   (a branch is then {there})"
    return fetch_branches(remote, folder=folder, shallow=shallow) + named


def bring_history(root: Path, folder: str = "", *, tags: bool = False) -> str:
    """What to type so that a shallow clone has the history of all that it has.

    Args:
        folder: where the clone is, for a command that is typed elsewhere.
        tags: all tags are needed, too.

    Raises:
        ProcessError: git fails.
    """
    remote = main_remote(root)
    if not remote:
        return f"{_typed(folder, 'remote', 'add', 'origin')} <url>"
    return fetch_command(remote, folder=folder, whole=True, tags=tags)


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
