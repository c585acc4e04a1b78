"""pytest's settings of a directory that had none, or that lack where its packages are."""

import configparser
import re
import shlex
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

from helpers.adoption.existing.description import ExistingProject
from helpers.adoption.existing.draft import Draft
from helpers.lockers.all_lockers import PROJECT
from helpers.managed_files.blocks import add_table
from helpers.model.documents.parsing import load_toml
from helpers.model.events import Warned

_INI = "pytest.ini"
_PATH = "pythonpath"
_TEST_FOLDERS = ("test", "tests")
# Sections and tables that hold the settings, by the file's name.
_SECTIONS = {"setup.cfg": "tool:pytest"}
_TABLES = ("tool.pytest.ini_options", "tool.pytest")

Settings = dict[str, list[str]]


def plan_pytest(
    draft: Draft, project: ExistingProject, tests: Iterable[str], left_out: Iterable[str]
) -> list[Warned]:
    """Write settings where there are none, and where packages are where that is not said.

    Args:
        tests: the files with tests, also those that are still to be written.
        left_out: folders in which new settings have pytest find none.

    Returns:
        What is left to the user.

    Raises:
        HelpersError: a file cannot be read.
    """
    if not project.pytest_file:
        _write_new(draft, _settings(project, list(tests), left_out))
        return []
    if not project.import_folders:
        return []
    text = draft.read(project.pytest_file) or ""
    toml = project.pytest_file.endswith(".toml")
    told = _told_in_toml(text) if toml else _told_in_ini(text, project.pytest_file)
    missing = [item for item in project.import_folders if item not in (told or ())]
    if not missing:
        return []
    if told is None:
        line = _as_toml(_PATH, missing) if toml else f"{_PATH} = {shlex.join(missing)}"
        changed = _with_line(text, line, _headings(project.pytest_file))
        if changed and (not toml or _told_in_toml(changed) == missing):
            draft.write(project.pytest_file, changed)
            return []
    return [
        Warned(
            f"{project.pytest_file} does not say that packages are in {' and '.join(missing)},"
            " so tests cannot import them",
            draft.below,
            fix=f"add {' and '.join(missing)} to {_PATH} in {project.pytest_file}",
        )
    ]


def _settings(project: ExistingProject, tests: list[str], left_out: Iterable[str]) -> Settings:
    found: Settings = {_PATH: list(project.import_folders) or ["."]}
    folders = [_test_folder(name) for name in tests]
    if folders and all(folders):
        found["testpaths"] = sorted(set(folders))
    options = ["--import-mode=importlib"] if _names_collide(project, tests) else []
    options += [f"--ignore={folder}" for folder in left_out]
    return found | ({"addopts": options} if options else {})


def _test_folder(name: str) -> str:
    """The outermost folder of tests that a file is in; empty: it is in none."""
    parts = PurePosixPath(name).parts[:-1]
    for number, part in enumerate(parts, start=1):
        if part in _TEST_FOLDERS:
            return "/".join(parts[:number])
    return ""


def _names_collide(project: ExistingProject, tests: list[str]) -> bool:
    """Whether pytest would take two files of tests for one module."""
    bases: dict[str, set[str]] = {}
    for name in tests:
        base = PurePosixPath(name).parent
        top = PurePosixPath(name).name
        while base.name and (project.folder / base / "__init__.py").is_file():
            base, top = base.parent, base.name
        bases.setdefault(top, set()).add(str(base))
    return any(len(found) > 1 for found in bases.values())


def _write_new(draft: Draft, settings: Settings) -> None:
    text = draft.read(PROJECT)
    if text is not None:
        lines = [f"[{_TABLES[0]}]"]
        lines += [_as_toml(key, values) for key, values in settings.items()]
        changed = add_table(text, lines)
        if "ini_options" in _pytest_table(changed):
            draft.write(PROJECT, changed)
            return
    lines = ["[pytest]", *(f"{key} = {shlex.join(values)}" for key, values in settings.items())]
    draft.write(_INI, "".join(f"{line}\n" for line in lines))


def _as_toml(key: str, values: list[str]) -> str:
    shown = ", ".join('"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' for item in values)
    return f"{key} = [{shown}]"


def _headings(file: str) -> tuple[str, ...]:
    return _TABLES if file.endswith(".toml") else (_SECTIONS.get(file, "pytest"),)


def _with_line(text: str, line: str, headings: Iterable[str]) -> str:
    """The text with a line right below the first of the headings; empty: it has none of them."""
    for heading in headings:
        found = re.search(rf"^\[{re.escape(heading)}\][^\r\n]*(\r?\n|$)", text, re.MULTILINE)
        if found:
            end = found[1] or "\n"
            start = text[: found.end()] + ("" if found[1] else end)
            return f"{start}{line}{end}{text[found.end() :]}"
    return ""


def _told_in_toml(text: str) -> list[str] | None:
    """Where a `pyproject.toml` says that packages are; None: it does not say."""
    table = _pytest_table(text)
    found = table.get("ini_options", table).get(_PATH)
    return _words(found) if isinstance(found, str) else found


def _pytest_table(text: str) -> dict[str, Any]:
    try:
        found = load_toml(text).get("tool", {}).get("pytest", {})
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _told_in_ini(text: str, file: str) -> list[str] | None:
    """Where an ini file says that packages are; None: it does not say."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return []  # pytest itself says best what is wrong there
    found = parser.get(_headings(file)[0], _PATH, fallback=None)
    return _words(found) if found is not None else None


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()  # pytest itself says best what is wrong there
