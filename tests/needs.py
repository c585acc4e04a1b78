"""What tests need of the machine that they run on."""

import os
import shutil
from typing import NoReturn

import pytest


def lack(what: str, fix: str) -> NoReturn:
    """Skip the test, and say what it needs.

    In the project's own container, which is where CI runs it, all of that is there: so it fails.
    """
    reason = f"needs {what} (fix: {fix})"
    if "HELPERS_CONTAINER" in os.environ:
        pytest.fail(reason)
    pytest.skip(reason)


def find_program(name: str, package: str = "") -> str:
    """The path of a program, which a package of Debian's brings; by default that of its name."""
    found = shutil.which(name)
    return found or lack(name, f"apt-get install {package or name}")
