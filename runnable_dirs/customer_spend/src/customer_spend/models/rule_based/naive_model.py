"""The mean of what was seen: whatever learns must be better."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from customer_spend.data_loaders.data_loader import TARGET, Frame
from customer_spend.models.common.model import ModelKind, Numbers
from customer_spend.models.common.parameters import Value
from customer_spend.models.common.saved import read_state, save

_NAME = "naive"


class NaiveModel:
    """Predicts the same for everybody."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._mean = 0.0

    def fit(self, table: Frame) -> Self:
        """Learn; the model itself."""
        self._mean = float(table.rows[TARGET].mean())
        return self

    def predict(self, table: Frame) -> Numbers:
        """One value for each row."""
        return np.full(len(table), self._mean)

    def save(self, folder: Path) -> None:
        """Write the model into a folder, with the version of this package."""
        save(folder, _NAME, {}, self._seed, {"mean": self._mean})

    def load(self, folder: Path) -> Self:
        """Read what `save` wrote; the model itself.

        Raises:
            InputError: there is no model, or one of another version of this package.
        """
        self._mean = read_state(folder)["mean"]
        return self


def _make(_parameters: Mapping[str, Value], seed: int) -> NaiveModel:
    return NaiveModel(seed)


MODEL = ModelKind(_NAME, _make)
