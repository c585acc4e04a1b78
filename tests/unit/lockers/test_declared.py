import pytest

from helpers.lockers.declared import (
    NOTHING,
    read_pyproject,
    read_pytest_settings,
    read_requirements,
)


def test_poetry_paths_are_of_their_groups() -> None:
    found = read_pyproject(
        """
        [tool.poetry.dependencies]
        python = "^3.11"
        shared = { path = "../../libs/shared", develop = true }
        either = [{ version = "1", python = "<3.9" }, { path = "../either", python = ">=3.9" }]
        [tool.poetry.group.dev.dependencies]
        tool = { path = "../tool" }
        [tool.poetry.dev-dependencies]
        old = { path = "../old" }
        """
    )
    assert found.paths == (
        ("dev", "../old"),
        ("dev", "../tool"),
        ("main", "../../libs/shared"),
        ("main", "../either"),
    )


def test_uv_sources_are_kept_by_name() -> None:
    found = read_pyproject(
        """
        [project]
        name = "My.App"
        dependencies = ["Shared_Lib>=1", "other"]
        [project.optional-dependencies]
        plot = ["matplotlib"]
        [dependency-groups]
        dev = ["pytest", { include-group = "lint" }]
        [tool.uv]
        dev-dependencies = ["debugger"]
        [tool.uv.sources]
        shared-lib = { path = "../shared" }
        other = { workspace = true }
        [tool.uv.workspace]
        members = ["apps/*"]
        exclude = ["apps/old"]
        """
    )
    assert found.name == "my-app"
    assert ("main", "shared-lib") in found.requires
    assert ("dev", "pytest") in found.requires
    assert ("dev", "debugger") in found.requires
    assert found.path_sources == (("shared-lib", "../shared"),)
    assert found.workspace_sources == ("other",)
    assert found.members == ("apps/*",)
    assert found.excluded == ("apps/old",)


def test_polylith_bricks_are_paths() -> None:
    poetry = '[tool.poetry]\npackages = [{ include = "shop/base", from = "../../bases" }]\n'
    bricks = '[tool.polylith.bricks]\n"../../components/shop/cart" = "shop/cart"\n'
    assert read_pyproject(poetry).paths == (("main", "../../bases/shop/base"),)
    assert read_pyproject(bricks).paths == (("main", "../../components/shop/cart"),)


def test_a_file_url_in_standard_dependencies_is_a_path() -> None:
    found = read_pyproject('[project]\ndependencies = ["lib @ file:../lib", "x @ https://e.org"]\n')
    assert found.paths == (("main", "../lib"),)


@pytest.mark.parametrize("text", ["[broken", "x = 1", "[tool]\npoetry = 3\n[project]\nname = 1"])
def test_what_declares_nothing_is_nothing(text: str) -> None:
    assert read_pyproject(text).paths == ()


def test_malformed_toml_declares_nothing() -> None:
    assert read_pyproject("[broken") is NOTHING


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("-e ../lib", "../lib"),
        ("--editable=../lib", "../lib"),
        ("--editable ../lib[extra]", "../lib"),
        ("-e file:../lib", "../lib"),
        ("../lib ; python_version > '3'", "../lib"),
        ("./wheels/lib.whl --hash=sha256:00", "./wheels/lib.whl"),
        ("lib @ file:../lib", "../lib"),
        ("-e ../lib#egg=lib", "../lib"),
        ("-e ../lib[fast]#egg=lib", "../lib"),
        ("-e '../my lib'", "../my lib"),
        ("lib @ file:../lib#subdirectory=py", "../lib/py"),
        ("-e file:../lib#egg=lib&subdirectory=py/src", "../lib/py/src"),
        ("-r 'more/other one.txt'", "more/other one.txt"),
        ('--requirement="other.txt"', "other.txt"),
        ("-rother.txt", "other.txt"),
        (".[dev]", "."),
        ("-r other.txt", "other.txt"),
        ("-c ../constraints.txt  # shared", "../constraints.txt"),
        ("-e ../li\\\nb", "../li b"),
        ("-e lib", "lib"),
    ],
)
def test_lines_of_requirements_that_are_paths(line: str, path: str) -> None:
    assert read_requirements(line + "\n", "requirements.txt").paths == (("main", path),)


@pytest.mark.parametrize(
    "line",
    [
        "requests==2",
        "# -e ../lib",
        "-e git+https://example.org/x.git",
        "lib @ https://example.org/lib.whl",
        "-r https://example.org/requirements.txt",
        "--index-url https://example.org/simple",
        "/somewhere/else",
    ],
)
def test_lines_of_requirements_that_are_no_paths(line: str) -> None:
    assert read_requirements(line + "\n", "requirements.txt").paths == ()


def test_requirements_for_tests_are_of_development() -> None:
    assert read_requirements("-e ../lib\n", "requirements-dev.txt").paths == (("dev", "../lib"),)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("pytest.ini", "", True),
        ("tox.ini", "[tox]\n", False),
        ("tox.ini", "[pytest]\n", True),
        ("setup.cfg", "[pytest]\n", False),
        ("setup.cfg", "[tool:pytest]\n", True),
    ],
)
def test_where_pytest_takes_its_settings_from(name: str, text: str, expected: bool) -> None:
    assert read_pytest_settings(text, name).pytest is expected
