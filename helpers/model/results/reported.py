"""What a training left, read by somebody who does not trust who wrote it: for a report of it."""

import math
import re
from collections.abc import Mapping
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_json
from helpers.model.errors import HelpersError
from helpers.model.results.training import Recorded, TrainingState, parse_result
from helpers.model.settings.train_config import HIGHER, LOWER
from helpers.model.settings.train_parameters import SEED, WORD
from helpers.model.training import TrainingRequest

_MOST_METRICS = 50
_MOST_LINES = 40
_LONGEST = 300
_DIGEST = re.compile(r"(sha256:)?[0-9a-f]{0,64}")


@dataclass(frozen=True, slots=True)
class Reported:
    """A result; each text in it is foreign, and is cut.

    Attributes:
        problem: why it failed; empty: it did not.
        better: by metric, whether a `lower` or a `higher` number is the better one.
        last_lines: of the log, where it failed.
    """

    recorded: Recorded
    state: TrainingState
    problem: str
    seconds: float
    better: Mapping[str, str]
    last_lines: tuple[str, ...]

    @property
    def seed(self) -> str:
        """Its seed, as a request has it."""
        return self.recorded.parameters[SEED.name]

    def is_of(self, request: TrainingRequest) -> bool:
        """Whether it is the result of a request that says every parameter."""
        then = self.recorded
        given = {SEED.name: self.seed, **request.parameters}
        return (then.dir, then.model, then.commit) == (
            request.dir,
            request.model,
            request.commit,
        ) and then.parameters == given


def parse_reported(text: str) -> Reported:
    """Read the file that a run left.

    Raises:
        HelpersError: it is none, or has what no run leaves.
    """
    recorded = parse_result(text, "")
    found: Mapping[str, Any] = load_json(text)
    seconds = found.get("seconds")
    better: Any = found.get("better")
    lines = found.get("last_lines")
    right = (
        found.get("state") in tuple(TrainingState)
        and isinstance(found.get("problem"), str)
        and _is_finite(seconds)
        and isinstance(lines, list)
        and isinstance(better, dict)
        and _are_metrics(recorded.metrics, better)
        and all(map(_DIGEST.fullmatch, (recorded.image_digest, recorded.inputs)))
    )
    if not right:
        raise HelpersError("the result that the job left has what no training leaves")
    return Reported(
        recorded,
        TrainingState(found["state"]),
        found["problem"][:_LONGEST],
        float(found["seconds"]),
        better,
        cut_lines([str(line) for line in found["last_lines"]]),
    )


def cut_lines(lines: list[str]) -> tuple[str, ...]:
    """The last lines of a log, each of a length that people read."""
    return tuple(line[:_LONGEST] for line in lines[-_MOST_LINES:])


def _are_metrics(metrics: Mapping[str, float], better: Mapping[str, Any]) -> bool:
    return (
        len(metrics) <= _MOST_METRICS
        and all(re.fullmatch(WORD, name) for name in metrics)
        and all(_is_finite(value) for value in metrics.values())
        and all(better.get(name) in (LOWER, HIGHER) for name in metrics)
    )


def _is_finite(value: Any) -> bool:
    try:
        return type(value) in (int, float) and math.isfinite(value)
    except OverflowError:
        return False
