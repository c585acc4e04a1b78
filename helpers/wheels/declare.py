"""Declare a package's data files in its copy, where its backend would not take them by itself.

Poetry, uv and flit pack what stands in a package. Hatchling does, but for what git ignores, also if
git tracks it. Setuptools packs what is declared. What a project excludes stays excluded.
"""

import configparser
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from helpers.model.runnable_dir import path_below
from helpers.wheels.data_files import data_files, module_folders
from helpers.wheels.package import Package

_SETUP_CFG, _SECTION = "setup.cfg", "options.package_data"
# What patterns, and setup.cfg, do not take for itself.
_SPECIAL = re.compile(r"[*?\[#;%]")


def declare_data(document: Any, package: Package, files: Iterable[str], folder: Path) -> None:
    """Change what says how a package is built, so that its data files are in its wheel.

    Args:
        document: its `pyproject.toml`, as tomlkit read it; changed in place.
        files: the package's own, relative to the repo's root.
        folder: the copy of the repo's root.
    """
    backend = package.project.backend
    if backend.startswith("hatchling."):
        _table(document, "tool", "hatch", "build")["ignore-vcs"] = True
    if not backend.startswith("setuptools."):
        return
    listed: dict[str, list[str]] = {}
    for one in data_files([*files], module_folders(package)):
        listed.setdefault(one.package, []).append(_SPECIAL.sub(r"[\g<0>]", one.inside))
    if not listed:
        return
    if "project" in document:
        found = _table(document, "tool", "setuptools", "package-data")
        for name, patterns in listed.items():
            found[name] = [*found.get(name, ()), *patterns]
        return
    # Setuptools takes its own table only beside [project].
    path = folder / path_below(package.place, _SETUP_CFG)
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    path.write_text(_with_listed(text, listed), encoding="utf-8")


def _with_listed(text: str, listed: Mapping[str, list[str]]) -> str:
    """The text of a `setup.cfg` that declares files as well."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign] # names of packages
    try:
        parser.read_string(text)
    except configparser.Error:
        return text  # setuptools says best what is wrong there
    if not parser.has_section(_SECTION):
        parser.add_section(_SECTION)
    for name, patterns in listed.items():
        said = parser.get(_SECTION, name, fallback="") or ""
        before = said.split("\n") if "\n" in said else said.split(",")
        every = [*filter(None, map(str.strip, before)), *patterns]
        parser.set(_SECTION, name, "".join(f"\n{one}" for one in every))
    made = io.StringIO()
    parser.write(made)
    return made.getvalue()


def _table(document: Any, *keys: str) -> Any:
    """A table of a document, made where it is not there."""
    import tomlkit

    found = document
    for key in keys:
        if key not in found:
            found[key] = tomlkit.table()
        found = found[key]
    return found
