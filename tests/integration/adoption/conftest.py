"""One remote of the toolchain for all of these tests, and repos that are looked at as a whole."""

from pathlib import Path

import pytest

from tests.adopters import toolchain_remote


@pytest.fixture(scope="session")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repo of the toolchain as it stands in the work tree."""
    return toolchain_remote(tmp_path_factory.mktemp("remote"))
