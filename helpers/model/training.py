"""A request for a training: `MODEL lr=0.001 epoch=10 [--dir D] [@<commit>]`.

The grammar is fixed, and the same on a command line and in a comment: whoever may write it, nothing
in it reaches a shell, and only what a dir's `devops/train.yaml` names has a value.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.settings.train_config import MODEL, TrainConfig, filled_in
from helpers.model.settings.train_parameters import (
    NAME,
    SEED,
    WORD,
    Parameter,
    Value,
    written,
)

_LONGEST = 2000
_SHOWN = 80
_DIR = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./+-]{0,199}")
_COMMIT = re.compile(r"@[0-9a-f]{7,64}")
_SETTING = re.compile(rf"(?P<name>{NAME})=(?P<value>[A-Za-z0-9_.+-]{{1,100}})")
# Of a number alone, as many people write it.
_COMMA = re.compile(r"(=[+-]?\d+),(\d+(?:[eE][+-]?\d+)?)\Z")
FORM = "MODEL name=value ... [--dir DIR] [@COMMIT]"


@dataclass(frozen=True, slots=True)
class TrainingRequest:
    """What somebody asks for, as it is written.

    Attributes:
        parameters: by name, the text of each value.
        dir: empty: it is not said.
        commit: 7 digits of it at least; empty: it is not said.
    """

    model: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    dir: str = ""
    commit: str = ""

    def __str__(self) -> str:
        dir, commit = self.dir and f"--dir {self.dir}", self.commit and f"@{self.commit}"
        settings = (f"{name}={text}" for name, text in self.parameters.items())
        return " ".join(filter(None, (self.model, *settings, dir, commit)))


@dataclass(frozen=True, slots=True)
class Training:
    """A request that a dir's settings allow.

    Attributes:
        parameters: a value for each parameter of the dir.
        seed: None: one is to be drawn.
    """

    model: str
    parameters: Mapping[str, Value]
    seed: int | None = None

    def command(self, config: TrainConfig) -> tuple[str, ...]:
        """The words of the command that trains; the seed must be known."""
        values = {name: written(value) for name, value in self.parameters.items()}
        return filled_in(config.command, {**values, MODEL: self.model, SEED.name: str(self.seed)})

    def request(self) -> TrainingRequest:
        """What asks for the same again."""
        values = {name: written(value) for name, value in self.parameters.items()}
        seed = {} if self.seed is None else {SEED.name: str(self.seed)}
        return TrainingRequest(self.model, values | seed)


def parse_line(line: str) -> TrainingRequest:
    """Read a request that is one line of text.

    Raises:
        HelpersError: it does not have the form of one.
    """
    if len(line) > _LONGEST:
        raise _malformed(f"{len(line)} characters are too many for a request")
    if not line.isascii() or not line.isprintable():
        odd = next(sign for sign in line if not (sign.isascii() and sign.isprintable()))
        raise _malformed(f"a request has plain letters, digits and signs alone, found {odd!a}")
    return parse_words(line.split())


def parse_words(words: Sequence[str]) -> TrainingRequest:
    """Read a request whose words stand apart, as a command line has them.

    Raises:
        HelpersError: it does not have the form of one.
    """
    if not words:
        raise _malformed("the model is missing")
    model, *rest = words
    if not re.fullmatch(WORD, model):
        raise _malformed(f"the model comes first, found {_shown(model)}")
    request, left = TrainingRequest(model), iter(rest)
    for word in left:
        if word == "--dir":
            request = _with_dir(request, next(left, ""))
        elif word.startswith("@"):
            request = _with_commit(request, word)
        else:
            request = _with_setting(request, word)
    return request


def right_words(words: Sequence[str]) -> TrainingRequest:
    """What is right of words, for a message that says what to type; an empty model: none is.

    Of what stands twice, the first; a comma of a number is a point. A dir is left out.
    """
    right = TrainingRequest("")
    for word in words:
        if not right.model and re.fullmatch(WORD, word):
            right = replace(right, model=word)
            continue
        read = _with_commit if word.startswith("@") else _with_setting
        with suppress(HelpersError):
            right = read(right, _COMMA.sub(r"\1.\2", word))
    return right


def check_request(request: TrainingRequest, config: TrainConfig) -> Training:
    """Give each parameter its value, by type and range.

    Raises:
        HelpersError: the dir has no such model or parameter, or a value is none that it takes.
    """
    like = example(request, config)
    if request.model not in config.models:
        listed = " or ".join(config.models)
        raise HelpersError(f"the model is {listed}, found {_shown(request.model)}", fix=like)
    known = {**config.parameters, SEED.name: SEED}
    values: dict[str, Value] = {}
    for name, text in request.parameters.items():
        if name not in known:
            raise HelpersError(
                f"the parameters are {', '.join(known)}, found {_shown(name)}", fix=like
            )
        value = known[name].read(text)
        if value is None:
            raise HelpersError(f"{name} is {known[name].expected}, found {_shown(text)}", fix=like)
        values[name] = value
    seed = values.pop(SEED.name, None)
    full = {name: values.get(name, _default(one)) for name, one in config.parameters.items()}
    return Training(request.model, full, None if seed is None else int(seed))


def example(request: TrainingRequest, config: TrainConfig) -> str:
    """How the line should look: the request, with the defaults for what is wrong in it.

    A seed has no default, so a wrong one is left out.
    """
    model = request.model if request.model in config.models else config.models[0]
    values = {
        name: request.parameters[name]
        if name in request.parameters and one.read(request.parameters[name]) is not None
        else written(_default(one))
        for name, one in config.parameters.items()
    }
    seed = request.parameters.get(SEED.name)
    if seed is not None and SEED.read(seed) is not None:
        values[SEED.name] = seed
    return str(replace(request, model=model, parameters=values))


def _default(parameter: Parameter) -> Value:
    assert parameter.default is not None, "only the seed is drawn"
    return parameter.default


def _with_dir(request: TrainingRequest, text: str) -> TrainingRequest:
    if request.dir:
        raise _malformed("--dir stands twice")
    if not _DIR.fullmatch(text) or ".." in text.split("/"):
        raise _malformed(f"--dir is followed by a dir of the repo, found {_shown(text)}")
    return replace(request, dir=text)


def _with_commit(request: TrainingRequest, word: str) -> TrainingRequest:
    if request.commit:
        raise _malformed("a commit stands twice")
    if not _COMMIT.fullmatch(word):
        raise _malformed(f"@ is followed by 7 to 64 digits of a commit, found {_shown(word)}")
    return replace(request, commit=word[1:])


def _with_setting(request: TrainingRequest, word: str) -> TrainingRequest:
    found = _SETTING.fullmatch(word)
    if found is None:
        raise _malformed(f"a parameter is written as name=value, found {_shown(word)}")
    if found["name"] in request.parameters:
        raise _malformed(f"{found['name']} stands twice")
    parameters = {**request.parameters, found["name"]: found["value"]}
    return replace(request, parameters=parameters)


def _malformed(what: str) -> HelpersError:
    return HelpersError(what, fix=f"write {FORM}")


def _shown(text: str) -> str:
    """A text for a message: cut, and with nothing that only looks like something else."""
    return ascii(text[:_SHOWN]) + "..." * (len(text) > _SHOWN)
