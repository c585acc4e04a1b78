"""From data to predictions, as they are typed."""

import json
from pathlib import Path

import pytest
from customer_spend.data_loaders.finding import find_loaders
from customer_spend.models.common.finding import find_models
from customer_spend.pipelines.evaluate import evaluate
from customer_spend.pipelines.predict import predict
from customer_spend.pipelines.train import METRICS, train
from customer_spend.run import main

pytestmark = pytest.mark.usefixtures("dummy_data")

_MODELS = sorted(find_models())


@pytest.mark.parametrize("name", _MODELS)
def test_two_trainings_with_one_seed_are_equal_byte_by_byte(
    name: str, tmp_path: Path
) -> None:
    for folder in ("first", "second"):
        train(name, seed=7, out=tmp_path / folder)
    first, second = (tmp_path / folder / METRICS for folder in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()


def test_a_seed_decides(tmp_path: Path) -> None:
    texts = {train(_MODELS[0], seed=seed, out=tmp_path).text() for seed in (1, 2)}
    assert len(texts) == 2


@pytest.mark.skipif("naive" not in _MODELS, reason="there is no naive model")
def test_what_learns_is_better_than_what_does_not(tmp_path: Path) -> None:
    errors = {
        name: train(name, seed=7, out=tmp_path / name).test.rmse for name in _MODELS
    }
    naive = errors.pop("naive")
    assert {name: error for name, error in errors.items() if error > naive} == {}


def test_a_model_that_was_trained_predicts_and_is_evaluated(tmp_path: Path) -> None:
    trained = train(_MODELS[0], seed=7, out=tmp_path)
    predicted = predict(tmp_path)
    assert predicted.csv().startswith("customer,spend\n1,")
    assert len(predicted.values) == 200
    found = evaluate(tmp_path)
    assert found.model == trained.model
    assert found.metrics.rows == trained.train.rows + trained.test.rows


def test_the_commands_do_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "artifacts")
    assert main(["train", "--model", _MODELS[0], "--seed", "7", "--out", out]) == 0
    assert json.loads(capsys.readouterr().out)["seed"] == 7
    assert main(["evaluate", "--model", out]) == 0
    assert json.loads(capsys.readouterr().out)["model"] == _MODELS[0]
    assert main(["predict", "--model", out, "--out", str(tmp_path / "out.csv")]) == 0
    assert len((tmp_path / "out.csv").read_text().splitlines()) == 201


def test_the_list_shows_models_parameters_and_loaders(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["--list"]) == 0
    said = capsys.readouterr().out
    for name, kind in find_models().items():
        assert f"  {name}\n" in said
        assert all(str(one) in said for one in kind.parameters)
    assert all(f"  {name}: --data {name}:" in said for name in find_loaders())


@pytest.mark.skipif("boosting" not in _MODELS, reason="there is no boosting")
def test_a_value_of_another_type_leaves_no_artefact(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "artifacts"
    arguments = ["--model", "boosting", "--set", "lr=fast", "--out", str(out)]
    assert main(["train", *arguments]) == 2
    assert "lr is a number from 0.0001 to 1, found 'fast'" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    "given",
    [
        ["--model", "unknown"],
        ["--data", "xls:here"],
        ["--set", "lr"],
        ["--set", "unknown=1"],
        ["--seed", "-1"],
    ],
)
def test_what_cannot_be_used_ends_with_2(given: list[str], tmp_path: Path) -> None:
    out = tmp_path / "artifacts"
    assert main(["train", *given, "--out", str(out)]) == 2
    assert not out.exists()


def test_a_parameter_that_only_some_models_have_may_be_given_to_all(
    tmp_path: Path,
) -> None:
    given = ["--set-any", "lr=0.2", "--set-any", "unknown=1", "--out", str(tmp_path)]
    assert all(main(["train", "--model", name, *given]) == 0 for name in _MODELS)
