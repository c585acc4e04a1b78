"""The toolchain's release notes: `CHANGELOG.md`, in sections by version."""

import re

from helpers.model.version import Version

FILE_NAME = "CHANGELOG.md"
_HEADING = re.compile(r"^## +v?(\d+\.\d+\.\d+)(?!\S)[^\n]*$", re.MULTILINE)


def notes_since(text: str, version: Version) -> str:
    """The sections that are newer than a version, as they stand there."""
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    sections = [
        text[heading.start() : end].strip()
        for heading, end in zip(headings, ends, strict=True)
        if Version.parse(heading[1]) > version
    ]
    return "\n\n".join(sections)
