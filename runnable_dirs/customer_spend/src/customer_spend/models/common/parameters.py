"""Parameters of models: their types and ranges, and values as they are typed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from customer_spend.errors import InputError

Value = int | float


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number that a model is told.

    Attributes:
        whole: it is a whole number.
        low: the least that it may be; `high`: the most.
    """

    name: str
    default: Value
    low: Value
    high: Value
    whole: bool = False

    def __str__(self) -> str:
        kind = "a whole number" if self.whole else "a number"
        return f"{self.name} is {kind} from {self.low:g} to {self.high:g}"

    def read(self, text: str) -> Value:
        """The value that a text says.

        Raises:
            InputError: it is of another type, or out of range.
        """
        try:
            value: Value = int(text) if self.whole else float(text)
        except ValueError:
            value = math.nan
        if not self.low <= value <= self.high:
            raise InputError(f"{self}, found {text!r}")
        return value


def read_parameters(
    model: str, models: Mapping[str, tuple[Parameter, ...]], given: Mapping[str, str]
) -> dict[str, Value]:
    """The value of each parameter of a model: what is given, else its default.

    Args:
        models: the parameters of all models, by the models' names.
        given: texts, by the names of parameters.

    Raises:
        InputError: the model has no such parameter, or a value is of another type or out of range.
    """
    own = {one.name: one for one in models[model]}
    values = {name: one.default for name, one in own.items()}
    for name, text in given.items():
        if name not in own:
            raise InputError(_unknown(model, models, name))
        values[name] = own[name].read(text)
    return values


def _unknown(model: str, models: Mapping[str, tuple[Parameter, ...]], name: str) -> str:
    own = "; ".join(map(str, models[model])) or "it has none"
    others = [
        f"{other}, where {one}"
        for other, parameters in models.items()
        for one in parameters
        if one.name == name
    ]
    elsewhere = f"; {name} belongs to {others[0]}" if others else ""
    return f"{model} has no parameter {name!r}: {own}{elsewhere}"
