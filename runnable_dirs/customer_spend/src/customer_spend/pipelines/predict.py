"""Predict with a model that was saved."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from customer_spend.data_loaders.data_loader import TARGET
from customer_spend.data_loaders.finding import load_data
from customer_spend.models.common.finding import load_model

_KEY = "customer"


@dataclass(frozen=True, slots=True)
class Prediction:
    """What a model predicts: a value for each customer, in the order of the data."""

    model: str
    customers: tuple[int, ...]
    values: tuple[float, ...]

    def csv(self) -> str:
        """As a table."""
        columns = {_KEY: self.customers, TARGET: self.values}
        return str(pd.DataFrame(columns).to_csv(index=False, lineterminator="\n"))


def predict(model: Path, data: str = "") -> Prediction:
    """Predict for each row.

    Args:
        model: the folder that a training wrote.
        data: `<loader>:<where>`; empty: the dummy data.

    Raises:
        InputError: model or data cannot be used.
    """
    name, loaded = load_model(model)
    table = load_data(data)
    values = loaded.predict(table)
    return Prediction(
        name, tuple(map(int, table.rows[_KEY])), tuple(map(float, values))
    )
