"""Files that many repos share: what the toolchain lists, and how a repo stands to each of them."""

from enum import StrEnum

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.setting_keys import Key, Kind, Rule
from helpers.model.settings import Setting, read_items

SYNC_FILE_NAME = "sync.yaml"
_SHARED_FOLDER = "shared_files"


class Mode(StrEnum):
    """How much of a file is shared."""

    IDENTICAL = "identical"
    BLOCK = "block"
    KEYS = "merge-keys"
    LINK = "link"


class State(StrEnum):
    """How a file of a repo stands to what is shared; the value is the wording of tables."""

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


# What needs nobody to do anything.
_FINE = (State.IN_STEP, State.OPTED_OUT, State.ABSENT, State.DROPPED)


class Take(StrEnum):
    """Whose side is taken where both differ; neither: that is a conflict."""

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
    """How a file stands, and what applying would do.

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
        """Whether nobody has to do anything."""
        return self.state in _FINE


# Parts between single slashes, none of which is '.', '..' or '.git'; no drive of Windows.
_PART = r"(?!(\.|\.\.|\.git)(/|$))[^/]+"
_BELOW_ROOT = Rule(
    f"(?![A-Za-z]:){_PART}(/{_PART})*",
    "is not the path of a file below the root",
    "write it relative to the root, without '.', '..' and '.git'",
)
SYNC_KEYS = (
    Key(
        "path",
        Kind.TEXT,
        "The file in each adopting repo, relative to its root.",
        required=True,
        rule=_BELOW_ROOT,
    ),
    Key(
        "source",
        Kind.TEXT,
        f"Where its content stands in the toolchain; without it `path` in `{_SHARED_FOLDER}/`.",
        rule=_BELOW_ROOT,
    ),
    Key("owner", Kind.TEXT, "Who decides about it.", required=True),
    Key("mode", Kind.CHOICE, "How much of it is shared.", required=True, choices=tuple(Mode)),
    Key("where_present", Kind.FLAG, "It concerns only repos that have a file of that path."),
)


def parse_shared(text: str, path: str) -> tuple[SharedFile, ...]:
    """Read the list of shared files; `path` is for messages alone.

    Raises:
        HelpersError: with file and line, when the list is not what it must be.
    """
    found: dict[str, SharedFile] = {}
    for settings in read_items(text, path, SYNC_KEYS):
        item = _item(settings, path)
        if item.path in found:
            raise HelpersError(
                f"'{item.path}' stands twice",
                where=f"{path}:{settings['path'].line}",
                fix="remove one of the two",
            )
        found[item.path] = item
    return tuple(found.values())


def _item(settings: dict[str, Setting], path: str) -> SharedFile:
    target: str = settings["path"].value
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
