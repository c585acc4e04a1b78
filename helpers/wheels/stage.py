"""A tree of the inputs alone, at the same relative places, in which backends may write.

What leads out of a project is made local in the copy, and the version is set there; the work tree
is never written.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.errors import HelpersError
from helpers.model.inputs import ROOT
from helpers.model.runnable_dir import path_in_repo
from helpers.vcs.git import git
from helpers.vcs.snapshot import copy_file
from helpers.wheels.data_files import own_files
from helpers.wheels.declare import declare_data
from helpers.wheels.package import Package
from helpers.wheels.plan import WheelPlan

# In a project's copy: the folders outside of it from which it takes modules.
_LOCAL = "_bricks"
# The first time that a zip archive can hold.
_EARLIEST = 315532800


def stage(inputs: RepoInputs, plans: Sequence[WheelPlan], folder: Path) -> None:
    """Copy what the plans need to below `folder`; all with the same options.

    Raises:
        HelpersError: a file changed since the snapshot was made.
        OSError: the disk is full.
    """
    root = inputs.repo.root
    files: dict[str, str] = {}
    packages: dict[str, Package] = {}
    for plan in plans:
        files |= plan.files
        packages |= {one.place: one for one in reversed(plan.packages) if one is not plan.own}
    packages |= {plan.place: plan.own for plan in plans}
    with_data = any(plan.options.with_data for plan in plans)
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not copy_file(root, path, content, target):
            raise HelpersError(
                f"{path} changed while it was copied", where=path, fix="the same command again"
            )
    if not any(one.from_git for one in packages.values()):
        # Backends that look for ignored files upwards end their search here.
        (folder / ".git").mkdir(exist_ok=True)
    for package in packages.values():
        _adapt(package, folder, own_files(package, files, packages) if with_data else ())


def commit_time(inputs: RepoInputs, plan: WheelPlan) -> int:
    """The time of the last commit that changed what a wheel is made from, in seconds.

    Raises:
        ProcessError: git fails.
    """
    repo = inputs.repo
    by_checkout: dict[Path, list[str]] = {}
    for place in (one.place for one in plan.packages):
        around = [item.place for item in repo.nested if f"{place}/".startswith(f"{item.place}/")]
        checkout = repo.root / max(around, key=len, default=ROOT)
        by_checkout.setdefault(checkout, []).append(os.path.relpath(repo.root / place, checkout))
    found = [_EARLIEST]
    for checkout, places in by_checkout.items():
        if git(checkout, "rev-list", "--max-count=1", "--all").strip():
            said = git(checkout, "log", "--max-count=1", "--format=%ct", "--", *places).strip()
            found.append(int(said or 0))
    return max(found)


def _adapt(package: Package, folder: Path, data_of: Sequence[str]) -> None:
    """Set the version in a project's copy, and make local what it takes from beside it.

    Args:
        data_of: its own files, of which those that are data are declared.
    """
    path = folder / package.file
    # Imported here: it takes a while, and most commands build nothing.
    import tomlkit

    document: Any = tomlkit.parse(path.read_text(encoding="utf-8"))
    before = tomlkit.dumps(document)
    if package.version:
        _set_version(document, package.version)
    _make_local(document, package, folder)
    if data_of:
        declare_data(document, package, data_of, folder)
    after = tomlkit.dumps(document)
    if after != before:
        path.write_text(after, encoding="utf-8")


def _set_version(document: Any, version: str) -> None:
    project, tool = document.get("project"), document.get("tool", {})
    if project is None:
        tool["poetry"]["version"] = version
        return
    if "version" in project.get("dynamic", ()):
        if "version" in tool.get("poetry", {}):
            tool["poetry"]["version"] = version
            return
        left = [one for one in project["dynamic"] if one != "version"]
        project["dynamic"] = left
        tool.get("setuptools", {}).get("dynamic", {}).pop("version", None)
        tool.get("hatch", {}).pop("version", None)
        tool.get("pdm", {}).pop("version", None)
    project["version"] = version


def _make_local(document: Any, package: Package, folder: Path) -> None:
    """Copy Polylith's bricks below a project of Poetry's, which packs nothing beside itself."""
    for item in document.get("tool", {}).get("poetry", {}).get("packages", ()):
        source = path_in_repo(package.place, str(item.get("from", ".")))
        outside = "from" in item and os.path.normpath(str(item["from"])).startswith("..")
        if not outside:
            continue
        start, target = folder / source, folder / package.place / _LOCAL / source
        for match in sorted(start.glob(str(item["include"]))):
            copy = target / match.relative_to(start)
            if match.is_dir():
                shutil.copytree(match, copy, symlinks=False, dirs_exist_ok=True)
            else:
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(match, copy)
        item["from"] = f"{_LOCAL}/{source}" if source else _LOCAL
