"""What a model is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self, TypeAlias

import numpy as np
import numpy.typing as npt

from customer_spend.data_loaders.data_loader import Frame
from customer_spend.models.common.parameters import Parameter, Value

Numbers: TypeAlias = npt.NDArray[np.float64]


class Model(Protocol):
    """Learns from a table with the target, predicts for one without."""

    def fit(self, table: Frame) -> Self:
        """Learn; the model itself."""

    def predict(self, table: Frame) -> Numbers:
        """One value for each row."""

    def save(self, folder: Path) -> None:
        """Write the model into a folder, with the version of this package."""

    def load(self, folder: Path) -> Self:
        """Read what `save` wrote; the model itself.

        Raises:
            InputError: there is no model, or one of another version of this package.
        """


# Makes a model of the values of its parameters and a seed.
Make = Callable[[Mapping[str, Value], int], Model]


@dataclass(frozen=True, slots=True)
class ModelKind:
    """One of the models that there are; a module names it `MODEL`."""

    name: str
    make: Make
    parameters: tuple[Parameter, ...] = ()
