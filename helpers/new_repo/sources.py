"""The licence of a new repo: its text, and the lines that each source begins with."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from helpers.model.documents.toml_layout import keep_line_ends
from helpers.model.file_change import FileChange

LICENSE = "LICENSE"
# What stays the first line of a file, and what a comment begins with.
_FIRST = re.compile(r"\A#!.*\n|\A# -\*-.*\n")


def license_change(text: str, author: str, year: int) -> FileChange:
    """The file with the text of the licence.

    Args:
        text: `{year}` and `{author}` in it are replaced.
    """
    # Texts of licences have braces of their own.
    filled = text.replace("{year}", str(year)).replace("{author}", author)
    return FileChange(LICENSE, None, filled.rstrip("\n") + "\n")


def copyright_line(author: str, year: int) -> str:
    """What the copyright line of each source says, without the sign of a comment."""
    return f"Copyright (c) {year} {author}"


def source_changes(sources: Mapping[str, str], header: str, license: str) -> Iterable[FileChange]:
    """The sources that do not say it yet, with the copyright line and the licence's name.

    Args:
        sources: the texts of Python files, by path; empty ones stay empty.
        header: the copyright line.
        license: the licence's name in SPDX.
    """
    lines = f"# {header}\n# SPDX-License-Identifier: {license}\n"
    for path, text in sources.items():
        if not text.strip() or header in text:
            continue
        first = _FIRST.match(text)
        start = first.end() if first else 0
        rest = text[start:]
        # A comment below would look like a part of it.
        gap = "\n" if rest.startswith("#") else ""
        yield FileChange(path, text, f"{text[:start]}{lines}{gap}{rest}")


def named_project(text: str, package: str) -> str:
    """The text of a `pyproject.toml` with another name of the project, if it has one."""
    # Imported here: it takes a while, and most commands write no TOML.
    import tomlkit

    document: Any = tomlkit.parse(text)
    project = document.get("project", {})
    if "name" not in project:
        return text
    project["name"] = package
    return keep_line_ends(text, tomlkit.dumps(document))
