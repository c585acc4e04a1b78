"""The workflow that trains where a comment asks for it: who has which rights, and what it runs."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.ci.read_repo import wanted_files
from helpers.ci.read_settings import ci_config_of
from helpers.ci.train_workflow import PATH, title_of, train_workflow
from helpers.model.errors import HelpersError
from helpers.model.settings.ci_config import Target
from helpers.model.settings.config import parse_repo_config
from helpers.model.settings.training_jobs import Forks, TrainingJobs
from tests.builders import adopting, commit_all, make_repo, make_runnable_dir
from tests.ci_repos import IMAGE, REPOS

_SETTINGS = "command: [x]\nmodels: [net]\nmetrics: {r: {file: m.json, key: r, better: lower}}\n"


def _written(name: str = "one") -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(train_workflow(REPOS[name]))
    return found


def test_what_is_asked_for_is_trained_without_rights_secrets_and_cache() -> None:
    workflow = _written()
    train = workflow["jobs"]["train"]
    assert workflow["permissions"] == {}
    assert train["permissions"] == {"contents": "read"}
    assert train["environment"] == "training"
    text = str(train)
    assert not re.search(r"secrets|github\.token|GITHUB_TOKEN|cache", text)
    own, tree = (one for one in train["steps"] if "checkout" in one.get("uses", ""))
    assert own["with"] == {"persist-credentials": False, "submodules": "recursive"}
    assert tree["with"]["ref"] == "${{ needs.ask.outputs.commit }}"
    assert (tree["with"]["persist-credentials"], tree["with"]["submodules"]) == (False, False)
    assert train["concurrency"] == {
        "group": "train-${{ needs.ask.outputs.slug }}",
        "cancel-in-progress": False,
    }


def test_no_text_of_a_comment_is_part_of_a_command() -> None:
    for name in ("one", "image"):
        workflow = _written(name)
        steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
        assert not any("${{" in step.get("run", "") for step in steps)
        assert all(
            re.search(r"@[0-9a-f]{40}$", step.get("uses", "x@" + "0" * 40)) for step in steps
        )
        said = re.findall(r"\$\{\{ *(.*?) *\}\}", train_workflow(REPOS[name]))
        assert not any("comment" in one for one in said)


def test_only_a_new_comment_or_a_person_who_may_write_starts_it() -> None:
    workflow = _written()
    assert workflow[True]["issue_comment"] == {"types": ["created"]}
    assert list(workflow[True]) == ["issue_comment", "workflow_dispatch"]
    below, by_hand = re.findall(r"format\('(.*?)', (.*?)\)", workflow["run-name"])
    assert (below[0].replace("{0}", "12"), below[1]) == (title_of(12), "github.event.issue.number")
    assert by_hand == ("train: {0}", "inputs.request")
    assert re.fullmatch(r"\$\{\{ [^{}]* && .* \|\| .* \}\}", workflow["run-name"])
    report = workflow["jobs"]["report"]
    assert report["if"] == "always() && needs.ask.outputs.request != ''"
    assert report["permissions"]["contents"] == "read"


def test_commands_run_in_the_image_of_the_jobs() -> None:
    for job in _written("image")["jobs"].values():
        runs = [step for step in job["steps"] if "run" in step]
        assert all(IMAGE in step["shell"] for step in runs)


def test_it_is_written_where_the_repo_says_so_and_a_dir_trains(tmp_path: Path) -> None:
    config = "name: demo\nci: {training: {}}\n"
    repo = adopting(make_repo(tmp_path, config=config), "helpers_root")
    make_runnable_dir(repo, "apps/a")
    commit_all(repo.root)
    assert PATH not in wanted_files(repo, ci_config_of(repo))
    make_runnable_dir(repo, "apps/a", {"devops/train.yaml": _SETTINGS})
    assert PATH in wanted_files(repo, ci_config_of(repo))
    other = make_repo(tmp_path, config="name: demo\n", commit=False)
    other = adopting(other, "helpers_root")
    assert PATH not in wanted_files(other, ci_config_of(other))
    assert PATH not in wanted_files(repo, ci_config_of(repo, Target.GITLAB))


def test_forks_are_trained_on_runners_that_are_thrown_away_unless_it_is_said() -> None:
    def read(text: str) -> TrainingJobs | None:
        return parse_repo_config(f"name: demo\nci: {text}\n", "r").ci.training

    assert read("{max_jobs: 3}") is None
    assert read("{training: {}}") == TrainingJobs(Forks.EPHEMERAL)
    assert read("{training: {forks: never}}") == TrainingJobs(Forks.NEVER)
    for wrong in ("{training: true}", "{training: {forks: some}}", "{training: {fork: never}}"):
        with pytest.raises(HelpersError) as caught:
            read(wrong)
        assert caught.value.fix
    assert read("{target: gitlab, training: {}}") == TrainingJobs(Forks.EPHEMERAL)
