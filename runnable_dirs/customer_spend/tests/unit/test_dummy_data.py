"""The data for a start is what its seed makes."""

import runpy
from pathlib import Path

import pytest
from customer_spend.data_loaders.finding import find_loaders, load_data

pytestmark = pytest.mark.usefixtures("dummy_data")

_FOLDER = Path(__file__).parents[2] / "notebooks" / "dummy_data"


@pytest.mark.parametrize("name", ["csv", "sql"])
def test_it_is_made_from_its_seed(name: str) -> None:
    make = runpy.run_path(str(_FOLDER / "make.py"))
    text = make[f"as_{name}"](list(make["rows"]()))
    assert (_FOLDER / f"customers.{name}").read_text(encoding="utf-8") == text


def test_it_is_what_a_training_takes_by_default_whatever_loads_it() -> None:
    table = load_data("").rows
    assert len(table) == 200
    assert table["customer"].is_unique
    assert table["visits"].isna().any()
    for name in find_loaders():
        assert load_data(f"{name}:{_FOLDER}/customers.{name}").rows.equals(table)
