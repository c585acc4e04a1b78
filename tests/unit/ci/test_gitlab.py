"""What is written for GitLab."""

import json
from dataclasses import replace
from typing import Any

import yaml

from helpers.ci import gitlab
from helpers.ci.child import CHILD, child_pipeline, main_pipeline
from helpers.ci.own_steps import OwnSteps
from helpers.ci.pipelines import CiRepo
from helpers.ci.plan import CiPlan, DirNeeds, Part, split
from helpers.model.pipeline import Step
from helpers.model.settings.ci_config import CiConfig, Target
from tests.ci_repos import IMAGE, PUBLISHED

_CONFIG = CiConfig(
    target=Target.GITLAB,
    branches=("develop", "master"),
    triggers=[{"if": '$CI_PIPELINE_SOURCE == "schedule"'}],
)
_REPO = CiRepo(
    _CONFIG, "helpers_root", lints=True, own={"dir": OwnSteps(after=(Step(own="make pages"),))}
)
_PARTS = (
    Part("apps-a", "apps/a", ("apps/a",), ("gpu",), "staging"),
    Part("part-2", "part 2", ("apps/$b", "apps/c"), ()),
)


def _main() -> Any:
    return yaml.safe_load(gitlab.emit(main_pipeline(_REPO)))


def _child(*parts: Part, trunk: bool = False) -> Any:
    dirs = tuple(name for part in parts for name in part.dirs)
    plan = CiPlan("b" * 40, "", parts, ("apps/z",), dirs)
    return yaml.safe_load(gitlab.emit(child_pipeline(_REPO, plan, trunk=trunk)))


def test_the_pipeline_ends_as_the_child_that_was_planned() -> None:
    found = _main()
    included = [{"artifact": CHILD, "job": "plan"}]
    assert found["dirs"]["trigger"] == {"include": included, "strategy": "depend"}
    assert found["dirs"]["needs"] == ["plan"]
    assert found["plan"]["artifacts"]["paths"] == [CHILD]
    assert found["plan"]["script"][1].endswith(f"i ci_plan --event gitlab --child {CHILD}")
    assert found["lint"]["script"][1:] == [
        "source ./setenv.sh && i ci_check --target gitlab",
        "source ./setenv.sh && i lint",
    ]


def test_each_line_runs_in_the_jobs_image() -> None:
    repo = replace(_REPO, config=replace(_CONFIG, base_image=IMAGE, publish=PUBLISHED))
    inside = f"bash helpers_root/dev_scripts/in_ci_image.sh {IMAGE} -c "
    found = yaml.safe_load(gitlab.emit(main_pipeline(repo)))
    assert found["lint"]["script"][-1] == f"{inside}'source ./setenv.sh && i lint'"
    child = child_pipeline(repo, CiPlan("b" * 40, "", _PARTS, (), ()), trunk=False)
    jobs = yaml.safe_load(gitlab.emit(child))
    scripts = [job["script"] for name, job in jobs.items() if name.startswith(("dir ", "gate"))]
    lines = [line for script in scripts for line in script]
    assert f"{inside}'make pages'" in lines
    assert all(line.startswith(inside) for line in lines)


def test_a_newer_push_ends_the_pipelines_of_merge_requests_alone() -> None:
    rules = _main()["workflow"]["rules"]
    assert [rule.get("auto_cancel", {}).get("on_new_commit") for rule in rules] == [
        "interruptible",
        "none",
        "none",
        None,
    ]
    assert rules[-1] == {"if": '$CI_PIPELINE_SOURCE == "schedule"'}
    assert not any(job["interruptible"] for job in _jobs(_child(*_PARTS, trunk=True)).values())
    assert all(job["interruptible"] for job in _jobs(_child(*_PARTS)).values())


def _jobs(pipeline: Any) -> dict[str, Any]:
    return {
        name: one for name, one in pipeline.items() if isinstance(one, dict) and "script" in one
    }


def test_each_part_is_a_job_with_a_timeout() -> None:
    jobs = _jobs(_child(*_PARTS))
    assert list(jobs) == ["dir apps/a", "dir part 2", "gate"]
    assert all(job["timeout"].endswith(" minutes") for job in jobs.values())
    assert jobs["dir apps/a"]["tags"] == ["gpu"]
    assert jobs["dir apps/a"]["environment"] == {"name": "staging", "action": "access"}
    assert jobs["dir apps/a"]["script"][-1] == "make pages"
    assert "tags" not in jobs["gate"]


def test_a_dollar_in_a_name_begins_no_variable() -> None:
    assert _child(*_PARTS)["dir part 2"]["variables"] == {"DIRS": "apps/$$b\napps/c"}


def test_a_push_that_passed_is_published_one_at_a_time() -> None:
    config = replace(_CONFIG, publish=PUBLISHED)
    found = yaml.safe_load(gitlab.emit(main_pipeline(replace(_REPO, config=config))))
    job = found["publish-team"]
    assert job["needs"] == ["lint", "dirs"]
    assert job["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "push" && $CI_COMMIT_BRANCH == "main"'}]
    assert job["id_tokens"] == {"PYPI_ID_TOKEN": {"aud": "pypi"}}
    assert job["environment"]["name"] == "release"
    assert job["resource_group"] == "publish-team"
    assert job["interruptible"] is False
    assert job["variables"] == {"GIT_DEPTH": "0"}
    assert "cache" not in job
    assert job["script"][1].endswith("i package_publish --all --skip-existing --index team")
    (other,) = (one for name, one in found.items() if name.startswith("publish-old"))
    assert "id_tokens" not in other
    assert '"$OLD_PASSWORD" |' in other["script"][1]
    assert other["variables"] == {"GIT_DEPTH": "0"}
    tokens = [name for name, one in _jobs(found).items() if "id_tokens" in one]
    assert tokens == ["publish-team"]


def test_an_empty_plan_gives_one_job_that_passes() -> None:
    found = _child()
    assert list(_jobs(found)) == ["gate"]
    told = {name: json.loads(text) for name, text in found["gate"]["variables"].items()}
    assert told["RESULTS"]["dir"] == "skipped"
    assert told["BRIEF"]["skipped"] == ["apps/z"]


def test_a_thousand_dirs_stay_within_the_limits_of_gitlab() -> None:
    dirs = {f"area_{n:04}/application_{n:04}": DirNeeds(f"a-{n:04}", ()) for n in range(1000)}
    plan = CiPlan("b" * 40, "", split(dirs, {}, 256), affected=tuple(dirs))
    text = gitlab.emit(child_pipeline(_REPO, plan, trunk=True))
    assert len(_jobs(yaml.safe_load(text))) == 257
    assert len(text) < 1_000_000


def test_records_are_written_after_a_push_to_a_branch_alone() -> None:
    for trunk, policy in ((True, "pull-push"), (False, "pull")):
        found = _child(*_PARTS, trunk=trunk)
        assert [cache["policy"] for cache in found["gate"]["cache"]] == [policy]
        assert [cache["policy"] for cache in found["dir apps/a"]["cache"]] == ["pull"]
