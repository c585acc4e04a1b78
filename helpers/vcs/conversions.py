"""Files that git stores otherwise than they are on the disk: line ends, encodings, filters.

Which they are is asked of git. What they become is what a real checkout writes, or what git would
store: nothing is converted here.
"""

import os
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from helpers.system.process import run
from helpers.vcs.git import hash_as_git

_NAMES = ("text", "crlf", "eol", "ident", "filter", "working-tree-encoding")
_SETTINGS = r"^core\.(attributesfile|autocrlf|eol)$"
_FILE = ".gitattributes"
_OF_MACHINE = (Path("/etc/gitattributes"), Path("~/.config/git/attributes").expanduser())

# Name of an attribute -> its value, those that are not specified apart.
_Attributes = Mapping[str, str]
_Read = TypeVar("_Read")


def converted_at_checkout(folder: Path, commit: str, names: Sequence[str]) -> list[str]:
    """Those files of a commit of which a checkout may write something else than git has.

    Args:
        names: all files of the commit.

    Raises:
        ProcessError: git fails.
    """
    settings = _settings(folder)
    if not _any_attributes(folder, names, settings):
        return []
    with _index_of(folder, commit) as env:
        attributes = _attributes(folder, names, env, "--cached")
    return [name for name, found in attributes if _is_written_otherwise(found, settings)]


def checked_out(
    folder: Path, commit: str, names: Sequence[str], read: Callable[[Path], _Read]
) -> dict[str, _Read]:
    """What a checkout of a commit writes to some of its files; one that fails is left out.

    Args:
        read: what is wanted of each, while it is there.

    Raises:
        ProcessError: git fails.
    """
    command = ["git", "checkout-index", "-z", "--stdin", "--force", "--quiet"]
    with _index_of(folder, commit) as env:
        # A filter that is missing or fails leaves its file out, and makes git fail at the end.
        run(command, cwd=folder, env=env, stdin=os.fsencode("\0".join(names)), check=False)
        written = {name: Path(env["GIT_WORK_TREE"], name) for name in names}
        return {name: read(path) for name, path in written.items() if path.is_file()}


def ids_as_git_stores(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """The ids of what git would store of files of the work tree, where it may convert them.

    Raises:
        ProcessError: git fails, or a filter is missing or does.
    """
    settings = _settings(folder)
    if not _any_attributes(folder, names, settings):
        return {}
    attributes = _attributes(folder, names, {})
    changed = [name for name, found in attributes if _is_stored_otherwise(found, settings)]
    listed = [name for name in changed if "\n" not in name]
    command = ["git", "hash-object", "--stdin-paths"]
    done = run(command, cwd=folder, stdin=os.fsencode("\n".join(listed))) if listed else None
    ids = dict(zip(listed, done.stdout.split(), strict=True)) if done else {}
    for name in set(changed) - set(listed):
        ids[name] = hash_as_git(folder, name, (folder / name).read_bytes())
    return ids


def _settings(folder: Path) -> _Attributes:
    """The settings that decide about conversions besides attributes."""
    command = ["git", "config", "-z", "--get-regexp", _SETTINGS]
    done = run(command, cwd=folder, check=False)
    pairs = (pair.partition("\n") for pair in done.names.split("\0") if pair)
    return {name: value for name, _, value in pairs}


def _any_attributes(folder: Path, names: Sequence[str], settings: _Attributes) -> bool:
    """Whether files can be converted at all: most repos need not be asked about each file."""
    attributes = (name for name in names if name.endswith(_FILE))
    if settings or any(name.rpartition("/")[2] == _FILE for name in attributes):
        return True
    info = run(["git", "rev-parse", "--git-path", "info/attributes"], cwd=folder)
    return any(place.is_file() for place in (folder / info.names.rstrip("\n"), *_OF_MACHINE))


def _is_written_otherwise(found: _Attributes, settings: _Attributes) -> bool:
    on = {name for name, value in found.items() if value != "unset"}
    if {"ident", "filter", "working-tree-encoding"} & on or found.get("eol") == "crlf":
        return True
    if settings.get("core.autocrlf", "").lower() in ("true", "yes", "on", "1"):
        return found.get("text") != "unset"
    return settings.get("core.eol", "").lower() == "crlf" and bool({"text", "crlf"} & on)


def _is_stored_otherwise(found: _Attributes, settings: _Attributes) -> bool:
    on = any(value != "unset" for value in found.values())
    if settings.get("core.autocrlf", "false").lower() in ("false", "no", "off", "0"):
        return on
    return on or found.get("text") != "unset"


def _attributes(
    folder: Path, names: Sequence[str], env: Mapping[str, str], *options: str
) -> list[tuple[str, _Attributes]]:
    """Each file with its attributes."""
    command = ["git", "check-attr", "-z", "--stdin", *options, *_NAMES]
    done = run(command, cwd=folder, env=env, stdin=os.fsencode("\0".join(names)))
    parts = done.names.split("\0")[:-1]
    width = 3 * len(_NAMES)
    found: list[tuple[str, _Attributes]] = []
    for start in range(0, len(parts), width):
        row = parts[start : start + width]
        values = zip(row[1::3], row[2::3], strict=True)
        found.append((row[0], {name: value for name, value in values if value != "unspecified"}))
    return found


@contextmanager
def _index_of(folder: Path, commit: str) -> Iterator[dict[str, str]]:
    """The environment in which git has a commit checked out, in a folder that is still empty."""
    with tempfile.TemporaryDirectory(prefix="helpers-checkout-") as made:
        tree = Path(made, "tree")
        tree.mkdir()
        env = {"GIT_INDEX_FILE": str(Path(made, "index")), "GIT_WORK_TREE": str(tree)}
        run(["git", "-c", "core.sparseCheckout=false", "read-tree", commit], cwd=folder, env=env)
        yield env
