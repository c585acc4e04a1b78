"""Files that many repos share: what the toolchain lists."""

import re
from pathlib import PurePosixPath

from helpers.model.errors import HelpersError
from helpers.model.managed_file import ManagedFile, Mode
from helpers.model.settings import Key, Kind, Setting, read_items

SYNC_FILE_NAME = "sync.yaml"
_SHARED_FOLDER = "shared_files"


_KEYS = (
    Key("path", Kind.TEXT, required=True),
    Key("source", Kind.TEXT),
    Key("owner", Kind.TEXT, required=True),
    Key("mode", Kind.CHOICE, required=True, choices=tuple(Mode)),
    Key("where_present", Kind.FLAG),
)
_WINDOWS_DRIVE = re.compile(r"[A-Za-z]:")


def parse_shared(text: str, path: str) -> tuple[ManagedFile, ...]:
    """Read the list of shared files; `path` is for messages alone.

    Raises:
        HelpersError: with file and line, when the list is not what it must be.
    """
    found: dict[str, ManagedFile] = {}
    for settings in read_items(text, path, _KEYS):
        item = _item(settings, path)
        if item.path in found:
            raise HelpersError(
                f"'{item.path}' stands twice",
                where=f"{path}:{settings['path'].line}",
                fix="remove one of the two",
            )
        found[item.path] = item
    return tuple(found.values())


def _item(settings: dict[str, Setting], path: str) -> ManagedFile:
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
    return ManagedFile(target, source, settings["owner"].value, mode, where_present)


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
