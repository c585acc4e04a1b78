"""YAML files with a fixed set of keys, read into typed values, with errors that name the line."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import compose_yaml
from helpers.model.errors import HelpersError
from helpers.model.settings.deprecated import (
    Deprecated,
    describe,
    find_former,
    replaced,
    without_pair,
)
from helpers.model.settings.keys import Key
from helpers.model.settings.values import SHOWN, Pairs, read_value, shown

# Reading takes about a second for so many characters.
_LARGEST = 250_000
_DEEPEST = 50
_BRACKET = re.compile(r"[\[\]{}]")
_CLOSED_BY = {"[": "]", "{": "}", "'": "'", '"': '"'}
# The parser's words for where it met a mistake.
_OPENS = re.compile("while (parsing a flow|scanning a quoted)")
# In an address: what no message repeats.
_LOGIN = re.compile(r"//[^/@]*@")


@dataclass(frozen=True, slots=True)
class Setting:
    """The value of a key, and the line (from 1) where it stands."""

    value: Any
    line: int


class Section(dict[str, Any]):
    """The values below a name of a table.

    Attributes:
        lines: where each of its keys stands; the name itself at ''.
    """

    def __init__(self, found: dict[str, Setting], line: int) -> None:
        super().__init__({name: setting.value for name, setting in found.items()})
        self.lines = {"": line, **{name: setting.line for name, setting in found.items()}}


def _no_matter(_: Deprecated) -> None:
    """For those who read what others report."""


def read_settings(
    text: str,
    path: str,
    keys: Iterable[Key],
    on_deprecated: Callable[[Deprecated], None] = _no_matter,
) -> dict[str, Setting]:
    """Read and check a settings file; `path` is for messages alone.

    Args:
        on_deprecated: is told each former value, which is read as what it became.

    Raises:
        HelpersError: the file is no YAML mapping, a key is unknown, given twice or missing, or a
            value is of the wrong type; the message names file, line, key and what was expected.
    """
    node = _mapping(text, path)
    return _settings(node.value if node else [], path, keys, 1, on_deprecated)


def read_file_of_key(text: str, path: str, key: Key) -> Any:
    """The value of a key that has a file of its own; None where the file has nothing.

    Raises:
        HelpersError: as `read_settings`.
    """
    node = _mapping(text, path)
    if node is None:
        return None

    def read_pairs(inner: Pairs, of_inner: Iterable[Key], line: int) -> dict[str, Any]:
        return Section(_settings(inner, path, of_inner, line), line)

    found = Setting(read_value(key, node, path, read_pairs), node.start_mark.line + 1)
    _check(key, {key.name: found}, path)
    return found.value


def without_formers(text: str, path: str, keys: Iterable[Key]) -> str:
    """The settings file with every former value replaced; all else stays as it is.

    Raises:
        HelpersError: the file is no YAML mapping.
    """
    node = _mapping(text, path)
    known = {key.name: key for key in keys}
    pairs = node.value if node else []
    # From the last to the first: what was found before a place stays where it is.
    for number, (key_node, value_node) in reversed(list(enumerate(pairs))):
        key = known.get(str(key_node.value))
        former = find_former(key.formers, value_node) if key else None
        if former and former.now:
            text = replaced(text, value_node, former.now)
        elif former:
            text = without_pair(text, pairs, number, flow=node.flow_style)
    return text


def _mapping(text: str, path: str) -> Any:
    """The YAML mapping of a file; None where it has nothing."""
    import yaml

    node = read_document(text, path)
    if node is None or isinstance(node, yaml.MappingNode):
        return node
    raise HelpersError(
        "expected lines of the form 'key: value'",
        where=f"{path}:{node.start_mark.line + 1}",
        fix="write each setting as 'key: value'",
    )


def read_items(text: str, path: str, keys: Iterable[Key]) -> list[dict[str, Setting]]:
    """Read and check a file that is a list, each item of which has keys.

    Raises:
        HelpersError: as `read_settings`, for the file and for each item.
    """
    import yaml

    node = read_document(text, path)
    if node is None:
        return []
    known = tuple(keys)
    if not isinstance(node, yaml.SequenceNode):
        raise _no_item(node, path, known)
    found = []
    for item in node.value:
        if not isinstance(item, yaml.MappingNode):
            raise _no_item(item, path, known)
        found.append(_settings(item.value, path, known, item.start_mark.line + 1))
    return found


def _no_item(node: Any, path: str, keys: tuple[Key, ...]) -> HelpersError:
    return HelpersError(
        f"expected a list whose items have the keys {', '.join(key.name for key in keys)}",
        where=f"{path}:{node.start_mark.line + 1}",
        fix=f"begin each item with '- {keys[0].name}: ...'",
    )


def _settings(
    pairs: Pairs,
    path: str,
    keys: Iterable[Key],
    start: int,
    on_deprecated: Callable[[Deprecated], None] = _no_matter,
) -> dict[str, Setting]:
    """Check the pairs of a mapping that starts at a line."""
    known = {key.name: key for key in keys}
    found: dict[str, Setting] = {}

    def read_pairs(inner: Pairs, of_inner: Iterable[Key], line: int) -> dict[str, Any]:
        return Section(_settings(inner, path, of_inner, line), line)

    for key_node, value_node in pairs:
        line = key_node.start_mark.line + 1
        name = key_node.value if isinstance(key_node.value, str) else shown(key_node)
        if name not in known:
            raise _unknown(name, f"{path}:{line}", known)
        if name in found:
            raise HelpersError(
                f"key '{name}' occurs twice, first on line {found[name].line}",
                where=f"{path}:{line}",
                fix="remove one of the two",
            )
        former = find_former(known[name].formers, value_node)
        if former:
            on_deprecated(describe(name, former, f"{path}:{line}"))
            found[name] = Setting(former.now, line)
        else:
            found[name] = Setting(read_value(known[name], value_node, path, read_pairs), line)
    # A former value of this kind says what holds where the key is not written.
    found = {name: setting for name, setting in found.items() if setting.value != ""}
    for key in known.values():
        if key.required and key.name not in found:
            raise HelpersError(
                f"key '{key.name}' is missing: expected {key.expected}",
                where=f"{path}:{start}",
                fix=f"add a line '{key.name}: ...'",
            )
        if key.name in found:
            _check(key, found, path)
    return found


def _check(key: Key, found: dict[str, Setting], path: str) -> None:
    """Hold what a key says of its texts and of other keys."""
    where = f"{path}:{found[key.name].line}"
    for text in _texts(found[key.name].value) if key.rule else ():
        named = key.names_of in found and text in found[key.names_of].value
        if key.rule and not named and not re.fullmatch(key.rule.pattern, text):
            what = f"key '{key.name}': {_LOGIN.sub('//***@', text)!r} {key.rule.wrong}"
            raise HelpersError(what, where=where, fix=key.rule.fix)
    for name in found[key.name].value if key.name_rule else ():
        if key.name_rule and not re.fullmatch(key.name_rule.pattern, name):
            what = f"key '{key.name}': {name[:SHOWN]!r} {key.name_rule.wrong}"
            raise HelpersError(what, where=where, fix=key.name_rule.fix)
    for tie, holds in ((key.needs, True), (key.excludes, False)):
        if tie and (tie.key in found) is not holds:
            raise HelpersError(tie.wrong, where=where, fix=tie.fix)


def _texts(value: Any) -> Iterable[str]:
    """The texts of a value: itself, the items of a list, or what names stand for."""
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    return value if isinstance(value, tuple) else (value,)


def read_document(text: str, path: str) -> Any:
    """The YAML of a file as nodes with their places; None where it has none.

    Raises:
        HelpersError: the file is no YAML, too large, or nested too deeply.
    """
    # Imported here: tasks that read no settings do not pay for it.
    import yaml

    if len(text) > _LARGEST:
        raise HelpersError(
            f"{len(text)} characters are too many for settings",
            where=path,
            fix="remove everything from the file that is not a setting",
        )
    if _flow_depth(text) > _DEEPEST:
        raise _too_deep(path)
    try:
        return compose_yaml(text)
    except RecursionError as error:
        raise _too_deep(path) from error
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(text, path, error) from error
    except yaml.YAMLError as error:
        raise HelpersError(
            f"not valid YAML: {error}", where=f"{path}:1", fix="correct the file"
        ) from error


def _not_yaml(text: str, path: str, error: Any) -> HelpersError:
    """The error for invalid YAML: where the mistake is, or where it began."""
    # The parser marks a missing end below the last line.
    last = max(len(text.splitlines()), 1)
    line = min(error.problem_mark.line + 1, last) if error.problem_mark else 1
    what, fix = str(error.problem), "correct that line"
    begun = error.context_mark
    opened = text[begun.index : begun.index + 1] if _OPENS.match(error.context or "") else ""
    if opened in _CLOSED_BY:
        # The parser notices at the next thing that cannot stand inside.
        what = f"the {opened} in column {begun.column + 1} is not closed: {what} in line {line}"
        line, fix = begun.line + 1, f"{fix}: write the {_CLOSED_BY[opened]} that it lacks"
    return HelpersError(f"not valid YAML: {what}", where=f"{path}:{line}", fix=fix)


def _flow_depth(text: str) -> int:
    """How deeply brackets are nested: YAML takes seconds for what it then refuses."""
    depth = deepest = 0
    for found in _BRACKET.finditer(text):
        depth += 1 if found[0] in "[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _too_deep(path: str) -> HelpersError:
    return HelpersError("not valid YAML: nested too deeply", where=path, fix="correct the file")


def _unknown(name: str, where: str, known: dict[str, Key]) -> HelpersError:
    # Imported here: most settings are right.
    import difflib

    name = name[:SHOWN]
    near = difflib.get_close_matches(name, known, n=1)
    fix = f"perhaps you meant '{near[0]}'" if near else f"the keys are: {', '.join(known)}"
    return HelpersError(f"unknown key '{name}'", where=where, fix=fix)
