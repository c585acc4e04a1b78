"""Models in files: `model.json` says what it is, `model.joblib` holds what was learned.

The second one is code to Python: load models that you trust alone.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import joblib

from customer_spend.errors import InputError
from customer_spend.models.common.parameters import Value
from customer_spend.version import package_version

_DESCRIPTION, _STATE = "model.json", "model.joblib"


@dataclass(frozen=True, slots=True)
class Description:
    """What a saved model is.

    Attributes:
        version: of this package, when it was saved.
    """

    model: str
    parameters: Mapping[str, Value]
    seed: int
    version: str


def save(
    folder: Path, model: str, parameters: Mapping[str, Value], seed: int, state: Any
) -> None:
    """Write a model; the description last, so that a half-written model is none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _DESCRIPTION).unlink(missing_ok=True)
    joblib.dump(state, folder / _STATE)
    description = Description(model, dict(parameters), seed, package_version())
    text = json.dumps(asdict(description), indent=2, sort_keys=True)
    (folder / _DESCRIPTION).write_text(f"{text}\n", encoding="utf-8")


def read_description(folder: Path) -> Description:
    """What the model in a folder is.

    Raises:
        InputError: there is none, or one of another version of this package.
    """
    path = folder / _DESCRIPTION
    try:
        found = Description(**json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(
            f"there is no model in {folder}: cannot read {path.name}"
        ) from error
    except (ValueError, TypeError) as error:
        raise InputError(f"{path} does not describe a model: {error}") from error
    if found.version != package_version():
        raise InputError(
            f"{folder} was saved by version {found.version}, this is {package_version()}: train it"
            f" again with --model {found.model}"
        )
    return found


def read_state(folder: Path) -> Any:
    """What the model in a folder learned.

    Raises:
        InputError: as `read_description`.
    """
    read_description(folder)
    return joblib.load(folder / _STATE)
