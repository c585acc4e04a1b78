"""`.pre-commit-config.yaml`: hooks are added as text, so that the rest stays byte for byte."""

import json
import shlex
from typing import Any

from helpers.managed_files.blocks import add_block, remove_block

FILE_NAME = ".pre-commit-config.yaml"
_HOOK = "changelog_check"


def hooks_block(setenv: str, indent: int = 2) -> str:
    """The item of `repos` with our hooks.

    Args:
        setenv: what is sourced, relative to the repo's root.
        indent: how far the dashes of the items stand to the right.
    """
    command = f"source {shlex.quote(f'./{setenv}')} && i {_HOOK} --staged"
    lines = (
        "- repo: local",
        "  hooks:",
        f"    - id: {_HOOK}",
        f"      name: i {_HOOK} --staged",
        f"      entry: {yaml_scalar(shlex.join(['bash', '-c', command]))}",
        "      language: system",
        "      pass_filenames: false",
        "      always_run: true",
    )
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def new_file(setenv: str) -> str:
    """The file of a repo that has none."""
    return f"repos:\n{hooks_block(setenv)}"


def has_hooks(text: str) -> bool:
    """Whether a hook of ours is among those of the file, written in whatever way."""
    hooks = (hook for repo in _repos(_load(text)) for hook in _mappings(repo.get("hooks")))
    return any(hook.get("id") == _HOOK for hook in hooks)


def add_hooks(text: str, setenv: str) -> str | None:
    """The text with our hooks; None where they cannot be added safely."""
    place = _end_of_repos(text)
    if place is None:
        return None
    line, indent = place
    lines = text.splitlines(keepends=True)
    block = hooks_block(setenv, indent)
    if line >= len(lines):
        merged = add_block(text, block)
    else:
        newline = "\r\n" if "\r\n" in text else "\n"
        merged = "".join([*lines[:line], block.replace("\n", newline), *lines[line:]])
    before, after = _load(text), _load(merged)
    ours = _load(new_file(setenv))["repos"]
    # Whatever the file looks like: it says what it said, and ours.
    if not isinstance(after, dict) or after != {**before, "repos": [*before["repos"], *ours]}:
        return None
    return merged


def remove_hooks(text: str, setenv: str) -> str | None:
    """The text without our hooks, as they were added; None: the file held nothing else."""
    if text == new_file(setenv):
        return None
    place = _end_of_repos(text)
    if place is None:
        return text
    return remove_block(text, hooks_block(setenv, place[1]))


def _end_of_repos(text: str) -> tuple[int, int] | None:
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


def _last_leaf(node: Any) -> Any:
    """The scalar, or the list on one line, that a node ends with."""
    while isinstance(node.value, list) and node.value and not node.flow_style:
        last = node.value[-1]
        node = last[1] if isinstance(last, tuple) else last
    return node


def _load(text: str) -> Any:
    import yaml

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError:
        return None


def _repos(loaded: Any) -> list[dict[str, Any]]:
    return _mappings(loaded.get("repos")) if isinstance(loaded, dict) else []


def _mappings(value: Any) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def yaml_scalar(text: str) -> str:
    """The text as a value in YAML, quoted where it must be."""
    return text if _load(f"a: {text}\n") == {"a": text} else json.dumps(text, ensure_ascii=False)
