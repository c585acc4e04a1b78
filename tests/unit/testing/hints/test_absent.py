from pathlib import Path

import pytest

from helpers.model.results.results import DirResult, DirState, TestCase, TestOutcome
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import DirConfig
from helpers.testing.hints.absent import absent_hints
from tests.builders import write_files

POETRY = """\
[tool.poetry.dependencies]
python = "*"
redis = {version = ">=4", optional = true}
[tool.poetry.extras]
cache = ["redis"]
"""


def hints(root: Path, message: str, config: DirConfig | None = None, *, prod: bool = False) -> str:
    test = TestCase("test_a.py", TestOutcome.ERROR, 0.0, message=message)
    result = DirResult("app", DirState.FAILED, tests=(test,))
    found = absent_hints(result, RunnableDir(root, "app"), config or DirConfig(), prod=prod)
    return "\n".join(found)


def test_a_module_of_an_extra_that_is_left_out_is_explained(tmp_path: Path) -> None:
    write_files(tmp_path, {"app/pyproject.toml": POETRY})
    missing = "ModuleNotFoundError: No module named 'redis'"
    assert hints(tmp_path, missing, DirConfig(extras=())) == (
        "the extra 'cache' alone asks for redis, and the image is made without it:"
        " write  extras: [cache]  in app/devops/config.yaml"
    )
    assert hints(tmp_path, missing, prod=True) == (
        "the extra 'cache' alone asks for redis, and the production image is made without it:"
        " write  prod_extras: [cache]  in app/devops/config.yaml"
    )
    assert hints(tmp_path, missing) == ""
    assert hints(tmp_path, "No module named 'other'", DirConfig(extras=())) == ""


def test_a_module_that_a_file_beside_asks_for_is_explained(tmp_path: Path) -> None:
    write_files(
        tmp_path, {"app/pyproject.toml": POETRY, "app/requirements-dev.txt": "responses>=0.25\n"}
    )
    assert hints(tmp_path, "No module named 'responses.matchers'") == (
        "requirements-dev.txt asks for responses, and the image is not made from"
        " requirements-dev.txt: i dependency_add --package 'responses>=0.25' --group dev --dir app"
    )
    assert hints(tmp_path, "No module named 'other'") == ""


def test_a_host_that_is_a_service_elsewhere_is_explained(tmp_path: Path) -> None:
    write_files(tmp_path, {"app/docker-compose.yml": "services: {db: {image: postgres}}\n"})
    unknown = 'could not translate host name "{}" to address: Name or service not known'
    assert "docker-compose.yml describes services (db)" in hints(tmp_path, unknown.format("db"))
    assert hints(tmp_path, unknown.format("example.org")) == ""
    assert hints(tmp_path, "db is wrong") == ""


@pytest.mark.parametrize("name", ["pyproject.toml", "poetry.lock"])
def test_a_malformed_file_is_no_matter_of_hints(tmp_path: Path, name: str) -> None:
    write_files(tmp_path, {"app/pyproject.toml": POETRY})
    write_files(tmp_path, {f"app/{name}": "<<<<<<<\n"})
    assert hints(tmp_path, "No module named 'redis'", DirConfig(extras=())) == ""


def test_a_module_that_a_bricks_test_needs_and_the_workspace_asks_for_is_explained(
    tmp_path: Path,
) -> None:
    files = {
        "workspace.toml": "[tool.polylith]\n",
        "pyproject.toml": '[project]\ndependencies = ["httpx>=0.27"]\n'
        '[dependency-groups]\ndev = ["respx>=0.21", "redis"]\n',
        "projects/api/pyproject.toml": POETRY,
    }
    write_files(tmp_path, files)
    item = RunnableDir(tmp_path, "projects/api")

    def said(node: str, module: str) -> list[str]:
        test = TestCase(node, TestOutcome.ERROR, 0.0, message=f"No module named '{module}'")
        result = DirResult("projects/api", DirState.FAILED, tests=(test,))
        return absent_hints(result, item, DirConfig(), prod=False)

    node = "../../test/components/shop/cart/test_core.py"
    for module, asked in (("respx", "respx>=0.21"), ("httpx", "httpx>=0.27")):
        assert said(node, module) == [
            f"pyproject.toml asks for {module}, and projects/api does not:"
            f" i dependency_add --package '{asked}' --group dev --dir projects/api"
        ]
    assert said("tests/test_a.py", "respx") == []
    assert said(node, "other") == []
