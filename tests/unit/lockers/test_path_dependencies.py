import tomllib

import pytest

from helpers.lockers.path_dependencies import (
    PathDependency,
    add_path,
    named_in,
    names_at,
    remove_path,
)

STANDARD = """\
[project]
name = "app"
dependencies = [
    "attrs>=2",  # stays
    "x",
]

[tool.poetry]
package-mode = false
"""
CLASSIC = """\
[tool.poetry]
name = "app"
[tool.poetry.dependencies]
python = "^3.11"   # here

[build-system]
requires = []
"""
UV = '[project]\nname = "app"\ndependencies = ["attrs"]\n\n[tool.uv]\npackage = false\n'
TEXT = PathDependency("text", "../../libs/text")
FOR_TESTS = PathDependency("text", "../../libs/text", group="dev")


def test_poetry_has_the_name_in_project_and_the_path_in_its_own_table() -> None:
    after = add_path(STANDARD, "poetry", TEXT)
    assert '    "attrs>=2",  # stays\n    "x",\n    "text",\n]' in after
    found = tomllib.loads(after)["tool"]["poetry"]["dependencies"]
    assert found == {"text": {"path": "../../libs/text", "develop": True}}


def test_a_project_of_poetry_alone_has_its_table_alone() -> None:
    line = 'text = {path = "../../libs/text", develop = true}\n'
    before, heading, rest = CLASSIC.partition("\n[build-system]")
    assert add_path(CLASSIC, "poetry", TEXT) == before + line + heading + rest


def test_a_group_of_poetry_has_the_path() -> None:
    content = tomllib.loads(add_path(CLASSIC, "poetry", FOR_TESTS))
    assert list(content["tool"]["poetry"]["dependencies"]) == ["python"]
    assert list(content["tool"]["poetry"]["group"]["dev"]["dependencies"]) == ["text"]


def test_a_group_of_the_standard_keeps_the_name() -> None:
    content = tomllib.loads(
        add_path(f"{STANDARD}\n[dependency-groups]\ndev = []\n", "poetry", FOR_TESTS)
    )
    assert content["dependency-groups"]["dev"] == ["text"]
    assert "text" in content["tool"]["poetry"]["group"]["dev"]["dependencies"]


@pytest.mark.parametrize(
    ("wanted", "source"),
    [
        (TEXT, {"path": "../../libs/text", "editable": True}),
        (PathDependency("text", "../text", in_workspace=True), {"workspace": True}),
        (PathDependency("text", "../text", in_workspace=True, has_source=True), None),
    ],
)
def test_uv_has_the_name_and_a_source(wanted: PathDependency, source: object) -> None:
    content = tomllib.loads(add_path(UV, "uv", wanted))
    assert content["project"]["dependencies"] == ["attrs", "text"]
    assert content["tool"]["uv"].get("sources", {}).get("text") == source


@pytest.mark.parametrize(("tool", "text"), [("uv", UV), ("poetry", CLASSIC)])
def test_what_is_taken_out_leaves_the_text_as_it_was(tool: str, text: str) -> None:
    assert remove_path(add_path(text, tool, TEXT), {"text"}) == text


def test_what_main_dependencies_still_need_keeps_its_source() -> None:
    both = add_path(UV, "uv", TEXT).replace(
        "[tool.uv]", '[dependency-groups]\ndev = ["text"]\n\n[tool.uv]'
    )
    content = tomllib.loads(remove_path(both, {"text"}, "dev"))
    assert content["dependency-groups"]["dev"] == []
    assert content["project"]["dependencies"] == ["attrs", "text"]
    assert "text" in content["tool"]["uv"]["sources"]


def test_line_ends_stay() -> None:
    windows = UV.replace("\n", "\r\n")
    after = add_path(windows, "uv", TEXT)
    assert after.count("\n") == after.count("\r\n") > windows.count("\n")


def test_a_path_is_found_however_it_is_written() -> None:
    for text in (
        add_path(CLASSIC, "poetry", TEXT),
        add_path(UV, "uv", TEXT),
        '[project]\ndependencies = ["text @ file:../../libs/text"]\n',
    ):
        assert names_at(text, "apps/app", "libs/text") == {"text"}
        assert names_at(text, "apps/app", "libs/other") == set()


def test_every_name_is_known_with_where_it_stands() -> None:
    text = f'{CLASSIC}\n[dependency-groups]\ntest = ["PyTest>=8"]\n'
    assert named_in(text) == {
        "python": "[tool.poetry]",
        "pytest": "[project] or [dependency-groups]",
    }
