"""What the jobs that deploy do, for which pushes, and what they are given."""

import re
from dataclasses import replace
from typing import Any

import pytest
import yaml

from helpers.ci import github, gitlab
from helpers.ci.child import MAIN, main_pipeline
from helpers.ci.own_steps import OwnSteps
from helpers.ci.pipelines import MAIN_WORKFLOW, make_pipelines
from helpers.model.errors import HelpersError
from helpers.model.pipeline import Step
from helpers.model.settings.ci_config import CiConfig, Target
from tests.ci_repos import REPOS
from tests.pages import PAGES, blocks

_TAG = "i promote_tag --environment"
_GITLAB = CiConfig(target=Target.GITLAB)
_TOKENS = ("GITHUB_TOKEN", "REGISTRY_PASSWORD", "INDEX_PASSWORD")


def _workflows(name: str) -> dict[str, Any]:
    found = {one.path: github.emit(one) for one in make_pipelines(REPOS[name])}
    return {path: yaml.safe_load(text) for path, text in found.items()}


def _jobs(name: str) -> dict[str, dict[str, Any]]:
    return dict(_workflows(name)[MAIN_WORKFLOW]["jobs"])


def _typed(job: dict[str, Any]) -> list[str]:
    """The tasks that a job types, and the repo's own commands."""
    runs = [step["run"] for step in job["steps"] if "run" in step]
    return [run.partition("setenv.sh && ")[2] or run for run in runs if "bootstrap" not in run]


def test_the_first_environment_gets_what_is_released_and_its_tests_accept_it() -> None:
    job = _jobs("deploying main")["deploy-staging"]
    assert _typed(job) == [
        "i release --all",
        "i docker_release_prod_image --all --new",
        "i promote --to staging --all --this-commit",
        f"{_TAG} staging",
        "i promote_accept --environment staging --all --tests tests/acceptance",
    ]


def test_what_the_docs_show_for_gitlab_is_what_such_a_job_types() -> None:
    (page,) = [page for page in PAGES if page.name == "ci.md"]
    (shown,) = [yaml.safe_load(block.text) for block in blocks(page, "yaml")]
    pipeline = yaml.safe_load(gitlab.emit(main_pipeline(replace(REPOS["one"], config=_GITLAB))))
    job = shown["deploy-staging"]
    assert shown["include"] == [{"local": MAIN}]
    assert job["stage"] in pipeline["stages"]
    assert set(job["needs"]) < set(pipeline)
    # The rule is that of the pipeline's own for pushes to the branch.
    assert job["rules"][0]["if"] in [one["if"] for one in pipeline["workflow"]["rules"]]
    tasks = [line for line in job["script"] if line.startswith("i ")]
    assert tasks == _typed(_jobs("deploying main")["deploy-staging"])


def test_the_last_environment_gets_the_same_digest_after_its_approval() -> None:
    job = _jobs("deploying main")["deploy-production"]
    assert _typed(job) == [
        "i promote --to production --all --this-commit",
        f"{_TAG} production",
    ]
    assert job["environment"] == "production"
    assert job["needs"] == ["gate", "dir", "deploy-staging"]
    assert "needs.deploy-staging.result == 'success'" in job["if"]


def test_each_environment_has_the_pushes_of_its_branch_alone() -> None:
    jobs = _jobs("deploying")
    begins = "github.event_name == 'push' && (github.ref == 'refs/heads/{}') && !cancelled()"
    branches = {"integration": "develop", "staging": "main", "production": "main"}
    for name, branch in branches.items():
        assert jobs[f"deploy-{name}"]["if"].startswith(begins.format(branch))
    # What another branch's push deployed is waited for by nobody: promotion asks the registry.
    assert jobs["deploy-staging"]["needs"] == ["gate"]
    tests = "i promote_accept --environment integration --all --tests tests/integration"
    assert _typed(jobs["deploy-integration"])[-1] == tests


@pytest.mark.parametrize("name", [name for name in REPOS if name.startswith("deploying")])
def test_two_pushes_never_deploy_to_one_environment_at_once(name: str) -> None:
    jobs = {key: job for key, job in _jobs(name).items() if key.startswith("deploy-")}
    assert jobs
    for key, job in jobs.items():
        assert job["concurrency"] == {"group": key, "cancel-in-progress": False}
        assert job["environment"] == key.removeprefix("deploy-")


def test_a_job_may_write_tags_and_only_the_first_asks_an_index_for_a_token() -> None:
    jobs = _jobs("deploying main")
    assert jobs["deploy-staging"]["permissions"] == {"contents": "write", "id-token": "write"}
    assert jobs["deploy-production"]["permissions"] == {"contents": "write"}
    # A login to the index is there, and the registry of the forge takes the job's own token.
    for key, job in _jobs("deploying").items():
        writes = {name for name, right in job["permissions"].items() if right == "write"}
        assert writes == ({"contents", "packages"} if key.startswith("deploy-") else set())
    assert _jobs("deploying in an image")["deploy-staging"]["permissions"] == {"contents": "write"}


def test_secrets_are_seen_by_the_commands_that_need_them_and_by_no_other_job() -> None:
    for path, workflow in _workflows("deploying").items():
        for key, job in workflow["jobs"].items():
            if not key.startswith("deploy-"):
                assert "secrets." not in str(job), (path, key)
                continue
            for step in job["steps"]:
                given = [one for one in _TOKENS if one in step.get("env", {})]
                needs = re.search(r"docker_login|i release|promote_tag", step.get("run", ""))
                assert bool(given) is bool(needs), step
                assert "${{" not in step.get("run", "")


def test_logins_are_kept_where_the_next_job_of_the_machine_finds_none() -> None:
    job = _jobs("deploying")["deploy-staging"]
    steps = [step for step in job["steps"] if "run" in step]
    assert {step["env"]["DOCKER_CONFIG"] for step in steps} == {"${{ runner.temp }}/logins"}
    assert "DOCKER_CONFIG" not in str(_jobs("deploying main"))
    # The folder is made on the runner, so the image of the jobs can be given it.
    inside = _jobs("deploying in an image")["deploy-staging"]["steps"]
    shells = [step["shell"] for step in inside if "run" in step]
    assert [shell == "bash" for shell in shells[:3]] == [False, True, False]


def test_what_rolls_out_stands_before_the_tests_and_knows_the_environment() -> None:
    steps = _jobs("deploying")["deploy-staging"]["steps"]
    runs = [step.get("run", "") for step in steps]
    at = runs.index("make rollout")
    assert f"{_TAG} staging" in runs[at - 1]
    assert "i promote_accept" in runs[at + 1]
    env = steps[at]["env"]
    assert (env["PROMOTE_ENVIRONMENT"], env["A"]) == ("staging", "b")


def test_a_dirs_own_workflow_leaves_deployed_branches_to_the_first_file() -> None:
    found = _workflows("deploying main")
    assert "push" not in found[".github/workflows/ci-apps-a.yml"][True]
    assert "dir" in found[MAIN_WORKFLOW]["jobs"]


def test_own_steps_of_jobs_that_there_are_not_are_refused() -> None:
    own = {"deploy": OwnSteps((Step(own={"run": "make"}),))}
    with pytest.raises(HelpersError, match="nothing is deployed"):
        make_pipelines(replace(REPOS["one"], own=own))
