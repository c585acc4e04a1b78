"""How good a saved model is for other data."""

from dataclasses import dataclass
from pathlib import Path

from customer_spend.data_loaders.finding import load_data
from customer_spend.models.common.finding import load_model
from customer_spend.pipelines.metrics import Metrics, check_target


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a model is worth on data."""

    model: str
    metrics: Metrics


def evaluate(model: Path, data: str = "") -> Evaluation:
    """Compare predictions with what is known.

    Args:
        model: the folder that a training wrote.
        data: `<loader>:<where>`; empty: the dummy data.

    Raises:
        InputError: model or data cannot be used.
    """
    name, loaded = load_model(model)
    table = load_data(data)
    check_target(table)
    return Evaluation(name, Metrics.of(loaded, table))
