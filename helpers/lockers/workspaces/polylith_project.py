"""A project of a Polylith workspace as a project of its own, as Poetry reads it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from helpers.lockers.locked import Toml
from helpers.lockers.toml_values import joined_groups, table, texts

_PROJECT_KEYS = ("requires-python", "dependencies", "optional-dependencies")
_PATH_KEYS = ("path", "develop")
_LEGACY_KEYS = ("dependencies", "source", "extras", "dev-dependencies")


def deciding(project: Toml, around: Toml) -> dict[str, Any]:
    """What of a project's `pyproject.toml` and of the workspace's decides about its environment.

    What is depended on by path is asked for by name.
    """
    given, own = table(project, "project"), table(project, "tool", "poetry")
    groups = joined_groups(table(project, "dependency-groups"), table(around, "dependency-groups"))
    shared = table(around, "tool", "poetry")
    made: dict[str, Any] = {"package-mode": False}
    for key in ("dependencies", "dev-dependencies"):
        if key in own:
            made[key] = _by_name(own[key])
    if own.get("extras"):
        made["extras"] = own["extras"]
    if sources := own.get("source") or shared.get("source"):
        made["source"] = sources
    tables = _joined_tables(table(own, "group"), _groups_of(shared))
    if tables:
        made["group"] = tables
    found = {key: given[key] for key in _PROJECT_KEYS if key in given}
    # Those that are dynamic stand in the tables of Poetry.
    dynamic = [one for one in texts(given.get("dynamic")) if one in _PROJECT_KEYS]
    if dynamic:
        found["dynamic"] = dynamic
    content = {"project": {"name": "project", "version": "0", **found}} if found else {}
    return {
        **content,
        **({"dependency-groups": groups} if groups else {}),
        "tool": {"poetry": made},
    }


def content_hash(project: Toml) -> str:
    """The hash by which Poetry tells that a lock file is that of a `pyproject.toml`."""
    given, own = table(project, "project"), table(project, "tool", "poetry")
    groups = table(project, "dependency-groups")
    relevant = {key: given[key] for key in _PROJECT_KEYS if key in given}
    legacy = not (relevant or groups)
    poetrys = {
        key: own.get(key)
        for key in (*_LEGACY_KEYS, "group")
        if own.get(key) is not None or (legacy and key in _LEGACY_KEYS)
    }
    content: dict[str, Any] = {}
    if relevant:
        content["project"] = relevant
    if groups:
        content["dependency-groups"] = groups
    content = {**content, "tool": {"poetry": poetrys}} if content else poetrys
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _by_name(found: Mapping[str, Any]) -> dict[str, Any]:
    """Dependencies, those by path by their names: no build sees the path."""
    return {
        name: {key: value for key, value in wanted.items() if key not in _PATH_KEYS}
        | {"version": "*"}
        if isinstance(wanted, dict) and "path" in wanted
        else wanted
        for name, wanted in found.items()
    }


def _groups_of(content: Toml) -> dict[str, Any]:
    """The groups of Poetry's own tables, with the one of earlier versions."""
    former = content.get("dev-dependencies")
    old = {"dev": {"dependencies": former}} if former else {}
    return _joined_tables(table(content, "group"), old)


def _joined_tables(*many: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for groups in many:
        for name, group in groups.items():
            wanted = _by_name(table(group, "dependencies"))
            there = found.setdefault(
                name, {"optional": bool(group.get("optional")), "dependencies": {}}
            )
            there["dependencies"] = {**wanted, **there["dependencies"]}
            included = [*there.get("include-groups", ()), *texts(group.get("include-groups"))]
            if included:
                there["include-groups"] = list(dict.fromkeys(included))
    return found
