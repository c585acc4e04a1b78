"""Dirs that are runnable but for a part that is gone: what lists dirs would pass over them."""

import shlex
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.images.name import plain_name
from helpers.model.repo import Repo
from helpers.model.runnable_dir import (
    CHANGELOG,
    DEVOPS,
    OS_PACKAGES,
    ROOT,
    RunnableDir,
    dirs_with_parts,
    shown_name,
)
from helpers.system.process import ProcessError
from helpers.vcs.git import git, git_names
from helpers.vcs.history import merge_base
from helpers.vcs.refs import find_commit
from helpers.vcs.submodules import checkouts

# In the order of `dirs_with_parts`.
_PARTS = (CHANGELOG, DEVOPS)
_PATTERNS = (f":(glob)**/{CHANGELOG}", f":(glob)**/{DEVOPS}/**")


def find_lost_dirs(repo: Repo, base: str = "") -> dict[str, HelpersError]:
    """What is wrong with each dir that lost its changelog or its `devops/`, by names of dirs.

    Args:
        base: a branch of the outermost repo: what it had when HEAD left it, and the disk has not,
            is gone; by default what the newest commit has.

    Raises:
        HelpersError: there is no such branch.
        ProcessError: git fails.
    """
    base = merge_base(repo.root, base) if base else ""
    listed: list[str] = []
    for checkout in checkouts(repo.root):
        own = _indexed(repo.root / checkout, *_PATTERNS)
        with suppress(ProcessError):  # there is no commit yet
            own += _deleted(repo, checkout, base if base and checkout == ROOT else "HEAD")
        listed += own if checkout == ROOT else (f"{checkout}/{path}" for path in own)
    known = dict(zip(_PARTS, dirs_with_parts(listed), strict=True))
    errors: dict[str, HelpersError] = {}
    for name in sorted(set().union(*known.values())):
        missing = _missing(repo.runnable_dir(name))
        if missing and name in known[missing] and not repo.is_toolchain(name):
            errors[name] = _error(repo, repo.runnable_dir(name), missing)
    return errors


def find_staged_lost(repo: Repo) -> dict[str, HelpersError]:
    """What is wrong with each dir of the repo itself that the next commit takes a part from.

    Raises:
        ProcessError: git fails.
    """
    if not find_commit(repo.root):
        return {}
    kept = dirs_with_parts(_indexed(repo.root, *_PATTERNS))
    gone = dirs_with_parts(_deleted(repo, ROOT, "HEAD"))
    half: dict[str, str] = {}
    for part, lost, still, other in zip(_PARTS, gone, kept, reversed(kept), strict=True):
        half |= dict.fromkeys((lost - still) & other, part)
    return {name: _error(repo, repo.runnable_dir(name), half[name]) for name in sorted(half)}


def check_lost_dirs(errors: Iterable[HelpersError]) -> None:
    """Go on only where no dir lost a part: to pass over one would be no pass.

    Raises:
        HelpersError: some did; it names each.
    """
    every = list(errors)
    if len(every) == 1:
        raise every[0]
    if every:
        raise HelpersError(
            f"{len(every)} runnable dirs lack a part, and would be passed over",
            where="\n".join(error.where for error in every),
            fix="\n".join(error.fix for error in every),
        )


def lost_dir(repo: Repo, item: RunnableDir) -> HelpersError | None:
    """What is wrong with one dir, where it is runnable but for a part that is gone."""
    missing = _missing(item)
    if not missing or _source(item, missing) is None:
        return None
    return _error(repo, item, missing)


def how_to_restore(item: RunnableDir, part: str) -> str:
    """The command that brings a part of a dir back: as git has it, else the least of it."""
    source = _source(item, part) if item.root.is_dir() else None
    if source is None:
        with suppress(ProcessError):
            deleted = ("log", "-1", "--format=%h", "--diff-filter=D", "--", part)
            commit = git(item.root, *deleted).strip()
            source = f"{commit}^" if commit else None
    if source is not None:
        words = ["git", "-C", str(item.root), "checkout", *([source] if source else []), "--", part]
        return shlex.join(words)
    if part == DEVOPS:
        packages = shlex.quote(str(item.root / OS_PACKAGES))
        return f"mkdir {shlex.quote(str(item.devops))} && touch {packages}"
    name = plain_name(item.root.name) or plain_name(item.name) or "image"
    # The day of UTC, as every entry has it.
    entry = rf"# {name}-1.0.0\n- %s\n- First version\n"
    return f"printf '{entry}' \"$(date -u +%F)\" > {shlex.quote(str(item.changelog))}"


def _indexed(folder: Path, *patterns: str) -> list[str]:
    """What git's index has; without what a sparse checkout leaves out, which is not gone."""
    listed = git_names(folder, "ls-files", "-z", "-t", "--cached", "--", *patterns)
    return [path for tag, _, path in (line.partition(" ") for line in listed) if tag != "S"]


def _deleted(repo: Repo, checkout: str, compared: str) -> list[str]:
    """What a commit has and git's index has not: files on the disk need not be looked at."""
    asked = ("diff", "--cached", "--name-only", "--no-renames", "--diff-filter=D", "-z", compared)
    return git_names(repo.root / checkout, *asked, "--", *_PATTERNS)


def _missing(item: RunnableDir) -> str:
    """The part that a dir lacks on the disk, where it has the other; empty: it has both or none."""
    has_changelog = item.changelog.is_file() or item.changelog.is_symlink()
    if has_changelog == item.devops.is_dir():
        return ""
    return DEVOPS if has_changelog else CHANGELOG


def _error(repo: Repo, item: RunnableDir, missing: str) -> HelpersError:
    place = shown_name(item.name, repo.root_name(()))
    shown = f"{missing}/" if missing == DEVOPS else missing
    return HelpersError(
        f"{place} lost its {shown}: it is passed over as no runnable dir",
        where=str(item.root.relative_to(item.repo) / missing),
        fix=how_to_restore(item, missing),
    )


def _source(item: RunnableDir, part: str) -> str | None:
    """Where git has a part: the index, which has no name, or the newest commit."""
    with suppress(ProcessError):
        if _indexed(item.root, part):
            return ""
        if git_names(item.root, "ls-tree", "-z", "--name-only", "HEAD", part):
            return "HEAD"
    return None
