from dataclasses import replace
from pathlib import Path

import pytest

from helpers.containers.plan import NO_NETWORK
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.results.results import DirResult, DirState, Suite, TestCase, TestOutcome
from helpers.model.settings.config import DirConfig
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.system.repo_files import read_dir_config
from helpers.tasks.options import SUITES
from helpers.tasks.values import read_suite
from helpers.testing.hints.offline import offline_hints
from helpers.testing.request import TestRequest
from helpers.testing.reuse.passes import plain_options
from helpers.testing.suites import (
    check_suites,
    dirs_with_suite,
    needs_services,
    offline_folders,
    settings_for,
)
from tests.builders import make_repo, make_runnable_dir

_CONFIG = DirConfig(
    suites={"unit": "tests/unit", "io": "tests/io"},
    offline=("unit",),
    sibling=SocketPolicy.OWN,
    dind=True,
)
_SUITES = "suites: {unit: tests/unit}\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo", commit=False)
    test = {"tests/unit/test_a.py": ""}
    make_runnable_dir(made, "a", {"devops/config.yaml": _SUITES, **test})
    make_runnable_dir(made, "b")
    make_runnable_dir(made, "malformed", {"devops/config.yaml": "suites: ["})
    return made


def test_an_offline_suite_alone_has_no_network_engine_or_services(repo: Repo) -> None:
    item = make_runnable_dir(repo, "c", {"devops/compose.yaml": "services: {}\n"})
    for suite, closed in (("unit", True), ("io", False), ("fast", False), ("all", False)):
        held = settings_for(_CONFIG, suite)
        options = plain_options(held, TestRequest(suite=suite))
        assert (options.network == NO_NETWORK, held.dind, held.sibling is None) == (
            (closed, not closed, closed)
        ), suite
        assert needs_services(item, _CONFIG, suite) is not closed
    assert offline_folders(_CONFIG) == {"unit": "tests/unit"}


def test_a_suite_of_some_dirs_runs_there_and_one_that_is_malformed_says_so_later(
    repo: Repo,
) -> None:
    dirs = [repo.runnable_dir(name) for name in ("a", "b", "malformed")]
    assert [item.name for item in dirs_with_suite(dirs, "unit")] == ["a", "malformed"]
    assert dirs_with_suite(dirs, "slow") == dirs
    assert dirs_with_suite([], "unit") == []


@pytest.mark.parametrize(
    ("names", "suite", "more", "fix"),
    [(["a", "b"], "unti", ", unit", "--suite unit"), (["b"], "fst", "", "--suite fast")],
)
def test_a_suite_of_no_dir_is_refused_by_tasks_and_runs_with_the_same_message(
    repo: Repo, names: list[str], suite: str, more: str, fix: str
) -> None:
    with pytest.raises(HelpersError) as of_a_run:
        dirs_with_suite([repo.runnable_dir(name) for name in names], suite)
    with pytest.raises(HelpersError) as of_a_task:
        read_suite(suite, lambda: ["unit"] if more else [])
    said = f"--suite takes one of fast, slow, superslow, all{more}; not {suite!r}"
    assert (of_a_run.value.what, of_a_run.value.fix) == (said, fix)
    assert (of_a_task.value.what, of_a_task.value.fix) == (said, fix)


def test_the_help_of_tasks_names_the_suites_that_every_dir_has() -> None:
    assert SUITES.startswith(f"{', '.join(Suite)}, or ")


def test_a_folder_that_is_not_there_is_named(repo: Repo) -> None:
    item = repo.runnable_dir("a")
    check_suites(item, read_dir_config(item), "unit")
    with pytest.raises(HelpersError, match=r"^key 'suites': there is no 'tests/units'") as caught:
        check_suites(item, DirConfig(suites={"unit": "tests/units"}), "fast")
    assert caught.value.where == "a/devops/config.yaml"
    with pytest.raises(HelpersError, match="the dir has no suite 'io'"):
        check_suites(item, read_dir_config(item), "io")


def test_a_task_takes_the_suites_of_the_repos_dirs() -> None:
    assert read_suite("slow", lambda: pytest.fail("nobody need be asked")) == "slow"
    assert read_suite("unit", lambda: ["unit"]) == "unit"


def test_a_failure_for_want_of_a_network_says_why_there_is_none() -> None:
    details = "curl: (6) Could not resolve host: prices.example"
    test = TestCase("t::a", TestOutcome.FAILED, 0.1, "1 != 0", details=details)
    result = DirResult("a", DirState.FAILED, tests=(test,))
    unit, every = TestRequest(suite="unit"), TestRequest()
    assert offline_hints(result, _CONFIG, unit) == [
        "these tests run without a network: the suite 'unit' is offline"
    ]
    assert offline_hints(result, _CONFIG, replace(every, offline=True)) == [
        "these tests run without a network: --offline was given"
    ]
    assert offline_hints(result, _CONFIG, every) == []
    other = replace(result, tests=(replace(test, details="assert"),))
    assert offline_hints(other, _CONFIG, unit) == []
