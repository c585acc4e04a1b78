"""Tables, whatever they are read from."""

import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from customer_spend.data_loaders.data_loader import COLUMNS, typed
from customer_spend.data_loaders.finding import find_loaders, load_data
from customer_spend.errors import InputError

_CSV = "customer,tenure,visits,note,spend,other\n1,2,3.5,to be,4,x\n2,3,,,5,y\n"


def _csv(folder: Path, text: str = _CSV) -> str:
    path = folder / "customers.csv"
    path.write_text(text)
    return f"csv:{path}"


@pytest.mark.skipif(
    "csv" not in find_loaders(), reason="there is no loader of CSV files"
)
def test_a_csv_file_becomes_a_table_with_its_types(tmp_path: Path) -> None:
    table = load_data(_csv(tmp_path))
    assert list(table.rows.columns) == [*COLUMNS, "spend"]
    assert table.rows["note"].tolist() == ["to be", ""]
    assert table.rows["tenure"].dtype == "float64"


@pytest.mark.skipif(
    "sql" not in find_loaders(), reason="there is no loader of databases"
)
def test_a_table_of_sqlite_is_read_by_url(tmp_path: Path) -> None:
    path = tmp_path / "data.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (customer, tenure, visits, note)")
        connection.execute("INSERT INTO people VALUES (1, 2, NULL, NULL)")
    connection.close()
    table = load_data(f"sql:sqlite:///{path}#people")
    assert table.rows["customer"].tolist() == [1]
    assert table.rows["note"].tolist() == [""]
    with pytest.raises(InputError, match="table others"):
        load_data(f"sql:sqlite:///{path}#others")
    with pytest.raises(InputError, match="cannot read"):
        load_data(f"sql:sqlite:///{tmp_path}/misspelt.db")
    assert not (tmp_path / "misspelt.db").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no CSV file"),
        ("customer,tenure\n1,2\n", "no column 'visits'"),
        ("customer,tenure,visits,note\n", "there is no row"),
        (
            "customer,tenure,visits,note\n1,2,many,x\n",
            "row 1: visits is no number: 'many'",
        ),
        (
            "customer,tenure,visits,note\n1,2,inf,x\n",
            "row 1: visits is no number: 'inf'",
        ),
        (
            "customer,tenure,visits,note\n1.5,2,3,x\n",
            "row 1: customer is no whole number",
        ),
        (
            "customer,tenure,visits,note\n1e30,2,3,x\n",
            "row 1: customer is no whole number",
        ),
        (
            "customer,tenure,visits,note\n,2,3,x\n",
            "row 1: customer is no whole number: 'nan'",
        ),
    ],
)
@pytest.mark.skipif(
    "csv" not in find_loaders(), reason="there is no loader of CSV files"
)
def test_data_that_cannot_be_used_is_named(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(InputError, match=said):
        load_data(_csv(tmp_path, text))


@pytest.mark.parametrize("source", ["xls:data.xls", "data"])
def test_a_source_that_no_loader_reads_is_answered_with_those_that_there_are(
    source: str,
) -> None:
    with pytest.raises(InputError, match="there are: "):
        load_data(source)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    for name in find_loaders():
        with pytest.raises(InputError, match="cannot"):
            load_data(f"{name}:{tmp_path}/nowhere.{name}")


def test_the_target_may_be_unknown() -> None:
    row = {"customer": 1, "tenure": 2, "visits": 3, "note": "x"}
    assert list(typed(pd.DataFrame([row]), "here").rows.columns) == list(COLUMNS)
