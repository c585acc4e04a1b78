"""YAML that we write: keys sorted, lists as they are, texts of several lines as blocks."""

import io
from collections.abc import Mapping
from typing import Any

_WIDTH = 4096
_COMMENTS = "\0comments"


def as_yaml(content: Mapping[str, Any]) -> str:
    """The text of a document."""
    # Imported here, as below: a plan of CI writes none.
    from ruamel.yaml import YAML

    yaml = YAML()
    settings = {"width": _WIDTH, "default_flow_style": False}
    for name, value in settings.items():
        setattr(yaml, name, value)
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(_sorted(content), out)
    return out.getvalue()


def with_comment(content: Mapping[str, Any], key: str, comment: str) -> Mapping[str, Any]:
    """A mapping with a comment behind the value of a key."""
    return {**content, _COMMENTS: {**content.get(_COMMENTS, {}), key: comment}}


def _sorted(value: Any) -> Any:
    from ruamel.yaml.comments import CommentedMap
    from ruamel.yaml.scalarstring import LiteralScalarString

    if isinstance(value, Mapping):
        made = CommentedMap()
        for key in sorted((key for key in value if key != _COMMENTS), key=str):
            made[key] = _sorted(value[key])
        for key, comment in value.get(_COMMENTS, {}).items():
            made.yaml_add_eol_comment(comment, key, column=0)
        return made
    if isinstance(value, (list, tuple)):
        return [_sorted(one) for one in value]
    if isinstance(value, str) and "\n" in value:
        return LiteralScalarString(value)
    return value
