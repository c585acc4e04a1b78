"""The small files of an adopting repo are well-formed for whatever path the submodule has."""

import ast
import shutil
import sys
from pathlib import Path

import pytest

from helpers.adoption.adopting import shims
from helpers.system.process import ProcessResult, run
from tests.builders import write_files

_PATHS = ["helpers_root", "tools/my helpers", "it's", 'a "b"', "$HOME", "é\\x"]


def _program(name: str) -> str:
    """A linter of the environment that runs the tests."""
    beside = Path(sys.executable).parent / name
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def _files(submodule: str) -> dict[str, str]:
    return {
        "tasks.py": shims.tasks_text(submodule),
        "helpers_tasks.py": shims.tasks_text(submodule, "tasks.py"),
        "main_pytest.py": shims.main_pytest_text(submodule),
    }


def _named(text: str) -> str:
    """The path of the submodule that a module names."""
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "SUBMODULE":
            return str(ast.literal_eval(node.value))
    raise AssertionError(text)


@pytest.mark.parametrize("submodule", _PATHS)
def test_python_files_name_the_submodule(submodule: str) -> None:
    for name, text in _files(submodule).items():
        assert _named(text) == submodule, name


@pytest.mark.parametrize("submodule", _PATHS)
def test_the_shell_names_the_submodule(submodule: str, tmp_path: Path) -> None:
    write_files(tmp_path, {"a b/setenv.sh": shims.setenv_text(submodule)})
    said = 'printf "<%s>" "$_helpers_toolchain"\n'
    write_files(tmp_path, {f"a b/{submodule}/setenv.sh": said})
    done = run(["bash", "--norc", "-c", "source 'a b/setenv.sh'"], cwd=tmp_path)
    assert done.stdout == f"<a b/{submodule}>"


@pytest.mark.parametrize("submodule", ["helpers_root", "tools/my helpers"])
def test_linters_of_an_adopting_repo_have_nothing_to_say(submodule: str, tmp_path: Path) -> None:
    write_files(tmp_path, {**_files(submodule), "setenv.sh": shims.setenv_text(submodule)})
    names = list(_files(submodule))
    ruff = _program("ruff")
    for command in (
        [ruff, "check", "--isolated", "--no-cache", "--select=E,F,I,W,B,D1,UP", *names],
        [ruff, "format", "--isolated", "--no-cache", "--diff", *names],
        [_program("shellcheck"), "setenv.sh"],
    ):
        done = run(command, cwd=tmp_path, check=False)
        assert done.status == 0, done.stdout + done.stderr


def _main_pytest(folder: Path, *args: str) -> ProcessResult:
    return run([sys.executable, "main_pytest.py", *args], cwd=folder, check=False)


def test_files_of_the_repo_do_not_stand_in_for_modules_of_python(tmp_path: Path) -> None:
    trap = "raise SystemExit('not this one')\n"
    write_files(
        tmp_path,
        {
            "main_pytest.py": shims.main_pytest_text("tools/x"),
            "subprocess.py": trap,
            "pathlib.py": trap,
            "tools/x/main_pytest.py": "import sys\ndef main():\n    print('ours', sys.argv[1:])\n",
        },
    )
    assert _main_pytest(tmp_path, "--dir", "a").stdout == "ours ['--dir', 'a']\n"
    isolated = run([sys.executable, "-I", tmp_path / "main_pytest.py"], cwd=tmp_path)
    assert isolated.stdout == "ours []\n"


def test_a_submodule_that_cannot_be_brought_is_said(tmp_path: Path) -> None:
    write_files(tmp_path, {"main_pytest.py": shims.main_pytest_text("tools/my x")})
    for arguments in ((), ("--yes",)):
        done = _main_pytest(tmp_path, *arguments)
        assert done.status == 2
        assert "the submodule tools/my x is not checked out" in done.stderr
        assert f"git -C {tmp_path} submodule update --init -- 'tools/my x'" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from invoke import task\n", True),
        ("import invoke\n", True),
        ("    from invoke.tasks import task\n", True),
        ("from celery import task\n", False),
        ("# invoke\n", False),
        ("import invoker\n", False),
    ],
)
def test_a_module_of_tasks_is_told_from_one_of_an_application(text: str, found: bool) -> None:
    assert shims.is_about_tasks(text) == found
