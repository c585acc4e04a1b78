"""Files that many repos share: what the toolchain lists."""

from helpers.model.errors import HelpersError
from helpers.model.managed_file import ManagedFile, Mode
from helpers.model.settings.keys import Key, Kind, Rule
from helpers.model.settings.reader import Setting, read_items

SYNC_FILE_NAME = "sync.yaml"
_SHARED_FOLDER = "shared_files"

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


def parse_shared(text: str, path: str) -> tuple[ManagedFile, ...]:
    """Read the list of shared files; `path` is for messages alone.

    Raises:
        HelpersError: with file and line, when the list is not what it must be.
    """
    found: dict[str, ManagedFile] = {}
    for settings in read_items(text, path, SYNC_KEYS):
        item = _item(settings, path)
        if item.path in found:
            raise HelpersError(
                f"'{item.path}' occurs twice",
                where=f"{path}:{settings['path'].line}",
                fix="remove one of the two",
            )
        found[item.path] = item
    return tuple(found.values())


def _item(settings: dict[str, Setting], path: str) -> ManagedFile:
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
    return ManagedFile(target, source, settings["owner"].value, mode, where_present)
