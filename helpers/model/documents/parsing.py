"""JSON, TOML and YAML that somebody else wrote: whatever is wrong with it is a ValueError."""

import re
from collections.abc import Iterator
from itertools import count
from typing import Any

# More than any file of people's has: anchors make a few lines stand for more than fits anywhere.
_MOST_VALUES = 100_000
# What both parsers of YAML read alike: no tabs, no anchors, no tags, no text blocks, nothing deep.
# libyaml takes some of what Python's own refuses, and the other way round.
_PLAIN_LINE = re.compile(
    r"(?!---|\.\.\.)[ -]{0,40}(?![ -])[\w \"#'(),./:;<=@\[\]{}^$+~-]*", re.ASCII
)
_MOST_BRACKETS = 50


def load_json(text: str | bytes) -> Any:
    """Read JSON.

    Raises:
        ValueError: it is none, or is nested more deeply than can be read.
    """
    # Imported here, as below: few commands read both.
    import json

    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def load_toml(text: str) -> dict[str, Any]:
    """Read TOML.

    Raises:
        ValueError: it is none, is nested more deeply than can be read, or has a number of more
            digits than any machine counts in.
    """
    import tomllib

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def load_yaml(text: str) -> Any:
    """Read YAML as tables, lists and texts; what merge keys (`<<`) bring along is left out.

    Raises:
        ValueError: it is none, is nested more deeply than can be read, or stands for more than any
            file of people's does.
    """
    import yaml

    try:
        return _plain(compose_yaml(text), count())
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def compose_yaml(text: str) -> Any:
    """Read YAML as nodes with their places; None where it has none.

    Most files are so simple that libyaml reads them just as Python's own parser does, and eight
    times as quickly. What it does not take is read again, for the message.

    Raises:
        RecursionError: it is nested too deeply.
        yaml.YAMLError: it is no YAML.
    """
    import yaml

    quick = getattr(yaml, "CSafeLoader", None)
    if quick and all(map(_is_plain, text.split("\n"))):
        try:
            return yaml.compose(text, Loader=quick)
        except yaml.YAMLError:
            pass
    return yaml.compose(text, Loader=yaml.SafeLoader)


def _is_plain(line: str) -> bool:
    brackets = line.count("[") + line.count("{")
    closed = brackets == line.count("]") + line.count("}")
    return closed and brackets <= _MOST_BRACKETS and bool(_PLAIN_LINE.fullmatch(line))


def _plain(node: Any, counted: Iterator[int]) -> Any:
    import yaml

    if next(counted) > _MOST_VALUES:
        raise ValueError("its anchors expand to too much")
    if isinstance(node, yaml.MappingNode):
        pairs = ((key, value) for key, value in node.value if isinstance(key, yaml.ScalarNode))
        return {str(key.value): _plain(value, counted) for key, value in pairs}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, counted) for item in node.value]
    return None if node is None else str(node.value)
