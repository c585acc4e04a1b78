"""A repo's own files, read into the words of the model."""

import warnings
from pathlib import Path

from helpers.model.changelog import Changelog, parse_changelog
from helpers.model.config import CONFIG_FILE_NAME, DirConfig, parse_dir_config, parse_repo_config
from helpers.model.errors import HelpersError
from helpers.model.former_settings import Deprecated, DeprecatedSetting
from helpers.model.repo import Repo
from helpers.model.runnable_dir import ROOT, RunnableDir, relative_name
from helpers.system.locate import find_roots
from helpers.system.nesting import read_nesting


def load_repo(start: Path, otherwise: Path | None = None) -> Repo:
    """The repo around `start`.

    Args:
        otherwise: where to look when `start` is in no repo of the toolchain: a command of a repo
            means that repo from wherever it is typed.

    Raises:
        HelpersError: there is none, or its settings are malformed.
    """
    try:
        roots = find_roots(start)
    except HelpersError:
        if otherwise is None:
            raise
        roots = find_roots(otherwise)
    path = roots.repo / CONFIG_FILE_NAME
    config = parse_repo_config(_read(path), path.name)
    nesting = read_nesting(roots.repo, roots.toolchain)
    return Repo(
        roots.repo,
        roots.toolchain,
        config,
        nested=nesting.repos,
        toolchains=nesting.toolchains,
    )


def find_dir(repo: Repo, start: Path, wanted: str = "") -> RunnableDir:
    """The runnable dir that a command means.

    Args:
        start: the directory where the user stands.
        wanted: a path as the user gave it, relative to `start` or to the repo's root, or the repo's
            name for its root; empty means the nearest runnable dir at or above `start`.

    Raises:
        HelpersError: there is no such dir, or it is not runnable.
    """
    if wanted:
        return _wanted_dir(repo, start, wanted)
    for folder in (start, *start.parents):
        if not folder.is_relative_to(repo.root):
            break
        candidate = repo.runnable_dir(relative_name(repo.root, folder))
        if not _missing(candidate):
            return candidate
    raise HelpersError(
        "no runnable dir here: neither this directory nor one above it has devops/ and"
        " changelog.txt",
        where=str(start),
        mend="name one with --dir",
    )


def read_changelog(runnable_dir: RunnableDir) -> Changelog:
    """The dir's container versions.

    Raises:
        HelpersError: the file is missing or malformed.
    """
    path = runnable_dir.changelog
    return parse_changelog(_read(path), str(path.relative_to(runnable_dir.repo)))


def read_dir_config(runnable_dir: RunnableDir) -> DirConfig:
    """The dir's own settings; the defaults where it has none.

    Forms of earlier versions are read as what they became, and told as warnings.

    Raises:
        HelpersError: they are malformed.
    """
    path = runnable_dir.config
    if not path.is_file():
        return DirConfig()
    return parse_dir_config(_read(path), str(path.relative_to(runnable_dir.repo)), _warn)


def _warn(deprecated: Deprecated) -> None:
    warnings.warn(DeprecatedSetting(deprecated), stacklevel=2)


def _wanted_dir(repo: Repo, start: Path, wanted: str) -> RunnableDir:
    candidates = [start / wanted, repo.root / wanted]
    folder = next((path.resolve() for path in candidates if path.is_dir()), None)
    root = repo.runnable_dir(ROOT)
    if wanted == repo.root_name(()) and not _missing(root) and not _is_runnable(repo, folder):
        return root
    if folder is None:
        raise HelpersError(
            f"there is no directory {wanted!r}",
            where=f"looked in {start} and {repo.root}",
            mend=f"i dirs lists those there are; i runnable_dir_create --dir '{wanted}' makes it",
        )
    if not folder.is_relative_to(repo.root):
        raise HelpersError(
            f"{wanted!r} is outside the repo", where=str(repo.root), mend="name a dir of this repo"
        )
    found = repo.runnable_dir(relative_name(repo.root, folder))
    missing = _missing(found)
    if missing:
        raise HelpersError(
            f"{found.name!r} is not a runnable dir: it has no {' and no '.join(missing)}",
            where=str(folder),
            mend=_how_to_make_runnable(found, missing),
        )
    return found


def _is_runnable(repo: Repo, folder: Path | None) -> bool:
    if folder is None or not folder.is_relative_to(repo.root):
        return False
    return not _missing(repo.runnable_dir(relative_name(repo.root, folder)))


def _missing(candidate: RunnableDir) -> list[str]:
    missing = []
    if not candidate.devops.is_dir():
        missing.append(f"{candidate.devops.name}/")
    if not candidate.changelog.is_file():
        missing.append(candidate.changelog.name)
    return missing


def _how_to_make_runnable(candidate: RunnableDir, missing: list[str]) -> str:
    if not any(candidate.root.iterdir()):
        return f"i runnable_dir_create --dir '{candidate.name}'"
    commands = []
    if f"{candidate.devops.name}/" in missing:
        packages = candidate.devops / "os_packages.txt"
        commands.append(f"mkdir '{candidate.devops}' && touch '{packages}'")
    if candidate.changelog.name in missing:
        entry = r"# my_image-1.0.0\n- 2026-01-01\n- First version\n"
        commands.append(f"printf '{entry}' > '{candidate.changelog}'")
    return " && ".join(commands)


def _read(path: Path) -> str:
    try:
        # Line ends are kept: what is written back stays byte for byte.
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError as error:
        raise HelpersError(f"there is no {path.name}", where=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise HelpersError(f"cannot read {path.name}: {error}", where=str(path)) from error
