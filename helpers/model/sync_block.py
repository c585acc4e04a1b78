"""A block of a text file that is shared, between two lines that mark it; the rest is the repo's."""

import re
from pathlib import PurePosixPath

from helpers.model.dataclass import dataclass
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


@dataclass(frozen=True, slots=True)
class _Lines:
    """The text of a file around a block: before, in, and after it, without the markers."""

    before: str
    body: str
    after: str


def read_block(text: str, path: str) -> str | None:
    """The text between the markers; None if there are none.

    Raises:
        HelpersError: with file and line, when one marker lacks the other, or there are several.
    """
    found = _split(text, path)
    return found.body if found else None


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
    return found.before + block + found.after


def _split(text: str, path: str) -> _Lines | None:
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
    return _Lines(
        "".join(lines[:begin]), "".join(lines[begin + 1 : end]), "".join(lines[end + 1 :])
    )


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
