"""Every model that there is."""

import json
from pathlib import Path

import numpy as np
import pytest
from customer_spend.data_loaders.data_loader import Frame
from customer_spend.data_loaders.finding import load_data
from customer_spend.errors import InputError
from customer_spend.models.common.finding import find_models, load_model
from customer_spend.models.common.model import Model
from customer_spend.models.common.parameters import Parameter, read_parameters

_MODELS = sorted(find_models())


@pytest.fixture(scope="module")
def table(dummy_data: str) -> Frame:
    """The dummy data."""
    return load_data(dummy_data)


def _make(name: str) -> Model:
    kind = find_models()[name]
    return kind.make({one.name: one.default for one in kind.parameters}, 7)


@pytest.mark.parametrize("name", _MODELS)
def test_a_model_that_was_saved_predicts_the_same(
    name: str, table: Frame, tmp_path: Path
) -> None:
    made = _make(name).fit(table)
    made.save(tmp_path)
    found, loaded = load_model(tmp_path)
    assert found == name
    predicted = loaded.predict(table)
    assert predicted.shape == (len(table),)
    np.testing.assert_array_equal(predicted, made.predict(table))


@pytest.mark.parametrize("name", _MODELS)
def test_a_model_of_another_version_is_refused(
    name: str, table: Frame, tmp_path: Path
) -> None:
    _make(name).fit(table).save(tmp_path)
    path = tmp_path / "model.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "version": "0.1"}))
    with pytest.raises(InputError, match=r"was saved by version 0\.1"):
        load_model(tmp_path)


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no model in"):
        load_model(tmp_path)


_ALL = {
    "olsr": (Parameter("alpha", 0.0, 0.0, 10.0),),
    "forest": (Parameter("trees", 50, 1, 100, whole=True),),
}


def test_what_is_not_given_has_its_default() -> None:
    assert read_parameters("olsr", _ALL, {}) == {"alpha": 0.0}
    assert read_parameters("forest", _ALL, {"trees": "7"}) == {"trees": 7}


@pytest.mark.parametrize(
    ("model", "name", "text", "said"),
    [
        ("olsr", "alpha", "fast", "alpha is a number from 0 to 10, found 'fast'"),
        ("olsr", "alpha", "nan", "alpha is a number from 0 to 10, found 'nan'"),
        ("olsr", "alpha", "11", "found '11'"),
        (
            "forest",
            "trees",
            "1.5",
            "trees is a whole number from 1 to 100, found '1.5'",
        ),
        (
            "olsr",
            "trees",
            "7",
            "trees belongs to forest, where trees is a whole number from 1",
        ),
        ("olsr", "colour", "red", "olsr has no parameter 'colour': alpha is a number"),
    ],
)
def test_a_parameter_that_cannot_be_is_named(
    model: str, name: str, text: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        read_parameters(model, _ALL, {name: text})
