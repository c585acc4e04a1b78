"""The option that tells `runnable_dir_create` where a directory's packages are asked for."""

from pathlib import Path

from helpers.lockers import pip
from helpers.lockers.conda_files import ENVIRONMENT, SOURCES
from helpers.lockers.named import Kind, find_kind, read_project


def creating_option(folder: Path) -> str:
    """The option as it is typed; a directory that asks for nothing gets the file that it names.

    Raises:
        HelpersError: its `pyproject.toml` is malformed.
    """
    kind = find_kind(folder, read_project(folder))
    if kind is Kind.CONDA:
        name = next((name for name in SOURCES if (folder / name).is_file()), ENVIRONMENT)
        return f"--from-environment {name}"
    if kind not in (Kind.REQUIREMENTS, Kind.PLAIN):
        return "--from-pyproject"
    compiled = kind is Kind.PLAIN or (folder / pip.SOURCE_FILE).is_file()
    return f"--from-requirements {pip.SOURCE_FILE if compiled else pip.LOCK_FILE}"
