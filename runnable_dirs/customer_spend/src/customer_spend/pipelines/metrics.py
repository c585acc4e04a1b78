"""How good predictions are."""

from dataclasses import asdict, dataclass
from typing import Self

import numpy as np

from customer_spend.data_loaders.data_loader import TARGET, Frame
from customer_spend.errors import InputError
from customer_spend.models.common.model import Model


@dataclass(frozen=True, slots=True)
class Metrics:
    """In the unit of the target, but for the last.

    Attributes:
        rmse: root of the mean squared error.
        mae: mean absolute error.
        r2: the part of the variance that is explained; 0 where nothing varies.
    """

    rows: int
    rmse: float
    mae: float
    r2: float

    @classmethod
    def of(cls, model: Model, table: Frame) -> Self:
        """Those of a model's predictions for a table with the target."""
        wanted = table.rows[TARGET].to_numpy()
        errors = wanted - model.predict(table)
        squared, varied = (
            float(np.sum(errors**2)),
            float(np.sum((wanted - wanted.mean()) ** 2)),
        )
        rmse, mae = float(np.sqrt(np.mean(errors**2))), float(np.mean(np.abs(errors)))
        return cls(len(table), rmse, mae, 1 - squared / varied if varied else 0.0)

    def as_dict(self) -> dict[str, float]:
        """By name."""
        return asdict(self)


def check_target(table: Frame) -> None:
    """Make sure that the target is known for each row.

    Raises:
        InputError: it is not.
    """
    if TARGET not in table.rows:
        raise InputError(f"the data has no column {TARGET!r}, which is what is learned")
    gaps = table.rows[TARGET].isna()
    if gaps.any():
        raise InputError(f"row {int(gaps.idxmax()) + 1}: {TARGET} is missing")
