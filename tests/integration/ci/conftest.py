"""What the tests of workflows share."""

import pytest

from tests.ci_tools import CiTools, make_ci_tools


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> CiTools:
    """The programs that run and check workflows."""
    return make_ci_tools(tmp_path_factory.mktemp("ci_tools"))
