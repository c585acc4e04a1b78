import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers.adoption.from_template.deploying import (
    Deployed,
    decide_deployed,
    fill_project,
    fixed_answers,
    project_defaults,
)
from helpers.imports.graph import Import
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.errors import HelpersError
from tests.builders import make_repo

LOOSE = '[tool.polylith]\nnamespace = "shop"\n[tool.polylith.structure]\ntheme = "loose"\n'
CLASSIC = """\
[tool.poetry]
name = "shop"

[tool.poetry.dependencies]
python = "^3.11"
PyYAML = {version = "^6", source = "team"}
attrs = "^24"
text-lib = {path = "libs/text", develop = true}

[[tool.poetry.source]]
name = "team"
url = "https://packages.example.org/simple/"

[[tool.poetry.source]]
name = "other"
url = "https://other.example.org/simple/"

[build-system]
build-backend = "poetry.core.masonry.api"
"""
HATCH = """\
[project]
name = "shop"
requires-python = ">=3.12"
dependencies = ["PyYAML>=6 ; sys_platform != 'win32'", "attrs", "text-lib"]

[tool.uv.sources]
text-lib = { workspace = true }
attrs = { index = "team" }

[tool.uv.workspace]
members = ["libs/*"]

[[tool.uv.index]]
name = "team"
url = "https://packages.example.org/simple/"

[build-system]
build-backend = "hatchling.build"
"""
FILES = {
    "workspace.toml": LOOSE,
    "libs/text/pyproject.toml": '[project]\nname = "text-lib"\n',
    "bases/shop/api/__init__.py": "",
    "bases/shop/api/core.py": "import yaml\n\n\ndef main(): ...\n",
    "bases/shop/other/__init__.py": "",
    "components/shop/log/__init__.py": "import text_lib\ntry:\n    import numpy\n"
    "except ImportError:\n    pass\n",
    "components/shop/mail/__init__.py": "import attr\n",
}
IMPORTS = [
    Import("bases/shop/api", "shop.api.core", "yaml", 1),
    Import("bases/shop/api", "shop.api.core", "shop.log", 2),
    Import("bases/shop/api", "shop.api.core", "json", 3),
    Import("components/shop/log", "shop.log", "text_lib", 1),
    Import("components/shop/log", "shop.log", "numpy", 3),
    Import("components/shop/mail", "shop.mail", "attr", 1),
]
EMPTY = {
    "poetry": "[tool.poetry]\npackages = [\n]\n\n[tool.poetry.dependencies]\npython = '^3.11'\n",
    "hatch": "[project]\nname = 'api'\ndependencies = []\n\n[tool.polylith.bricks]\n",
}


def _inputs(tmp_path: Path, root: str = HATCH, more: Mapping[str, str] | None = None) -> RepoInputs:
    repo = make_repo(tmp_path / "repo", {**FILES, "pyproject.toml": root, **(more or {})})
    return read_repo_inputs(repo, keep=False)


def _decide(inputs: RepoInputs, *imports: Import, **data: str) -> Deployed:
    given = {"base": "shop.api", **data}
    return decide_deployed(inputs, "projects/api", given, [*IMPORTS, *imports])


def _filled(deployed: Deployed, layout: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(fill_project(EMPTY[layout], deployed))
    return found


def test_a_project_of_poetry_lists_what_its_base_needs_and_nothing_else(tmp_path: Path) -> None:
    inputs = _inputs(tmp_path, CLASSIC)
    deployed = _decide(inputs)
    tool = _filled(deployed, "poetry")["tool"]["poetry"]
    assert tool["packages"] == [
        {"include": "shop/api", "from": "../../bases"},
        {"include": "shop/log", "from": "../../components"},
    ]
    assert tool["dependencies"] == {
        "python": "^3.11",
        "PyYAML": {"version": "^6", "source": "team"},
        "text-lib": {"path": "../../libs/text", "develop": True},
    }
    assert [one["name"] for one in tool["source"]] == ["team"]
    assert project_defaults(inputs.repo.root, deployed, {}) == {
        "python": "^3.11",
        "description": "Deploys shop.api.",
        "entry": "shop.api.core:main",
    }
    assert fixed_answers(deployed, {"base": "shop.api"})["layout"] == "poetry"
    with pytest.raises(HelpersError, match="the workspace's layout is poetry"):
        fixed_answers(deployed, {"layout": "hatch"})


def test_a_project_of_hatch_has_bricks_and_the_lines_of_the_workspace(tmp_path: Path) -> None:
    deployed = _decide(_inputs(tmp_path))
    found = _filled(deployed, "hatch")
    assert found["tool"]["polylith"]["bricks"] == {
        "../../bases/shop/api": "shop/api",
        "../../components/shop/log": "shop/log",
    }
    lines = ["PyYAML>=6 ; sys_platform != 'win32'", "text-lib"]
    assert found["project"]["dependencies"] == lines
    # It is no member of the workspace, so that uv does not find the package by its name.
    source = {"path": "../../libs/text", "editable": True}
    assert found["tool"]["uv"] == {"sources": {"text-lib": source}}


def test_a_member_of_a_workspace_of_uv_has_the_sources_of_its_root(tmp_path: Path) -> None:
    root = HATCH.replace('"libs/*"', '"libs/*", "projects/*"')
    assert "uv" not in _filled(_decide(_inputs(tmp_path, root)), "hatch")["tool"]


def test_with_a_project_table_polylith_and_poetry_have_a_list_each(tmp_path: Path) -> None:
    root = HATCH.replace("hatchling.build", "poetry.core.masonry.api")
    text = "[tool.poetry]\npackages = [\n]\n\n" + EMPTY["hatch"]
    tool = tomllib.loads(fill_project(text, _decide(_inputs(tmp_path, root))))["tool"]
    assert len(tool["polylith"]["bricks"]) == len(tool["poetry"]["packages"]) == 2


def test_bricks_of_the_theme_tdd_are_in_folders_of_their_own(tmp_path: Path) -> None:
    more = {
        "workspace.toml": '[tool.polylith]\nnamespace = "shop"\n',
        "bases/api/src/shop/api/__init__.py": "",
        "bases/api/src/shop/api/__main__.py": "",
        "components/log/src/shop/log/__init__.py": "",
    }
    inputs = _inputs(tmp_path, more=more)
    imports = [Import("bases/api/src/shop/api", "shop.api", "shop.log", 1)]
    deployed = decide_deployed(inputs, "projects/api", {"base": "shop.api"}, imports)
    assert _filled(deployed, "hatch")["tool"]["polylith"]["bricks"] == {
        "../../bases/api/src/shop/api": "shop/api",
        "../../components/log/src/shop/log": "shop/log",
    }
    assert project_defaults(inputs.repo.root, deployed, {})["entry"] == "shop.api"


def test_a_package_of_another_name_is_told_and_not_guessed(tmp_path: Path) -> None:
    inputs = _inputs(tmp_path)
    odd = Import("components/shop/log", "shop.log", "oddly", 7)
    with pytest.raises(HelpersError, match=r"oddly is imported, and no dependency") as refused:
        _decide(inputs, odd)
    assert refused.value.where == "components/shop/log/__init__.py:7: oddly"
    assert "--data modules=oddly=PACKAGE" in refused.value.fix
    assert "attrs" in _decide(inputs, odd, modules="oddly=Attrs").packages
    with pytest.raises(HelpersError, match="does not declare numpy, which is to give oddly"):
        _decide(inputs, odd, modules="oddly=numpy")
    with pytest.raises(HelpersError, match="'oddly' is not <module>=<package>"):
        _decide(inputs, odd, modules="oddly")


def test_imports_of_tests_and_of_bricks_that_are_not_there(tmp_path: Path) -> None:
    more = {"components/shop/log/test_log.py": "import oddly\n"}
    inputs = _inputs(tmp_path, more=more)
    _decide(inputs, Import("components/shop/log", "shop.log.test_log", "oddly", 1))
    with pytest.raises(HelpersError, match=r"shop\.gone is imported, and no brick") as refused:
        _decide(inputs, Import("components/shop/log", "shop.log", "shop.gone", 4))
    assert refused.value.where == "components/shop/log/__init__.py:4"


def test_a_brick_may_be_called_as_what_is_no_code_elsewhere(tmp_path: Path) -> None:
    inputs = _inputs(tmp_path, more={"components/shop/tasks/__init__.py": ""})
    found = _decide(inputs, Import("components/shop/log", "shop.log", "shop.tasks", 1))
    assert found.needs.bricks[-1].folder == "components/shop/tasks"


def test_a_base_is_named_and_there(tmp_path: Path) -> None:
    inputs = _inputs(tmp_path)
    with pytest.raises(HelpersError, match=r"no base 'shop\.apo'") as refused:
        _decide(inputs, base="shop.apo")
    assert refused.value.fix == "--data base=shop.api"
    with pytest.raises(HelpersError, match="which base is deployed was not said"):
        _decide(inputs, base="")
    with pytest.raises(HelpersError, match=r"no base 'shop\.log'"):
        _decide(inputs, base="shop.log")


def test_a_base_without_a_start_asks_for_one(tmp_path: Path) -> None:
    inputs = _inputs(tmp_path)
    deployed = _decide(inputs, base="shop.other")
    with pytest.raises(HelpersError, match="nothing says what production runs"):
        project_defaults(inputs.repo.root, deployed, {})
    assert "entry" not in project_defaults(inputs.repo.root, deployed, {"entry": "shop.other"})


def test_outside_of_a_workspace_nothing_is_deployed(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="is in no workspace of Polylith"):
        _decide(_inputs(tmp_path, more={"workspace.toml": ""}))
