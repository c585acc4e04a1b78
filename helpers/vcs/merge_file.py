"""Three versions of a file merged line by line, by git itself."""

import tempfile
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.system.process import ProcessError, run

_BINARY = 255
_MOST_CONFLICTS = 127


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged content, and how many conflicts stand in it between markers."""

    content: bytes
    conflicts: int


def merge_contents(
    base: bytes, ours: bytes, theirs: bytes, *, name: str, favour: str = "", own: str = "here"
) -> Merged | None:
    """Merge; None where git cannot, since the content is no text.

    Args:
        name: how conflicts name the other side.
        favour: `ours` or `theirs`: the side that is taken in conflicts; there are none then.
        own: how they name this side.

    Raises:
        ProcessError: git fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / side for side in ("ours", "base", "theirs")]
        for path, content in zip(paths, (ours, base, theirs), strict=True):
            path.write_bytes(content)
        labels = ["-L", own, "-L", "base", "-L", name]
        # The user's own style of conflicts would hide from us where they are.
        command = ["git", "-c", "merge.conflictStyle=merge", "merge-file", "--quiet", *labels]
        command += [f"--{favour}"] if favour else []
        done = run([*command, *map(str, paths)], cwd=Path(folder), check=False)
        if done.status == _BINARY:
            return None
        if done.status > _MOST_CONFLICTS:
            raise ProcessError(done.args, done.status, done.stdout + done.stderr)
        return Merged(paths[0].read_bytes(), done.status)


def merge_texts(
    base: str, ours: str, theirs: str, *, name: str, favour: str = "", own: str = "here"
) -> Merged:
    """Merge what is known to be text.

    Raises:
        ProcessError: git fails, or takes one of them for no text.
    """
    sides = (text.encode() for text in (base, ours, theirs))
    merged = merge_contents(*sides, name=name, favour=favour, own=own)
    if merged is None:
        raise ProcessError(["git", "merge-file", name], _BINARY, "this is no text")
    return merged
