"""The plan of a repo: what a change affects, or all dirs and why."""

import json
from pathlib import Path

import pytest

from helpers.ci.event import Event
from helpers.ci.make_plan import plan_event, plan_since
from helpers.ci.plan import CiPlan
from helpers.ci.read_settings import ci_config_of
from helpers.inputs.affected_dirs import changes_since
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.settings.config import parse_repo_config
from tests.builders import commit_all, git, make_repo, make_runnable_dir, write_files


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Dirs `a`, `b` and `c`, of which `b` depends on `shared`."""
    made = make_repo(tmp_path / "origin", {"shared/x.txt": "1\n"})
    for name in ("a", "b", "c"):
        config = "depends_on: [shared]\n" if name == "b" else ""
        make_runnable_dir(made, name, {"devops/config.yaml": config, "test_it.py": ""})
    commit_all(made.root)
    return made


def _change(repo: Repo, path: str) -> str:
    write_files(repo.root, {path: "2\n"})
    return commit_all(repo.root)


def _plan(repo: Repo, event: Event) -> CiPlan:
    return plan_event(repo, ci_config_of(repo), event)


def _dirs(plan: CiPlan) -> list[str]:
    return [name for part in plan.parts for name in part.dirs]


@pytest.mark.parametrize(
    ("path", "dirs"), [("shared/x.txt", ["b"]), ("a/test_it.py", ["a"]), ("README.md", [])]
)
def test_it_has_what_a_change_affects(repo: Repo, path: str, dirs: list[str]) -> None:
    base = git(repo.root, "rev-parse", "HEAD")
    _change(repo, path)
    for plan in (_plan(repo, Event(base)), plan_since(repo, ci_config_of(repo), base)):
        assert _dirs(plan) == dirs
        assert plan.base == base
        assert plan.skipped == tuple(name for name in "abc" if name not in dirs)
        assert tuple(dirs) == changes_since(repo, base, read_repo_inputs(repo)).dirs


def test_a_shallow_clone_plans_what_a_full_one_does(repo: Repo, tmp_path: Path) -> None:
    base = git(repo.root, "rev-parse", "HEAD")
    for number in range(60):
        _change(repo, f"b/{number}.txt")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", repo.root.as_uri(), str(clone))
    shallow = Repo(clone, repo.toolchain, repo.config)
    assert _plan(shallow, Event(base)) == _plan(repo, Event(base))


def test_where_the_base_is_not_known_all_dirs_run_and_it_says_so(repo: Repo) -> None:
    for event, reason in (
        (Event(reason="the branch is new"), "the branch is new"),
        (Event("b" * 40), "the commit bbbbbbbbbbbb is not there, and there is no remote"),
    ):
        plan = _plan(repo, event)
        assert _dirs(plan) == ["a", "b", "c"]
        assert plan.lines("demo")[0] == f"all dirs are tested: {reason}"
        assert json.loads(plan.as_json())["everything"] == reason


def test_a_push_that_did_not_move_on_from_its_base_was_forced(repo: Repo) -> None:
    gone = _change(repo, "a/new.txt")
    git(repo.root, "reset", "--quiet", "--hard", "HEAD~1")
    _change(repo, "b/new.txt")
    plan = _plan(repo, Event(gone, pushed=True))
    assert _dirs(plan) == ["a", "b", "c"]
    assert plan.everything.startswith("the push was forced")


def test_a_base_that_a_person_names_and_that_is_not_there_is_an_error(repo: Repo) -> None:
    with pytest.raises(HelpersError, match="there is no commit 'nope'") as error:
        plan_since(repo, ci_config_of(repo), "nope")
    assert error.value.fix


def test_a_dirs_job_has_what_its_settings_name(repo: Repo) -> None:
    text = "name: demo\nci: {runners: {gpu: [a100]}, environments: [staging]}\n"
    known = Repo(repo.root, repo.toolchain, parse_repo_config(text, "repo_config.yaml"))
    write_files(repo.root, {"a/devops/config.yaml": "runner: gpu\nenvironment: staging\n"})
    (part,) = [one for one in _plan(known, Event()).parts if one.dirs == ("a",)]
    assert (part.runner, part.environment) == (("a100",), "staging")
    with pytest.raises(HelpersError, match="no runner 'gpu'") as error:
        _plan(repo, Event())
    assert error.value.where == "a/devops/config.yaml"
