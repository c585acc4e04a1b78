"""Where a project's packages are, and what they are called."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.declared import source_folders
from helpers.lockers.locked import Toml, read_text
from helpers.lockers.toml_values import table, texts
from helpers.model.packages.installed import python_name

# Folders with `__init__.py` that are no packages of the project's own.
_NO_PACKAGES = frozenset(
    {"test", "tests", "docs", "doc", "examples", "scripts", "benchmarks", "src"}
)
_FROM_SRC = re.compile(r"^\s*(?:from|import)\s+src\b", re.MULTILINE)
_OWN_VERSION = re.compile(r"\bversion\(\s*(?:__name__|__package__|[\"'](?P<name>[^\"']+)[\"'])")


def import_folders(
    folder: Path, content: Toml, files: Iterable[str], members: Iterable[str]
) -> tuple[str, ...]:
    """Where packages are imported from, besides the directory itself."""
    found = list(source_folders(read_text(folder / PROJECT))) if content else []
    find = table(content, "tool", "setuptools", "packages").get("find")
    found += texts(find.get("where")) if isinstance(find, dict) else ()
    package_dir = table(content, "tool", "setuptools", "package-dir")
    found += [str(path) for name, path in package_dir.items() if not name]
    python = [name for name in files if name.endswith(".py")]
    for place in (".", *members):
        inner = "src" if place == "." else f"{place}/src"
        if _holds_packages(folder, inner, python):
            found.append(inner)
        elif place != ".":
            found.append(place)
    plain = (path.removeprefix("./").strip("/") for path in found)
    return tuple(dict.fromkeys(path for path in plain if path not in ("", ".")))


def find_packages(files: Sequence[str], places: Iterable[str], content: Toml) -> tuple[str, ...]:
    """Names of the packages right in the places, and of the module that is named as the project."""
    own = _project_name(content).replace("-", "_")
    found = []
    for place in places:
        start = "" if place == "." else f"{place}/"
        for name in files:
            if not name.startswith(start):
                continue
            package, _, rest = name.removeprefix(start).partition("/")
            if rest == "__init__.py" and package.isidentifier() and package not in _NO_PACKAGES:
                found.append(package)
            elif not rest and own and package == f"{own}.py":
                found.append(own)
    return tuple(dict.fromkeys(found))


def needs_to_be_installed(folder: Path, files: Iterable[str], content: Toml) -> str:
    """A file that asks for the project's own version, as it is known of what is installed.

    What has a build backend is as if installed; then there is none.
    """
    own = "" if "build-system" in content else _project_name(content)
    for name in files:
        if not own or not name.endswith(("__init__.py", "version.py")):
            continue
        text = (folder / name).read_text(encoding="utf-8", errors="replace")
        found = _OWN_VERSION.search(text) if "importlib" in text else None
        caught = "PackageNotFoundError" in text
        if found and not caught and (not found["name"] or python_name(found["name"]) == own):
            return name
    return ""


def _holds_packages(folder: Path, place: str, python: Iterable[str]) -> bool:
    """Whether packages are in it, and it is not itself imported as one."""
    own = [name for name in python if name.startswith(f"{place}/")]
    if not own or f"{place}/__init__.py" in own:
        return False
    texts_of_tests = (name for name in python if "test" in name)
    return not any(
        _FROM_SRC.search((folder / name).read_text(encoding="utf-8", errors="replace"))
        for name in texts_of_tests
    )


def _project_name(content: Toml) -> str:
    name = table(content, "project").get("name") or table(content, "tool", "poetry").get("name")
    return python_name(str(name or ""))
