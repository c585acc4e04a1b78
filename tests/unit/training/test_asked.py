"""What a user asks to train, held against the files of a dir."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.results.training import TrainingResult, result_text
from helpers.model.runnable_dir import RunnableDir
from helpers.training.asked import Asked, ask, ask_again, read_recorded
from helpers.training.standing import check_standing
from tests.builders import git, make_repo, make_runnable_dir

_SETTINGS = """\
command: [train, '{lr}']
models: [net]
parameters:
  lr: {type: number, min: 0, max: 1, default: 0.5}
metrics:
  loss: {file: m.json, key: loss, better: lower}
"""
_RESULT = TrainingResult(
    run="20260131-120000-abcdef",
    dir="apps/churn",
    model="net",
    parameters={"lr": 0.25},
    seed=7,
    commit="0123456789abcdef",
    dirty=False,
    inputs="aaaa",
    started="2026-01-31T12:00:00+00:00",
    network="none",
    command=("train", "0.25"),
    metrics={"loss": 0.5},
)


@pytest.fixture
def churn(tmp_path: Path) -> RunnableDir:
    repo = make_repo(tmp_path)
    return make_runnable_dir(repo, "apps/churn", {"devops/train.yaml": _SETTINGS})


def _again(item: RunnableDir, result: TrainingResult) -> Asked:
    path = item.root / "result.json"
    path.write_text(result_text(result))
    return ask_again(item, read_recorded(path))


def test_words_are_read_by_the_settings_of_the_dir(churn: RunnableDir) -> None:
    asked = ask(churn, ["net", "lr=0.25", "seed=7", "@0123456"])
    assert (asked.training.parameters, asked.training.seed) == ({"lr": 0.25}, 7)
    assert (asked.commit, asked.file) == ("0123456", "apps/churn/devops/train.yaml")


@pytest.mark.parametrize(
    "words", [[], ["tree"], ["net", "lr=fast"], ["net", "--dir", "x"], ["net", "lr=$(x)"]]
)
def test_what_is_refused_names_the_file_and_a_command_that_works(
    churn: RunnableDir, words: list[str]
) -> None:
    with pytest.raises(HelpersError) as caught:
        ask(churn, words)
    assert caught.value.where == "apps/churn/devops/train.yaml"
    start = "i train --dir apps/churn "
    assert caught.value.fix.startswith(start)
    ask(churn, caught.value.fix.removeprefix(start).split())


@pytest.mark.parametrize(
    ("words", "right"),
    [
        (["tree", "lr=0,25"], "tree lr=0.25 deep=3"),
        (["tree", "lr=0.25", "lr=0.5", "deep=4"], "tree lr=0.25 deep=4"),
        (["tree", "lr=", "deep=4", "seed=7"], "tree lr=0.5 deep=4 seed=7"),
        (["tree", "lr", "deep=4", "@0123456"], "tree lr=0.5 deep=4 @0123456"),
        (["tree", "lr=fast", "deep=4", "seed=7", "rl=1"], "tree lr=0.5 deep=4 seed=7"),
        (["tree", "deep=4", "seed=-1"], "tree lr=0.5 deep=4"),
        (["deep=4", "tree"], "tree lr=0.5 deep=4"),
        (["deep=4"], "net lr=0.5 deep=4"),
        (["forest", "deep=4"], "net lr=0.5 deep=4"),
        (["tree", "@xyz", "deep=4"], "tree lr=0.5 deep=4"),
        (["tree", "deep=4;id", "lr=1,000,000"], "tree lr=0.5 deep=3"),
    ],
)
def test_what_is_right_stays_in_the_command_that_is_shown(
    churn: RunnableDir, words: list[str], right: str
) -> None:
    more = "  deep: {type: integer, min: 1, max: 9, default: 3}\nmetrics:"
    text = _SETTINGS.replace("models: [net]", "models: [net, tree]").replace("metrics:", more)
    churn.train.write_text(text)
    with pytest.raises(HelpersError) as caught:
        ask(churn, words)
    assert caught.value.fix == f"i train --dir apps/churn {right}"


def test_a_run_is_repeated_in_its_own_dir_alone(churn: RunnableDir, tmp_path: Path) -> None:
    path = tmp_path / "result.json"
    path.write_text(result_text(_RESULT))
    recorded = read_recorded(path)
    same = replace(churn)
    assert ask_again(churn, recorded, same) == ask_again(churn, recorded)
    other = make_runnable_dir(make_repo(tmp_path / "other"), "apps/other")
    with pytest.raises(HelpersError, match="a run of apps/churn, and --dir another dir") as caught:
        ask_again(churn, recorded, other)
    assert caught.value.fix == "--dir apps/churn, or leave it out"


def test_a_dir_that_says_nothing_of_trainings_is_told_what_to_write(tmp_path: Path) -> None:
    item = make_runnable_dir(make_repo(tmp_path), "app")
    with pytest.raises(HelpersError) as caught:
        ask(item, ["net"])
    assert caught.value.where == "app/devops/train.yaml"


def test_a_result_says_how_to_repeat_its_run(churn: RunnableDir) -> None:
    asked = _again(churn, _RESULT)
    assert (asked.training.model, asked.training.parameters, asked.training.seed) == (
        *("net", {"lr": 0.25}, 7),
    )
    check_standing(asked, _RESULT)


@pytest.mark.parametrize(
    "changed",
    [
        {"format": 2},
        {"parameters": []},
        {"seed": True},
        {"seed": None},
        {"dir": 3},
        {"dirty": "no"},
        {"metrics": {"loss": "low"}},
        {"metrics": None},
    ],
)
def test_a_file_that_is_no_result_is_refused(churn: RunnableDir, changed: object) -> None:
    assert isinstance(changed, dict)
    path = churn.root / "result.json"
    path.write_text(json.dumps(json.loads(result_text(_RESULT)) | changed))
    with pytest.raises(HelpersError, match="this is not what a training left"):
        read_recorded(path)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"format": 1}'])
def test_a_file_that_is_something_else_is_refused(churn: RunnableDir, text: str) -> None:
    path = churn.root / "result.json"
    path.write_text(text)
    with pytest.raises(HelpersError, match="this is not what a training left"):
        read_recorded(path)


def test_a_recorded_value_is_held_to_the_settings_too(churn: RunnableDir) -> None:
    with pytest.raises(HelpersError, match="lr is a number from 0 to 1"):
        _again(churn, replace(_RESULT, parameters={"lr": 2}))


def test_other_inputs_are_not_trained_as_a_repetition(churn: RunnableDir) -> None:
    asked = _again(churn, _RESULT)
    now = replace(_RESULT, inputs="bbbb", commit="fedcba9876543210", dirty=True)
    with pytest.raises(HelpersError) as caught:
        check_standing(asked, now)
    assert caught.value.where == (
        "inputs: aaaa then, bbbb now\n"
        "commit: 0123456789ab then, fedcba987654 with changes that it does not have now"
    )
    assert caught.value.fix.startswith("git switch --detach 0123456789abcdef, or i train --dir")


def test_a_commit_is_the_one_that_is_checked_out(churn: RunnableDir) -> None:
    asked = ask(churn, ["net", "@0123456"])
    check_standing(asked, _RESULT)
    other = replace(_RESULT, commit="fedcba9876543210")
    with pytest.raises(HelpersError, match="not at 0123456: this checkout has no such") as caught:
        check_standing(asked, other)
    assert caught.value.fix.startswith("git branch --all   (the repo has no remote")
    git(churn.repo, "remote", "add", "origin", "nowhere")
    with pytest.raises(HelpersError, match="has no such commit") as caught:
        check_standing(asked, other)
    assert caught.value.fix.startswith("git fetch ")
    with pytest.raises(HelpersError, match=r"not at 0123456\n") as caught:
        check_standing(asked, other, foreign=True)
    assert "the checkout that --tree names" in caught.value.fix
    here = git(churn.repo, "rev-parse", "HEAD")
    with pytest.raises(HelpersError, match=f"not at {here}\n") as caught:
        check_standing(ask(churn, ["net", f"@{here}"]), other)
    assert caught.value.fix == f"git switch --detach {here}"
    with pytest.raises(HelpersError, match="has changes that are not in"):
        check_standing(asked, replace(_RESULT, dirty=True))
