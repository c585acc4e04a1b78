"""Train a model on one part of the data, and see how good it is on the other."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from customer_spend.data_loaders.data_loader import Frame
from customer_spend.data_loaders.finding import load_data
from customer_spend.errors import InputError
from customer_spend.models.common.finding import find_model, find_models
from customer_spend.models.common.parameters import Value, read_parameters
from customer_spend.pipelines.metrics import Metrics, check_target

METRICS = "metrics.json"
_TEST_PART = 0.25
_FEWEST_ROWS = 8


@dataclass(frozen=True, slots=True)
class Training:
    """What came of a training."""

    model: str
    parameters: Mapping[str, Value]
    seed: int
    train: Metrics
    test: Metrics

    def text(self) -> str:
        """As `metrics.json` holds it: with the same data and seed, the same bytes."""
        content = {
            "model": self.model,
            "parameters": dict(self.parameters),
            "seed": self.seed,
            "train": self.train.as_dict(),
            "test": self.test.as_dict(),
        }
        return json.dumps(content, indent=2, sort_keys=True) + "\n"


def train(
    model: str,
    data: str = "",
    parameters: Mapping[str, str] | None = None,
    seed: int = 0,
    out: Path = Path("artifacts"),
) -> Training:
    """Train, and write the model and its metrics.

    Args:
        data: `<loader>:<where>`; empty: the dummy data.
        parameters: values as they are typed; the others have their defaults.
        out: the folder, which is made.

    Raises:
        InputError: something that is given cannot be used; nothing is written then.
        OSError: the folder cannot be written.
    """
    kind = find_model(model)
    known = {name: one.parameters for name, one in find_models().items()}
    values = read_parameters(model, known, parameters or {})
    table = load_data(data)
    check_target(table)
    learned, tested = split(table, seed)
    made = kind.make(values, seed).fit(learned)
    metrics = (Metrics.of(made, part) for part in (learned, tested))
    training = Training(model, values, seed, *metrics)
    made.save(out)
    (out / METRICS).write_text(training.text(), encoding="utf-8")
    return training


def split(table: Frame, seed: int) -> tuple[Frame, Frame]:
    """A part to learn from, and one to test with.

    Raises:
        InputError: there are too few rows.
    """
    if len(table) < _FEWEST_ROWS:
        raise InputError(
            f"{len(table)} rows are too few to train: at least {_FEWEST_ROWS}"
        )
    order = np.random.default_rng(seed).permutation(len(table)).tolist()
    at = int(len(table) * _TEST_PART)
    return table.take(order[at:]), table.take(order[:at])
