"""`devops/train.yaml`: what it says, and what is refused of it with line and fix."""

import pytest

from helpers.model.errors import HelpersError
from helpers.model.settings.train_config import Metric, parse_train_config
from helpers.model.settings.train_parameters import ParameterKind

_METRICS = "metrics:\n  rmse: {file: out/metrics.json, key: test.rmse, better: lower}\n"
_REST = f"models: [net]\n{_METRICS}"


def test_every_key_is_read() -> None:
    text = (
        "command: [python, -m, churn, '{model}', '--lr={lr}', '{seed}']\nmodels: [net, olsr]\n"
        "parameters:\n  lr: {type: number, min: 1e-6, max: 1, default: 0.01}\n"
        "  fast: {type: flag, default: True}\n  opt: {type: choice, choices: [a, b], default: b}\n"
        f"{_METRICS}resources: {{memory: 2g, gpu: 1}}\ntimeout: 60\nnetwork: default\n"
    )
    config = parse_train_config(text, "t")
    assert config.command[-1] == "{seed}"
    assert config.models == ("net", "olsr")
    assert [one.default for one in config.parameters.values()] == [0.01, True, "b"]
    assert config.parameters["lr"].expected == "a number from 1e-6 to 1"
    assert config.parameters["opt"].kind is ParameterKind.CHOICE
    assert config.metrics == (Metric("rmse", "out/metrics.json", "test.rmse", "lower"),)
    assert config.resources == {"memory": 2 << 30, "gpu": 1}
    assert (config.timeout, config.network) == (60, "default")


def test_without_more_it_has_an_hour_and_no_network() -> None:
    config = parse_train_config(f"command: [train]\n{_REST}", "t")
    assert (config.timeout, config.network, config.parameters) == (3600, "none", {})


@pytest.mark.parametrize(
    ("text", "where", "what", "fix"),
    [
        (f"{_REST}", "t:1", "key 'command' is missing", "add a line 'command: ...'"),
        (f"command: train\n{_REST}", "t:1", "expected a list of texts", "a list"),
        (f"command: []\n{_REST}", "t:1", "key 'command': it is empty", "a word at least"),
        (f"command: ['{{lr}}']\n{_REST}", "t:1", "{lr} stands for nothing", "{model}, {seed}"),
        ("command: [a]\nmodels: [n m]\n" + _METRICS, "t:2", "is no name of a model", "letters"),
        ("command: [a]\nmodels: [n]\nmetrics: {}\n", "t:3", "it is empty", "a metric at least"),
        (
            "command: [a]\nmodels: [n]\nmetrics:\n  m: {file: ../m.json, key: m, better: lower}\n",
            "t:4",
            "is not the path of a JSON file below the dir",
            "out/metrics.json",
        ),
        (
            "command: [a]\nmodels: [n]\nmetrics:\n  m: {file: m.json, key: m, better: more}\n",
            "t:4",
            "expected one of lower, higher",
            "lower, higher",
        ),
        (f"command: [a]\n{_REST}resources: {{disk: 3}}\n", "t:5", "limited to", "memory, gpu"),
        (f"command: [a]\n{_REST}network: host\n", "t:5", "one of none, default", "none"),
        (f"command: [a]\n{_REST}timeout: soon\n", "t:5", "a number from 1", "a number from 1"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(text: str, where: str, what: str, fix: str) -> None:
    with pytest.raises(HelpersError) as caught:
        parse_train_config(text, "t")
    assert caught.value.where == where
    assert what in caught.value.what
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("keys", "line", "what"),
    [
        ("type: number\n    min: 1\n    max: 0\n    default: 1", 5, "min 1 is more than max 0"),
        ("type: number\n    min: .nan\n    default: 1", 5, "'min' is a number, found '.nan'"),
        ("type: number\n    max: 1\n    default: 2", 6, "a number up to 1, found '2'"),
        ("type: integer\n    min: 1\n    default: 1.5", 6, "a whole number from 1, found '1.5'"),
        ("type: integer\n    default: 1_000", 5, "a whole number, found '1_000'"),
        ("type: flag\n    min: 0\n    default: true", 5, "a flag has no 'min'"),
        ("type: flag\n    default: 1", 5, "true or false, found '1'"),
        ("type: choice\n    default: a", 3, "a choice is between words"),
        ("type: choice\n    choices: [b c]\n    default: b", 5, "is no word"),
        ("type: choice\n    choices: [b]\n    default: a", 6, "one of b, found 'a'"),
        ("type: number\n    choices: [b]\n    default: 1", 5, "a number has no 'choices'"),
        ("type: text\n    default: a", 4, "expected one of number, integer, flag, choice"),
        ("type: number", 3, "key 'default' is missing"),
    ],
)
def test_a_parameter_that_cannot_be_is_said_with_its_line(keys: str, line: int, what: str) -> None:
    text = f"command: [a]\nparameters:\n  lr:\n    {keys}\n{_REST}"
    with pytest.raises(HelpersError) as caught:
        parse_train_config(text, "t")
    assert caught.value.where == f"t:{line}"
    assert what in caught.value.what
    assert caught.value.fix


@pytest.mark.parametrize("name", ["seed", "model", "l r", "l-r", "\u217cr"])
def test_a_parameter_has_a_name_of_its_own(name: str) -> None:
    parameter = f"parameters:\n  '{name}': {{type: flag, default: true}}\n"
    with pytest.raises(HelpersError) as caught:
        parse_train_config(f"command: [a]\n{parameter}{_REST}", "t")
    assert caught.value.where == "t:3"
