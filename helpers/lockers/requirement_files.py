"""Requirements files as pip reads them: their encoding, their lines, and what they include.

Source: https://pip.pypa.io/en/stable/reference/requirements-file-format/
"""

import codecs
import os.path
import re
from collections.abc import Sequence
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.system.files import unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CODING = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")
_INCLUDE = re.compile(
    r"^(?P<option>-r|--requirement|-c|--constraint)(?:\s*=\s*|\s+|(?<=-[rc]))"
    r"""(?P<file>"[^"]*"|'[^']*'|\S+)"""
)


def decode(data: bytes) -> str:
    """The text of a requirements file: by its byte order mark, its coding line, or as UTF-8.

    What no encoding explains is replaced: a path in it is not that of a file.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    for line in data.split(b"\n", 2)[:2]:
        named = _CODING.match(line)
        if named:
            try:
                return data.decode(named[1].decode("ascii"), errors="replace")
            except LookupError:
                break
    return data.decode(errors="replace")


def logical_lines(text: str) -> list[str]:
    """Lines with their continuations, without comments and blank ones."""
    joined = re.sub(r"[ \t]*\\\r?\n\s*", " ", text)
    stripped = (re.sub(r"(^|\s)#.*$", "", line).strip() for line in joined.splitlines())
    return [line for line in stripped if line]


def included_file(line: str) -> str:
    """The file that a line includes, as it is written; empty: it includes none, or one by URL."""
    found = _INCLUDE.match(line)
    name = found["file"].strip("'\"") if found else ""
    return "" if "://" in name else name


def collect(root: Path, names: Sequence[str]) -> dict[str, str]:
    """Files in `root` and all that they include, wherever that is, by names without folders.

    Each has a line for each logical one, and includes the others by their names here.

    Raises:
        HelpersError: a file is not there, or cannot be read.
    """
    flat = {root / name: name for name in names}
    texts = {}
    waiting = list(flat)
    for path in waiting:  # grows while it is walked
        lines = []
        for line in logical_lines(read_requirements_file(path)):
            name = included_file(line)
            if name:
                target = Path(os.path.normpath(path.parent / name))
                if not target.is_file():
                    raise HelpersError(
                        f"{path.name} includes {name}, which does not exist",
                        where=str(path),
                        fix=f"correct that line of {path}",
                    )
                if target not in flat:
                    flat[target] = f"included-{len(flat)}.txt"
                    waiting.append(target)
                option = "-c" if line.startswith(("-c", "--c")) else "-r"
                lines.append(f"{option} {flat[target]}")
            else:
                lines.append(line)
        texts[flat[path]] = "".join(f"{line}\n" for line in lines)
    return texts


def read_requirements_file(path: Path) -> str:
    """The text of a requirements file.

    Raises:
        HelpersError: it cannot be read.
    """
    try:
        return decode(path.read_bytes())
    except OSError as error:
        raise unreadable(path, error) from error
