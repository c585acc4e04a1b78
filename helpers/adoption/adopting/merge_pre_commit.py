"""The hook of ours in `.pre-commit-config.yaml` that adopting adds, and takes out again."""

import shlex
from functools import partial

from helpers.managed_files.blocks import remove_block
from helpers.managed_files.pre_commit_file import (
    FILE_NAME as FILE_NAME,
)
from helpers.managed_files.pre_commit_file import (
    add_item,
    end_of_repos,
    hook_ids,
    new_text,
    yaml_scalar,
)

_HOOK = "changelog_check"


def hooks_block(setenv: str, indent: int = 2, *, former: bool = False) -> str:
    """The item of `repos` with our hooks.

    Args:
        setenv: what is sourced, relative to the repo's root.
        indent: how far the dashes of the items stand to the right.
        former: as earlier versions wrote it, for files that they adopted.
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
        # Where hooks for messages are installed as well, it would run a second time.
        *([] if former else ["      stages: [pre-commit]"]),
    )
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def new_file(setenv: str) -> str:
    """The file of a repo that has none."""
    return new_text(partial(hooks_block, setenv))


def has_hooks(text: str) -> bool:
    """Whether a hook of ours is among those of the file, written in whatever way."""
    return _HOOK in hook_ids(text)


def add_hooks(text: str, setenv: str) -> str | None:
    """The text with our hooks; None where they cannot be added safely."""
    return add_item(text, partial(hooks_block, setenv))


def remove_hooks(text: str, setenv: str) -> str | None:
    """The text without our hooks, as they were added; None: the file held nothing else."""
    blocks = [partial(hooks_block, setenv, former=former) for former in (False, True)]
    if text in map(new_text, blocks):
        return None
    place = end_of_repos(text)
    if place is None:
        return text
    removed = (remove_block(text, block(place[1])) for block in blocks)
    return next((one for one in removed if one != text), text)
