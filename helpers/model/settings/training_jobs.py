"""The key `training` of `ci`: models are trained where somebody asks for it in a comment."""

import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.settings.keys import Key, Kind

# Runners of a forge's own, each of which runs one job; others say so by this label.
HOSTED_BY_GITHUB = re.compile(r"(ubuntu|windows|macos)-.+")
HOSTED_BY_GITLAB = re.compile(r"saas-(linux|windows|macos)-.+")
EPHEMERAL = "ephemeral"
_SELF_HOSTED = "self-hosted"


class Forks(StrEnum):
    """On which runners code of a fork may be trained."""

    NEVER = "never"
    EPHEMERAL = EPHEMERAL
    ALWAYS = "always"


TRAINING_KEYS = (
    Key(
        "forks",
        Kind.CHOICE,
        "Where code of a fork is trained: `never`, on runners that are `ephemeral` by their label,"
        " or `always`; without the key: ephemeral.",
        choices=tuple(Forks),
    ),
)


@dataclass(frozen=True, slots=True)
class TrainingJobs:
    """How comments are answered: each attribute is as `TRAINING_KEYS` says."""

    forks: Forks = Forks.EPHEMERAL


def training_jobs(values: Mapping[str, Any]) -> TrainingJobs:
    """The settings as typed values."""
    return TrainingJobs(**{name: Forks(value) for name, value in values.items()})


def is_ephemeral(labels: Iterable[str], hosted: re.Pattern[str]) -> bool:
    """Whether a runner with these labels is thrown away after a job."""
    found = {one.lower() for one in labels}
    is_hosted = any(map(hosted.fullmatch, found)) and _SELF_HOSTED not in found
    return EPHEMERAL in found or is_hosted
