"""Whether an earlier pass may stand for a dir's tests: what was asked, what changed, the answer."""

from collections.abc import Mapping
from typing import Any

import pytest

from helpers.model.results.results import DirResult, DirState
from helpers.model.settings.config import DirConfig
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.testing.request import TestRequest
from helpers.testing.reuse.reasons import Evidence, pass_or_reason, sees_more, why_never_reused

_NOW = {
    "inputs": "1", "image": "1", "container": "1", "suite": "1", "arguments": "1",
    "coverage": "1", "toolchain": "1",
}  # fmt: skip
_PASS = DirResult("app", DirState.PASSED)
_PASSED = Evidence(now=_NOW, recorded=_PASS)


def _since(**last: str) -> Evidence:
    """No pass is recorded of what is now; the last one was decided by something else."""
    return Evidence(now=_NOW, last={**_NOW, **last})


@pytest.mark.parametrize(
    ("asked", "settings", "found", "answer"),
    [
        # What was asked.
        ({}, {}, _PASSED, _PASS),
        ({"only": {"app": ("t.py::a",)}}, {}, _PASSED, "not all of its tests were asked for"),
        ({"only": {"other": ("t.py::a",)}}, {}, _PASSED, _PASS),
        ({"again": True}, {}, _PASSED, "it was asked for again"),
        ({"reuse": False}, {}, _PASSED, "--no-reuse was given"),
        # What tests see.
        ({}, {"reuse": False}, _PASSED, "its settings say reuse: false"),
        ({}, {"sibling": SocketPolicy.OWN}, _PASSED, "its tests have the Docker socket"),
        ({"sibling": SocketPolicy.OWN}, {}, _PASSED, "its tests have the Docker socket"),
        ({}, {"dind": True}, _PASSED, "its tests have a Docker Engine"),
        ({"dind": True}, {}, _PASSED, "its tests have a Docker Engine"),
        # What is not known.
        ({}, {}, Evidence("its image is not there"), "its image is not there"),
        ({}, {}, Evidence(""), ""),
        # What changed.
        ({}, {}, Evidence(now=_NOW), "no pass is recorded"),
        ({}, {}, Evidence(now=_NOW, last=_NOW), "no pass is recorded"),
        ({}, {}, Evidence(now=_NOW, last={**_NOW, "inputs": "0"}, recorded=_PASS), _PASS),
        ({}, {}, _since(inputs="0"), "its inputs changed since its last pass"),
        ({}, {}, _since(container="0"), "what its container is given changed since its last pass"),
        ({}, {}, _since(image="0", container="0"), "its image changed since its last pass"),
        (
            {}, {}, _since(inputs="0", image="0", container="0"),
            "its inputs and its image changed since its last pass",
        ),
        (
            {}, {}, _since(suite="0", arguments="0", coverage="0"),
            "the suite, pytest's arguments and --coverage changed since its last pass",
        ),
        ({}, {}, _since(toolchain="0"), "the toolchain changed since its last pass"),
    ],
)  # fmt: skip
def test_why_no_earlier_pass_stands_for_a_dir(
    asked: Mapping[str, Any], settings: Mapping[str, Any], found: Evidence, answer: DirResult | str
) -> None:
    request, config = TestRequest(**asked), DirConfig(**settings)
    assert pass_or_reason(request, config, "app", lambda: found) == answer


@pytest.mark.parametrize("asked", [{}, {"again": True}])
def test_whether_a_pass_may_be_recorded_does_not_depend_on_earlier_ones(
    asked: Mapping[str, Any],
) -> None:
    assert why_never_reused(TestRequest(**asked), DirConfig(), "app") == ""


def test_nobody_looks_for_passes_that_could_not_stand_for_a_dir() -> None:
    def look() -> Evidence:
        raise AssertionError

    assert pass_or_reason(TestRequest(reuse=False), DirConfig(), "app", look)


def test_a_dir_of_which_some_tests_run_sees_its_inputs_alone_all_the_same() -> None:
    request = TestRequest(only={"app": ("t.py::a",)})
    assert why_never_reused(request, DirConfig(), "app")
    assert not sees_more(request, DirConfig())
