"""The runnable dir that a command means."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.runnable_dir import (
    ROOT,
    RunnableDir,
    dir_option,
    is_pattern,
    relative_name,
    shown_name,
)
from helpers.model.shell_words import quoted
from helpers.system.process import ProcessError
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.lost_dirs import how_to_restore, lost_dir

# Dirs that an error names.
_NAMED = 8


def find_dir(
    repo: Repo, start: Path, wanted: str = "", typed: Callable[[str], str] = dir_option
) -> RunnableDir:
    """The runnable dir that a command means.

    Args:
        start: the directory where the user stands.
        wanted: a path as the user gave it, relative to `start` or to the repo's root, or the repo's
            name for its root; empty means the nearest runnable dir at or above `start`.
        typed: how a dir is named instead, of its name.

    Raises:
        HelpersError: there is no such dir, or it is not runnable.
    """
    if wanted:
        return _wanted_dir(repo, start, wanted, typed)
    for folder in (start, *start.parents):
        if not folder.is_relative_to(repo.root):
            break
        candidate = repo.runnable_dir(relative_name(repo.root, folder))
        if not _missing(candidate):
            return candidate
        lost = lost_dir(repo, candidate)
        if lost:
            raise lost
    below = _dirs_below(repo, start) if start.is_relative_to(repo.root) else []
    raise HelpersError(
        "no runnable dir here: neither this directory nor one above it has devops/ and"
        " changelog.txt",
        where=_with_dirs(start, below),
        fix=typed(below[0]) if below else "name one with --dir",
    )


def find_dirs(repo: Repo, start: Path, wanted: str = "") -> list[RunnableDir]:
    """The runnable dirs that a command means: one, or those that a pattern such as `apps/*` fits.

    Args:
        start: the directory where the user stands.
        wanted: as for `find_dir`, or a pattern of such paths, in which `**` stands for any folders.

    Raises:
        HelpersError: there is no such dir.
    """
    if not is_pattern(wanted) or (start / wanted).exists() or (repo.root / wanted).exists():
        return [find_dir(repo, start, wanted)]
    every = discover_dirs(repo)
    for folder in dict.fromkeys((start, repo.root)):
        pattern = Path(os.path.normpath(folder / wanted)).parts
        if found := [item for item in every if _fits(item.root.parts, pattern)]:
            return found
    raise HelpersError(
        f"no runnable dir fits {wanted!r}",
        where=looked_in(start, repo.root),
        fix="i dirs  lists the runnable dirs",
    )


def _fits(path: Sequence[str], pattern: Sequence[str]) -> bool:
    if not pattern:
        return not path
    first, rest = pattern[0], pattern[1:]
    if first == "**":
        return any(_fits(path[begin:], rest) for begin in range(len(path) + 1))
    return bool(path) and fnmatchcase(path[0], first) and _fits(path[1:], rest)


def looked_in(*folders: Path) -> str:
    """Where a name was looked for, each folder once."""
    return f"looked in {' and '.join(dict.fromkeys(str(folder) for folder in folders))}"


def _wanted_dir(repo: Repo, start: Path, wanted: str, typed: Callable[[str], str]) -> RunnableDir:
    candidates = [start / wanted, repo.root / wanted]
    folder = next((path.resolve() for path in candidates if path.is_dir()), None)
    if folder is None and is_pattern(wanted):
        first, *more = find_dirs(repo, start, wanted)
        if more:
            raise HelpersError(
                f"{wanted!r} fits {len(more) + 1} dirs, and this command is about one",
                where=_with_dirs(repo.root, [item.name for item in (first, *more)]),
                fix=typed(first.name),
            )
        return first
    root = repo.runnable_dir(ROOT)
    if wanted == repo.root_name(()) and not _missing(root) and not _is_runnable(repo, folder):
        return root
    if folder is None:
        raise HelpersError(
            f"there is no directory {wanted!r}",
            where=looked_in(start, repo.root),
            fix=named_alike(_dirs_below(repo, repo.root), wanted)
            or "i dirs lists those there are;"
            f" i runnable_dir_create --dir {quoted(wanted)} makes it",
        )
    if not folder.is_relative_to(repo.root):
        raise HelpersError(
            f"{wanted!r} is outside the repo", where=str(repo.root), fix="name a dir of this repo"
        )
    found = repo.runnable_dir(relative_name(repo.root, folder))
    missing = _missing(found)
    if missing:
        below = _dirs_below(repo, folder)
        is_folder = below and len(missing) > 1
        name = shown_name(found.name, repo.root_name(()))
        raise HelpersError(
            f"{name!r} is not a runnable dir: it has no {' and no '.join(missing)}",
            where=_with_dirs(folder, below),
            fix=typed(below[0]) if is_folder else _how_to_make_runnable(found, missing),
        )
    return found


def named_alike(names: Sequence[str], wanted: str) -> str:
    """The option that was meant, where one dir has nearly that name."""
    # Imported here: most names are right.
    import difflib

    close = difflib.get_close_matches(wanted.rstrip("/"), names, 1, 0.8)
    return f"perhaps you meant {dir_option(close[0])}" if close else ""


def _is_runnable(repo: Repo, folder: Path | None) -> bool:
    if folder is None or not folder.is_relative_to(repo.root):
        return False
    return not _missing(repo.runnable_dir(relative_name(repo.root, folder)))


def _dirs_below(repo: Repo, folder: Path) -> list[str]:
    # What git refuses is told by what needs it; here it is a hint.
    with suppress(ProcessError):
        return [item.name for item in discover_dirs(repo) if folder in item.root.parents]
    return []


def _with_dirs(folder: Path, below: Sequence[str]) -> str:
    """A folder, and the runnable dirs below it, as an error says where it is."""
    if not below:
        return str(folder)
    more = len(below) - _NAMED
    named = [*below[:_NAMED], *([f"and {more} more: i dirs lists them"] if more > 0 else [])]
    return "\n".join((str(folder), "runnable dirs below it:", *(f"  {name}" for name in named)))


def _missing(candidate: RunnableDir) -> list[str]:
    missing = []
    if not candidate.devops.is_dir():
        missing.append(f"{candidate.devops.name}/")
    if not candidate.changelog.is_file():
        missing.append(candidate.changelog.name)
    return missing


def _how_to_make_runnable(candidate: RunnableDir, missing: list[str]) -> str:
    if not any(candidate.root.iterdir()):
        return f"i runnable_dir_create --dir {quoted(candidate.name)}"
    return " && ".join(how_to_restore(candidate, part.rstrip("/")) for part in missing)
