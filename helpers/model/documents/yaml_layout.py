"""YAML that is changed while its comments, quotes and indentation stay."""

import re
from typing import Any

_START = re.compile(r"^---[ \t]*$", re.MULTILINE)
_TABLE = re.compile(r"^[^\s#-][^\n]*:[ ]*\n( +)[^\s#-]", re.MULTILINE)
_LIST = re.compile(r"^(?P<margin> *)[^\s#-][^\n]*:[ ]*\n(?P<lead> *)-(?P<gap> +)", re.MULTILINE)
# Lines are not folded.
_WIDTH = 4096


def yaml_for(text: str) -> Any:
    """A reader and writer that keeps the layout of a text."""
    from ruamel.yaml import YAML

    yaml = YAML()
    settings = {
        "preserve_quotes": True,
        "width": _WIDTH,
        "explicit_start": bool(_START.search(text)),
    }
    for name, value in settings.items():
        setattr(yaml, name, value)
    table, item = _TABLE.search(text), _LIST.search(text)
    offset = len(item["lead"]) - len(item["margin"]) if item else 0
    dash = 1 + len(item["gap"]) if item else 2
    yaml.indent(mapping=len(table[1]) if table else 2, sequence=offset + dash, offset=offset)
    return yaml


def before_start(text: str) -> str:
    """What stands before the `---` of a text: it belongs to no key, and writers leave it out."""
    start = _START.search(text)
    return text[: start.start()] if start else ""
