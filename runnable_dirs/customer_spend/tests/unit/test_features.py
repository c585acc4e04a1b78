"""What is built of a table."""

import pandas as pd
import pytest
from customer_spend.data_loaders.data_loader import Frame, typed
from customer_spend.features.common.building import all_features, find_features

_ROWS = [
    {"customer": 1, "tenure": 2, "visits": 100, "note": "pays late, late"},
    {"customer": 2, "tenure": 3, "visits": -1, "note": ""},
    {"customer": 3, "tenure": 4, "visits": None, "note": "Late"},
]


@pytest.fixture
def table() -> Frame:
    """Customers with a value that is too large, one that cannot be, and one that is missing."""
    return typed(pd.DataFrame(_ROWS), "here")


def test_every_feature_is_a_number_for_every_row(table: Frame) -> None:
    features = all_features(table)
    assert len(features) == len(_ROWS)
    assert not features.isna().any().any()
    assert set(map(str, features.dtypes)) == {"float64"}


def test_a_rows_features_do_not_depend_on_the_other_rows(table: Frame) -> None:
    alone = all_features(table.take([0]))
    pd.testing.assert_frame_equal(alone, all_features(table).iloc[[0]])


@pytest.mark.skipif(
    "build_feature_one" not in find_features(), reason="the folder is gone"
)
def test_visits_are_limited_and_gaps_are_marked(table: Frame) -> None:
    features = find_features()["build_feature_one"](table)
    assert features["one_visits"].tolist() == [60.0, 0.0, 0.0]
    assert features["one_visits_missing"].tolist() == [0.0, 1.0, 1.0]
    assert features["one_all_visits"].tolist() == [120.0, 0.0, 0.0]


@pytest.mark.skipif(
    "build_feature_two" not in find_features(), reason="the folder is gone"
)
def test_words_are_counted_whatever_their_case(table: Frame) -> None:
    features = find_features()["build_feature_two"](table)
    assert features.sum(axis=1).tolist() == [3.0, 0.0, 1.0]
    (column,) = [name for name in features if features[name][2]]
    assert features[column][0] >= 2
