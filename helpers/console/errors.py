"""Show an error that the user can fix: what, where, and the command that fixes it."""

import errno
import re
import shlex
import sys
from pathlib import Path

from helpers.console.foreign import printable
from helpers.model.errors import HelpersError

# A temporary file, beside the target that it would replace.
_BESIDE = re.compile(r"(?<=/)\.([^/]+)\.\d+\.tmp$")


def print_error(error: HelpersError) -> None:
    """Print the error in a few lines on the error output, without a traceback."""
    for line in error_lines(error):
        print(line, file=sys.stderr)


def print_os_error(error: OSError) -> None:
    """Print what the system refused: a folder that is not writable, a disk that is full."""
    what = f"the system refused: {error.strerror or error}"
    name = _BESIDE.sub(r"\1", str(error.filename or ""))
    print_error(HelpersError(what, where=name, fix=_os_fix(error, name)))


def _os_fix(error: OSError, name: str) -> str:
    place = shlex.quote(str(Path(name).parent))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"df -h {place if name else ''}".rstrip()
    if name and error.errno == errno.ENOENT:
        return f"ls -ld {place}   (it has no such file), then the same again"
    if name:
        return f"ls -ld {place}   (who may write there), then the same again"
    if error.errno == errno.EMFILE:
        return "ulimit -n 4096   (more open files), then the same again"
    return "i doctor   (what does not answer), then the same again"


def error_lines(error: HelpersError) -> list[str]:
    """The error as lines; those of `where` are indented under it."""
    lines = [f"error: {printable(error.what)}"]
    for title, text in (("where:", error.where), ("fix:  ", error.fix)):
        first, *rest = printable(text).splitlines() or [""]
        lines += [f"  {title} {first}"] if first else []
        lines += [f"         {line}" for line in rest]
    return lines
