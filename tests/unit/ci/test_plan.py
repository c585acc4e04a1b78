"""Which dirs a run tests, and in which jobs."""

import json

import pytest

from helpers.ci.plan import CiPlan, DirNeeds, Part, needs_of, split
from helpers.model.errors import HelpersError
from helpers.model.settings.ci_config import CiConfig


def _dirs(count: int) -> dict[str, DirNeeds]:
    return {f"apps/a{n}": DirNeeds(f"apps-a{n}") for n in range(count)}


def test_up_to_the_most_each_dir_has_a_job() -> None:
    parts = split(_dirs(3), {}, 3)
    assert [(part.key, part.dirs) for part in parts] == [
        ("apps-a0", ("apps/a0",)),
        ("apps-a1", ("apps/a1",)),
        ("apps-a2", ("apps/a2",)),
    ]


def test_beyond_it_jobs_take_about_as_long() -> None:
    seconds = {"apps/a0": 30.0, **{f"apps/a{n}": 10.0 for n in range(1, 4)}}
    parts = split(_dirs(4), seconds, 2)
    assert sorted(part.dirs for part in parts) == [
        ("apps/a0",),
        ("apps/a1", "apps/a2", "apps/a3"),
    ]


def test_dirs_of_different_machines_share_no_job() -> None:
    dirs = _dirs(5) | {"gpu/x": DirNeeds("gpu-x", ("gpu",)), "gpu/y": DirNeeds("gpu-y", ("gpu",))}
    parts = split(dirs, {}, 3)
    assert len(parts) == 3
    for part in parts:
        assert {dirs[name].runner for name in part.dirs} == {part.runner}
    assert sorted(name for part in parts for name in part.dirs) == sorted(dirs)


def test_more_kinds_of_machines_than_jobs_are_refused() -> None:
    dirs = {name: DirNeeds(name, (name,)) for name in "abc"}
    with pytest.raises(HelpersError, match="3 different kinds of jobs, and there may be 2"):
        split(dirs, {}, 2)


def test_a_thousand_dirs_stay_within_the_limits_of_a_matrix() -> None:
    dirs = {f"area_{n:04}/application_{n:04}": DirNeeds(f"a-{n:04}") for n in range(1000)}
    plan = CiPlan("b" * 40, "", split(dirs, {}, 256), affected=tuple(dirs))
    assert len(plan.parts) == 256
    assert len(plan.as_json()) < 1_000_000


def test_the_plan_says_what_is_skipped_and_why() -> None:
    plan = CiPlan("b" * 40, "", (Part("root", "demo", (".",), ("x",)),), ("a",), (".",))
    lines = plan.lines("demo")
    assert lines[0] == "compared with bbbbbbbbbbbb: 1 dir in 1 job"
    assert lines[-1] == "skipped: a: nothing that they use changed"
    assert json.loads(plan.as_json())["parts"][0]["dirs"] == "."


@pytest.mark.parametrize("key", ["runner", "environment"])
def test_what_the_repo_does_not_have_is_refused(key: str) -> None:
    given = {"runner": "", "environment": ""} | {key: "gpu"}
    with pytest.raises(HelpersError, match=f"key '{key}': the repo has no {key} 'gpu'") as error:
        needs_of("a", config=CiConfig(), where="a/devops/config.yaml", **given)
    assert error.value.where == "a/devops/config.yaml"
    assert "repo_config.yaml" in error.value.fix
