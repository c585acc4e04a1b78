"""Rules of the project that its linters cannot hold."""

import ast
import re
import sys
from pathlib import Path

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.vcs.files import list_files

_FILES = [TOOLCHAIN_ROOT / name for name in list_files(TOOLCHAIN_ROOT)]
_LARGEST = 300_000
# Hosts of package indexes, mirrors and forges, and homes of people, in any file of the repo.
_HOSTS = re.compile(
    r"pypi\.org|pythonhosted|deb\.debian\.org|archive\.ubuntu|registry-1\.docker|ghcr\.io|quay\.io"
)
_HOMES = re.compile(r"/(?:home|Users)/(?!ann\b|user\b|[<$])[a-z]+/|/root/(?!\.cache)")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _named(path: Path) -> str:
    return path.relative_to(TOOLCHAIN_ROOT).as_posix()


def _modules(folder: str) -> list[Path]:
    return [path for path in _FILES if _named(path).startswith(folder) and path.suffix == ".py"]


@pytest.mark.parametrize("pattern", [_HOSTS, _HOMES], ids=["hosts", "homes"])
def test_no_file_names_a_host_or_a_home(pattern: re.Pattern[str]) -> None:
    this = Path(__file__).resolve()
    found = {_named(path): pattern.findall(_text(path)) for path in _FILES if path != this}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_no_command_that_is_told_quotes_a_path_by_hand() -> None:
    # A path may have an apostrophe in it.
    words = re.compile(r"(?:git [^\"]*|--[a-z]+|\b(?:cd|cp|ls|mv|rm|rm -r|source)|>) '\{")
    found = {_named(path): words.findall(_text(path)) for path in _modules("helpers/")}
    assert {name: hits for name, hits in found.items() if hits} == {}


def test_no_file_is_large() -> None:
    assert [_named(path) for path in _FILES if path.stat().st_size > _LARGEST] == []


def test_nothing_that_python_compiles_is_kept() -> None:
    assert [_named(path) for path in _FILES if path.suffix == ".pyc"] == []


def test_the_top_level_is_no_package() -> None:
    assert not (TOOLCHAIN_ROOT / "__init__.py").exists()


@pytest.mark.parametrize("marker", ["changelog.txt", "repo_config.yaml", "devops"])
def test_the_name_of_a_marker_stands_in_one_module(marker: str) -> None:
    found = []
    for path in _modules("helpers/"):
        for node in ast.walk(ast.parse(_text(path))):
            if isinstance(node, ast.Constant) and _is_path_with(marker, node.value):
                found.append(_named(path))
    assert len(set(found)) == 1, found


def _is_path_with(part: str, value: object) -> bool:
    """Whether a literal is a path, not prose, that has this part."""
    return isinstance(value, str) and not re.search(r"\s", value) and part in value.split("/")


def test_what_runs_before_anything_is_installed_imports_the_standard_library_alone() -> None:
    own = {path.stem for path in _modules("dev_scripts/")} | {"bootstrap"}
    allowed = sys.stdlib_module_names | own
    found = {
        f"{_named(path)}: {name}"
        for path in _modules("dev_scripts/")
        for node in ast.walk(ast.parse(_text(path)))
        for name in _imported(node)
        if name not in allowed
    }
    assert found == set()


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [(node.module or "").partition(".")[0]]
    return []


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("devops", True),
        ("/devops/config.yaml", True),
        ("a dir without devops/ is none", False),
        ("my_devops", False),
        (b"devops", False),
    ],
)
def test_a_marker_is_seen_in_paths_alone(value: object, found: bool) -> None:
    assert _is_path_with("devops", value) == found


# They are main_pytest.py's and Tab's.
_NO_MODULES_OF_TASKS = (
    "test_command.py", "test_options.py", "test_repos.py", "watching.py", "completion.py",
)  # fmt: skip


def test_the_list_of_tasks_loads_no_job() -> None:
    light = sys.stdlib_module_names | {"invoke", "helpers.tasks"}
    found = {
        f"{_named(path)}: {name}"
        for path in _modules("helpers/tasks/")
        if path.name not in _NO_MODULES_OF_TASKS
        for node in ast.parse(_text(path)).body
        # The error for users is as light as they are.
        if not (isinstance(node, ast.ImportFrom) and node.module == "helpers.model.errors")
        for name in _loaded(node)
        if name not in light and name.partition(".")[0] not in light
    }
    assert found == set()


def _loaded(node: ast.AST) -> list[str]:
    """What a statement imports, of our own packages two levels."""
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom):
        modules = [node.module or ""]
    else:
        return []
    return [".".join(module.split(".")[:2]) for module in modules]
