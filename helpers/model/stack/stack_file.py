"""A stack's compose file as a person wrote it: where everything stands, and no secret in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.reader import read_document
from helpers.model.stack.secret_literals import is_secret_literal

_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StackFile:
    """Where things stand in a file.

    Attributes:
        path: of the file, relative to the repo's root; for messages.
        lines: from 1, by the keys that lead to a thing; items of lists are numbered.
        others: the files that it includes, or whose services it extends, as it writes them.
    """

    path: str
    lines: Mapping[_Path, int]
    others: tuple[str, ...] = ()

    def at(self, *keys: str) -> str:
        """The place of a thing, or of the nearest thing around it that stands in this file."""
        for end in range(len(keys), 0, -1):
            if keys[:end] in self.lines:
                return f"{self.path}:{self.lines[keys[:end]]}"
        return self.path


def read_stack_file(text: str, path: str) -> StackFile:
    """Read a stack file for where things stand; what it means, Compose says.

    Args:
        path: relative to the repo's root, for messages.

    Raises:
        HelpersError: it is no YAML, or has a secret in it.
    """
    lines: dict[_Path, int] = {}
    others: list[str] = []
    for keys, node in _nodes(read_document(text, path)):
        lines.setdefault(keys, node.start_mark.line + 1)
        value = getattr(node, "value", None)
        if not isinstance(value, str):
            continue
        if _names_a_file(keys):
            others.append(value)
        # `KEY=value` as an item of a list is as good as `KEY: value`.
        name, equals, rest = value.partition("=")
        listed = keys[-1].isdecimal() if keys else False
        key, said = (name, rest) if listed and equals else ("" if listed else keys[-1], value)
        if keys and is_secret_literal(key, said):
            raise _secret(key, f"{path}:{node.start_mark.line + 1}")
    return StackFile(path, lines, tuple(others))


def _names_a_file(keys: _Path) -> bool:
    """Whether a value at these keys is another file of Compose."""
    match keys:
        case ("include", _) | ("include", _, "path") | ("include", _, "path", _):
            return True
        case ("services", _, "extends", "file"):
            return True
        case _:
            return False


def _secret(key: str, where: str) -> HelpersError:
    name = "".join(sign if sign.isalnum() else "_" for sign in key).strip("_").upper() or "SECRET"
    about = f"key '{key.strip('- ')}'" if key else "a value"
    return HelpersError(
        f"{about} is a secret as a literal: whoever reads the file has it",
        where=where,
        fix=f"write ${{{name}:?}} in its place, and the line {name}=... into the .env beside the"
        " file; keep that one out of git",
    )


def _nodes(
    node: Any, keys: _Path = (), seen: set[int] | None = None
) -> Iterator[tuple[_Path, Any]]:
    """All nodes, each once: what an alias stands for is where its anchor is."""
    # Imported here: tasks that read no YAML do not pay for it.
    import yaml

    seen = set() if seen is None else seen
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if keys and isinstance(node, yaml.ScalarNode):
        yield keys, node
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*keys, str(key.value))
            # A mapping begins below its key: the key's line is what people look for.
            yield below, _Place(key.start_mark)
            yield from _nodes(value, below, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            below = (*keys, str(number))
            yield below, _Place(value.start_mark)
            yield from _nodes(value, below, seen)


@dataclass(frozen=True, slots=True)
class _Place:
    """The place of a key, which has no value of its own."""

    start_mark: Any
