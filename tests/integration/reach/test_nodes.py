"""Runs on machines of their own: an engine, an sshd and a firewall each, one behind the other."""

import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from helpers.containers.inventory import stop_own
from helpers.containers.plan import Role
from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.host import read_host
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult
from tests import engine
from tests.builders import TEST_REPO, make_repo
from tests.integration.conftest import Workplace
from tests.nodes import STRANGER, Node, Nodes, nodes

pytestmark = pytest.mark.superslow

_SECRET = secrets.token_hex(16)
_TESTS = """\
import os, pathlib, time

def test_has_the_secret_and_writes():
    assert len(os.environ["TOKEN"]) == 32
    pathlib.Path("made.txt").write_text("made")

def test_takes_a_while():
    time.sleep(float(os.environ["NAP"]))
"""
# No registry has its image: the driver builds it.
_SERVES = """\
services:
  web:
    build:
      context: .
      dockerfile_inline: |
        FROM ${HELPERS_BASE_IMAGE}
        RUN mkdir /served && echo well > /served/state
    command: [python3, -m, http.server, "8000", --directory, /served]
    volumes: [kept:/kept]
    healthcheck:
      test: [CMD, python3, -c, "import socket; socket.create_connection(('127.0.0.1', 8000))"]
      interval: 1s
volumes:
  kept: {}
"""
_ASKS = """
def test_asks_the_service():
    import urllib.request
    assert urllib.request.urlopen("http://web:8000/state").read() == b"well\\n"
"""
# Tries each port of loopback as one who has neither a certificate nor a password.
_INTRUDER = """
import http.client, re, socket, ssl, subprocess
listed = subprocess.run(["ss", "-Hltn"], capture_output=True, text=True).stdout
for port in re.findall(r"127\\.0\\.0\\.1:(\\d+) ", listed):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    said = []
    try:
        with context.wrap_socket(socket.create_connection(("127.0.0.1", port), 5)) as tls:
            tls.sendall(bytes(64))
            said.append(tls.recv(64))
    except OSError as error:
        said.append(f"refused: {error}")
    try:
        asked = http.client.HTTPConnection("127.0.0.1", int(port), timeout=5)
        asked.request("GET", "/v2/")
        said.append("refused: 401" if asked.getresponse().status == 401 else "answered")
    except (OSError, http.client.HTTPException) as error:
        said.append(f"refused: {error!r}")
    print("port", port, *said)
try:
    socket.socket(socket.AF_UNIX).connect("/var/run/docker.sock")
    print("engine answered")
except PermissionError:
    print("engine refused")
"""
_TESTING = f"label={labels.ROLE}={Role.TEST.value}"
_SHOWN = "docker inspect $(docker ps --all --quiet); ps -eo args"
_OPEN = "ss -Hltn | grep -v -e '127[.]0[.]0[.]' -e ':22 '"


@dataclass(frozen=True)
class Scene:
    """Two machines, the second of which only the first reaches, and a repo with three dirs.

    The third dir has a service.
    """

    place: Workplace
    nodes: Nodes
    n1: Node
    n2: Node

    @property
    def both(self) -> tuple[Node, Node]:
        return self.n1, self.n2

    def invoke(self, *args: str) -> ProcessResult:
        """`i`, which knows the machines."""
        return self.place.invoke(*args, env=self.nodes.environment)

    def test(self, *args: str, nap: float = 0) -> ProcessResult:
        """`main_pytest.py`, which knows the machines."""
        variables = {**self.nodes.environment, "TOKEN": _SECRET, "NAP": str(nap)}
        return self.place.main_pytest(*args, "--json", env=variables)


@pytest.fixture(scope="module")
def scene(client: Client) -> Iterator[Scene]:
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    # Its images are no other test's.
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    repo = make_repo(folder / "repo", config=f"name: {name}\nenvironment: [TOKEN, NAP]\n")
    place = Workplace(repo, client)
    for dir in ("one", "two"):
        place.add_dir(dir, _TESTS)
    place.add_dir("three", _TESTS + _ASKS, **{"devops/compose.yaml": _SERVES})
    with nodes(repo, read_host(), folder / "nodes") as made:
        n1 = made.start("n1")
        yield Scene(place, made, n1, made.start("n2", behind=n1))
    stop_own(client, repo, force=True)
    engine.remove_images({labels.REPO: name})
    shutil.rmtree(folder, ignore_errors=True)


def test_machines_with_docker_and_sshd_are_all_that_hosts_need(scene: Scene) -> None:
    checked = scene.invoke("hosts_check", "--hosts", "n1,n2")
    assert checked.status == 0, checked.stdout + checked.stderr
    assert checked.stdout.count("  yes ") == 2
    assert checked.stdout.count("nothing") == 2


def test_a_run_shows_nobody_there_its_secrets_and_nothing_runs_again(scene: Scene) -> None:
    seen: dict[str, list[str]] = {}

    def look() -> None:
        seen["status"] = [scene.invoke("hosts_status", "--hosts", "n1,n2").stdout]
        seen["shown"] = [node.shell(_SHOWN) for node in scene.both]
        seen["tried"] = [
            node.run("python3", "-c", _INTRUDER, user=STRANGER).stdout for node in scene.both
        ]
        seen["open"] = [node.shell(_OPEN) for node in scene.both]

    began = time.time()
    done = _while_testing(scene, scene.both, look, "--hosts", "n1,n2", nap=8)
    assert done.status == 0, done.stdout + done.stderr
    dirs = _dirs(done)
    assert {item["host"] for item in dirs.values()} == {"n1", "n2"}
    for dir in dirs:
        latest = scene.place.repo.root / "tmp.main_pytest" / "latest"
        assert (latest / dir / "written" / dir / "made.txt").read_text() == "made"
    (status,) = seen["status"]
    assert all(word in status for word in ("n1", "n2")), status
    assert sum(word in status for word in dirs) > 1, "one of them may have to wait for its service"
    assert [text.count('"Name": "/helpers-worker') for text in seen["shown"]] == [1, 1]
    assert not [text for text in seen["shown"] if _SECRET in text]
    for tried in seen["tried"]:
        assert tried.count("port ") >= 3, "scheduler, worker and registry"
        assert tried.count("refused") == 2 * tried.count("port ") + 1, tried
    assert not [found for found in seen["open"] if found], "all is on loopback"
    for node in scene.both:
        assert not node.shell(f"grep -rlF {_SECRET} /home /tmp /var /run /root /etc")
        assert not _left(node)

    assert _events(scene.n1, began, "create"), "it tells what there was"
    began = time.time()
    again = scene.test("--hosts", "n1,n2", nap=8)
    assert all(item["reused"] for item in _dirs(again).values())
    assert not [node for node in scene.both if _events(node, began, "create")], "none was asked"


def test_a_machine_that_dies_is_named_and_the_run_ends_green(scene: Scene) -> None:
    done = _while_testing(scene, (scene.n2,), scene.n2.kill, "--hosts", "n1,n2", nap=4)
    scene.n2.start()
    assert done.status == 0, done.stdout + done.stderr
    dirs = _dirs(done)
    assert {item["host"] for item in dirs.values()} == {"n1"}
    assert any("the host n2 was lost" in str(item["hints"]) for item in dirs.values())

    images = [_images(node) for node in scene.both]
    began = time.time()
    after = scene.test("--hosts", "n1,n2", nap=1)
    assert after.status == 0, after.stdout + after.stderr
    assert "takes no part" not in after.stderr
    for node, had in zip(scene.both, images, strict=True):
        pulled = _events(node, began, "pull")
        assert not [one for one in had if one.split()[0] in pulled], "no image goes there again"
    assert not _left(scene.n2), "the next run removes what the last one could not"


def test_a_machine_whose_disk_is_too_small_is_named_with_what_it_lacks(scene: Scene) -> None:
    small = scene.nodes.start("n3", disk="100m")
    done = scene.test("--hosts", "n1,n3", "--dir", "one")
    small.kill()
    assert done.status == 0, done.stdout + done.stderr
    assert "the host n3 takes no part" in done.stderr
    assert "are missing" in done.stderr
    assert "i hosts_clean --hosts n3" in done.stderr


def test_cleaning_leaves_nothing_of_runs_that_ended(scene: Scene) -> None:
    if not all(_images(node) for node in scene.both):  # no other test of this process ran
        scene.test("--hosts", "n1,n2")
    assert all(_images(node) for node in scene.both)
    would = scene.invoke("hosts_clean", "--hosts", "n1,n2", "--dry-run")
    for node in scene.both:
        assert f"{node.name}: would remove {len(_images(node))} images, 1 folder" in would.stdout
    cleaned = scene.invoke("hosts_clean", "--hosts", "n1,n2")
    assert cleaned.status == 0, cleaned.stderr
    for node in scene.both:
        assert not _images(node)
        assert not _left(node)
        assert not node.shell("find ~ci/.cache/helpers -mindepth 1")


def _while_testing(
    scene: Scene, busy: Iterable[Node], act: Callable[[], object], *args: str, nap: float
) -> ProcessResult:
    """What a run comes to, during which something happens as soon as machines are testing."""
    with ThreadPoolExecutor() as pool:
        run = pool.submit(scene.test, *args, nap=nap)
        for node in busy:
            while not run.done() and not node.docker("ps", "--quiet", "--filter", _TESTING):
                time.sleep(0.1)
        if not run.done():
            act()
        return run.result()


def _events(node: Node, since: float, kind: str) -> str:
    """What the engine of a machine did since then."""
    until = "$(date --date '1 second' +%s)"
    return node.shell(f"docker events --since {since:.3f} --until {until} --filter event={kind}")


def _dirs(done: ProcessResult) -> dict[str, Any]:
    return {item["dir"]: item for item in json.loads(done.stdout)["dirs"]}


def _left(node: Node) -> list[str]:
    """The containers and volumes of runs on a machine; idle ones end by themselves."""
    containers = node.docker("ps", "--all", "--format", "{{.Names}}")
    return [one for one in containers if "-idle-" not in one] + node.docker(
        "volume", "ls", "--quiet"
    )


def _images(node: Node) -> list[str]:
    return sorted(
        node.docker("images", "--all", "--digests", "--format", "{{.ID}} {{.Repository}}")
    )
