"""A bare machine gets an engine: tried in a privileged container without one.

The image is a bare Debian with Python: HELPERS_TEST_BARE_IMAGE names it, else the base image that
the toolchain has on the engine is taken.
"""

import json
import os
import subprocess
from collections.abc import Iterator

import pytest

from helpers.system.host import read_host
from tests.integration.bootstrap.conftest import TOP
from tests.needs import lack

ENGINE = "/repo/dev_scripts/docker_engine.py"
_STATE = "/run/helpers-engine/engine.json"
pytestmark = pytest.mark.superslow


def docker(*args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", *args], text=True, capture_output=True, timeout=600, check=False
    )


def find_bare_image() -> str:
    """A bare Debian on the engine; skips the test when there is none."""
    if os.environ.get("HELPERS_TEST_BARE_IMAGE"):
        return os.environ["HELPERS_TEST_BARE_IMAGE"]
    try:
        listed = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "helpers-base")
    except OSError:
        lack("a Docker client", "apt-get install docker-cli")
    # Those of other architectures are emulated, and no engine runs in them.
    own = f"-{read_host().platform.partition('/')[2]}-"
    tags = [tag for tag in listed.stdout.split() if "<none>" not in tag and own in tag]
    if not tags:
        lack("a base image on the engine, or HELPERS_TEST_BARE_IMAGE", "i docker_build_base_image")
    return tags[0]


@pytest.fixture
def machine() -> Iterator[str]:
    """A container that stands for a bare machine; its engine's data lies in a volume."""
    volumes = ["--volume", "/var/lib/docker", "--volume", f"{TOP}:/repo:ro"]
    command = ["sleep", "1200"]
    started = docker(
        "run",
        "--detach",
        "--rm",
        "--init",
        "--privileged",
        *volumes,
        "--label",
        "helpers.test=bootstrap",
        find_bare_image(),
        *command,
    )
    assert started.returncode == 0, started.stderr
    yield started.stdout.strip()
    docker("rm", "--force", "--volumes", started.stdout.strip())


def engine(machine: str, *args: str) -> subprocess.CompletedProcess[str]:
    return docker("exec", machine, "python3", ENGINE, *args)


def test_a_bare_machine_gets_an_engine_and_stops_it(machine: str) -> None:
    assert engine(machine, "status").returncode == 1
    refused = engine(machine, "start")
    assert (refused.returncode, "nothing was done" in refused.stderr) == (2, True)

    started = engine(machine, "start", "--yes")

    assert started.returncode == 0, started.stdout + started.stderr
    report = json.loads(engine(machine, "status", "--json").stdout)
    assert report["started_by"] == "helpers"
    assert report["multi_platform_store"] is True
    assert docker("exec", machine, "docker", "buildx", "version").returncode == 0
    assert docker("exec", machine, "docker", "compose", "version").returncode == 0
    assert engine(machine, "install", "--yes").returncode == 0
    assert "apt-get" not in engine(machine, "start", "--yes").stdout

    assert engine(machine, "stop").returncode == 0
    assert engine(machine, "status").returncode == 1
    again = engine(machine, "start", "--yes")
    assert again.returncode == 0
    assert "apt-get" not in again.stdout

    # On the same machine: installing takes longer than all else together.
    _check_engine_of_others_is_not_stopped(machine)
    _check_engine_that_cannot_start_shows_its_log(machine)


def _check_engine_of_others_is_not_stopped(machine: str) -> None:
    docker("exec", machine, "mv", _STATE, "/tmp/engine.json")

    stopped = engine(machine, "stop")

    assert stopped.returncode == 2
    assert "helpers did not start the running engine" in stopped.stderr
    docker("exec", machine, "mv", "/tmp/engine.json", _STATE)


def _check_engine_that_cannot_start_shows_its_log(machine: str) -> None:
    assert engine(machine, "stop").returncode == 0
    broken = '{"storage-driver": "nonsense", "features": {"containerd-snapshotter": false}}'
    docker("exec", machine, "sh", "-c", f"echo '{broken}' > /etc/docker/daemon.json")

    started = engine(machine, "start", "--yes")

    assert started.returncode == 2
    assert "nonsense" in started.stderr
    assert "Traceback" not in started.stderr
