"""The toolchain's releases: how they are numbered, and `CHANGELOG.md`, in sections by version."""

import re

from helpers.model.version import Version

FILE_NAME = "CHANGELOG.md"
# A version, as a pattern.
NUMBER = r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"
_HEADING = re.compile(rf"^## +v?({NUMBER})(?!\S)[^\n]*$", re.MULTILINE)


def notes_since(text: str, version: Version) -> str:
    """The sections that are newer than a version, verbatim."""
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings][1:] + [len(text)] * bool(headings)
    sections = [
        text[heading.start() : end].strip()
        for heading, end in zip(headings, ends, strict=True)
        if Version.parse(heading[1]) > version
    ]
    return "\n\n".join(sections)
