"""GitLab's jobs of trainings: what starts them, what each may see, and what the commit may do."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from helpers.ci.child import MAIN
from helpers.ci.pipelines import CiRepo
from helpers.ci.read_repo import wanted_files
from helpers.ci.read_settings import ci_config_of
from helpers.ci.train_gitlab import CHILD, train_child, with_training
from helpers.model.settings.ci_config import CiConfig, Target
from helpers.model.training_job import TrainingJob, parse_job
from helpers.training.left import CALL
from tests.builders import adopting, commit_all, make_repo, make_runnable_dir
from tests.ci_repos import IMAGE, PUBLISHED

_CONFIG = CiConfig(target=Target.GITLAB, runners={"default": ("team",)}, publish=PUBLISHED)
_REPO = CiRepo(_CONFIG, "helpers_root", lints=True, trains=True)
_JOB = TrainingJob(
    f"net lr=0.1 --dir apps/churn @{'a1' * 20}", "apps-churn", "main", number=12, comment=31
)
_STARTED = (
    "$CI_PIPELINE_SOURCE =~ /^(api|web)$/ && $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $TRAIN"
)
_SETTINGS = "command: [x]\nmodels: [net]\nmetrics: {r: {file: m.json, key: r, better: lower}}\n"


def _main() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(with_training(_REPO))
    return found


def _child(repo: CiRepo = _REPO, job: TrainingJob = _JOB) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(train_child(repo, job, ("gpu", "ephemeral")))
    return found


def test_a_pipeline_of_the_default_branch_that_somebody_starts_trains_and_does_nothing_else() -> (
    None
):
    found = _main()
    assert found["workflow"]["rules"][0]["if"] == _STARTED
    jobs = {name: one for name, one in found.items() if isinstance(one, dict) and "stage" in one}
    assert jobs["ask"]["rules"] == [{"if": _STARTED}]
    # What the job `ask` answers by itself makes no pipeline that could be called.
    trains = rf"{_STARTED} && $TRAIN !~ /^\s*(.train )? *(help|cancel)\s*$/"
    assert jobs[CALL]["rules"] == [{"if": trains}]
    for name in ("plan", "lint", "dirs"):
        assert jobs[name]["rules"] == [{"if": _STARTED, "when": "never"}, {"when": "on_success"}]
    for name, job in jobs.items():
        if name.startswith("publish"):
            assert all('== "push"' in rule["if"] for rule in job["rules"])
    assert {"TRAIN", "MERGE_REQUEST"} <= found["variables"].keys()
    assert found["variables"]["TRAIN"]["value"] == ""
    included = [{"artifact": CHILD, "job": "ask"}]
    assert jobs[CALL]["trigger"] == {"include": included, "strategy": "depend"}
    assert jobs["ask"]["artifacts"]["paths"] == [CHILD]


def test_a_dir_is_trained_on_its_own_runner_one_after_the_other() -> None:
    train = _child()["asked-apps-churn"]
    assert train["tags"] == ["gpu", "ephemeral"]
    assert train["resource_group"] == "train-apps-churn"
    assert train["environment"]["name"] == "training"
    assert "cache" not in train
    assert train["variables"]["REQUEST"] == _JOB.request
    own = _child(job=replace(_JOB, number=0))
    assert {"trained-apps-churn", "report-trained-apps-churn"} <= own.keys()
    root = replace(_JOB, request=f"net --dir . @{'a1' * 20}", slug="root")
    kept = _child(job=root)["asked-root"]
    assert kept["variables"]["RESULTS"] == "results"
    assert "results/*/" in kept["artifacts"]["paths"]


def test_the_token_of_the_notes_is_seen_by_the_toolchain_alone() -> None:
    assert _main()["ask"]["environment"]["name"] == "training-notes"
    child = _child()
    assert child["report-asked-apps-churn"]["environment"]["name"] == "training-notes"
    assert "GITLAB_TOKEN" not in str(child)
    _, script = child["asked-apps-churn"]["script"]
    fetched, *_ = script.partition("\nsource ./setenv.sh")
    assert fetched.endswith("\nunset ${!CI_@}")
    assert re.findall(r"CI_\w+", script) == ["CI_REPOSITORY_URL"]


def test_what_the_training_left_is_never_a_part_of_what_reports_it() -> None:
    report = _child()["report-asked-apps-churn"]
    assert report["needs"] == [{"job": "asked-apps-churn", "artifacts": True}]
    assert report["when"] == "always"
    assert report["tags"] == ["team"]
    (script,) = report["script"]
    before, _, after = script.partition('cd "$fresh"\n')
    # Whatever was unpacked over the checkout: no git looks at it, and no script of it runs.
    assert not re.search(r"\bgit\b|bash|source|\bi\b", before)
    assert after.index("git checkout") < after.index("bootstrap.sh") < after.index("train_report")
    assert parse_job(report["variables"]["ASKED"]) == _JOB


def test_commands_run_in_the_image_of_the_jobs() -> None:
    repo = replace(_REPO, config=replace(_CONFIG, base_image=IMAGE))
    child = _child(repo)
    inside = f"bash helpers_root/dev_scripts/in_ci_image.sh {IMAGE} -c "
    assert all(line.startswith(inside) for line in child["asked-apps-churn"]["script"])
    (script,) = child["report-asked-apps-churn"]["script"]
    assert script.count(f"\n{inside}") == 2


def test_they_are_written_where_the_repo_says_so_and_a_dir_trains(tmp_path: Path) -> None:
    config = "name: demo\nci: {target: gitlab, training: {}}\n"
    repo = adopting(make_repo(tmp_path, config=config), "helpers_root")
    make_runnable_dir(repo, "apps/a")
    commit_all(repo.root)
    assert "train_ask" not in wanted_files(repo, ci_config_of(repo))[MAIN]
    make_runnable_dir(repo, "apps/a", {"devops/train.yaml": _SETTINGS})
    assert "train_ask gitlab" in wanted_files(repo, ci_config_of(repo))[MAIN]
