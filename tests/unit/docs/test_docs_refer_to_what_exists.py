"""What the pages name must exist, and what exists must be named."""

import argparse
import dataclasses
import re
import shlex
from pathlib import Path

import pytest

from helpers.model.config import DirConfig, RepoConfig
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.tasks.namespace import namespace
from helpers.tasks.test_command import command_line_parser
from tests.pages import PAGES, Block, blocks

_COMMANDS = [
    (block.page.name, command)
    for page in PAGES
    for block in blocks(page, "bash", "console")
    for command in block.commands
]
_LINK = re.compile(r"\]\((?!https?:)(?P<target>[^)#]+)")


def _options(parser: argparse.ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings}


def _task_options(name: str) -> set[str]:
    arguments = namespace[name].get_arguments()
    return {f"--{option.replace('_', '-')}" for argument in arguments for option in argument.names}


def _after(command: str, word: str) -> list[str]:
    """The words that follow a program's name; none where the command does not call it."""
    words = shlex.split(command, comments=True)
    return words[words.index(word) + 1 :] if word in words[:1] else []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [match["target"] for match in _LINK.finditer(page.read_text())]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize(("page", "command"), _COMMANDS)
def test_tasks_and_options_in_commands_exist(page: str, command: str) -> None:
    task, *words = _after(command, "i") or [""]
    if task and not task.startswith("-"):
        given = {word.partition("=")[0] for word in words if word.startswith("--")}
        assert task in namespace.task_names, page
        assert given <= _task_options(task), page


@pytest.mark.parametrize(("page", "command"), _COMMANDS)
def test_options_of_main_pytest_in_commands_exist(page: str, command: str) -> None:
    words = _after(command, "./main_pytest.py")
    ours = words[: words.index("--")] if "--" in words else words
    given = {word.partition("=")[0] for word in ours if word.startswith("--")}
    assert given <= _options(command_line_parser("main_pytest.py")), page


def test_every_script_that_is_named_exists() -> None:
    named = {word for _, command in _COMMANDS for word in command.split() if word.endswith(".sh")}
    own = {name.removeprefix("helpers_root/") for name in named}
    assert [name for name in own if not (TOOLCHAIN_ROOT / name).exists()] == []


@pytest.mark.parametrize("model", [RepoConfig, DirConfig])
def test_every_key_is_described(model: type[RepoConfig] | type[DirConfig]) -> None:
    page = (TOOLCHAIN_ROOT / "docs" / "configuration.md").read_text()
    assert [f.name for f in dataclasses.fields(model) if f"| `{f.name}` |" not in page] == []


def test_every_task_is_described() -> None:
    text = "\n".join(page.read_text() for page in PAGES)
    assert [name for name in namespace.task_names if name not in text] == []


def test_every_option_of_main_pytest_is_described() -> None:
    page = (TOOLCHAIN_ROOT / "docs" / "running_tests.md").read_text()
    options = _options(command_line_parser("main_pytest.py")) - {"-h", "--help"}
    assert [option for option in sorted(options) if f"`{option}" not in page] == []


def test_every_command_that_can_be_run_is_in_a_block_that_is_run() -> None:
    run = [block for page in PAGES for block in blocks(page, "bash")]
    assert len(run) > 10
    assert all(isinstance(block, Block) and block.text.strip() for block in run)
