"""The thin environment is built once, whole, and shared."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.bootstrap.conftest import DEV_SCRIPTS, thin_env

pytestmark = pytest.mark.slow


def start_building(root: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(DEV_SCRIPTS / "thin_env.py"), "ensure", "--root", str(root)],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def wait_for(root: Path, pattern: str) -> None:
    end = time.monotonic() + 60
    while not list(root.glob(pattern)):
        assert time.monotonic() < end, f"nothing like {pattern} in {root}"
        time.sleep(0.02)


def test_path_is_printed_without_building(tmp_path: Path) -> None:
    root = tmp_path / "none"

    done = thin_env("path", "--root", str(root))

    assert Path(done.stdout.strip()).parent == root
    assert not root.exists()


def test_environment_runs_invoke_from_a_path_with_spaces(data_home: Path) -> None:
    env = Path(thin_env("path", XDG_DATA_HOME=str(data_home)).stdout.strip())

    done = subprocess.run([env / "path" / "invoke", "--version"], capture_output=True, text=True)

    assert done.stdout.startswith("Invoke 3.")


def test_only_invoke_goes_on_path(data_home: Path) -> None:
    env = Path(thin_env("path", XDG_DATA_HOME=str(data_home)).stdout.strip())

    assert sorted(file.name for file in (env / "path").iterdir()) == ["inv", "invoke"]


def test_nothing_in_the_environment_names_the_place_where_it_was_built(data_home: Path) -> None:
    env = Path(thin_env("path", XDG_DATA_HOME=str(data_home)).stdout.strip())

    found = [
        file for file in env.rglob("*") if file.is_file() and b".building-" in file.read_bytes()
    ]

    assert found == []


def test_second_ensure_does_nothing(data_home: Path) -> None:
    done = thin_env("ensure", XDG_DATA_HOME=str(data_home))

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_killed_build_leaves_nothing_in_the_way(tmp_path: Path) -> None:
    build = start_building(tmp_path)
    wait_for(tmp_path, ".building-*/bin/python")
    os.killpg(build.pid, signal.SIGKILL)
    build.communicate()

    done = thin_env("ensure", "--root", str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip(), "bin", "invoke").exists()
    assert not list(tmp_path.glob(".building-*"))


@pytest.mark.slow
def test_two_builds_at_once_make_one_environment(tmp_path: Path) -> None:
    builds = [start_building(tmp_path), start_building(tmp_path)]

    answers = [build.communicate(timeout=300) for build in builds]

    assert [build.returncode for build in builds] == [0, 0], answers
    assert answers[0][0] == answers[1][0]
    assert sum("with pip" in said or "with uv" in said for _, said in answers) == 1


@pytest.mark.slow
def test_environment_whose_interpreter_is_gone_is_built_again(tmp_path: Path) -> None:
    env = Path(thin_env("ensure", "--root", str(tmp_path)).stdout.strip())
    (env / "bin" / "python").unlink()

    done = thin_env("ensure", "--root", str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert (env / "bin" / "python").exists()


@pytest.mark.slow
def test_failed_install_shows_its_last_lines_and_leaves_nothing(tmp_path: Path) -> None:
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("invoke==3.0.3 --hash=sha256:" + "0" * 64 + "\n")
    root = tmp_path / "envs"

    done = thin_env("ensure", "--root", str(root), "--requirements", str(requirements))

    assert done.returncode == 2
    assert done.stderr.count("error:") >= 1
    assert "hash" in done.stderr.lower()
    assert "Traceback" not in done.stderr
    assert [path.name for path in root.iterdir() if not path.name.endswith(".lock")] == []


def test_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    done = thin_env("ensure", "--root", str(tmp_path / "file" / "envs"))

    assert done.returncode == 2
    assert str(tmp_path / "file") in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("args", [(), ("nonsense",), ("path", "--rot", "x"), ("path", "--root")])
def test_wrong_arguments_are_answered(args: tuple[str, ...]) -> None:
    done = thin_env(*args)

    assert done.returncode == 2
    assert "thin_env.py --help" in done.stderr
