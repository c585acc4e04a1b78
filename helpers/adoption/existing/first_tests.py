"""The tests that a directory without any gets, so that it says something when it is tested."""

import json
from collections.abc import Mapping

from helpers.adoption.existing.description import ExistingProject

PYTEST = "pytest"
# What a test that runs notebooks needs besides.
_NOTEBOOK_PACKAGES = ("nbclient", "ipykernel")
_IMPORTS_FILE = "tests/test_import.py"
_SCRIPTS_FILE = "tests/test_scripts.py"
_NOTEBOOKS_FILE = "tests/test_notebooks.py"

_IMPORTS = '''\
"""The code can be imported where its tests run; tests of what it does belong beside this one."""

import importlib

import pytest


@pytest.mark.parametrize("name", {names})
def test_it_can_be_imported(name: str) -> None:
    importlib.import_module(name)
'''
_SCRIPTS = '''\
"""The scripts are valid Python; tests of what they do belong beside this one."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", {names})
def test_it_is_valid_python(name: str) -> None:
    compile((ROOT / name).read_bytes(), name, "exec")
'''
_NOTEBOOKS = '''\
"""Every notebook runs from its first cell to its last."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).parents[1]


def is_own(path: Path) -> bool:
    """Not one of a runnable dir below this one, and not what an editor keeps."""
    between = [folder for folder in path.parents if ROOT in folder.parents]
    inner = any((folder / "changelog.txt").is_file() for folder in between)
    return not inner and not any(folder.name.startswith(".") for folder in between)


NOTEBOOKS = sorted(str(path.relative_to(ROOT)) for path in ROOT.rglob("*.ipynb") if is_own(path))


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs(name: str) -> None:
    notebook = nbformat.read(ROOT / name, as_version=4)
    # Where it stands, as by hand; with this environment, whatever it was written with.
    place = {{"metadata": {{"path": str((ROOT / name).parent)}}}}
    NotebookClient(notebook, kernel_name="python3", resources=place, timeout=600).execute()
'''


def first_tests(project: ExistingProject) -> Mapping[str, str]:
    """The tests for what there is, by their paths; none where it has tests, or nothing to test."""
    found: dict[str, str] = {}
    if _has_tests(project):
        return found
    if project.packages:
        found[_IMPORTS_FILE] = _IMPORTS.format(names=json.dumps(project.packages))
    elif project.scripts:
        found[_SCRIPTS_FILE] = _SCRIPTS.format(names=json.dumps(project.scripts))
    if project.notebooks:
        found[_NOTEBOOKS_FILE] = _NOTEBOOKS.format()
    return found


def _has_tests(project: ExistingProject) -> bool:
    """Whether there are others than these: of a run that was interrupted some may be there."""
    return not {_IMPORTS_FILE, _SCRIPTS_FILE, _NOTEBOOKS_FILE}.issuperset(project.tests)


def needed_packages(project: ExistingProject, *, add_tests: bool) -> tuple[str, ...]:
    """What the image must hold so that tests run, those that are there and those to come.

    Without pytest not even that there are no tests is known.
    """
    runs_notebooks = add_tests and not _has_tests(project) and project.notebooks
    return (PYTEST, *_NOTEBOOK_PACKAGES) if runs_notebooks else (PYTEST,)
