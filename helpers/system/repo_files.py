"""A repo's own files, read into the words of the model."""

import functools
import warnings
from collections.abc import Callable
from pathlib import Path

from helpers.model.changelog.parse import Changelog, parse_changelog
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_config_name, path_below
from helpers.model.settings.config import DirConfig, RepoConfig, parse_dir_config, parse_repo_config
from helpers.model.settings.deprecated import Deprecated, DeprecatedSetting
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.system.files import read_text
from helpers.system.locate import find_roots
from helpers.system.nested_repos import Nesting, read_nesting


def insist(error: HelpersError) -> None:
    """Take no defaults for what cannot be read.

    Raises:
        HelpersError: always.
    """
    raise error


def load_repo(
    start: Path,
    otherwise: Path | None = None,
    on_trouble: Callable[[HelpersError], None] = insist,
) -> Repo:
    """The repo around `start`.

    Args:
        otherwise: where to look when `start` is in no repo of the toolchain.
        on_trouble: is told what cannot be read; the defaults stand for it then.

    Raises:
        HelpersError: there is none, or its settings are malformed and no one is to be told.
    """
    roots = find_roots(start, otherwise)
    path = roots.repo / CONFIG_FILE_NAME
    try:
        config = parse_repo_config(_read(path), path.name)
    except HelpersError as error:
        on_trouble(error)
        config = RepoConfig(roots.repo.name)
    try:
        nesting = read_nesting(roots.repo, roots.toolchain)
    except HelpersError as error:
        on_trouble(error)
        nesting = Nesting()
    return Repo(
        roots.repo,
        roots.toolchain,
        config,
        nested=nesting.repos,
        toolchains=nesting.toolchains,
    )


def read_changelog(runnable_dir: RunnableDir) -> Changelog:
    """The dir's container versions; the file is read once, until it is another one.

    Raises:
        HelpersError: the file is missing or malformed.
    """
    path = runnable_dir.changelog
    try:
        found = path.stat()
    except OSError:
        _read(path)  # says what is wrong
        raise
    stamp = (found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
    return _parsed_changelog(path, str(path.relative_to(runnable_dir.repo)), stamp)


def read_changelog_text(runnable_dir: RunnableDir) -> str:
    """The changelog with its original line ends, which a bump keeps."""
    with runnable_dir.changelog.open(encoding="utf-8", newline="") as file:
        return file.read()


@functools.cache
def _parsed_changelog(path: Path, where: str, stamp: tuple[int, ...]) -> Changelog:
    del stamp  # tells a file from the one that stood there before
    return parse_changelog(_read(path), where)


def read_dir_config(runnable_dir: RunnableDir) -> DirConfig:
    """The dir's own settings; default values if it has none. The same text is parsed once.

    Forms of earlier versions are read as what they became, and told as warnings.

    Raises:
        HelpersError: they are malformed.
    """
    path = runnable_dir.config
    text = read_text(path)
    if text is None:
        return DirConfig()
    if found := blameless_config(text):
        return found
    config, deprecated = _parsed_config(text, path_below(runnable_dir.name, dir_config_name()))
    for one in deprecated:
        warnings.warn(DeprecatedSetting(one), stacklevel=1)
    return config


@functools.cache
def blameless_config(text: str) -> DirConfig | None:
    """Settings of which there is nothing to be told, so that it does not matter whose they are.

    Many dirs of a repo have the same.
    """
    deprecated: list[Deprecated] = []
    try:
        found = parse_dir_config(text, "", deprecated.append)
    except HelpersError:
        return None
    return None if deprecated else found


@functools.cache
def _parsed_config(text: str, where: str) -> tuple[DirConfig, tuple[Deprecated, ...]]:
    deprecated: list[Deprecated] = []
    return parse_dir_config(text, where, deprecated.append), tuple(deprecated)


def _read(path: Path) -> str:
    text = read_text(path)
    if text is None:
        raise HelpersError(f"there is no {path.name}", where=str(path))
    return text
