"""Runs on two machines, one of which fails at random: no result is lost or counted twice.

    python benchmarks/hosts_faults.py [RUNS] [SEED]

Every fifth run is left in peace; after it nothing of the others may be left on the machines.
"""

import json
import os
import random
import re
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.model import labels
from helpers.system.host import read_host
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from tests import engine
from tests.builders import make_repo
from tests.integration.conftest import MAIN_PYTEST, Workplace
from tests.nodes import Node, Nodes, nodes

_DIRS, _PEACE = 6, 5
_TESTS = """\
import os, time

def test_sees_its_run():
    assert os.environ["ROUND"]

def test_takes_a_while():
    time.sleep(1.5)
"""
# Two of the dirs have a service with a volume.
_WITH_SERVICES = 2
_SERVICES = """\
services:
  idle:
    image: ${HELPERS_BASE_IMAGE}
    init: true
    command: [sleep, "600"]
    volumes: [kept:/kept]
volumes:
  kept: {}
"""
_FAULTS = {
    "worker killed": "docker kill $(docker ps -q --filter name=helpers-worker)",
    "sessions of sshd killed": "pkill -9 -u ci sshd",
    "link down for 9 s": "ip link set eth0 down; sleep 9; ip link set eth0 up",
    "link down for 25 s": "ip link set eth0 down; sleep 25; ip link set eth0 up",
    "link down for 2 s": "ip link set eth0 down; sleep 2; ip link set eth0 up",
    "engine restarted": "pkill dockerd; while pgrep -x dockerd; do sleep 0.1; done;"
    " (dockerd >>/var/log/dockerd.log 2>&1 &)",
}
_MACHINE, _DRIVER, _NONE = "machine killed", "driver killed", "none"


def main() -> None:
    """Run, and print a line for each run and for each thing that is not in order."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    chosen = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else None)
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    name = f"faults-{secrets.token_hex(4)}"
    repo = make_repo(folder / "repo", config=f"name: {name}\nenvironment: [ROUND]\n")
    place = Workplace(repo, Client(find_endpoint(os.environ)))
    for number in range(_DIRS):
        files = {"devops/compose.yaml": _SERVICES} if number < _WITH_SERVICES else {}
        place.add_dir(f"d{number}", _TESTS, **files)
    wrong = 0
    try:
        with nodes(repo, read_host(), folder / "nodes") as made:
            both = [made.start("n1"), made.start("n2")]
            for number in range(runs):
                wrong += _one(place, made, both, number, chosen)
    finally:
        engine.remove_images({labels.REPO: name})
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{runs} runs, {wrong} not in order")


def _one(
    place: Workplace, made: Nodes, both: list[Node], number: int, chosen: random.Random
) -> int:
    """One run, and a line of it; 1 where something is not in order."""
    peace = number % _PEACE in (0, _PEACE - 1)
    fault = _NONE if peace else chosen.choice([*_FAULTS, _MACHINE, _DRIVER])
    node, delay = chosen.choice(both), chosen.uniform(0.5, 9)
    began = time.monotonic()
    process = _start(place, made, number)
    timer = Timer(delay, _strike, [fault, node, process])
    timer.start()
    out, err = process.communicate(timeout=300)
    seconds = time.monotonic() - began
    timer.join()
    killed = fault == _DRIVER and process.returncode < 0
    problems = [] if killed else _problems(out, process.returncode)
    for one in both:
        one.wait()
    if peace and number:
        problems += [f"left on {one.name}: {what}" for one in both for what in _left(one)]
    noticed = re.search(r"^\[ *([0-9.]+)\].* was lost", err.decode(), re.MULTILINE)
    after = f", noticed {float(noticed[1]) - delay:.1f} s later" if noticed else ""
    said = f"{number:3} {seconds:5.1f} s  {fault} ({node.name}, after {delay:.1f} s{after})"
    print(said, *problems, flush=True)
    if problems:
        print(err.decode()[-1500:], flush=True)
    return bool(problems)


def _start(place: Workplace, made: Nodes, number: int) -> "subprocess.Popen[bytes]":
    command = [place.invoke_command()[0], str(MAIN_PYTEST), "--hosts", "n1,n2", "--json"]
    env = {**os.environ, **made.environment, "ROUND": str(number)}
    return subprocess.Popen(
        command, cwd=place.repo.root, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def _strike(fault: str, node: Node, process: "subprocess.Popen[bytes]") -> None:
    if fault == _DRIVER:
        process.kill()
    elif fault == _MACHINE:
        node.kill()
        node.start()
    elif fault != _NONE:
        node.shell(_FAULTS[fault])


def _problems(out: bytes, status: int) -> list[str]:
    try:
        found = json.loads(out)["dirs"]
    except ValueError:
        return [f"exit status {status}, no result"]
    names = sorted(item["dir"] for item in found)
    problems = [] if names == [f"d{number}" for number in range(_DIRS)] else [f"dirs: {names}"]
    problems += [
        f"{item['dir']}: {item['state']} {item['problem']}"
        for item in found
        if item["state"] != "passed"
    ]
    problems += [
        f"{item['dir']}: {item['counts']}" for item in found if item["counts"]["passed"] != 2
    ]
    return problems + ([f"exit status {status}"] if status and not problems else [])


def _left(node: Node) -> list[str]:
    containers = node.docker("ps", "--all", "--format", "{{.Names}}")
    found = [one for one in containers if "-idle-" not in one] + node.docker("volume", "ls", "-q")
    found += node.docker("network", "ls", "--quiet", "--filter", "type=custom")
    return found + [
        one
        for one in node.docker("images", "--format", "{{.Repository}}")
        if one.startswith("127.")
    ]


if __name__ == "__main__":
    main()
