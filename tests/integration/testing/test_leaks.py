"""Whatever happens to a run, nothing is left behind and nothing is taken for a pass."""

import json
import random
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.model import labels
from tests import engine
from tests.integration.conftest import MAIN_PYTEST, Workplace

pytestmark = pytest.mark.slow

_PASSES = "def test_a(): pass\n"
_SLEEPS = "import time\ndef test_a(): time.sleep(0.6)\n"
_MOMENTS = 10
_COMPOSE = (
    "services:\n  web:\n    image: ${HELPERS_BASE_IMAGE}\n    init: true\n    command: sleep 600\n"
)
_STARTS_OTHERS = """
import os, subprocess, time

def docker(*args):
    return subprocess.run(["docker", *args], check=True, capture_output=True, text=True).stdout

def test_starts_others():
    docker("network", "create", "leak-" + os.environ["HOSTNAME"])
    docker("volume", "create", "leak-" + os.environ["HOSTNAME"])
    docker("run", "-d", "--init", os.environ["HELPERS_IMAGE"], "sleep", "600")
    assert docker("ps", "-q").split()
    time.sleep(0.4)
"""


def _left(place: Workplace) -> list[str]:
    """What is on the engine of a repo, containers that wait for the next run apart."""
    root = str(place.repo.root)
    found = [*engine.containers(), *engine.networks(), *engine.volumes()]

    def own(carried: Mapping[str, str]) -> bool:
        started = (value for key, value in carried.items() if labels.run_that_started(key))
        return carried.get(labels.REPO_ROOT) == root or any(
            v.startswith(f"{root}:") for v in started
        )

    return [item.name for item in found if own(item.labels) and "-idle-" not in item.name]


def _mixed(place: Workplace) -> None:
    place.add_dir("one", _SLEEPS)
    place.add_dir("services", _SLEEPS, **{"devops/compose.yaml": _COMPOSE})
    place.add_dir("starter", _STARTS_OTHERS, **{"devops/config.yaml": "sibling: own\n"})


def _start(place: Workplace, *args: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [MAIN_PYTEST, *args], cwd=place.repo.root, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


@pytest.mark.superslow
def test_a_driver_killed_at_any_moment_leaves_nothing_and_no_false_pass(
    workplace: Workplace,
) -> None:
    _mixed(workplace)
    assert workplace.main_pytest().status == 0
    changed = workplace.repo.root / "one/changed.txt"
    changed.write_text("first\n")
    length = min(workplace.main_pytest().seconds, 3.5)
    seed = random.randrange(1 << 30)
    chance = random.Random(seed)
    # One moment of each part of the time that a run takes.
    for number in range(_MOMENTS):
        changed.write_text(f"{number}\n")
        process = _start(workplace)
        time.sleep((number + chance.random()) * length / _MOMENTS)
        process.kill()
        process.communicate()
        done = workplace.main_pytest()
        assert done.status == 0, (seed, number, done.stdout, done.stderr)
        assert _left(workplace) == [], (seed, number)
        _check_reused(workplace.repo.root)


def _check_reused(root: Path) -> None:
    """Every result that was shown again is of a session that said its last word: a pass."""
    runs = root / "tmp.main_pytest"
    found = json.loads((runs / "latest/summary.json").read_text())["dirs"]
    for name, item in found.items():
        if item["reused"]:
            records = (runs / item["reused"] / name / "records.jsonl").read_text().splitlines()
            ended = json.loads(records[-1])
            assert (ended["kind"], ended["status"]) == ("ended", 0)
            assert '"outcome": "passed"' in records[-2]


@pytest.mark.superslow
def test_a_whole_run_leaves_nothing_and_two_at_once_do_not_disturb_each_other(
    workplace: Workplace,
) -> None:
    _mixed(workplace)
    done = workplace.main_pytest()
    assert done.status == 0, done.stdout + done.stderr
    assert _left(workplace) == []
    both = [_start(workplace, "--no-reuse"), _start(workplace, "--no-reuse")]
    for process in both:
        shown, _ = process.communicate(timeout=120)
        assert process.returncode == 0, shown
        assert "3 passed, 0 failed" in shown
    assert workplace.main_pytest().status == 0
    assert _left(workplace) == []


@pytest.mark.superslow
def test_a_container_killed_from_outside_is_an_error_and_not_recorded(
    workplace: Workplace,
) -> None:
    workplace.add_dir("one", "import time\ndef test_a(): time.sleep(3)\n")
    process = _start(workplace)
    assert process.stdout is not None
    for line in process.stdout:
        if "testing" in line:
            break
    time.sleep(0.3)
    for name in workplace.containers():
        workplace.client.call("POST", f"/containers/{name}/kill")
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 2, shown
    assert "the container was stopped while the tests ran" in shown
    again = workplace.main_pytest()
    assert again.status == 0
    assert "reused" not in again.stdout


def test_a_container_that_never_starts_is_an_error(workplace: Workplace) -> None:
    dockerfile = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN rm /bin/sh\n"
    workplace.add_dir("broken", _PASSES, **{"devops/Dockerfile": dockerfile})
    workplace.add_dir("one", _PASSES)
    done = workplace.main_pytest()
    assert done.status == 2
    assert "broken: error" in done.stdout
    assert "one: passed" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert _left(workplace) == []


@pytest.mark.superslow
def test_an_engine_that_comes_back_is_found_clean_by_the_next_run(workplace: Workplace) -> None:
    from tests.integration.testing.test_engine_trouble import MortalEngine

    workplace.add_dir("one", "import time\ndef test_a(): time.sleep(3)\n")
    path = Path(f"/tmp/mortal-{workplace.repo.root.parent.name}.sock")
    mortal = MortalEngine(path, workplace.client.endpoint.socket)
    threading.Timer(2.0, mortal.die).start()
    done = workplace.main_pytest(env={"DOCKER_HOST": f"unix://{path}"})
    assert done.status == 2, done.stdout
    again = workplace.main_pytest()
    assert again.status == 0, again.stdout
    assert "reused" not in again.stdout
    assert _left(workplace) == []


@pytest.mark.superslow
def test_a_run_inside_a_container_is_the_same_run(workplace: Workplace, client: Client) -> None:
    """`main_pytest.py` beside its own container, as on the host: results and merged report."""
    workplace.add_dir("one", "def test_a(): pass\ndef test_b(): assert False\n")
    outside = workplace.main_pytest("--no-reuse")
    script = (
        "import subprocess, sys, os\n"
        f"command = [sys.executable, {str(MAIN_PYTEST)!r}, '--no-reuse', '--dir', 'one']\n"
        f"done = subprocess.run(command, cwd={str(workplace.repo.root)!r},"
        " capture_output=True, text=True)\n"
        "def test_inner():\n"
        "    assert done.returncode == 1, done.stdout + done.stderr\n"
        "    assert '1 passed, 1 failed' in done.stdout\n"
    )
    junit = workplace.repo.root / "tmp.main_pytest/latest/junit.xml"
    before = _cases(junit)
    workplace.add_dir("outer", script, **{"devops/config.yaml": "sibling: full\n"})
    done = workplace.main_pytest("--dir", "outer")
    assert done.status == 0, done.stdout
    assert outside.status == 1
    folders = sorted((workplace.repo.root / "tmp.main_pytest").glob("2*"))
    inner = [path for path in folders if (path / "one").is_dir()][-1]
    assert _cases(inner / "junit.xml") == before
    assert _left(workplace) == []


def _cases(junit: Path) -> list[str]:
    lines = junit.read_text().splitlines()
    return [line.split(" time=")[0].strip() for line in lines if "<testcase" in line]
