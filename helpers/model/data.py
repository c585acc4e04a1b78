"""What is known of a folder of data that stays out of the repo: how much it is, and which.

The file with this is committed in its place, so that it is an input as code is:

    # Written by: i data_version --name prices
    files: 200
    bytes: 1048576
    names: sha256:...
"""

import hashlib
import re
from collections.abc import Iterable
from typing import NamedTuple

from helpers.model.errors import HelpersError
from helpers.model.numbers import counted
from helpers.model.shell_words import quoted

# Where containers see the folder of this name.
_SEEN_BELOW = "/data"
# The folder of a dir, or of the repo, whose files are no code.
DATA_FOLDER = "data"
VERSION_SUFFIX = ".version"
_HASH = "sha256:[0-9a-f]{64}"
_LINES = {"files": "[0-9]{1,18}", "bytes": "[0-9]{1,18}", "names": _HASH, "contents": _HASH}
_FORM = re.compile(
    r"(?:#[^\n]*\n)*"
    + "".join(f"{name}: (?P<{name}>{value})\n" for name, value in list(_LINES.items())[:3])
    + rf"(?:contents: (?P<contents>{_HASH})\n)?"
)


class DataFile(NamedTuple):
    """A file below a folder of data.

    Attributes:
        name: its path below the folder, with `/`, as the file system has it.
        size: in bytes.
        content: the SHA-256 of its content in hexadecimal; empty: nobody read it.
    """

    name: bytes
    size: int
    content: str = ""


class DataVersion(NamedTuple):
    """What a folder holds.

    Attributes:
        files: how many.
        size: of all, in bytes.
        names: a hash of their names and sizes.
        contents: one of their names and contents; empty: they were not read.
    """

    files: int
    size: int
    names: str
    contents: str = ""


def seen_at(name: str) -> str:
    """Where the containers of a dir see its data of a name."""
    return f"{_SEEN_BELOW}/{name}"


def version_of(files: Iterable[DataFile]) -> DataVersion:
    """The version of a folder with these files, in whatever order they are given.

    Returns:
        With a hash of the contents where every file, and at least one, has its own.
    """
    found = sorted(files)
    names = _hash(b"%d %s" % (one.size, one.name) for one in found)
    contents = ""
    if found and all(one.content for one in found):
        contents = _hash(b"%s %s" % (one.content.encode(), one.name) for one in found)
    return DataVersion(len(found), sum(one.size for one in found), names, contents)


def version_text(name: str, version: DataVersion) -> str:
    """The file that says the version of the data of a name."""
    full = " --full" if version.contents else ""
    lines = [
        f"# Written by: i data_version --name {quoted(name)}{full}",
        f"files: {version.files}",
        f"bytes: {version.size}",
        f"names: {version.names}",
        *([f"contents: {version.contents}"] if version.contents else []),
    ]
    return "\n".join(lines) + "\n"


def parse_version(text: str, path: str, fix: str) -> DataVersion:
    """Read what `version_text` wrote; `path` is for messages alone.

    Args:
        fix: the command that writes it anew.

    Raises:
        HelpersError: it is no such file, such as one with the marks of a merge.
    """
    found = _FORM.fullmatch(text.replace("\r\n", "\n"))
    if not found:
        raise HelpersError("it does not say the version of data", where=path, fix=fix)
    return DataVersion(
        int(found["files"]), int(found["bytes"]), found["names"], found["contents"] or ""
    )


def is_version(text: str) -> bool:
    """Whether a file says the version of data."""
    return bool(_FORM.fullmatch(text.replace("\r\n", "\n")))


def differences(now: DataVersion, then: DataVersion) -> tuple[str, ...]:
    """What of a folder is not as its version says, in words; none: it fits.

    Args:
        now: what the folder holds; without a hash of contents these are not compared.
        then: what the file says.
    """
    found = []
    if now.files != then.files:
        found.append(f"count: {counted(now.files, 'file')}, not {then.files:,}")
    if now.size != then.size:
        found.append(f"bytes: {now.size:,}, not {then.size:,}")
    if now.names != then.names:
        found.append("names or sizes of files")
    elif now.contents and then.contents and now.contents != then.contents:
        found.append("contents of files, whose names and sizes are the same")
    return tuple(found)


def _hash(lines: Iterable[bytes]) -> str:
    made = hashlib.sha256()
    for line in lines:
        # No name of a file has a NUL.
        made.update(line + b"\0")
    return f"sha256:{made.hexdigest()}"
