"""Which tool locks the dependencies of a dir."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpers.lockers import conda, pip
from helpers.lockers.conda_files import find_sources
from helpers.lockers.locked import PROJECT as PROJECT
from helpers.lockers.locked import Locked, Locker, Toml, read_toml
from helpers.lockers.project_lockers import (
    LOCK_FILES,
    LOCKERS,
    PROJECT_LOCKERS,
    PYPROJECT_LOCKERS,
)
from helpers.lockers.workspaces.member import WORKSPACE_LOCK as WORKSPACE_LOCK
from helpers.lockers.workspaces.member import find_member, read_member
from helpers.lockers.workspaces.polylith import find_shared_lock, read_shared_lock
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted

PROD = "prod"
# What of `pyproject.toml` decides about the environment; settings of other tools do not.
_PROJECT_KEYS = ("name", "requires-python", "dependencies", "optional-dependencies", "dynamic")


def read_locked(root: Path) -> Locked:
    """The locked dependencies of the dir at `root`.

    Raises:
        HelpersError: a file is malformed, dependencies are not locked, or two tools lock them.
    """
    project_file = root / PROJECT
    project: Toml = read_toml(project_file) if project_file.is_file() else {}
    if locker := find_locker(root):
        if locker.NAME == conda.NAME:
            return locker.read(root)
        if not project_file.is_file():
            raise no_project(root, locker.LOCK_FILE)
        locked = locker.read(root)
        content = json.dumps(_deciding(project), sort_keys=True, default=str) + locked.content
        options = f"{locker.GROUP}={PROD}" if _has_prod_group(project) else ""
        return replace(
            locked,
            content=content,
            prod_options=options,
            conflicting=bool(project.get("tool", {}).get("uv", {}).get("conflicts")),
        )
    if (root / pip.LOCK_FILE).is_file():
        return pip.read(root)
    if member := find_member(root):
        return read_member(member)
    if shared := find_shared_lock(root):
        return read_shared_lock(shared)
    if (root / pip.SOURCE_FILE).is_file():
        raise HelpersError(
            f"{pip.SOURCE_FILE} is not compiled yet: there is no {pip.LOCK_FILE}",
            where=str(root / pip.SOURCE_FILE),
            fix=f"i dependency_lock --dir {quoted(root)}",
        )
    if asks_conda(root, project):
        raise _not_locked(root, find_sources(root)[0])
    _check_asks_for_nothing(root, project)
    return Locked("none", "")


def find_locker(root: Path) -> Locker | None:
    """The tool whose lock file the dir at `root` has; it need not be valid.

    Raises:
        HelpersError: it has those of two tools.
    """
    there = [
        (one, name)
        for one in PROJECT_LOCKERS
        for names in ((one.LOCK_FILE,), *one.OTHER_LOCKS)
        if (name := next((name for name in names if (root / name).is_file()), ""))
    ]
    if len(there) > 1:
        raise HelpersError(
            f"the dir has {' and '.join(name for _, name in there)}: it is not clear which one"
            " counts",
            where=str(root),
            fix="git rm the one that you do not use",
        )
    return there[0][0] if there else None


def asks_conda(root: Path, project: Toml) -> bool:
    """Whether conda would lock the dir at `root`, which no tool has locked yet.

    A `pyproject.toml` that names Poetry or uv says that they do.
    """
    tools = project.get("tool", {})
    taken = any(one.NAME in tools for one in PYPROJECT_LOCKERS) or any(
        (root / name).is_file() for name in (*LOCK_FILES, pip.LOCK_FILE, pip.SOURCE_FILE)
    )
    return not taken and bool(find_sources(root)) and find_member(root) is None


def brings_python(root: Path) -> bool:
    """Whether the Python of the dir at `root` is one of its packages, and not the base image's.

    Raises:
        HelpersError: two tools lock it, or its `pyproject.toml` is malformed.
    """
    if locker := find_locker(root):
        return locker.NAME == conda.NAME
    return asks_conda(root, read_toml(root / PROJECT) if (root / PROJECT).is_file() else {})


def no_project(root: Path, lock_file: str) -> HelpersError:
    """What to say of a lock file that stands alone."""
    return HelpersError(
        f"{lock_file} has no {PROJECT} beside it",
        where=str(root),
        fix=f"git checkout HEAD -- {PROJECT}",
    )


def dev_options(locked: Locked, extras: Sequence[str] | None, groups: Sequence[str] | None) -> str:
    """The options of a locker's export for a development image.

    Args:
        extras, groups: those that it has besides the main dependencies; None: all. Where some
            exclude each other, all means none of the extras and the groups that are on by default.
    """
    locker = LOCKERS.get(locked.locker)
    if locker is None or not locker.GROUP:
        return ""
    words = [*locked.export_words]
    if extras is not None:
        words += [f"{locker.EXTRA}={name}" for name in extras]
    elif not locked.conflicting:
        words.append("--all-extras")
    if groups is not None:
        words += [*locker.NO_OTHER_GROUPS, *(f"{locker.GROUP}={name}" for name in groups)]
    elif locked.conflicting:
        words += [f"{locker.GROUP}={name}" for name in locked.default_groups]
    else:
        words.append("--all-groups")
    return " ".join(words)


def prod_options(locked: Locked, extras: Sequence[str], groups: Sequence[str]) -> str:
    """The same for a production image: the main dependencies and the named extras and groups."""
    locker = LOCKERS.get(locked.locker)
    if locker is None or not locker.GROUP:
        return ""
    words = [f"{locker.EXTRA}={name}" for name in extras]
    words += [f"{locker.GROUP}={name}" for name in groups]
    return " ".join(filter(None, [*locked.export_words, locked.prod_options, *words]))


def _has_prod_group(project: Toml) -> bool:
    """Whether a group is named for what production needs besides the main dependencies."""
    groups = project.get("dependency-groups", {})
    return PROD in groups or PROD in project.get("tool", {}).get("poetry", {}).get("group", {})


def _deciding(project: Toml) -> dict[str, Any]:
    tool = project.get("tool", {})
    return {
        "project": {key: project.get("project", {}).get(key) for key in _PROJECT_KEYS},
        "groups": project.get("dependency-groups"),
        # These two keys are always there: without them the hash of every image would change.
        **{"poetry": None, "uv": None},
        **{one.NAME: tool[one.NAME] for one in PYPROJECT_LOCKERS if one.NAME in tool},
    }


def _check_asks_for_nothing(root: Path, project: Toml) -> None:
    tool_poetry = project.get("tool", {}).get("poetry", {})
    asks = (
        project.get("project", {}).get("dependencies")
        or project.get("dependency-groups")
        or tool_poetry.get("group")
        or set(tool_poetry.get("dependencies", ())) - {"python"}
    )
    if asks:
        raise _not_locked(root, PROJECT)


def _not_locked(root: Path, source: str) -> HelpersError:
    return HelpersError(
        f"{source} asks for packages, but no lock file says which",
        where=str(root / source),
        fix=f"i dependency_lock --dir {quoted(root)}",
    )
