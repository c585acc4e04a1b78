"""Every notebook runs from its first cell to its last."""

from pathlib import Path

import nbclient
import nbformat
import pytest

_ROOT = Path(__file__).parents[1]
_NOTEBOOKS = sorted(_ROOT.glob("*.ipynb"))


@pytest.mark.parametrize("path", _NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    # They import the package that they stand beside.
    resources = {"metadata": {"path": str(_ROOT)}}
    nbclient.NotebookClient(notebook, timeout=300, resources=resources).execute()


def test_there_are_notebooks() -> None:
    assert _NOTEBOOKS
