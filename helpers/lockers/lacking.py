"""Packages that requirements files name and that no package index has, with their lines."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from helpers.lockers import pip
from helpers.lockers.named import named_lines, requirement_texts
from helpers.lockers.requirement_files import logical_lines
from helpers.model.errors import HelpersError
from helpers.model.packages.installed import python_name

# What uv says of a package, or of a version of it, that it looked for in vain.
_LACKING = re.compile(
    r"(?P<name>[A-Za-z0-9][\w.-]*) was not found in the package registry"
    r"|there is no version of (?P<of>[A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?=="
)
# An index that does not answer has no package.
_UNREACHED = ("Failed to fetch", "could not be queried", "network was disabled")


def lacking_requirements(root: Path, repo: Path, lines: Iterable[str]) -> HelpersError | None:
    """The requirements of a dir that uv calls missing; None: it failed for another reason.

    Args:
        root: the dir's folder.
        repo: the repo's root: files are named relative to it.
        lines: what uv wrote, perhaps among other output.

    Raises:
        HelpersError: a file of the dir cannot be read.
    """
    said = " ".join(line.strip() for line in lines)
    lacking = {python_name(found["name"] or found["of"]) for found in _LACKING.finditer(said)}
    if not lacking or any(sign in said for sign in _UNREACHED):
        return None
    places = dict(_places(root, repo, lacking))
    if not places:
        return None
    return HelpersError(
        f"no package index has {', '.join(dict.fromkeys(places.values()))}",
        where="\n".join(f"{place}: {line}" for place, line in places.items()),
        fix="correct or remove that line, then the same command again",
    )


def _places(root: Path, repo: Path, lacking: set[str]) -> Iterator[tuple[str, str]]:
    """Each file and line that names one of the packages, and the requirement that stands there."""
    # What a file is compiled from comes first: people write that one.
    names = (pip.SOURCE_FILE, *pip.DEV_FILES, *pip.PROD_FILES, pip.LOCK_FILE)
    texts = {file: text for name in names for file, text in requirement_texts(root / name).items()}
    for file, text in texts.items():
        inside = file.is_relative_to(repo.resolve())
        shown = file.relative_to(repo.resolve()).as_posix() if inside else str(file)
        for number, line in enumerate(text.splitlines(), start=1):
            for name, wanted in named_lines(logical_lines(line)).items():
                if name in lacking:
                    yield f"{shown}:{number}", wanted.removesuffix("\\").strip()
