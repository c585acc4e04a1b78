"""The commands that bring packages into a dir's image, by what that is made from."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from helpers.lockers import pip
from helpers.lockers.named import Kind
from helpers.lockers.requirement_files import decode

# The dependency group of what only developing needs.
DEV_GROUP = "dev"


def add_packages(
    folder: Path, below: str, kind: Kind, lines: Sequence[str], *, dev: bool = True
) -> str:
    """The command, typed at the repo's root, that adds requirements to a dir.

    Args:
        below: the dir relative to the repo's root.
        lines: requirements; in files that pip reads also `-r FILE`.
        dev: only developing needs them.
    """
    at = f"--dir {shlex.quote(below)}"
    if kind in (Kind.POETRY, Kind.UV):
        added = " ".join(f"--package {shlex.quote(line)}" for line in lines)
        return f"i poetry_add {added} {f'--group {DEV_GROUP} ' * dev}{at}"
    if kind is not Kind.REQUIREMENTS or (folder / pip.SOURCE_FILE).is_file():
        return f"{_append(below, pip.SOURCE_FILE, lines)} && i poetry_lock {at}"
    if not dev:
        return _append(below, pip.LOCK_FILE, lines)
    there = [name for name in pip.DEV_FILES if (folder / name).is_file()]
    if pip.has_hashes(decode((folder / pip.LOCK_FILE).read_bytes())):
        # Beside hashes only what has some counts; nothing that is there is overwritten.
        free = next((name for name in pip.DEV_FILES if name not in there), pip.DEV_FILES[0])
        return (
            f"cd {shlex.quote(below)} && {_printed(lines)} | uv pip compile --universal"
            f" --generate-hashes --constraint {pip.LOCK_FILE} --output-file {free} -"
        )
    return _append(below, there[0] if there else pip.DEV_FILES[0], lines)


def _append(below: str, name: str, lines: Sequence[str]) -> str:
    path = name if below == "." else f"{below}/{name}"
    return f"{_printed(lines)} >> {shlex.quote(path)}"


def _printed(lines: Sequence[str]) -> str:
    return f"printf '%s\\n' {' '.join(shlex.quote(line) for line in lines)}"
