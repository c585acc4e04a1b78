"""What becomes of the tests of a stack in other runs, and of their failures."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.model.results.repeat import repeat_command
from helpers.model.settings.config import DirConfig
from helpers.testing.request import TestRequest
from helpers.testing.reuse.reasons import why_never_reused
from helpers.testing.run import is_left_to_stack
from tests.builders import make_repo, make_runnable_dir

_TEST = {"tests/stack/test_it.py": ""}
_FILE = {"deploy/local.yml": ""}


def test_where_there_is_a_stack_its_tests_wait_for_it(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, _FILE, commit=False)
    with_tests, without = make_runnable_dir(repo, "a", _TEST), make_runnable_dir(repo, "b")
    request = TestRequest()
    assert is_left_to_stack(with_tests, request)
    assert not is_left_to_stack(without, request)
    assert not is_left_to_stack(with_tests, replace(request, networks=("n",)))


@pytest.mark.parametrize("node", ["tests/stack", "tests/stack/test_it.py::test_a"])
def test_what_is_asked_for_by_name_is_not_left_out(tmp_path: Path, node: str) -> None:
    item = make_runnable_dir(make_repo(tmp_path, _FILE, commit=False), "a", _TEST)
    assert not is_left_to_stack(item, TestRequest(only={"a": (node,)}))
    assert is_left_to_stack(item, TestRequest(only={"a": ("tests/stacked.py",)}))


def test_where_there_is_no_stack_the_folder_is_one_like_any_other(tmp_path: Path) -> None:
    item = make_runnable_dir(make_repo(tmp_path, commit=False), "a", _TEST)
    assert not is_left_to_stack(item, TestRequest())


def test_no_pass_stands_for_a_test_of_a_stack() -> None:
    request = TestRequest(networks=("n",))
    assert why_never_reused(request, DirConfig(), "a") == "its tests are those of a stack"


def test_a_failure_is_repeated_with_its_stack() -> None:
    node = "tests/stack/test_it.py::TestApi::test_get[json]"
    assert (
        repeat_command("a", node, stack="deploy/my local.yml")
        == "i stack_test --file 'deploy/my local.yml' --args '-k test_get'"
    )
    assert repeat_command("a", "", stack="s.yml") == "i stack_test --file s.yml"
