"""The files of CI in a repo: what is to be written, and what somebody edited by hand.

Each has in its first lines a hash of all that follows them, as it was written: so it is known
whether it is still so, without a record beside it.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from helpers.ci.pipelines import WORKFLOWS
from helpers.model.dataclass import dataclass
from helpers.model.file_change import FileChange
from helpers.model.managed_file import Drift, ManagedFile, Mode, Standing
from helpers.system.files import read_text

_HEADER = """\
# Made by `i ci_sync` from repo_config.yaml, devops/config.yaml of the dirs, and ci_steps/.
# Do not edit it: steps of your own stand in ci_steps/<job>.yaml, and are merged in.
# content: sha256:{digest}
"""
_HEAD = re.compile(r"\A# Made by `i ci_sync`.*\n#.*\n# content: sha256:(?P<digest>[0-9a-f]{64})\n")
_OWNER = "ci"


@dataclass(frozen=True, slots=True)
class Emitted:
    """How the files of CI stand.

    Attributes:
        standings: of each that is to be there, or no longer.
        edits: what was edited by hand, as changes of what would be written.
    """

    standings: tuple[Standing, ...]
    edits: tuple[FileChange, ...]

    @property
    def changes(self) -> tuple[FileChange, ...]:
        """What is to be written."""
        return tuple(one.change for one in self.standings if one.change)


def with_header(body: str) -> str:
    """The text of a file."""
    return _HEADER.format(digest=_digest(body)) + body


def compare(root: Path, wanted: Mapping[str, str]) -> Emitted:
    """Compare the files of a repo with what they are to be.

    Args:
        wanted: texts with headers, by path.

    Raises:
        HelpersError: a file cannot be read.
    """
    here = {path: read_text(root / path) for path in (*wanted, *_former(root, wanted))}
    standings, edits = [], []
    for path, found in here.items():
        # A checkout with other line ends is no edit.
        text = None if found is None else found.replace("\r\n", "\n")
        item = ManagedFile(path, source=path, owner=_OWNER, mode=Mode.WHOLE)
        after = wanted.get(path)
        if text == after:
            standings.append(Standing(item, Drift.IN_STEP))
        elif text is not None and not _is_as_written(text):
            standings.append(Standing(item, Drift.HERE, conflicts=("lines",)))
            edits.append(FileChange(path, after, text))
        else:
            drift = Drift.NEW if text is None else Drift.UPSTREAM if after else Drift.DROPPED
            change = FileChange(path, found, after)
            standings.append(Standing(item, drift, change=change))
    return Emitted(tuple(standings), tuple(edits))


def is_emitted(text: str) -> bool:
    """Whether a file was made here, edited since or not."""
    return bool(_HEAD.match(text.replace("\r\n", "\n")))


def _former(root: Path, wanted: Mapping[str, str]) -> Iterable[str]:
    """Files that were made once and are no longer: their dir is gone, or the layout is another."""
    folder = root / WORKFLOWS
    if not any(path.startswith(WORKFLOWS) for path in wanted) or not folder.is_dir():
        return
    for path in sorted(folder.glob("*.yml")):
        name = f"{WORKFLOWS}/{path.name}"
        if name not in wanted and _HEAD.match(read_text(path) or ""):
            yield name


def _is_as_written(text: str) -> bool:
    found = _HEAD.match(text)
    return found is not None and found["digest"] == _digest(text[found.end() :])


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()
