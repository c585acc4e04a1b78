"""What the workers of a session share: the first that needs it makes it, the others wait."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from helpers.system.lease import Lease


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that no test changes, which the first worker of the session fills.

    Args:
        make: is called with the folder, which is empty; another worker waits for its end.
    """
    base = factory.getbasetemp()
    # Each worker has its own, inside that of the session.
    session = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder, is_made = session / name, session / f"{name}.made"
    with Lease(session, name):
        if not is_made.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
            folder.mkdir()
            make(folder)
            is_made.touch()
    return folder
