"""`.pre-commit-config.yaml`: an item is added as text, so that the rest stays byte for byte."""

import json
import re
from collections.abc import Callable
from typing import Any

from helpers.managed_files.blocks import add_block

FILE_NAME = ".pre-commit-config.yaml"
# Around the item that is made anew whenever what it is made from changes.
BEGIN = "# >>> made by `i pre_commit_sync`; hooks of your own stand in other items >>>"
END = "# <<< made by `i pre_commit_sync` <<<"
MADE = re.compile(
    rf"^(?P<margin> *){re.escape(BEGIN)}\n *# content: sha256:(?P<digest>[0-9a-f]{{64}})\n"
    rf"(?P<body>.*?)^ *{re.escape(END)}$",
    re.MULTILINE | re.DOTALL,
)


def new_text(make_item: Callable[[int], str]) -> str:
    """The file of a repo that has none.

    Args:
        make_item: the lines of the item, its dash as far to the right as it is told.
    """
    return f"repos:\n{make_item(2)}"


def add_item(text: str, make_item: Callable[[int], str]) -> str | None:
    """The text with an item at the end of `repos`; None where it cannot be added safely."""
    place = end_of_repos(text)
    if place is None:
        return None
    line, indent = place
    lines = text.splitlines(keepends=True)
    block = make_item(indent)
    if line >= len(lines):
        merged = add_block(text, block)
    else:
        newline = "\r\n" if "\r\n" in text else "\n"
        merged = "".join([*lines[:line], block.replace("\n", newline), *lines[line:]])
    before, after = load(text), load(merged)
    ours = load(new_text(make_item))["repos"]
    # Whatever the file looks like: it says what it said, and ours.
    if not isinstance(after, dict) or after != {**before, "repos": [*before["repos"], *ours]}:
        return None
    return merged


def without_made(text: str) -> str | None:
    """The text without the item between the two comments; None: the file held nothing else."""
    here = text.replace("\r\n", "\n")
    found = MADE.search(here)
    if not found:
        return text
    before, after = here[: found.start()], here[found.end() :]
    # What had no last line end before the item was added has none again.
    left = before + after.removeprefix("\n") if after else before.removesuffix("\n")
    if left.split() in ([], ["repos:"]):
        return None
    return left.replace("\n", "\r\n") if "\r\n" in text else left


def hook_ids(text: str) -> frozenset[str]:
    """The ids of all hooks of the file; none where it is malformed."""
    loaded = load(text)
    repos = _mappings(loaded.get("repos")) if isinstance(loaded, dict) else []
    hooks = (hook for repo in repos for hook in _mappings(repo.get("hooks")))
    return frozenset(str(hook.get("id")) for hook in hooks)


def end_of_repos(text: str) -> tuple[int, int] | None:
    """The line (from 0) after the last item of `repos`, and how far its dash is to the right."""
    import yaml

    try:
        top = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    if not isinstance(top, yaml.MappingNode):
        return None
    for key, value in top.value:
        if key.value == "repos" and isinstance(value, yaml.SequenceNode):
            if value.flow_style or not value.value:
                return None
            last = _last_leaf(value)
            at_start = last.end_mark.column == 0
            return last.end_mark.line + (0 if at_start else 1), value.start_mark.column
    return None


def load(text: str) -> Any:
    """What YAML reads; None where it cannot."""
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def yaml_scalar(text: str) -> str:
    """The text as a value in YAML, quoted where it must be."""
    return text if load(f"a: {text}\n") == {"a": text} else json.dumps(text, ensure_ascii=False)


def _last_leaf(node: Any) -> Any:
    """The scalar, or the list on one line, that a node ends with."""
    while isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
