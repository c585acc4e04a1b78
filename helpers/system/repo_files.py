"""A repo's own files, read into the words of the model."""

import warnings
from pathlib import Path

from helpers.model.changelog import Changelog, parse_changelog
from helpers.model.config import CONFIG_FILE_NAME, DirConfig, parse_dir_config, parse_repo_config
from helpers.model.errors import HelpersError
from helpers.model.former_settings import Deprecated, DeprecatedSetting
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
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


def _read(path: Path) -> str:
    try:
        # Line ends are kept: what is written back stays byte for byte.
        with path.open(encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError as error:
        raise HelpersError(f"there is no {path.name}", where=str(path)) from error
    except (OSError, UnicodeDecodeError) as error:
        raise HelpersError(f"cannot read {path.name}: {error}", where=str(path)) from error
