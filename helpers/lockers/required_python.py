"""Which Pythons a project says that it runs on: `requires-python`, Poetry's `python`, a pin."""

import re
from collections.abc import Iterator
from pathlib import Path

from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.locked import Toml, read_toml
from helpers.lockers.toml_values import table
from helpers.model.dataclass import dataclass

PIN = ".python-version"
_PINNED = re.compile(r"(?:(?:c?python)[-@]?)?(?P<version>\d+\.\d+(?:\.\d+)?)(?:[+-]\S*)?")
# A minor version stands for its patch releases: none of Python 3 had more.
_PATCHES = 40
_PLAIN_VERSION = re.compile(r"\d+(?:\.\d+){1,2}")
_PLAIN_PART = re.compile(r"\s*(?P<sign>>=|<)\s*(?P<version>\d+(?:\.\d+){0,2})\s*")
_POETRY_PART = re.compile(
    r"(?P<sign>\^|~(?!=)|[<>=!~]=|===|<|>)?\s*v?(?P<version>\*|\d+(?:\.\d+)*(?:\.\*)?)"
)


@dataclass(frozen=True, slots=True)
class Required:
    """What a file says of Python.

    Attributes:
        text: as it stands there.
        place: the file's name, and the key in it.
        alternatives: specifiers (PEP 440) of which one must hold.
    """

    text: str
    place: str
    alternatives: tuple[str, ...]

    def allows(self, python: str) -> bool:
        """Whether a Python of that version will do; of a minor version, any of its patches."""
        if any(_is_plainly_in(python, text) for text in self.alternatives):
            return True
        # Imported here: it takes longer than all else that a kept container is entered with.
        from packaging.specifiers import InvalidSpecifier, SpecifierSet

        exact = python.count(".") > 1
        releases = [python] if exact else [f"{python}.{patch}" for patch in range(_PATCHES)]
        try:
            sets = [SpecifierSet(text) for text in self.alternatives]
        except InvalidSpecifier:
            return True  # who locks says what is wrong with it
        return any(one.contains(release) for one in sets for release in releases)


def _is_plainly_in(python: str, specifier: str) -> bool:
    """Whether a specifier like `>=3.11,<4` allows a version, as far as its looks tell."""
    parts = [_PLAIN_PART.fullmatch(part) for part in specifier.split(",")]
    if not _PLAIN_VERSION.fullmatch(python):
        return False
    release = _numbers(python)
    return all(
        part and (part["sign"] == ">=") == (release >= _numbers(part["version"])) for part in parts
    )


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    return tuple(numbers + [0] * (4 - len(numbers)))


def read_required(folder: Path) -> list[Required]:
    """What the project in a folder requires, each key by itself: all of them count.

    Raises:
        HelpersError: `pyproject.toml` is malformed.
    """
    path = folder / PROJECT
    return list(_of_project(read_toml(path))) if path.is_file() else []


def read_pin(folder: Path) -> str:
    """The version of CPython that `.python-version` names first; empty: none."""
    try:
        text = (folder / PIN).read_text(encoding="utf-8-sig", errors="replace")
    except OSError:
        return ""
    lines = [line.partition("#")[0].strip() for line in text.splitlines()]
    found = _PINNED.fullmatch(next((line for line in lines if line), ""))
    return found["version"] if found else ""


def _of_project(project: Toml) -> Iterator[Required]:
    wanted = table(project, "project").get("requires-python")
    if isinstance(wanted, str) and wanted.strip():
        yield Required(wanted, f"{PROJECT}, requires-python", (wanted,))
    poetry = table(project, "tool", "poetry", "dependencies").get("python")
    if isinstance(poetry, str) and poetry.strip():
        yield Required(poetry, f"{PROJECT}, tool.poetry.dependencies.python", _of_poetry(poetry))


def _of_poetry(text: str) -> tuple[str, ...]:
    """Poetry's constraint as specifiers: `^3.11`, `~3.11`, `3.11.*`, `>=3.8 <4 || ...`."""
    return tuple(
        ",".join(part for match in _POETRY_PART.finditer(one) for part in _specifiers(match))
        for one in re.split(r"\|\|?", text)
    )


def _specifiers(match: re.Match[str]) -> Iterator[str]:
    sign, version = match["sign"] or "", match["version"]
    if version == "*":
        return
    if sign == "^" or (sign == "~" and "." not in version):
        yield f">={version}"
        yield f"<{int(version.split('.')[0]) + 1}"
    elif sign == "~":
        major, minor = version.split(".")[:2]
        yield f">={version}"
        yield f"<{major}.{int(minor) + 1}"
    elif sign in ("", "=="):
        # Of a minor version Poetry takes the first patch alone; no image is meant by that.
        whole = version.endswith("*") or version.count(".") > 1
        yield f"=={version}" if whole else f"=={version}.*"
    else:
        yield f"{sign}{version}"
