"""What a package needs although its own metadata says nothing of it: requirements files."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from helpers.lockers.requirement_files import logical_lines, read_requirements_file
from helpers.model.packages.installed import python_name
from helpers.model.runnable_dir import path_in_repo
from helpers.wheels.package import Package
from helpers.wheels.part import Part

# `-e ../../libs/text[fast]`, with or without the option.
_BY_PATH = re.compile(
    r"(?:-e\s*=?\s*|--editable[\s=]\s*)?[\"']?(?P<path>\.{1,2}/[^\[\s;\"']+)(?:\[(?P<extras>[^\]]*)\])?"
)
# What people wrote is read before what was compiled from it.
_FILES = ("requirements.in", "requirements.txt")


def with_needs(part: Part, package: Package, parts: Mapping[str, Part], root: Path) -> Part:
    """The part with the packages by path, and the third-party ones, that only files beside it name.

    Args:
        parts: all that were built, by their places.
        root: the repo's.
    """
    folder = root / package.place
    file = next((folder / name for name in _FILES if (folder / name).is_file()), None)
    lines = logical_lines(read_requirements_file(file)) if file else []
    said = {python_name(one.name) for one in part.requires}
    also = [*_by_path(lines, package, parts)]
    named = said | {python_name(one.partition("[")[0]) for one in also}
    # What the graph of the repo has, whoever declares it.
    lacking = {parts[place].wheel.name for place in package.needs if place in parts} - named
    also = [one for one in also if python_name(one.partition("[")[0]) not in said]
    also += [*sorted(lacking), *(_by_name(lines) if _says_nothing(package) else ())]
    return replace(part, also=tuple(also))


def _by_path(lines: list[str], package: Package, parts: Mapping[str, Part]) -> Iterator[str]:
    for line in lines:
        found = _BY_PATH.match(line)
        place = path_in_repo(package.place, posixpath.normpath(found["path"])) if found else ""
        if found and place in parts and place in package.needs:
            extras = found["extras"] or ""
            yield parts[place].wheel.name + f"[{extras}]" * bool(extras)


def _by_name(lines: list[str]) -> Iterator[str]:
    from packaging.requirements import InvalidRequirement, Requirement

    for line in lines:
        try:
            yield str(Requirement(line.partition(" --")[0]))
        except InvalidRequirement:
            continue  # a path, or an option


def _says_nothing(package: Package) -> bool:
    """Whether a project says nothing of dependencies, so that its requirements file does."""
    content = package.project.content
    standard = content.get("project", {})
    says = {"dependencies", "optional-dependencies"} & standard.keys() or standard.get("dynamic")
    other = "poetry" in content.get("tool", {}) or "setup.py" in package.project.texts
    return not (says or other or "setup.cfg" in package.project.texts)
