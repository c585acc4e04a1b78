"""Files that many repos share: the toolchain's list, and the state of each in a repo."""

import re
from enum import StrEnum
from pathlib import PurePosixPath

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.settings import Key, Kind, Setting, read_items

SYNC_FILE_NAME = "sync.yaml"
_SHARED_FOLDER = "shared_files"


class Mode(StrEnum):
    """How much of a file is shared."""

    IDENTICAL = "identical"
    BLOCK = "block"
    KEYS = "merge-keys"
    LINK = "link"


class State(StrEnum):
    """The state of a repo's file against the shared one; the value is the wording of tables."""

    IN_STEP = "in step"
    NEW = "not applied yet"
    UPSTREAM = "drifted: changed upstream"
    HERE = "changed here"
    BOTH = "changed on both sides"
    CONFLICT = "in conflict"
    GONE = "gone here"
    OPTED_OUT = "opted out"
    ABSENT = "not in this repo"
    DROPPED = "no longer shared"


# States that need no action.
_FINE = (State.IN_STEP, State.OPTED_OUT, State.ABSENT, State.DROPPED)


class Take(StrEnum):
    """Which side to take if both differ; neither: a conflict."""

    NEITHER = ""
    OWN = "own"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class SharedFile:
    """A file that the toolchain shares.

    Attributes:
        path: in the adopting repo, relative to its root.
        source: where its content stands in the toolchain, relative to the toolchain's root.
        owner: who decides about it.
        where_present: it concerns only repos that have a file of that path.
    """

    path: str
    source: str
    owner: str
    mode: Mode
    where_present: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a file, and what applying would do.

    Attributes:
        detail: the reason, or the names of what is in conflict.
        change: what is to be written; of a link, the text is where it leads. None: nothing.
        conflicts: what somebody must decide; the change has markers, or leaves it as it is.
        record: the line that is to be recorded; empty: as it is.
        undecided: names of keys in conflict, to be recorded.
        resolves: the change only takes sides in conflicts that stand in the file.
        given_up: lines that a resolution takes out, but for those that are shared.
    """

    item: SharedFile
    state: State
    detail: str = ""
    change: FileChange | None = None
    conflicts: tuple[str, ...] = ()
    record: str = ""
    undecided: tuple[str, ...] = ()
    resolves: bool = False
    given_up: frozenset[str] = frozenset()

    @property
    def in_step(self) -> bool:
        """Whether the file needs no action."""
        return self.state in _FINE


_KEYS = (
    Key("path", Kind.TEXT, required=True),
    Key("source", Kind.TEXT),
    Key("owner", Kind.TEXT, required=True),
    Key("mode", Kind.CHOICE, required=True, choices=tuple(Mode)),
    Key("where_present", Kind.FLAG),
)
_WINDOWS_DRIVE = re.compile(r"[A-Za-z]:")


def parse_shared(text: str, path: str) -> tuple[SharedFile, ...]:
    """Read the list of shared files; `path` is for messages alone.

    Raises:
        HelpersError: with file and line, when the list is not what it must be.
    """
    found: dict[str, SharedFile] = {}
    for settings in read_items(text, path, _KEYS):
        item = _item(settings, path)
        if item.path in found:
            raise HelpersError(
                f"'{item.path}' occurs twice",
                where=f"{path}:{settings['path'].line}",
                fix="remove one of the two",
            )
        found[item.path] = item
    return tuple(found.values())


def _item(settings: dict[str, Setting], path: str) -> SharedFile:
    target: str = settings["path"].value
    _check_path("path", settings["path"], path)
    if "source" in settings:
        _check_path("source", settings["source"], path)
    mode = Mode(settings["mode"].value)
    where_present = "where_present" in settings and settings["where_present"].value
    if where_present and mode is Mode.LINK:
        raise HelpersError(
            "key 'where_present': a link takes the place of the file that is there",
            where=f"{path}:{settings['where_present'].line}",
            fix="remove the line",
        )
    source = settings["source"].value if "source" in settings else f"{_SHARED_FOLDER}/{target}"
    return SharedFile(target, source, settings["owner"].value, mode, where_present)


def _check_path(key: str, setting: Setting, path: str) -> None:
    name: str = setting.value
    plain = PurePosixPath(name).as_posix() == name and name != "."
    parts = name.split("/")
    outside = name.startswith("/") or ".." in parts or _WINDOWS_DRIVE.match(name)
    if outside or not plain or ".git" in parts:
        raise HelpersError(
            f"key '{key}': {name!r} is not the path of a file below the root",
            where=f"{path}:{setting.line}",
            fix="write it relative to the root, without '.', '..' and '.git'",
        )
