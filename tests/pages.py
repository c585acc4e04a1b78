"""The pages of the docs, and the commands in them."""

import re
from dataclasses import dataclass
from pathlib import Path

from helpers.system.locate import TOOLCHAIN_ROOT

PAGES = [
    TOOLCHAIN_ROOT / "README.md",
    TOOLCHAIN_ROOT / "CONTRIBUTING.md",
    *sorted((TOOLCHAIN_ROOT / "docs").glob("*.md")),
]
_BLOCK = re.compile(r"^```(?P<kind>\w+)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    kind: str
    text: str

    @property
    def commands(self) -> list[str]:
        """Its commands: every line of a `bash` block, what follows `$ ` in a `console` block."""
        if self.kind == "bash":
            return self.text.splitlines()
        return [line[2:] for line in self.text.splitlines() if line.startswith("$ ")]


def blocks(page: Path, *kinds: str) -> list[Block]:
    """The blocks of a page that are of these kinds."""
    found = [
        Block(page, match["kind"], match["text"]) for match in _BLOCK.finditer(page.read_text())
    ]
    return [block for block in found if block.kind in kinds]
