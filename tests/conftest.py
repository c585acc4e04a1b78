"""What a session of tests leaves behind: nothing on the engine."""

import pytest

from helpers.model import labels
from tests import engine
from tests.builders import TEST_REPO

_asked = False


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note that a test had the engine, in the process that hears of all of them."""
    global _asked  # noqa: PLW0603 - pytest gives a conftest no place of its own
    _asked = _asked or "tests/integration/" in report.nodeid


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what is there of this session's repos, once its last worker has ended."""
    if not _asked or hasattr(session.config, "workerinput"):
        return
    for found in engine.containers({labels.REPO: ""}):
        if TEST_REPO in found.labels[labels.REPO]:
            engine.remove_container(found.id)
    for found in engine.images({labels.REPO: ""}):
        # Others are shared by all repos.
        of_one_repo = {labels.DIR, "com.docker.compose.service"} & found.labels.keys()
        if TEST_REPO in found.labels[labels.REPO] and of_one_repo:
            engine.remove_image(found.id)
