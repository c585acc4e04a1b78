"""What bootstrap.sh starts where the thin environment is there already, and what it refuses."""

import os
from pathlib import Path

import pytest
import thin_env

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run

_SCRIPT = TOOLCHAIN_ROOT / "dev_scripts" / "bootstrap.sh"
# Says that it was started, and by which name; as for the engine, that nothing is to be done.
_PYTHON = '#!/bin/sh\necho "${0##*/} ${2##*/}" >>"$STARTED"\n'


def _program(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(_PYTHON)
    path.chmod(0o755)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A user's data directory with a fresh environment for our requirements."""
    key = thin_env.current_key(thin_env.REQUIREMENTS)
    env = tmp_path / "my data" / "helpers" / "thin_envs" / key
    _program(env / "bin" / "python")
    thin_env._stamp(env)
    return tmp_path / "my data"


def _bootstrap(data: Path, *options: str) -> tuple[ProcessResult, list[str]]:
    """How it ended, and which Pythons it started."""
    programs, started = data.parent / "bin", data.parent / "started"
    _program(programs / "python3")
    env = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "XDG_DATA_HOME": str(data),
        "STARTED": str(started),
        # Nothing may be installed here.
        "CI": "",
        "HELPERS_ASSUME_YES": "",
        "HELPERS_CONTAINER": "1",
    }
    done = run(["bash", _SCRIPT, *options], env=env, check=False)
    return done, started.read_text().splitlines() if started.exists() else []


def test_where_all_is_there_one_python_asks_the_engine(data: Path) -> None:
    done, started = _bootstrap(data)
    assert done.status == 0, done.stderr
    assert started == ["python docker_engine.py"]
    assert "the packages and the engine are there" in done.stdout


def test_without_an_engine_no_python_is_started(data: Path) -> None:
    done, started = _bootstrap(data, "--no-engine")
    assert done.status == 0, done.stderr
    assert (started, "engine" in done.stdout) == ([], False)


def test_an_unknown_option_is_refused(data: Path) -> None:
    done, started = _bootstrap(data, "--no-engines")
    assert (done.status, started) == (2, [])
    assert "bootstrap.sh has no option '--no-engines'" in done.stderr
    assert f"bash {_SCRIPT} --help" in done.stderr
