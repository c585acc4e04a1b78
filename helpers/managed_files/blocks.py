"""A part of a text file that is the toolchain's; the rest of it is the repo's, byte for byte.

A block stands between two lines that mark it, or is known by its text: then it is added at the end.
"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from helpers.model.errors import HelpersError

_BEGIN = ">>> shared with other repos: kept by i sync_apply >>>"
_END = "<<< shared with other repos <<<"

_HASH, _SLASHES, _DASHES, _SEMICOLON = ("# ", ""), ("// ", ""), ("-- ", ""), ("; ", "")
_STARS, _TAG, _BRACES = ("/* ", " */"), ("<!-- ", " -->"), ("{# ", " #}")
_COMMENTS = {
    _SLASHES: "c cc cpp cs dart go h hpp java js jsx kt mjs proto rs scala swift ts tsx jsonc",
    _STARS: "css less scss",
    _TAG: "htm html markdown md svg vue xml",
    _DASHES: "hs lua sql",
    _SEMICOLON: "asm el lisp",
    _BRACES: "j2 jinja jinja2",
    ('" ', ""): "vim",
    (".. ", ""): "rst",
    ("% ", ""): "tex",
}
_BY_ENDING = {
    ending: comment for comment, endings in _COMMENTS.items() for ending in endings.split()
}
# A file of theirs has no comments, so no line of it can be a marker.
_WITHOUT_COMMENTS = ("json", "csv", "ipynb")


def read_block(text: str, path: str) -> str | None:
    """The text between the markers; None if there are none.

    Raises:
        HelpersError: with file and line, when one marker lacks the other, or there are several.
    """
    found = _split(text, path)
    return found[1] if found else None


def put_block(text: str | None, path: str, body: str) -> str:
    """The text of the file with this block; one that has none yet gets it at its end.

    Raises:
        HelpersError: as `read_block`; or files of its kind have no comments.
    """
    start, stop = _comment(path)
    ended = body if body.endswith("\n") or not body else f"{body}\n"
    block = f"{start}{_BEGIN}{stop}\n{ended}{start}{_END}{stop}\n"
    if not text:
        return block
    found = _split(text, path)
    if found is None:
        gap = "\n" if text.endswith("\n") else "\n\n"
        return text + gap + block
    return found[0] + block + found[2]


def add_block(text: str | None, block: str) -> str:
    """The text with the block at its end; line ends are the text's own.

    Args:
        text: None: there is no such file.
        block: whole lines.
    """
    if text is None:
        return block
    lines = _as_in(text, block)
    newline = line_end(text)
    if text.endswith("\n"):
        return text + lines
    # What had no last line end has none afterwards, by which this can be undone byte for byte.
    return text + newline + lines.removesuffix(newline)


def remove_block(text: str, block: str) -> str | None:
    """The text as it was before the block was added; None: the file held nothing else."""
    if text == block:
        return None
    lines, newline = _as_in(text, block), line_end(text)
    unended = newline + lines.removesuffix(newline)
    if text.endswith(unended):
        return text.removesuffix(unended)
    return text.replace(lines, "", 1)


def add_table(text: str, lines: Iterable[str]) -> str:
    """A TOML document with a table at its end, set apart from what is there."""
    end = line_end(text)
    gap = "" if not text else end if text.endswith("\n") else end * 2
    return text + gap + "".join(f"{line}{end}" for line in lines)


def line_end(text: str) -> str:
    """How lines end in a text."""
    return "\r\n" if "\r\n" in text else "\n"


def _as_in(text: str, block: str) -> str:
    return block.replace("\n", line_end(text))


def _split(text: str, path: str) -> tuple[str, str, str] | None:
    """The text before, in, and after a block, without its markers."""
    lines = text.splitlines(keepends=True)
    begins = [number for number, line in enumerate(lines) if _is_marker(line, _BEGIN)]
    ends = [number for number, line in enumerate(lines) if _is_marker(line, _END)]
    if not begins and not ends:
        return None
    if len(begins) != 1 or len(ends) != 1 or begins[0] > ends[0]:
        raise HelpersError(
            f"the markers of the shared block are not one pair: {len(begins)} begin it,"
            f" {len(ends)} end it",
            where=f"{path}:{min(begins + ends) + 1}",
            fix="leave one line with '>>> shared' and one with '<<< shared' below it, or none",
        )
    begin, end = begins[0], ends[0]
    return ("".join(lines[:begin]), "".join(lines[begin + 1 : end]), "".join(lines[end + 1 :]))


def _is_marker(line: str, marker: str) -> bool:
    before, found, after = line.partition(marker)
    return bool(found) and not re.search(r"\w", before + after)


def _comment(path: str) -> tuple[str, str]:
    ending = PurePosixPath(path).suffix.lstrip(".").lower()
    if ending in _WITHOUT_COMMENTS:
        raise HelpersError(
            f"{path}: this file type has no comments, so a block cannot be marked",
            fix="give it the mode identical or merge-keys in the toolchain's sync.yaml",
        )
    return _BY_ENDING.get(ending, _HASH)
