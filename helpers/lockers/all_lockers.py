"""Which tool locks the dependencies of a dir."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from helpers.lockers import pip
from helpers.lockers.locked import PROJECT as PROJECT
from helpers.lockers.locked import Locked, Locker, Toml, read_toml
from helpers.lockers.project_lockers import LOCKERS, PROJECT_LOCKERS
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
            fix=f"i poetry_lock --dir {quoted(root)}",
        )
    _check_asks_for_nothing(root, project)
    return Locked("none", "")


def find_locker(root: Path) -> Locker | None:
    """The tool whose lock file the dir at `root` has; it need not be valid.

    Raises:
        HelpersError: it has those of two tools.
    """
    there = [one for one in PROJECT_LOCKERS if (root / one.LOCK_FILE).is_file()]
    if len(there) > 1:
        names = " and ".join(one.LOCK_FILE for one in there)
        raise HelpersError(
            f"the dir has {names}: it is not clear which one counts",
            where=str(root),
            fix="git rm the one that you do not use",
        )
    return there[0] if there else None


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
    if locker is None:
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
    if locker is None:
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
        **{name: tool[name] for name in LOCKERS if name in tool},
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
        raise HelpersError(
            f"{PROJECT} asks for packages, but no lock file says which",
            where=str(root / PROJECT),
            fix=f"i poetry_lock --dir {quoted(root)}",
        )
