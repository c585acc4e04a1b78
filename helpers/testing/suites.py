"""Which tests `--suite` means in a dir: those of a marker, of a folder that it names, or all."""

from collections.abc import Iterable
from dataclasses import replace

from helpers.model.errors import HelpersError
from helpers.model.results.results import Suite
from helpers.model.runnable_dir import RunnableDir, dir_config_name, path_below
from helpers.model.settings.config import DirConfig
from helpers.model.spelling import nearest_value
from helpers.system.repo_files import read_dir_config


def folder_of(config: DirConfig, suite: str) -> str:
    """The folder whose tests are a suite, relative to the dir; empty: markers say, or nothing."""
    return config.suites.get(suite, "")


def is_offline(config: DirConfig, suite: str) -> bool:
    """Whether all tests of a suite are ones that reach no network."""
    return suite in config.offline


def offline_folders(config: DirConfig) -> dict[str, str]:
    """By suite, the folders whose tests reach no network."""
    return {name: config.suites[name] for name in config.offline}


def settings_for(config: DirConfig, suite: str) -> DirConfig:
    """The settings that hold for a suite: one that is offline has no way out through an engine."""
    return replace(config, sibling=None, dind=False) if is_offline(config, suite) else config


def needs_services(item: RunnableDir, config: DirConfig, suite: str) -> bool:
    """Whether the dir's services are there while a suite runs."""
    return item.compose.is_file() and not is_offline(config, suite)


def check_suites(item: RunnableDir, config: DirConfig, suite: str) -> None:
    """Make sure that the dir has the suite that is asked for, and the folders of all.

    Raises:
        HelpersError: it has not.
    """
    where = path_below(item.name, dir_config_name())
    for folder in config.suites.values():
        if not (item.root / folder).is_dir():
            raise HelpersError(
                f"key 'suites': there is no {folder!r}",
                where=where,
                fix="name a folder that is there, relative to the dir",
            )
    if suite not in (*Suite, *config.suites):
        raise HelpersError(
            f"the dir has no suite {suite!r}",
            where=where,
            fix=f"add it: suites: {{{suite}: tests/{suite}}};"
            f" or {no_suite(suite, config.suites).fix}",
        )


def dirs_with_suite(dirs: Iterable[RunnableDir], suite: str) -> list[RunnableDir]:
    """The dirs that have a suite; one whose settings are malformed says so when it runs.

    Raises:
        HelpersError: none of them has it.
    """
    dirs = list(dirs)
    if suite in list(Suite) or not dirs:
        return dirs
    found: list[RunnableDir] = []
    known: dict[str, None] = {}
    for item in dirs:
        try:
            suites = read_dir_config(item).suites
        except HelpersError:
            found.append(item)
            continue
        known |= dict.fromkeys(suites)
        if suite in suites:
            found.append(item)
    if found:
        return found
    raise no_suite(suite, known)


def no_suite(suite: str, named: Iterable[str]) -> HelpersError:
    """What is wrong where `--suite` names none: which suites there are, and the nearest of them.

    Args:
        named: those that settings name.
    """
    known = list(dict.fromkeys([*map(str, Suite), *named]))
    return HelpersError(
        f"--suite takes one of {', '.join(known)}; not {suite!r}",
        fix=nearest_value("--suite", suite, known),
    )
