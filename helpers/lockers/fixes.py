"""The commands that bring packages into a dir's image, by what that is made from."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from helpers.lockers import pip
from helpers.lockers.named import Kind
from helpers.lockers.requirement_files import read_requirements_file
from helpers.model.runnable_dir import dir_option, path_below
from helpers.system.shell_lines import append_lines, print_lines

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
    at = dir_option(below)
    if kind.has_locker:
        added = " ".join(f"--package {shlex.quote(line)}" for line in lines)
        return f"i dependency_add {added} {f'--group {DEV_GROUP} ' * dev}{at}"
    if kind is not Kind.REQUIREMENTS or (folder / pip.SOURCE_FILE).is_file():
        source = pip.SOURCE_FILE if dev else pip.source_of(folder)
        return f"{_append(folder, below, source, lines)} && i dependency_lock {at}"
    there = [name for name in pip.DEV_FILES if (folder / name).is_file()]
    if not pip.has_hashes(read_requirements_file(folder / pip.LOCK_FILE)):
        added_to = (there or pip.DEV_FILES)[0] if dev else pip.LOCK_FILE
        return _append(folder, below, added_to, lines)
    # Beside hashes only what has some counts.
    compile_them = f"uv pip compile --universal --generate-hashes --constraint {pip.LOCK_FILE}"
    if not dev:
        both = f"{{ cat {pip.LOCK_FILE}; {print_lines(lines)}; }}"
        made = f"{both} | {compile_them} --output-file {pip.LOCK_FILE} -"
    else:  # nothing that is there is overwritten
        free = next((name for name in pip.DEV_FILES if name not in there), pip.DEV_FILES[0])
        made = f"{print_lines(lines)} | {compile_them} --output-file {free} -"
    return made if below == "." else f"cd {shlex.quote(below)} && {made}"


def _append(folder: Path, below: str, name: str, lines: Sequence[str]) -> str:
    return append_lines(folder / name, path_below(below, name), lines)
