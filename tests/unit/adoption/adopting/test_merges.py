"""What adopting adds to files of a repo's own, and how it is taken out again."""

import tomllib
from functools import partial

import pytest
import yaml

from helpers.adoption.adopting import merge_pre_commit, pytest_settings
from helpers.managed_files.blocks import add_block, remove_block
from helpers.managed_files.pre_commit_file import add_item

_BLOCK = "# ours\nline\n"


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\r\n", "a\r\nb", "a\n\n", "\n"])
def test_a_block_is_added_and_removed_byte_for_byte(text: str) -> None:
    added = add_block(text, _BLOCK)
    assert added.startswith(text)
    assert added.splitlines()[-2:] == ["# ours", "line"]
    assert ("\r\n" in text) == ("# ours\r\n" in added)
    assert remove_block(added, _BLOCK) == text
    if added.endswith("\n"):
        assert remove_block(f"{added}later\n", _BLOCK) == f"{text}later\n"


def test_a_file_that_holds_the_block_alone_goes() -> None:
    assert remove_block(add_block(None, _BLOCK), _BLOCK) is None


def test_a_file_without_the_block_stays() -> None:
    assert remove_block("# ours\nedited\n", _BLOCK) == "# ours\nedited\n"


_PRE_COMMIT = {
    "indented": "# top\nrepos:\n  - repo: local\n    hooks:\n      - {id: a, name: a}\n",
    "flush": "repos:\n- repo: local\n  hooks:\n  - id: a\n    name: a # why\n",
    "deep": "repos:\n    -   repo: local\n        hooks:\n        -   id: a\n",
    "no end": "repos:\n- repo: local\n  hooks:\n  - id: a",
    "windows": "repos:\r\n- repo: local\r\n  hooks:\r\n  - id: a\r\n",
    "keys after it": "repos:\n- repo: local\n  hooks:\n  - id: a\n\n# to end\nfail_fast: true\n",
    "keys before it": "ci:\n  skip: [a]\nrepos:\n- repo: local\n  hooks:\n  - id: a\n",
    "text": "repos:\n- repo: local\n  hooks:\n  - id: a\n    entry: |\n      b\n      c\n",
    "comment at the end": "repos:\n- repo: local\n  hooks:\n  - id: a\n# bye\n",
    "one line": "repos:\n- repo: local\n  hooks: [{id: a}]\nfail_fast: true",
}


@pytest.mark.parametrize("text", _PRE_COMMIT.values(), ids=_PRE_COMMIT)
@pytest.mark.parametrize("setenv", ["setenv.sh", "tools/my helpers/setenv.sh", "a'b/setenv.sh"])
def test_hooks_are_added_as_text_and_removed_byte_for_byte(text: str, setenv: str) -> None:
    added = merge_pre_commit.add_hooks(text, setenv)
    assert added is not None
    before, after = yaml.safe_load(text), yaml.safe_load(added)
    assert after["repos"][:-1] == before["repos"]
    assert after["repos"][-1]["hooks"][0]["id"] == "changelog_check"
    assert {key: after[key] for key in after if key != "repos"} == {
        key: before[key] for key in before if key != "repos"
    }
    assert merge_pre_commit.has_hooks(added)
    assert not merge_pre_commit.has_hooks(text)
    assert merge_pre_commit.remove_hooks(added, setenv) == text
    # It runs once for each commit, also where hooks for messages are installed.
    assert after["repos"][-1]["hooks"][0]["stages"] == ["pre-commit"]
    ours = partial(merge_pre_commit.hooks_block, setenv, former=True)
    of_earlier_versions = add_item(text, ours)
    assert of_earlier_versions != added
    assert of_earlier_versions is not None
    assert merge_pre_commit.remove_hooks(of_earlier_versions, setenv) == text


@pytest.mark.parametrize(
    "text", ["", "repos: []\n", "repos: [{repo: local}]\n", "a: b\n", "- a\n", "repos:\n", "a: [\n"]
)
def test_hooks_are_not_added_where_that_is_not_safe(text: str) -> None:
    assert merge_pre_commit.add_hooks(text, "setenv.sh") is None


def test_the_file_of_a_repo_that_had_none_goes_as_a_whole() -> None:
    text = merge_pre_commit.new_file("setenv.sh")
    assert yaml.safe_load(text)["repos"][0]["hooks"][0]["entry"].startswith("bash -c")
    assert merge_pre_commit.remove_hooks(text, "setenv.sh") is None
    former = text.replace("        stages: [pre-commit]\n", "")
    assert former != text
    assert merge_pre_commit.remove_hooks(former, "setenv.sh") is None
    assert merge_pre_commit.remove_hooks(text + "# mine\n", "setenv.sh") != text + "# mine\n"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({}, False),
        ({"pytest.ini": ""}, True),
        ({".pytest.ini": ""}, True),
        ({"tox.ini": "[tox]\n"}, False),
        ({"tox.ini": "[pytest]\n"}, True),
        ({"setup.cfg": "[metadata]\nname = x\n"}, False),
        ({"setup.cfg": "[tool:pytest]\n"}, True),
        ({"setup.cfg": "broken\n[tool:pytest]\n"}, True),
        ({"pyproject.toml": "[project]\nname = 'x'\n"}, False),
        ({"pyproject.toml": "[tool.pytest.ini_options]\n"}, True),
        ({"pyproject.toml": "[tool.pytest]\n"}, True),
        ({"pyproject.toml": "not toml"}, True),
    ],
)
def test_settings_of_pytest_are_found_wherever_it_looks(files: dict[str, str], found: bool) -> None:
    assert pytest_settings.has_settings(files) == found


@pytest.mark.parametrize(
    "text", ["", "[project]\nname = 'x' # why", "[tool.ruff]\nline-length = 100\n", "a = 1\r\n"]
)
def test_a_project_gets_settings_of_pytest_and_keeps_the_rest(text: str) -> None:
    added = pytest_settings.add_to_project(text, "tools/my helpers")
    assert added is not None
    assert added.startswith(text)
    options = tomllib.loads(added)["tool"]["pytest"]["ini_options"]
    assert options["addopts"] == "'--ignore=tools/my helpers'"
    assert remove_block(added, pytest_settings.project_block("tools/my helpers")) == text


@pytest.mark.parametrize("text", ["tool = 1\n", "[tool]\npytest = 3\n", "not toml"])
def test_a_project_that_cannot_take_them_safely_is_left(text: str) -> None:
    assert pytest_settings.add_to_project(text, "helpers_root") is None
