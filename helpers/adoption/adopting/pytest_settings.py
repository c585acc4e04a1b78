"""The settings of pytest at the root of a repo."""

import configparser
import json
import shlex

from helpers.managed_files.blocks import add_block
from helpers.model.documents.parsing import load_toml

PROJECT = "pyproject.toml"
PYTEST_INI = "pytest.ini"
# Where pytest looks for its settings besides, and in which section.
_ELSEWHERE = (
    (PYTEST_INI, ""),
    (".pytest.ini", ""),
    ("tox.ini", "pytest"),
    ("setup.cfg", "tool:pytest"),
)
ELSEWHERE = tuple(name for name, _ in _ELSEWHERE)
_MARKERS = ("slow: takes seconds", "superslow: takes minutes")


def has_settings(files: dict[str, str]) -> bool:
    """Whether a repo has settings of pytest's; `files` are those of its root that may hold some."""
    for name, section in _ELSEWHERE:
        if name in files and (not section or _has_section(files[name], section)):
            return True
    try:
        project = load_toml(files.get(PROJECT, ""))
    except ValueError:
        return True  # whatever it means: nobody adds to it
    return "pytest" in project.get("tool", {})


def ini_text(submodule: str) -> str:
    """`pytest.ini` for a repo without a pyproject.toml."""
    markers = "".join(f"    {marker}\n" for marker in _MARKERS)
    return f"[pytest]\naddopts = {_options(submodule)}\nmarkers =\n{markers}"


def project_block(submodule: str) -> str:
    """The lines that a pyproject.toml gets."""
    markers = "".join(f"    {json.dumps(marker)},\n" for marker in _MARKERS)
    options = json.dumps(_options(submodule), ensure_ascii=False)
    return f"\n[tool.pytest.ini_options]\naddopts = {options}\nmarkers = [\n{markers}]\n"


def add_to_project(text: str, submodule: str) -> str | None:
    """A pyproject.toml with settings of pytest's; None where they cannot be added safely."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    merged = add_block(text, project_block(submodule))
    try:
        before, after = tomlkit.parse(text).unwrap(), tomlkit.parse(merged).unwrap()
    except TOMLKitError:
        return None
    after.get("tool", {}).pop("pytest", None)
    if "tool" not in before:
        after.pop("tool", None)
    return merged if before == after else None


def _options(submodule: str) -> str:
    return shlex.quote(f"--ignore={submodule}")


def _has_section(text: str, section: str) -> bool:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(text)
    except configparser.Error:
        return f"[{section}]" in text
    return parser.has_section(section)
