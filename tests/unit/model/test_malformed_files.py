"""Whatever stands in a file that somebody wrote: an error of a few lines, and at once."""

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from helpers.inputs.service_paths import read_service_paths
from helpers.lockers.declared import read_pyproject, source_folders
from helpers.lockers.workspaces.member import read_parts
from helpers.model.changelog.parse import parse_changelog
from helpers.model.documents.parsing import load_json, load_toml, load_yaml
from helpers.model.errors import HelpersError
from helpers.model.packages.python_imports import needed_modules
from helpers.model.settings.config import parse_dir_config, parse_repo_config
from helpers.model.sync.shared import parse_shared

_LETTERS = "abcdefghijkl"
_BOMB = f"{_LETTERS[0]}: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{','.join([f'*{before}'] * 9)}]\n" for before, after in pairwise(_LETTERS)
)
_CONTENTS = [
    *("[" * 100_000, '{"a":' * 50_000, "a = " + "[" * 50_000 + "]" * 50_000, "a: " * 50_000),
    "\n".join(f"{' ' * depth}a:" for depth in range(900)),
    *("a = " + "9" * 5_000, '{"a": ' + "9" * 5_000 + "}", f"# app-{'9' * 5_000}.0.0\n"),
    *(_BOMB, f"{_BOMB}? [*l]\n: x\n", _BOMB.replace("a: &a", "services: &a", 1)),
    *("a\x00b: c\n", "\x1b[31m: \x9b\n", "a" * 300_000, f"{'a' * 200_000}: b\n", "a: &a [*a]\n"),
    *("a: 1\na: 2\n", "[1, 2]\n", "3\n", '"x"\n', "null\n", "!!python/object:os.system {}\n"),
    *("project = 3\ntool = [1]\n", '[project]\nname = ["a"]\n[tool]\npoetry = 1\nuv = "x"\n'),
    "[tool.poetry]\nname = 1\ndependencies = [1]\n[tool.uv]\nsources = [1]\nworkspace = 2\n",
    "resources: {memory: [1]}\nhealth_times: {a: {b: c}}\n",
]
_PARSERS: list[Callable[[str], Any]] = [
    lambda text: parse_repo_config(text, "repo_config.yaml"),
    lambda text: parse_dir_config(text, "config.yaml"),
    lambda text: parse_changelog(text, "changelog.txt"),
    lambda text: parse_shared(text, "sync.yaml"),
    read_pyproject,
    source_folders,
    load_json,
    load_toml,
    load_yaml,
    read_service_paths,
    read_parts,
    needed_modules,
]


@pytest.mark.parametrize("number", range(len(_CONTENTS)))
@pytest.mark.parametrize("parser", range(len(_PARSERS)))
def test_a_malformed_file_is_an_error_of_a_few_lines_at_once(parser: int, number: int) -> None:
    began = time.process_time()
    said = ""
    try:
        _PARSERS[parser](_CONTENTS[number])
    except HelpersError as error:
        said = str(error)
    except ValueError as error:
        said = str(error)
        assert _PARSERS[parser] in (load_json, load_toml, load_yaml)
    assert len(said) < 2_000
    assert time.process_time() - began < 4
