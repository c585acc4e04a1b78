"""What runs a job's command in the image of CI: what it hands over, and what it says."""

import os
from pathlib import Path

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run

_SCRIPT = TOOLCHAIN_ROOT / "dev_scripts" / "in_ci_image.sh"
_IMAGE = "registry.example.org/team/ci@sha256:" + "a" * 64
# Answers as the client does, and says what it was asked to run.
_DOCKER = """\
#!/bin/sh
case "$1" in
    image | pull) exit {there} ;;
    context) echo unix:///nowhere/docker.sock ;;
    run) printf '%s\\n' "$@" ;;
esac
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for the client, first on PATH."""
    made = tmp_path / "bin"
    made.mkdir()
    return made


def _run(programs: Path, **more: str) -> ProcessResult:
    root = programs.parent / "my repo"
    root.mkdir()
    path = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    command: list[str | Path] = ["bash", _SCRIPT, _IMAGE, "-c", "echo done"]
    return run(command, cwd=root, env={**path, **more}, check=False)


def _client(programs: Path, there: int = 0) -> None:
    client = programs / "docker"
    client.write_text(_DOCKER.format(there=there))
    client.chmod(0o755)


def test_variables_are_named_and_those_of_this_machines_programs_are_not(programs: Path) -> None:
    _client(programs)
    # The engine's own group is asked of its socket.
    engine = {"DOCKER_HOST": "tcp://engine.example.org:2375"}
    secret = {"TOKEN": "of somebody", "PYTHONPATH": "/x", "HELPERS_ACTIVE_ENV": "/x"}
    done = _run(programs, **engine, **secret)
    assert done.status == 0, done.stderr
    given = done.stdout.splitlines()
    assert "TOKEN" in given
    assert "of somebody" not in done.stdout
    assert {"PATH", "HOME", "PYTHONPATH", "HELPERS_ACTIVE_ENV", "DOCKER_HOST"}.isdisjoint(given)
    assert "DOCKER_HOST=tcp://engine.example.org:2375" in given
    root = programs.parent / "my repo"
    assert f'type=bind,"source={root}","target={root}"' in given
    assert given[given.index("--user") + 1] == f"{os.getuid()}:{os.getgid()}"
    bash = [_IMAGE, "--noprofile", "--norc", "-eo", "pipefail", "-c", "echo done"]
    assert given[-len(bash) :] == bash
    assert (root / "tmp.helpers" / ".gitignore").read_text() == "*\n"


def test_what_a_runner_lacks_is_said(programs: Path) -> None:
    _client(programs, there=1)
    done = _run(programs)
    assert done.status == 2
    assert "docker login registry.example.org" in done.stderr


def test_a_runner_without_a_client_is_told(tmp_path: Path) -> None:
    bash = run(["bash", "-c", "echo $BASH"]).stdout.strip()
    command: list[str | Path] = [bash, _SCRIPT, _IMAGE, "-c", "echo done"]
    done = run(command, cwd=tmp_path, env={"PATH": str(tmp_path)}, check=False)
    assert done.status == 2
    assert "this runner has no docker" in done.stderr
