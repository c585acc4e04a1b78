"""The pages of the docs, and the commands in them."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers.system.locate import TOOLCHAIN_ROOT

PAGES = [
    TOOLCHAIN_ROOT / "README.md",
    TOOLCHAIN_ROOT / "CONTRIBUTING.md",
    TOOLCHAIN_ROOT / "SECURITY.md",
    *sorted((TOOLCHAIN_ROOT / "docs").glob("*.md")),
]
_BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(?P<text>[^`\n]+)`")
# Where a line of an error or of a shell's prompt turns into the command that it shows.
_BEFORE_COMMAND = re.compile(r"^\s*(\$ |fix: +)?")
_SEPARATORS = {"&&", "||", ";", "|", "&", "(", ")", "<", ">", ">>"}


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


def calls(page: Path, program: str) -> Iterator[tuple[str, ...]]:
    """The arguments of each call of a program on the page: in blocks of any kind, and in a line.

    Args:
        program: its name, without the folders that may stand before it.
    """
    text = page.read_text()
    lines = [line for block in _BLOCK.finditer(text) for line in block["text"].splitlines()]
    lines += [inline["text"] for inline in _INLINE.finditer(_BLOCK.sub("", text))]
    for line in lines:
        for words in _simple_commands(_BEFORE_COMMAND.sub("", line)):
            if words and words[0].rpartition("/")[2] == program:
                yield tuple(words[1:])


def _simple_commands(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    command: list[str] = []
    try:
        for word in lexer:
            if word in _SEPARATORS:
                yield command
                command = []
            else:
                command.append(word)
    except ValueError:
        return  # a quote that the next line closes, or an apostrophe: no command of ours
    yield command
