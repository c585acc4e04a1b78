"""Which models there are."""

from pathlib import Path

from customer_spend.discovery import modules_below
from customer_spend.errors import InputError
from customer_spend.models.common.model import Model, ModelKind
from customer_spend.models.common.saved import read_description

_MODELS = "customer_spend.models"


def find_models() -> dict[str, ModelKind]:
    """The models, by name."""
    modules = modules_below(_MODELS)
    return {one.MODEL.name: one.MODEL for one in modules if hasattr(one, "MODEL")}


def find_model(name: str) -> ModelKind:
    """The model of a name.

    Raises:
        InputError: there is none.
    """
    models = find_models()
    if name not in models:
        raise InputError(f"there is no model {name!r}; there are: {', '.join(models)}")
    return models[name]


def load_model(folder: Path) -> tuple[str, Model]:
    """A model that was saved, and its name.

    Raises:
        InputError: there is none, or one that this version of the package cannot use.
    """
    found = read_description(folder)
    kind = find_model(found.model)
    return kind.name, kind.make(found.parameters, found.seed).load(folder)
