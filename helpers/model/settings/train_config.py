"""`devops/train.yaml` of a dir, as typed values: how its models are trained."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.config import resource_amounts
from helpers.model.settings.keys import Key, Kind, Rule
from helpers.model.settings.reader import Section, Setting, read_settings
from helpers.model.settings.resources import GPU, MEMORY, Amounts
from helpers.model.settings.train_parameters import (
    PARAMETER_KEYS,
    SEED,
    WORD,
    Parameter,
    check_name,
    read_parameter,
)

MODEL = "model"
NO_NETWORK, NETWORK = "none", "default"
LOWER, HIGHER = "lower", "higher"
_DEFAULT_TIMEOUT = 3600
_PLACEHOLDER = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ABOUT_NAMES = "write letters, digits, '_', '.', '+' and '-', 64 at most"

TRAIN_KEYS = (
    Key(
        "command",
        Kind.TEXTS,
        "What is run in the dir's container, from the dir: a word each, without a shell. `{model}`,"
        " `{seed}` and the `{name}` of each parameter stand for their values.",
        required=True,
    ),
    Key(
        "models",
        Kind.TEXTS,
        "The names of what can be trained.",
        required=True,
        rule=Rule(WORD, "is no name of a model", _ABOUT_NAMES),
    ),
    Key(
        "parameters",
        Kind.TABLES,
        "By name, what a request may set.",
        keys=PARAMETER_KEYS,
    ),
    Key(
        "metrics",
        Kind.TABLES,
        "By name, the numbers that say how good the model is.",
        required=True,
        keys=(
            Key(
                "file",
                Kind.TEXT,
                "The JSON file that the command writes, relative to the dir.",
                required=True,
                rule=Rule(
                    r"(?!([^/]*/)*\.\.?/)[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*\.json",
                    "is not the path of a JSON file below the dir",
                    "write it relative to the dir, such as out/metrics.json",
                ),
            ),
            Key(
                "key",
                Kind.TEXT,
                "Where the number stands in the file: names with dots between them.",
                required=True,
            ),
            Key(
                "better",
                Kind.CHOICE,
                "Which number is the better one.",
                required=True,
                choices=(LOWER, HIGHER),
            ),
        ),
    ),
    Key(
        "resources",
        Kind.AMOUNTS,
        "The most that it gets: `memory` is a size such as 4g, `gpu` a number.",
        choices=(MEMORY, GPU),
    ),
    Key("timeout", Kind.COUNT, "Seconds after which it is ended; without the key: 3600."),
    Key(
        "network",
        Kind.CHOICE,
        "`none`, or the engine's `default` one; without the key: none.",
        choices=(NO_NETWORK, NETWORK),
    ),
)


@dataclass(frozen=True, slots=True)
class Metric:
    """A number that says how good a model is: where it stands, and which one is better."""

    name: str
    file: str
    key: str
    better: str


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How a dir's models are trained: each attribute is as `TRAIN_KEYS` says."""

    command: tuple[str, ...]
    models: tuple[str, ...]
    metrics: tuple[Metric, ...]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    resources: Amounts = field(default_factory=dict)
    timeout: int = _DEFAULT_TIMEOUT
    network: str = NO_NETWORK


def parse_train_config(text: str, path: str) -> TrainConfig:
    """Read a dir's `devops/train.yaml`; `path` is for messages alone.

    Raises:
        HelpersError: with file, line and key, when a value is not what it must be.
    """
    found = read_settings(text, path, TRAIN_KEYS)
    for name, one in (("command", "a word"), ("models", "a model"), ("metrics", "a metric")):
        if not found[name].value:
            raise HelpersError(
                f"key '{name}': it is empty",
                where=f"{path}:{found[name].line}",
                fix=f"give '{name}' {one} at least",
            )
    sections: dict[str, Section] = found["parameters"].value if "parameters" in found else {}
    parameters = {name: read_parameter(name, one, path) for name, one in sections.items()}
    _check_placeholders(found["command"], (MODEL, SEED.name, *parameters), path)
    _check_resources(found, path)
    plain = {name: found[name].value for name in ("timeout", "network") if name in found}
    return TrainConfig(
        found["command"].value,
        found["models"].value,
        tuple(_metric(name, one, path) for name, one in found["metrics"].value.items()),
        parameters,
        resource_amounts(found, path),
        **plain,
    )


def filled_in(command: Iterable[str], values: Mapping[str, str]) -> tuple[str, ...]:
    """The command with values in place of their names in braces; each word stays one word."""

    def value(match: re.Match[str]) -> str:
        return values[match[1]]

    return tuple(_PLACEHOLDER.sub(value, word) for word in command)


def _metric(name: str, values: Section, path: str) -> Metric:
    check_name(name, "metrics", WORD, f"{path}:{values.lines['']}")
    return Metric(name, values["file"], values["key"], values["better"])


def _check_placeholders(command: Setting, names: Iterable[str], path: str) -> None:
    known = list(names)
    for word in command.value:
        for name in _PLACEHOLDER.findall(word):
            if name not in known:
                raise HelpersError(
                    f"key 'command': {{{name}}} stands for nothing: no parameter has that name",
                    where=f"{path}:{command.line}",
                    fix="write one of " + ", ".join(f"{{{one}}}" for one in known),
                )


def _check_resources(found: dict[str, Setting], path: str) -> None:
    if "resources" not in found:
        return
    for name in found["resources"].value:
        if name not in (MEMORY, GPU):
            raise HelpersError(
                f"key 'resources': {name!r} is nothing that a container is limited to",
                where=f"{path}:{found['resources'].line}",
                fix=f"write {MEMORY}, {GPU} or both",
            )
