"""What the tests of workflows share."""

import pytest

from tests.ci_tools import CiTools, find_ci_tools, install_ci_tools
from tests.made_once import made_once


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> CiTools:
    """The programs that run and check workflows."""
    return find_ci_tools(made_once(tmp_path_factory, "ci_tools", install_ci_tools))
