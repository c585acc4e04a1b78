"""What a training came to, and the file that keeps it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, field, fields
from enum import StrEnum
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.settings.train_parameters import Value, written

RESULTS = "results"
RESULT_FILE_NAME = "result.json"
LOG_FILE_NAME = "log.txt"
# Below it stands what the command wrote, as it stood in the dir.
FILES = "files"
_FORMAT = 1


class TrainingState(StrEnum):
    """How a training ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What was trained, from what, and what came of it.

    Attributes:
        run: the id of the run, and the name of its folder.
        problem: why it failed; empty: it did not.
        metrics: by name, its number.
        better: by metric, whether a `lower` or a `higher` number is the better one.
        commit: of the tree; empty: it has none.
        dirty: whether the tree differed from its commit.
        image: the name of the image that it ran in.
        image_digest: the id of that image.
        inputs: a hash of the names, modes and content of the dir's inputs.
        files: what the command wrote, below `FILES`.
        last_lines: of the log, where it failed.
        repeats: the run that it repeats; empty: none.
    """

    run: str
    dir: str
    model: str
    parameters: Mapping[str, Value]
    seed: int
    commit: str
    dirty: bool
    inputs: str
    started: str
    network: str
    command: tuple[str, ...]
    image: str = ""
    image_digest: str = ""
    state: TrainingState = TrainingState.FAILED
    problem: str = ""
    exit_status: int | None = None
    seconds: float = 0.0
    metrics: Mapping[str, float] = field(default_factory=dict)
    better: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    last_lines: tuple[str, ...] = ()
    repeats: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a result says of how to repeat its run.

    Attributes:
        parameters: the text of each value, the seed among them.
    """

    run: str
    dir: str
    model: str
    parameters: Mapping[str, str]
    commit: str
    dirty: bool
    inputs: str
    image_digest: str
    metrics: Mapping[str, float]


def result_text(result: TrainingResult) -> str:
    """The file that keeps a result."""
    return json.dumps({"format": _FORMAT, **asdict(result)}, indent=2) + "\n"


def parse_result(text: str, where: str) -> Recorded:
    """Read what a file keeps of a run, which somebody else may have written.

    Raises:
        HelpersError: it is no result of a training.
    """
    try:
        found = load_json(text)
    except ValueError as error:
        raise _foreign(where, f"it is no JSON: {error}") from error
    if not isinstance(found, dict) or found.get("format") != _FORMAT:
        raise _foreign(where, f"its 'format' is not {_FORMAT}")
    given: dict[str, Any] = {one.name: found.get(one.name) for one in fields(Recorded)}
    values = given["parameters"]
    seed = found.get("seed")
    if not isinstance(values, dict) or isinstance(seed, bool) or not isinstance(seed, int):
        raise _foreign(where, "its parameters or its seed are none")
    given["parameters"] = {name: _text(value) for name, value in values.items()}
    given["parameters"]["seed"] = str(seed)
    for name, kind in _KINDS.items():
        if not isinstance(given[name], kind):
            raise _foreign(where, f"its {name!r} is none")
    if not all(type(one) in (int, float) for one in given["metrics"].values()):
        raise _foreign(where, "a metric is no number")
    return Recorded(**given)


_KINDS: dict[str, type] = {
    **dict.fromkeys(("run", "dir", "model", "commit", "inputs", "image_digest"), str),
    "dirty": bool,
    "metrics": dict,
}


def _text(value: Any) -> str:
    return written(value) if isinstance(value, (bool, int, float, str)) else ""


def _foreign(where: str, why: str) -> HelpersError:
    return HelpersError(
        f"this is not what a training left: {why}",
        where=where,
        fix=f"name the {RESULT_FILE_NAME} of a run, below the {RESULTS}/ of its dir",
    )
