"""The grammar of a request for a training: what it takes, and that nothing else gets through."""

import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.model.errors import HelpersError
from helpers.model.settings.train_config import parse_train_config
from helpers.model.training import (
    Training,
    TrainingRequest,
    check_request,
    parse_line,
    parse_words,
)

_CONFIG = parse_train_config(
    "command: [train, '{model}', '--lr={lr}', '{epoch}', '{fast}', '{opt}', '{seed}', '{x}']\n"
    "models: [net, olsr]\n"
    "parameters:\n"
    "  lr: {type: number, min: 1e-6, max: 1, default: 0.01}\n"
    "  epoch: {type: integer, min: 1, max: 100, default: 10}\n"
    "  fast: {type: flag, default: false}\n"
    "  opt: {type: choice, choices: [adam, sgd], default: adam}\n"
    "  x: {type: number, default: 0}\n"
    "metrics:\n  rmse: {file: m.json, key: rmse, better: lower}\n",
    "t",
)
_SHA = "0123456789abcdef0123456789abcdef01234567"


def _checked(line: str) -> Training:
    return check_request(parse_line(line), _CONFIG)


def test_a_request_says_model_parameters_dir_and_commit() -> None:
    found = parse_line(f"net lr=0.001 epoch=10 --dir apps/churn @{_SHA}")
    values = {"lr": "0.001", "epoch": "10"}
    assert found == TrainingRequest("net", values, "apps/churn", _SHA)
    assert str(found) == f"net lr=0.001 epoch=10 --dir apps/churn @{_SHA}"


def test_what_is_not_said_has_its_default() -> None:
    made = _checked("net lr=1e-3 fast=true seed=7")
    assert made.parameters == {"lr": 0.001, "epoch": 10, "fast": True, "opt": "adam", "x": 0.0}
    assert made.seed == 7
    assert made.command(_CONFIG) == (
        *("train", "net", "--lr=0.001", "10", "true", "adam", "7", "0.0"),
    )


def test_what_was_trained_can_be_asked_for_again() -> None:
    made = _checked("olsr lr=1e-6 epoch=3 x=-1.5e300 seed=4294967295")
    assert check_request(made.request(), _CONFIG) == made


@pytest.mark.parametrize(
    ("line", "what", "fix"),
    [
        (
            "net lr=fast",
            "lr is a number from 1e-6 to 1, found 'fast'",
            "net lr=0.01 epoch=10 fast=false opt=adam x=0.0",
        ),
        ("net epoch=1000 lr=0.5", "epoch is a whole number from 1 to 100, found '1000'", "lr=0.5"),
        ("net epoch=1.0", "epoch is a whole number from 1 to 100, found '1.0'", "epoch=10"),
        ("net fast=yes", "fast is true or false, found 'yes'", "fast=false"),
        ("net opt=Adam", "opt is one of adam, sgd, found 'Adam'", "opt=adam"),
        ("tree", "the model is net or olsr, found 'tree'", "net lr=0.01"),
        ("net rl=1", "the parameters are lr, epoch, fast, opt, x, seed, found 'rl'", "lr=0.01"),
        ("net seed=-1", "seed is a whole number from 0 to 4294967295, found '-1'", "net"),
        ("net lr=0", "lr is a number from 1e-6 to 1, found '0'", "lr=0.01"),
        ("net x=1e999", "x is a number, found '1e999'", "x=0.0"),
        ("net x=1e-999", "x is a number, found '1e-999'", "x=0.0"),
    ],
)
def test_a_wrong_value_is_said_with_the_line_that_would_be_right(
    line: str, what: str, fix: str
) -> None:
    with pytest.raises(HelpersError) as caught:
        _checked(line)
    assert caught.value.what == what
    assert fix in caught.value.fix
    _checked(caught.value.fix)


@pytest.mark.parametrize(
    "value", ["NaN", "nan", "inf", "-Infinity", "1e", ".", "0x1", "1_0", "+-1"]
)
def test_what_is_no_finite_number_is_refused(value: str) -> None:
    with pytest.raises(HelpersError, match="x is a number"):
        _checked(f"net x={value}")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "lr=1",
        "-net",
        "net lr",
        "net lr=",
        "net =1",
        "net lr=1 lr=1",
        "net lr=$(touch x)",
        "net lr=`id`",
        "net lr=1;id",
        "net lr=1\nlr=2",
        "net\r\nepoch=1",
        "net lr=1 ::set-output name=x::y",
        "net lr=\uff11",
        "net \u217cr=1",
        "\u0578et",
        "net lr=\u0661",
        "net\u00a0lr=1",
        "net\u202elr=1",
        "net lr=1\x00",
        "net lr='1'",
        "net --lr=1",
        "net --dir",
        "net --dir ../x",
        "net --dir a/../../x",
        "net --dir /etc",
        "net --dir -x",
        "net --dir a --dir b",
        "net --dir=a",
        "net @main",
        "net @123456",
        f"net @{_SHA.upper()}",
        f"net @{_SHA} @{_SHA}",
        f"net @{'0' * 65}",
        "net lr=" + "1" * 101,
        "n" * 65,
        "net " + "lr=1 " * 12_000,
    ],
)
def test_whatever_else_a_line_has_is_refused(line: str) -> None:
    with pytest.raises(HelpersError) as caught:
        parse_line(line)
    assert caught.value.fix
    assert str(caught.value).isascii()
    assert len(str(caught.value)) < 400


def test_words_of_a_command_line_are_held_to_the_same() -> None:
    assert parse_words(["net", "lr=1"]) == parse_line("net lr=1")
    for words in (["net", "lr=1 epoch=2"], ["net", ""], ["net", "lr=1\n"], ["net\n"], []):
        with pytest.raises(HelpersError):
            parse_words(words)


_WORDS = st.one_of(
    st.sampled_from(
        [
            "net",
            "olsr",
            "lr=1",
            "lr=0.5",
            "epoch=3",
            "fast=true",
            "opt=sgd",
            "seed=3",
            "--dir",
            "a/b",
            "@",
        ]
    ),
    st.sampled_from(["@" + _SHA, "lr=NaN", "lr=$(x)", "epoch=1e3", "x=1e-300", "x=.5"]),
    st.builds("{}={}".format, st.sampled_from(["lr", "x", "epoch"]), st.floats() | st.integers()),
    st.text(max_size=8),
)


@settings(max_examples=500, derandomize=True)
@given(st.lists(_WORDS, max_size=6).map(" ".join))
def test_a_line_is_a_request_that_reads_the_same_or_is_refused(line: str) -> None:
    with contextlib.suppress(HelpersError):
        _hold(line)


def _hold(line: str) -> None:
    request = parse_line(line)
    made = check_request(request, _CONFIG)
    assert parse_line(str(request)) == request
    # JSON has neither NaN nor infinities.
    json.dumps(dict(made.parameters), allow_nan=False)
    harmless = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-=")
    assert set("".join(made.command(_CONFIG))) <= harmless
    assert check_request(made.request(), _CONFIG) == made
