"""What libyaml is asked to read it reads as Python's own parser of YAML does, mistakes included."""

import random
from typing import Any

import pytest
import yaml

from helpers.model.documents.parsing import compose_yaml

_TEXTS = (
    "depends_on: [shared/a]\nreuse: no\n",
    "# Why\nentrypoint: [python3, -m, 'x y', --port=80]\nplatforms:\n- linux/amd64\n",
    'resources: {memory: 4g, cpus: "2"}\nregistries:\n  team: https://example.org:5000/a\n',
    "a:\n  b: 1\n  c:\n  - d: e\n    f: ~\n",
)
_PIECES = (
    *(
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\n- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "'",
        '"',
        "#",
        " #",
        ":",
        "?",
        "? ",
    ),
    *("---", "...", "\n---\n", "a: b", "&a ", "*a", "!t ", "%", "\t", "=", "<<", "|", ">", "\\"),
    *("\r\n", "\u00e9", "\ufeff", "'' ", "{a: \n}", "- " * 30, " " * 45, "[" * 60),
)


def _said(node: Any) -> Any:
    if node is None:
        return None
    found: Any = node.value
    if isinstance(node, yaml.SequenceNode):
        found = [_said(item) for item in node.value]
    elif isinstance(node, yaml.MappingNode):
        found = [(_said(key), _said(value)) for key, value in node.value]
    return node.tag, node.start_mark.line, bool(getattr(node, "flow_style", None)), found


def _outcome(read: Any) -> Any:
    try:
        return _said(read())
    except (yaml.YAMLError, RecursionError) as error:
        return type(error), str(error)


def test_both_parsers_say_the_same_of_whatever_both_are_given() -> None:
    chance = random.Random(1)
    for _ in range(6000):
        text = chance.choice(_TEXTS) if chance.random() < 0.7 else ""
        for _ in range(chance.randrange(5)):
            at = chance.randrange(len(text) + 1)
            piece = chance.choice(_PIECES)
            text = text[:at] + piece + text[at + chance.randrange(2) :]
        ours = _outcome(lambda text=text: compose_yaml(text))
        assert ours == _outcome(lambda text=text: yaml.compose(text, yaml.SafeLoader)), text


def test_a_text_nested_too_deeply_for_python_is_not_given_to_libyaml() -> None:
    for text in (
        "[" * 5000 + "]" * 5000,
        "- " * 5000 + "a",
        "\n".join(" " * n + "a:" for n in range(900)),
    ):
        with pytest.raises(RecursionError):
            compose_yaml(text)


@pytest.mark.skipif(not yaml.__with_libyaml__, reason="this PyYAML was built without libyaml")
def test_simple_texts_are_read_by_libyaml() -> None:
    for text in _TEXTS:
        assert type(compose_yaml(text).start_mark).__module__ == "yaml._yaml"
