"""The features of a table: its plain numbers, and what each folder of features builds."""

from collections.abc import Callable

import pandas as pd

from customer_spend.data_loaders.data_loader import Frame
from customer_spend.discovery import modules_below

_NUMBERS = ("tenure", "visits")
_FEATURES = "customer_spend.features"

# Of a table, columns of numbers without gaps: for each row the same, whatever the others are.
Build = Callable[[Frame], pd.DataFrame]


def find_features() -> dict[str, Build]:
    """The functions that build features, by the names of their folders."""
    modules = modules_below(_FEATURES)
    folders = (
        one for one in modules if hasattr(one, "__path__") and hasattr(one, "build")
    )
    return {one.__name__.removeprefix(f"{_FEATURES}."): one.build for one in folders}


def plain_numbers(table: Frame) -> pd.DataFrame:
    """The numbers of a table as they are; a missing one is 0."""
    return table.rows[list(_NUMBERS)].fillna(0.0)


def all_features(table: Frame) -> pd.DataFrame:
    """The numbers, and all features that there are."""
    parts = [
        plain_numbers(table),
        *(build(table) for build in find_features().values()),
    ]
    return pd.concat(parts, axis=1)
