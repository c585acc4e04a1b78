"""Parameters of a training: their types and ranges, and values that are read by them."""

import math
import re
from dataclasses import replace
from enum import StrEnum

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.keys import Key, Kind, Rule
from helpers.model.settings.reader import Section

# In the syntax that Python and JSON Schema share. What they match means nothing to any shell.
NAME = "[A-Za-z_][A-Za-z0-9_]{0,63}"
WORD = "[A-Za-z0-9][A-Za-z0-9_.+-]{0,63}"
_NUMBER = re.compile(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?")
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_RESERVED = ("model", "seed")

Value = bool | int | float | str


class ParameterKind(StrEnum):
    """What a value is."""

    NUMBER = "number"
    INTEGER = "integer"
    FLAG = "flag"
    CHOICE = "choice"


_CALLED = {ParameterKind.NUMBER: "a number", ParameterKind.INTEGER: "a whole number"}

PARAMETER_KEYS = (
    Key("type", Kind.CHOICE, "What it is.", required=True, choices=tuple(ParameterKind)),
    Key("min", Kind.VALUE, "The least that it may be, where it is a number."),
    Key("max", Kind.VALUE, "The most that it may be, where it is a number."),
    Key(
        "choices",
        Kind.TEXTS,
        "What a choice is between.",
        rule=Rule(WORD, "is no word", "write letters, digits, '_', '.', '+' and '-'"),
    ),
    Key("default", Kind.VALUE, "What it is where a request does not say it.", required=True),
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a request may set.

    Attributes:
        low, high: the range of a number, as they are written; empty: it has no such end.
        default: None: one is drawn for each run.
    """

    name: str
    kind: ParameterKind
    low: str = ""
    high: str = ""
    choices: tuple[str, ...] = ()
    default: Value | None = None

    @property
    def expected(self) -> str:
        """What a value must be, for messages."""
        if self.kind is ParameterKind.FLAG:
            return "true or false"
        if self.kind is ParameterKind.CHOICE:
            return f"one of {', '.join(self.choices)}"
        low = f" from {self.low}" if self.low else ""
        high = f" {'to' if low else 'up to'} {self.high}" if self.high else ""
        return f"{_CALLED[self.kind]}{low}{high}"

    def read(self, text: str) -> Value | None:
        """The value that a text stands for; None where it is none."""
        if self.kind is ParameterKind.FLAG:
            return {"true": True, "false": False}.get(text)
        if self.kind is ParameterKind.CHOICE:
            return text if text in self.choices else None
        found = _read_number(self.kind, text)
        return found if found is not None and self._has(found) else None

    def _has(self, number: float) -> bool:
        low, high = (_read_number(self.kind, end) for end in (self.low, self.high))
        return (low is None or low <= number) and (high is None or number <= high)


# Every training has one, so that it can be repeated.
SEED = Parameter("seed", ParameterKind.INTEGER, "0", "4294967295")


def written(value: Value) -> str:
    """A value as a request has it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_parameter(name: str, values: Section, path: str) -> Parameter:
    """A parameter as the settings say it; `path` is for messages alone.

    Raises:
        HelpersError: its range or its default is none for its type.
    """
    lines = {key: f"{path}:{line}" for key, line in values.lines.items()}
    check_name(name, "parameters", NAME, lines[""])
    if name in _RESERVED:
        raise HelpersError(
            f"key 'parameters': every training has a {name} of its own",
            where=lines[""],
            fix=f"call the parameter something else than '{name}'",
        )
    kind = ParameterKind(values["type"])
    made = Parameter(
        name,
        kind,
        _end(name, kind, "min", values, lines),
        _end(name, kind, "max", values, lines),
        _choices(name, kind, values, lines),
    )
    low, high = (_read_number(kind, end) for end in (made.low, made.high))
    if low is not None and high is not None and low > high:
        raise HelpersError(
            f"parameter '{name}': min {made.low} is more than max {made.high}",
            where=lines["min"],
            fix="exchange the two",
        )
    # YAML takes True as well.
    text = values["default"].lower() if kind is ParameterKind.FLAG else values["default"]
    default = made.read(text)
    if default is None:
        raise HelpersError(
            f"parameter '{name}': its default is {made.expected}, found {values['default']!r}",
            where=lines["default"],
            fix=f"give 'default' {made.expected}",
        )
    return replace(made, default=default)


def check_name(name: str, key: str, pattern: str, where: str) -> None:
    """Hold what the names below a key must look like.

    Raises:
        HelpersError: this one does not.
    """
    if not re.fullmatch(pattern, name):
        raise HelpersError(
            f"key '{key}': {name[:80]!a} is no name",
            where=where,
            fix="write letters, digits and '_', 64 at most, as in 'learning_rate'",
        )


def _read_number(kind: ParameterKind, text: str) -> float | int | None:
    if kind is ParameterKind.INTEGER:
        return int(text) if _INTEGER.fullmatch(text) else None
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    # Beyond what the machine counts in, another number would be meant than is written.
    vanished = number == 0 and any(digit in "123456789" for digit in text.lower().split("e")[0])
    return number if math.isfinite(number) and not vanished else None


def _end(name: str, kind: ParameterKind, key: str, values: Section, lines: dict[str, str]) -> str:
    text = str(values.get(key, ""))
    if not text:
        return ""
    if kind not in _CALLED:
        raise HelpersError(
            f"parameter '{name}': a {kind} has no '{key}'", where=lines[key], fix="remove that line"
        )
    if _read_number(kind, text) is None:
        raise HelpersError(
            f"parameter '{name}': '{key}' is {_CALLED[kind]}, found {text[:80]!a}",
            where=lines[key],
            fix=f"give '{key}' {_CALLED[kind]}",
        )
    return text


def _choices(
    name: str, kind: ParameterKind, values: Section, lines: dict[str, str]
) -> tuple[str, ...]:
    choices: tuple[str, ...] = values.get("choices", ())
    if kind is ParameterKind.CHOICE and not choices:
        raise HelpersError(
            f"parameter '{name}': a choice is between words",
            where=lines.get("choices", lines[""]),
            fix="add a line 'choices: [one, two]'",
        )
    if choices and kind is not ParameterKind.CHOICE:
        raise HelpersError(
            f"parameter '{name}': a {kind} has no 'choices'",
            where=lines["choices"],
            fix="remove that line",
        )
    return choices
