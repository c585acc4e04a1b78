"""Poetry: `pyproject.toml` and `poetry.lock`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from helpers.lockers.locked import Action, Locked, Wishes, read_text, read_toml
from helpers.model.errors import HelpersError
from helpers.model.packages.locked import LOCK_FILES, OutdatedPackage
from helpers.model.shell_words import quoted

NAME = "poetry"
LOCK_FILE = LOCK_FILES[NAME]
OTHER_LOCKS: tuple[tuple[str, ...], ...] = ()
IS_TOML = True
PROGRAM: tuple[str, ...] = ("/opt/installer/bin/poetry",)
BUILDER = "builder"
EXTRA, GROUP = "--extras", "--with"
NO_OTHER_GROUPS: tuple[str, ...] = ()
_ALWAYS = ("--no-interaction", "--no-ansi")
COMMANDS: Mapping[Action, tuple[str, ...]] = {
    Action.LOCK: ("lock", *_ALWAYS),
    Action.UPDATE: ("update", *_ALWAYS, "--lock"),
    Action.ADD: ("add", *_ALWAYS, "--lock"),
    Action.REMOVE: ("remove", *_ALWAYS, "--lock"),
    Action.CHECK: ("check", *_ALWAYS, "--lock"),
    Action.OUTDATED: ("show", *_ALWAYS, "--outdated", "--all", "--format=json"),
}
EXPORT: tuple[str, ...] = ("export", *_ALWAYS, "--format=requirements.txt")
ADD_DEV = "poetry add --group dev"
STALE = "since poetry.lock was last generated"
BEFORE_PLACES: tuple[str, ...] = ()
LOCAL = ("directory", "file")


def read(root: Path) -> Locked:
    """Read `poetry.lock`.

    Raises:
        HelpersError: it is malformed.
    """
    path = root / LOCK_FILE
    lock = read_toml(path)
    if "content-hash" not in lock.get("metadata", {}):
        raise HelpersError(
            f"{LOCK_FILE} has no [metadata] with a content-hash: it is no lock file of Poetry",
            where=f"{path}:1",
            fix=f"i dependency_lock --dir {quoted(root)}",
        )
    local = tuple(
        package["name"]
        for package in lock.get("package", ())
        if package.get("source", {}).get("type") in LOCAL
    )
    return Locked(NAME, read_text(path), local, fix=f"i dependency_lock --dir {quoted(root)}")


def check_lock(root: Path) -> None:
    """Raise an error where `poetry.lock` cannot be read."""
    read(root)


def asks(_root: Path, _wishes: Wishes, _edited: Mapping[str, str]) -> tuple[str, ...]:
    """Nothing: it reads `pyproject.toml` itself."""
    return ()


def explain(_lines: Iterable[str]) -> HelpersError | None:
    """Nothing: its last lines tell."""
    return None


def update_words(packages: Sequence[str]) -> list[str]:
    """The packages that are updated; none: all."""
    return [*packages]


def read_outdated(output: str) -> tuple[OutdatedPackage, ...]:
    """Read the JSON of `poetry show --outdated`, below what it says before.

    Raises:
        HelpersError: Poetry answered something else.
    """
    _, bracket, rest = output.partition("[")
    try:
        return tuple(
            OutdatedPackage(str(one["name"]), str(one["version"]), str(one["latest_version"]))
            for one in (json.loads(bracket + rest) if bracket else ())
        )
    except (ValueError, KeyError, TypeError) as error:
        raise HelpersError(
            "what Poetry says of newer versions cannot be read", where=output[-500:]
        ) from error


def variables(caches: Path) -> dict[str, str]:
    """No virtual environment: Poetry uses the dir's own Python and installs nothing."""
    return {"POETRY_CACHE_DIR": str(caches / NAME), "POETRY_VIRTUALENVS_CREATE": "false"}
