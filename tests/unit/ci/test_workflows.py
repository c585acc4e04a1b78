"""What is written for GitHub, and what every file of it holds."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import yaml

from helpers.ci import github
from helpers.ci.own_steps import OwnSteps
from helpers.ci.pipelines import MAIN_WORKFLOW, MOST_WORKFLOWS, CiDir, CiRepo, make_pipelines
from helpers.ci.plan import DirNeeds
from helpers.model.errors import HelpersError
from helpers.model.pipeline import Step
from helpers.model.settings.ci_config import CiConfig
from tests.ci_repos import IMAGE, PER_DIR, PUBLISHED, REPOS


def _written(name: str) -> dict[str, Any]:
    """The workflows by path, as YAML 1.1 reads them: `on` is true."""
    found = {one.path: github.emit(one) for one in make_pipelines(REPOS[name])}
    return {path: yaml.safe_load(text) for path, text in found.items()}


def _steps(workflow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job.get("steps", ())


@pytest.mark.parametrize("name", REPOS)
def test_every_workflow_is_hardened(name: str) -> None:
    for path, workflow in _written(name).items():
        assert workflow["permissions"] == {}, path
        for job_name, job in workflow["jobs"].items():
            trusted = {"id-token": "write"} if job_name == "publish-team" else {}
            if not job_name.startswith("deploy-"):
                assert job["permissions"] == {"contents": "read", **trusted}
            assert "uses" in job or 0 < job["timeout-minutes"] <= 180
            if "uses" in job:
                assert re.fullmatch(r"\./\.github/workflows/dir\.yml|.*@[0-9a-f]{40}", job["uses"])
        for step in _steps(workflow):
            assert "${{" not in step.get("run", "")
            if "uses" in step:
                assert re.fullmatch(r"actions/[a-z/-]+@[0-9a-f]{40}", step["uses"])
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("name", REPOS)
def test_what_starts_a_workflow_is_ended_for_pull_requests_alone(name: str) -> None:
    for workflow in _written(name).values():
        if "workflow_call" in workflow[True]:
            continue
        said = workflow["concurrency"]
        assert said["cancel-in-progress"] == "${{ github.event_name == 'pull_request' }}"
        assert said["group"].endswith("${{ github.event.pull_request.number || github.run_id }}")


@pytest.mark.parametrize("name", REPOS)
def test_the_toolchain_is_set_up_before_anything_is_run(name: str) -> None:
    bootstrap = re.compile(r"bash (helpers_root/)?dev_scripts/bootstrap\.sh --yes( --no-engine)?")
    for workflow in _written(name).values():
        for job in workflow["jobs"].values():
            runs = [step["run"] for step in job.get("steps", ()) if "run" in step]
            assert not runs or bootstrap.fullmatch(runs[0])


def _without_engine(repo: CiRepo) -> set[str]:
    jobs = [job for one in make_pipelines(repo) for job in one.jobs if job.steps]
    return {job.name for job in jobs if job.steps[0].run.endswith(" --no-engine")}


def test_jobs_whose_commands_need_no_engine_install_none() -> None:
    repo = replace(REPOS["one"], lints=False, own={})
    assert _without_engine(repo) == {"plan", "lint", "gate"}
    assert _without_engine(replace(repo, lints=True)) == {"plan", "gate"}
    own = OwnSteps(after=(Step(own={"run": "docker ps"}),))
    assert _without_engine(replace(repo, own={"plan": own})) == {"lint", "gate"}
    assert _without_engine(replace(repo, own={"lint": own, "gate": own})) == {"plan"}


def test_one_workflow_tests_all_dirs_behind_one_gate() -> None:
    found = _written("one")
    assert sorted(found) == [".github/workflows/ci.yml", ".github/workflows/dir.yml"]
    main = found[".github/workflows/ci.yml"]
    assert main[True] == {
        "merge_group": None,
        "pull_request": None,
        "push": {"branches": ["main"]},
    }
    assert main["jobs"]["gate"]["needs"] == ["plan", "lint", "dir"]
    assert main["jobs"]["gate"]["if"] == "always()"
    assert main["jobs"]["plan"]["steps"][0]["with"]["filter"] == "blob:none"


def test_steps_of_the_repos_own_stand_around_the_work() -> None:
    steps = list(_steps(_written("own")[".github/workflows/dir.yml"]))
    runs = [step["run"] for step in steps if "run" in step]
    work = './main_pytest.py --suite all --allow-no-tests --dir "$DIRS"'
    assert runs[1:] == ["make", work, "make after"]


def test_every_command_of_a_job_runs_in_its_image() -> None:
    found = _written("image")
    inside = f"bash helpers_root/dev_scripts/in_ci_image.sh {IMAGE} {{0}}"
    steps = [step for workflow in found.values() for step in _steps(workflow)]
    shells = {step["run"]: step["shell"] for step in steps if "run" in step}
    # From where it stands; and one that has a shell of its own is on the runner itself.
    assert shells.pop("make") == inside.replace("helpers_root", "../../helpers_root")
    assert shells.pop("make after") == "bash"
    assert set(shells.values()) == {inside}
    assert not any("hashFiles" in str(step) for step in steps)


def test_an_image_without_a_digest_is_refused() -> None:
    image = IMAGE.partition("@")[0]
    repo = replace(REPOS["image"], config=CiConfig(base_image=image))
    with pytest.raises(HelpersError, match="has no digest") as error:
        make_pipelines(repo)
    assert error.value.fix.startswith("i ci_sync --update")


@pytest.mark.parametrize("place", ["/srv", "../x", "${{ inputs.dirs }}"])
def test_a_step_that_cannot_find_what_runs_it_in_the_image_is_refused(place: str) -> None:
    step = {"run": "make", "working-directory": place}
    repo = replace(REPOS["image"], own={"dir": OwnSteps((Step(own=step),))})
    with pytest.raises(HelpersError, match="is no path below the repo") as error:
        make_pipelines(repo)
    assert error.value.where == "ci_steps/dir.yaml"
    on_the_runner = OwnSteps((Step(own={**step, "shell": "bash"}),))
    assert make_pipelines(replace(repo, own={"dir": on_the_runner}))


def test_more_triggers_stand_beside_ours() -> None:
    found = _written("own")[".github/workflows/ci.yml"][True]
    assert found["schedule"] == [{"cron": "0 4 * * *"}]
    assert set(found) == {"schedule", "push", "pull_request", "merge_group"}


def test_a_central_workflow_is_called_and_none_is_written() -> None:
    found = _written("central")
    assert list(found) == [".github/workflows/ci.yml"]
    called = found[".github/workflows/ci.yml"]["jobs"]["dir"]["uses"]
    assert called.startswith("acme/ci/.github/workflows/dir.yml@")


def test_steps_for_a_central_workflow_are_refused() -> None:
    repo = replace(REPOS["central"], own={"dir": OwnSteps()})
    with pytest.raises(HelpersError, match="the job 'dir' is that of acme/ci") as error:
        make_pipelines(repo)
    assert error.value.where == "ci_steps/dir.yaml"


def test_the_job_of_a_dirs_own_workflow_is_skipped_where_it_is_not_affected() -> None:
    found = _written("per dir")
    assert list(found[".github/workflows/ci.yml"]["jobs"]) == ["gate", "lint", "plan"]
    job = found[".github/workflows/ci-odd-123456.yml"]["jobs"]["dir"]
    plan = "fromJSON(needs.plan.outputs.plan)"
    assert job["if"] == f"contains({plan}.affected, 'apps/it''s [odd]')"
    assert job["with"]["dirs"] == "apps/it's [odd]"
    assert job["with"]["runner"] == '["ubuntu-latest"]'
    assert found[".github/workflows/ci-apps-a.yml"]["jobs"]["dir"]["with"]["environment"] == (
        "staging"
    )


def test_one_that_is_not_required_starts_where_its_inputs_change_alone() -> None:
    found = _written("not required")
    started = found[".github/workflows/ci-apps-a.yml"][True]
    paths = ["apps/a", "apps/a/**", "shared/x", "shared/x/**", "helpers_root"]
    assert started == {
        "pull_request": {"paths": paths},
        "push": {"branches": ["main"], "paths": paths},
    }
    odd = found[".github/workflows/ci-odd-123456.yml"][True]["pull_request"]["paths"]
    assert odd[0] == r"apps/it's \[odd\]"


def test_a_push_that_passed_the_gate_is_published_from_the_first_file() -> None:
    found = _written("publishing")
    assert sorted(found) == [".github/workflows/ci.yml", ".github/workflows/dir.yml"]
    jobs = found[".github/workflows/ci.yml"]["jobs"]
    job = jobs["publish-team"]
    assert job["needs"] == ["gate"]
    assert job["if"] == (
        "github.event_name == 'push' && (github.ref == 'refs/heads/main')"
        " && !cancelled() && (needs.gate.result == 'success')"
    )
    assert job["environment"] == "release"
    assert job["concurrency"] == {"group": "publish-team", "cancel-in-progress": False}
    # The time of files in wheels is that of a commit; nothing that another job wrote is used.
    assert job["steps"][0]["with"]["fetch-depth"] == 0
    assert [step["run"] for step in job["steps"][1:]] == [
        "bash helpers_root/dev_scripts/bootstrap.sh --yes",
        "make login",
        "source ./setenv.sh && i package_publish --all --skip-existing --index team",
    ]
    assert "gate" in jobs
    assert "publish-team" not in jobs["gate"]["needs"]


def test_a_password_is_given_to_the_step_that_publishes_and_no_token_is() -> None:
    jobs = _written("publishing")[".github/workflows/ci.yml"]["jobs"]
    (name,) = (one for one in jobs if one.startswith("publish-old"))
    assert re.fullmatch(r"publish-[a-z0-9-]+", name)
    step = jobs[name]["steps"][-1]
    assert step["env"] == {"OLD_PASSWORD": "${{ secrets.OLD_PASSWORD }}"}
    assert step["run"] == (
        "source ./setenv.sh && printf '%s\\n' \"$OLD_PASSWORD\" | i package_publish --all"
        " --skip-existing --index old.index --mode pin --username ci --password-stdin"
    )
    assert "id-token" not in jobs[name]["permissions"]


def test_with_a_workflow_for_each_dir_what_is_published_was_tested_in_the_same_run() -> None:
    found = _written("publishing per dir")
    jobs = found[".github/workflows/ci.yml"]["jobs"]
    assert jobs["publish-team"]["needs"] == ["gate", "dir"]
    assert jobs["publish-team"]["if"].endswith(
        "(needs.gate.result == 'success')"
        " && (needs.dir.result == 'success' || needs.dir.result == 'skipped')"
    )
    assert jobs["dir"]["uses"].startswith("acme/ci/.github/workflows/dir.yml@")
    assert jobs["dir"]["if"] == (
        "github.event_name == 'push' && (github.ref == 'refs/heads/main')"
        " && toJSON(fromJSON(needs.plan.outputs.plan).parts) != '[]'"
    )
    # The gate of a pull request does not wait for it.
    assert jobs["gate"]["needs"] == ["plan", "lint"]
    started = found[".github/workflows/ci-apps-a.yml"][True]
    assert started == {
        "merge_group": None,
        "pull_request": None,
        "push": {"branches": ["develop"]},
    }


def test_a_dirs_workflow_starts_for_no_push_where_all_branches_publish() -> None:
    config = replace(PER_DIR, publish=PUBLISHED)
    repo = replace(REPOS["per dir"], config=config)
    texts = {one.path: github.emit(one) for one in make_pipelines(repo)}
    started = yaml.safe_load(texts[".github/workflows/ci-apps-a.yml"])[True]
    assert started == {"merge_group": None, "pull_request": None}


def test_steps_for_jobs_that_publish_are_refused_where_nothing_is_published() -> None:
    repo = replace(REPOS["one"], own={"publish": OwnSteps()})
    with pytest.raises(HelpersError, match="nothing is published") as error:
        make_pipelines(repo)
    assert error.value.where == "ci_steps/publish.yaml"


def test_more_dirs_than_github_queues_runs_are_refused() -> None:
    dirs = tuple(CiDir(f"d{n}", f"d{n}", DirNeeds(f"d{n}")) for n in range(300))
    repo = CiRepo(PER_DIR, "helpers_root", dirs=dirs)
    with pytest.raises(HelpersError, match="GitHub queues 500 runs") as error:
        make_pipelines(repo)
    assert error.value.fix == "write layout: one"
    assert len(make_pipelines(replace(repo, dirs=dirs[:MOST_WORKFLOWS]))) == MOST_WORKFLOWS + 2


def test_where_versions_follow_from_commits_their_messages_are_checked() -> None:
    name = next(iter(REPOS))
    found = {one.path: one for one in make_pipelines(replace(REPOS[name], releases=True))}
    text = github.emit(found[MAIN_WORKFLOW])
    workflow = yaml.safe_load(text)
    # The title is part of what is checked.
    assert "edited" in workflow[True]["pull_request"]["types"]
    lint = workflow["jobs"]["lint"]
    (step,) = (one for one in lint["steps"] if "commit_check" in one.get("run", ""))
    assert step["run"].endswith('i commit_check --event "$EVENT"')
    assert step["env"]["EVENT"] == "${{ github.event_path }}"
    assert len(step["env"]) > 1  # what it takes to fetch history
    assert "commit_check" not in github.emit(make_pipelines(REPOS[name])[0])
