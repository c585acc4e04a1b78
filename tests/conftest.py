"""How a session of tests is dealt out, and what it leaves behind: nothing on the engine."""

import gc
import time

import pytest
from hypothesis import settings

from helpers.model import labels
from tests import engine
from tests.builders import TEST_REPO

_PATIENCE = 20.0
_asked = False

# A slow machine fails no test.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Look for no garbage while all tests are collected: half of that time went into it."""
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Nor later among ten thousand tests, which are none."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 20)
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Let the tests of a file share what is made for all of them."""
    from tests.worker_schedule import OneWorkerPerFile

    return OneWorkerPerFile(config, log) if config.getoption("dist") == "load" else None


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note that a test had the engine, in the process that hears of all of them."""
    global _asked  # noqa: PLW0603 - pytest gives a conftest no place of its own
    _asked = _asked or "tests/integration/" in report.nodeid


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remove what is there of this session's repos, once its last worker has ended."""
    if not _asked or hasattr(session.config, "workerinput"):
        return
    until = time.monotonic() + _PATIENCE
    while _remove_own() and time.monotonic() < until:
        time.sleep(0.5)


def _remove_own() -> bool:
    """Remove what carries a name of this session; True when there was any.

    Once is not enough: a container on its way out holds its image, and the engine goes on with the
    build of a process that was killed.
    """
    containers = [one for one in engine.containers({labels.REPO: ""}) if _is_own(one)]
    for found in containers:
        engine.remove_container(found.id)
    # Others are shared by all repos.
    of_one_repo = {labels.DIR, "com.docker.compose.service"}
    images = [
        one
        for one in engine.images({labels.REPO: ""})
        if _is_own(one) and of_one_repo & one.labels.keys()
    ]
    for found in images:
        engine.remove_image(found.id)
    return bool(containers or images)


def _is_own(found: engine.Found) -> bool:
    return TEST_REPO in found.labels[labels.REPO]
