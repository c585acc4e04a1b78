"""Files of settings whose keys are changed while everything else stays: TOML, YAML, JSON."""

import io
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from copy import deepcopy
from pathlib import PurePosixPath
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.documents.json_text import put_member, remove_member, without_comments
from helpers.model.documents.parsing import load_json
from helpers.model.documents.toml_layout import add_key, set_apart
from helpers.model.documents.yaml_layout import before_start, yaml_for
from helpers.model.errors import HelpersError
from helpers.model.sync.key_merge import KeyMerge, KeyPath, is_same, key_name, value_at

Settings = MutableMapping[Any, Any]


@dataclass(frozen=True, slots=True)
class _Format:
    """How one kind of file is read and written.

    Attributes:
        read: its tables.
        change: its text after a merge with the shared tables.
    """

    read: Callable[[str], Settings]
    change: Callable[[str, Mapping[Any, Any], KeyMerge], str]


# Puts a key that is not yet there into the last of the tables, outermost first.
_Add = Callable[[Sequence[Settings], Any, Any], None]


def read_keys(text: str | None, path: str) -> Settings:
    """The settings of a file; none where there is no file.

    Raises:
        HelpersError: with file and line, when it is malformed, or holds no keys.
    """
    form = _format(path)
    if text is None or not text.strip():
        return {}
    try:
        found = form.read(text)
    except HelpersError:
        raise
    except Exception as error:
        # Each parser has errors of its own, which have nothing in common.
        raise HelpersError(
            f"{path} is malformed: {str(error).strip().partition(chr(10))[0]}",
            where=f"{path}:{_line_of(error)}",
            fix="correct that line",
        ) from error
    if not isinstance(found, Mapping):
        raise HelpersError(
            f"{path} holds no keys: its top level is no table",
            where=f"{path}:1",
            fix="give it keys",
        )
    return found


def change_keys(text: str | None, path: str, theirs: Mapping[Any, Any], merge: KeyMerge) -> str:
    """The text of a file after a merge: keys have the shared values, or are gone.

    Raises:
        HelpersError: the file is malformed, or written in a way that keys cannot be put into.
    """
    if not merge.put and not merge.removed and text is not None:
        return text
    form = _format(path)
    # A file has one kind of line ends; the libraries only add the plain one.
    crlf = "\r\n" in (text or "")
    plain = (text or "").replace("\r\n", "\n")
    if plain and not plain.endswith("\n"):
        plain += "\n"
    read_keys(plain, path)
    try:
        written = form.change(plain, theirs, merge)
    except Exception as error:
        # Libraries refuse some layouts, each in its own way; nothing is written then.
        raise _unfit(path, merge) from error
    if not _says(written, path, _as_plain(read_keys(plain, path)), theirs, merge):
        raise _unfit(path, merge)
    return written.replace("\n", "\r\n") if crlf else written


def _make(
    document: Settings,
    theirs: Mapping[Any, Any],
    merge: KeyMerge,
    add: _Add,
    new_table: Callable[[], Settings],
) -> None:
    """Make the changes of a merge in tables."""
    for key in merge.removed:
        _remove(document, key)
    for key in merge.put:
        _make_tables(document, key, add, new_table)
        _put(document, key, deepcopy(value_at(theirs, key)), add)


def _make_tables(
    document: Settings, key: KeyPath, add: _Add, new_table: Callable[[], Settings]
) -> None:
    """Make sure that the tables around a key are there."""
    tables = [document]
    for name in key[:-1]:
        table = tables[-1]
        if not isinstance(table.get(name), MutableMapping):
            table.pop(name, None)
            add(tables, name, new_table())
        tables.append(table[name])


def _put(document: Settings, key: KeyPath, value: Any, add: _Add) -> None:
    tables = [document]
    for name in key[:-1]:
        tables.append(tables[-1][name])
    table = tables[-1]
    if key[-1] in table and not isinstance(table[key[-1]], Mapping):
        table[key[-1]] = value
    else:
        table.pop(key[-1], None)
        add(tables, key[-1], value)


def _remove(table: Settings, key: KeyPath) -> None:
    """Take the key out, and the tables around it that are then empty."""
    tables = [table]
    for name in key[:-1]:
        tables.append(tables[-1][name])
    del tables[-1][key[-1]]
    for above, name, inner in reversed(list(zip(tables, key, tables[1:], strict=False))):
        if inner:
            return
        del above[name]


def _says(
    written: str, path: str, before: Settings, theirs: Mapping[Any, Any], merge: KeyMerge
) -> bool:
    """Whether what was written says what was decided, and nothing else: layouts are many."""
    _make(before, _as_plain(theirs), merge, _add_plain, dict)
    try:
        return is_same(read_keys(written, path), before)
    except HelpersError:
        return False  # no file of its kind at all


def _unfit(path: str, merge: KeyMerge) -> HelpersError:
    names = ", ".join(key_name(key) for key in (*merge.put, *merge.removed))
    return HelpersError(
        f"{path} has keys that cannot be changed in place: {names}",
        where=path,
        fix="write its tables as [tables] with their keys below, or opt out from the file",
    )


def _as_plain(value: Any) -> Any:
    """The value without the layout that it came with; scalars are left."""
    if isinstance(value, Mapping):
        return {key: _as_plain(item) for key, item in value.items()}
    return value


def _format(path: str) -> _Format:
    ending = PurePosixPath(path).suffix.lower()
    formats = {
        ".toml": _toml,
        ".yaml": _yaml,
        ".yml": _yaml,
        ".json": _json,
    }
    if ending not in formats:
        raise HelpersError(
            f"{path}: keys can only be merged in TOML, YAML and JSON",
            fix="give it another mode in the toolchain's sync.yaml",
        )
    return formats[ending]()


def _line_of(error: Exception) -> int:
    """The line (from 1) that an error of a parser is about."""
    begun = "flow" in str(getattr(error, "context", ""))
    mark = getattr(error, "context_mark" if begun else "problem_mark", None)
    if mark is not None:
        return int(mark.line) + 1
    for name in ("lineno", "line"):
        line = getattr(error, name, None)
        if isinstance(line, int):
            return line
    return 1


def _toml() -> _Format:
    import tomlkit

    return _Format(tomlkit.parse, _change_toml)


def _change_toml(text: str, theirs: Mapping[Any, Any], merge: KeyMerge) -> str:
    import tomlkit

    document = tomlkit.parse(text)
    _make(document, theirs, merge, add_key, tomlkit.table)
    return set_apart(text, tomlkit.dumps(document))


def _yaml() -> _Format:
    return _Format(lambda text: yaml_for(text).load(text) or {}, _change_yaml)


def _change_yaml(text: str, theirs: Mapping[Any, Any], merge: KeyMerge) -> str:
    from ruamel.yaml.comments import CommentedMap

    yaml = yaml_for(text)
    document = yaml.load(text) or CommentedMap()
    _make(document, theirs, merge, _add_plain, CommentedMap)
    out = io.StringIO()
    yaml.dump(document, out)
    return before_start(text) + out.getvalue()


def _json() -> _Format:
    return _Format(lambda text: load_json(without_comments(text)), _change_json)


def _change_json(text: str, theirs: Mapping[Any, Any], merge: KeyMerge) -> str:
    text = text or "{}\n"
    for key in merge.removed:
        text = remove_member(text, key)
    for key in merge.put:
        text = put_member(text, key, value_at(theirs, key))
    return text


def _add_plain(tables: Sequence[Settings], name: Any, value: Any) -> None:
    tables[-1][name] = value
