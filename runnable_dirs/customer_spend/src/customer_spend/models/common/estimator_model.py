"""A model that is an estimator of scikit-learn, on features."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from customer_spend.data_loaders.data_loader import TARGET, Frame
from customer_spend.errors import InputError
from customer_spend.models.common.model import Numbers
from customer_spend.models.common.parameters import Value
from customer_spend.models.common.saved import read_state, save


class EstimatorModel:
    """Fits an estimator to the features of a table."""

    def __init__(
        self,
        name: str,
        estimator: Any,
        features: Callable[[Frame], pd.DataFrame],
        parameters: Mapping[str, Value],
        seed: int,
    ) -> None:
        self._name = name
        self._estimator = estimator
        self._features = features
        self._parameters = parameters
        self._seed = seed
        self._columns: list[str] = []

    def fit(self, table: Frame) -> Self:
        """Learn; the model itself."""
        features = self._features(table)
        self._columns = list(features.columns)
        self._estimator.fit(features, table.rows[TARGET])
        return self

    def predict(self, table: Frame) -> Numbers:
        """One value for each row.

        Raises:
            InputError: it learned from other features than there are now.
        """
        features = self._features(table)
        if list(features.columns) != self._columns:
            differ = sorted({*features.columns} ^ {*self._columns})
            raise InputError(
                f"{self._name} learned from other features than there are now"
                f" ({', '.join(differ)}): train it again"
            )
        return np.asarray(self._estimator.predict(features), dtype=np.float64)

    def save(self, folder: Path) -> None:
        """Write the model into a folder, with the version of this package."""
        state = {"estimator": self._estimator, "columns": self._columns}
        save(folder, self._name, self._parameters, self._seed, state)

    def load(self, folder: Path) -> Self:
        """Read what `save` wrote; the model itself.

        Raises:
            InputError: there is no model, or one of another version of this package.
        """
        state = read_state(folder)
        self._estimator, self._columns = state["estimator"], state["columns"]
        return self
