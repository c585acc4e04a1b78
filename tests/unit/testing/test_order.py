"""Orders, answers and events go to other machines as plain values, and come back as they were."""

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.engine.containers import TextFile
from helpers.images.installed.ensure import Installed
from helpers.model.events import (
    BuildEnded,
    DirStateChanged,
    Event,
    Notice,
    TestEnded,
    TestsCollected,
    Warned,
)
from helpers.model.plain import as_plain, from_plain
from helpers.model.results.coverage import FileCoverage
from helpers.model.results.results import (
    DirResult,
    DirState,
    Phase,
    Reused,
    TestCase,
    TestOutcome,
)
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.model.version import Version
from helpers.testing.order import (
    Answer,
    Order,
    plain_event,
    plain_installed,
    plain_request,
    read_event,
    read_installed,
    read_request,
)
from helpers.testing.request import TestRequest

_TEST = TestCase("test_a.py::test", TestOutcome.FAILED, 0.5, properties=(("key", "value"),))
_RESULT = DirResult(
    "apps/a",
    DirState.FAILED,
    tests=(_TEST,),
    phases=(Phase(DirState.TESTING, 0.5, 1.5),),
    coverage=(FileCoverage("a.py", (1, 2), (3,)),),
    reused=Reused("run", "then"),
)


def _sent(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_a_request_is_read_with_the_dirs_as_they_are_there() -> None:
    every = tuple(RunnableDir(Path("/there"), name) for name in ("a", "b"))
    here = tuple(RunnableDir(Path("/here"), name) for name in ("a", "b"))
    request = TestRequest(
        dirs=here[:1],
        every_dir=here,
        version=Version.parse("1.2.3"),
        sibling=SocketPolicy.OWN,
        only={"a": ("test_a.py::test",)},
        shard=(1, 2),
        images={"a": "an image of the driver's engine"},
        pytest_args=("-k", "name"),
    )
    read = read_request(_sent(plain_request(request)), every)
    assert read.dirs == every[:1]
    assert read.every_dir == every
    assert read.version == request.version
    assert read.sibling is SocketPolicy.OWN
    assert (read.only, read.shard, read.pytest_args) == (
        request.only,
        request.shard,
        request.pytest_args,
    )
    assert not read.images


def test_an_answer_comes_back_as_it_was() -> None:
    answer = Answer("run", 2, "build1", _RESULT, recordable=False, size=7)
    assert from_plain(Answer, _sent(as_plain(answer))) == answer


def test_an_order_arrives_as_it_was() -> None:
    installed = Installed((TextFile("bin/x", b"\xff", 0o755),), ("python", "site", "bin"))
    said = plain_installed(installed)
    order = Order("run", 1, "apps/a", "tree", "image", ("manifest", "config"), said, {"slot": 1})
    found = from_plain(Order, _sent(as_plain(order)))
    assert found == order
    assert read_installed(found.installed) == installed


@pytest.mark.parametrize(
    "event",
    [
        Notice("text", "a"),
        Warned("text", "a", "fix"),
        DirStateChanged("a", DirState.TESTING),
        TestsCollected("a", 3),
        TestEnded("a", _TEST),
    ],
)
def test_what_a_dir_tells_is_heard_as_it_was_told(event: Event) -> None:
    plain = plain_event(event)
    assert plain
    assert read_event(_sent(plain)) == event


def test_what_is_told_of_builds_stays_where_they_are() -> None:
    assert plain_event(BuildEnded("a", "image", 1.0)) is None
