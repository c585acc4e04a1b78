"""The socket proxy in front of a real engine, with real clients and with raw bytes."""

import importlib.util
import json
import os
import secrets
import shutil
import socket
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helpers.engine.client import Client, EngineError
from helpers.engine.containers import remove_volume
from helpers.engine.endpoint import Endpoint
from helpers.engine.proxy.beneath import volume_of
from helpers.engine.proxy.requests import Rules
from helpers.engine.proxy.server import serve
from helpers.images.base.base_image import ensure_base_image
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.system.host import read_host
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.builders import make_repo

pytestmark = pytest.mark.slow

_LABEL = "org.helpers.run"


@dataclass(frozen=True)
class World:
    """An engine with a run's network and a container that is not the run's."""

    client: Client
    image: str
    name: str
    repo: Path
    sockets: Path

    @property
    def other(self) -> str:
        return f"{self.name}-other"

    @property
    def labels(self) -> dict[str, str]:
        return {_LABEL: self.name, "org.helpers.dir": "app"}

    def rules(self, policy: str) -> Rules:
        return Rules(SocketPolicy(policy), self.labels, str(self.repo), network=self.name)

    def socket(self, policy: str) -> Path:
        return self.sockets / policy

    def docker(self, policy: str, *args: str, given: str = "") -> ProcessResult:
        """The docker client at a policy's socket."""
        command = ["docker", "-H", f"unix://{self.socket(policy)}", *args]
        return run(command, check=False, timeout=60, stdin=given)

    def api(self, policy: str) -> Client:
        """The Engine API at a policy's socket."""
        return Client(Endpoint(f"unix://{self.socket(policy)}", "test"))

    def raw(self, policy: str, *pieces: bytes, pause: float = 0) -> bytes:
        """What comes back for these bytes."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(20)
            connection.connect(str(self.socket(policy)))
            answer = b""
            # The proxy may be gone before the last piece.
            with suppress(BrokenPipeError):
                for piece in pieces:
                    connection.sendall(piece)
                    time.sleep(pause)
            with suppress(ConnectionResetError):
                while data := connection.recv(65536):
                    answer += data
            return answer

    def made(self) -> set[str]:
        """All containers, networks and volumes whose names are this world's, or carry its label."""
        labelled = {_LABEL: self.name}
        found = {item.id for item in engine.containers(labelled)}
        found |= {item.id for item in engine.networks(labelled)}
        return found | {item.id for item in engine.volumes() if self.name in str(item)}

    def clean(self) -> None:
        api, labelled = engine.sdk().api, {_LABEL: self.name}
        for name in (*(item.id for item in engine.containers(labelled)), self.other):
            api.remove_container(name, force=True, v=True)
        for name in (*(item.id for item in engine.networks(labelled)), self.name):
            api.remove_network(name)
        for volume in engine.volumes():
            if self.name in str(volume):
                api.remove_volume(volume.id, force=True)
        engine.remove_images(labelled)


@pytest.fixture(scope="module")
def world(client: Client) -> Iterator[World]:
    # Short, since the path of a socket has at most some hundred characters.
    folder = Path(tempfile.mkdtemp(prefix="px"))
    # Below this repo, which the engine sees also when these tests run in a container.
    repo = make_repo(working_folder(TOOLCHAIN_ROOT) / "tests" / folder.name)
    image = ensure_base_image(repo, read_host().platform, lambda _: None, client)
    made = World(client, image, f"px{secrets.token_hex(4)}", repo.root, folder)
    client.call("POST", "/networks/create", body={"Name": made.name})
    client.call("POST", "/volumes/create", body={"Name": made.other})
    body = {"Image": image, "Cmd": ["sleep", "600"], "HostConfig": {"Init": True}}
    client.call("POST", "/containers/create", query={"name": made.other}, body=body)
    client.call("POST", f"/containers/{made.other}/start")
    try:
        with _served(made, "read-only"), _served(made, "own"), _served(made, "full"):
            yield made
    finally:
        made.clean()
        for policy in SocketPolicy:
            remove_volume(client, volume_of(made.rules(policy)))
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(repo.root, ignore_errors=True)


def _served(world: World, policy: str) -> Any:
    rules = world.rules(policy)
    return serve(world.client.endpoint.socket, world.socket(policy), rules)


@pytest.mark.parametrize("policy", ["own", "full"])
def test_the_docker_client_works_with_its_own_things(world: World, policy: str) -> None:
    name = f"{world.name}-{policy}"
    (world.repo / "seen").write_text("from the repo")

    def done(*args: str, given: str = "") -> str:
        result = world.docker(policy, *args, given=given)
        assert result.status == 0, result
        return result.stdout

    bind = ["-v", f"{world.repo}:/r", "-v", f"{name}:/v"]
    script = "echo begun; while :; do echo again; sleep 0.2; done"
    assert done("run", "--rm", *bind, world.image, "cat", "/r/seen") == "from the repo"
    assert done("run", "--rm", "-i", world.image, "cat", given="typed\n") == "typed\n"
    done("run", "-d", "--init", "--name", name, "-p", "80", world.image, "sh", "-c", script)
    assert done("exec", name, "echo", "hello") == "hello\n"
    assert done("exec", "-i", name, "cat", given="x" * 300_000) == "x" * 300_000
    assert "begun" in done("logs", name)
    (world.sockets / "up").write_text("up")
    done("cp", str(world.sockets / "up"), f"{name}:/tmp/up")
    done("cp", f"{name}:/tmp/up", str(world.sockets / "down"))
    assert (world.sockets / "down").read_text() == "up"
    inspected = engine.container(name)
    assert inspected["Config"]["Labels"].items() >= world.labels.items()
    assert set(inspected["NetworkSettings"]["Networks"]) >= {"bridge", world.name}
    address = inspected["NetworkSettings"]["Ports"]["80/tcp"][0]["HostIp"]
    assert address == ("127.0.0.1" if policy == "own" else "0.0.0.0")
    assert engine.volume(name) is not None
    done("network", "create", f"{name}-net")
    done("network", "connect", f"{name}-net", name)
    assert name in done("ps", "--format", "{{.Names}}")
    done("rm", "-f", name)
    done("network", "rm", f"{name}-net")
    done("volume", "rm", name)


def _settled_threads() -> int:
    """How many threads run, once those of finished requests have ended."""
    counts = [threading.active_count()]
    while len(counts) < 5 or len(set(counts[-5:])) > 1:
        time.sleep(0.1)
        counts.append(threading.active_count())
    return counts[-1]


def test_following_logs_ends_when_either_side_does(world: World) -> None:
    name = f"{world.name}-follow"
    script = "echo one; sleep 1; echo two"
    world.docker("own", "run", "-d", "--name", name, world.image, "sh", "-c", script)
    assert world.docker("own", "logs", "-f", name).stdout == "one\ntwo\n"
    world.docker("own", "rm", "-f", name)
    world.docker("own", "run", "-d", "--init", "--name", name, world.image, "sleep", "60")
    before = _settled_threads()
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(world.socket("own")))
        connection.sendall(
            f"GET /containers/{name}/logs?follow=1&stdout=1 HTTP/1.1\r\n\r\n".encode()
        )
        assert connection.recv(5) == b"HTTP/"
        assert threading.active_count() > before
    deadline = time.monotonic() + 10
    while threading.active_count() > before:
        assert time.monotonic() < deadline, "the engine was not told that the client is gone"
        time.sleep(0.05)
    world.docker("own", "rm", "-f", name)


@pytest.mark.parametrize("policy", ["own", "full"])
def test_compose_works_with_an_image_that_is_there(world: World, policy: str) -> None:
    folder = world.repo / "stack"
    folder.mkdir(exist_ok=True)
    service = {"image": world.image, "command": "sleep 60", "init": True}
    stack = {
        "services": {
            "one": service | {"volumes": ["data:/data", "./:/stack"]},
            "two": service | {"depends_on": ["one"]},
        },
        "volumes": {"data": {}},
    }
    (folder / "compose.yaml").write_text(json.dumps(stack))
    compose = ["compose", "-f", str(folder / "compose.yaml"), "-p", f"{world.name}{policy}"]
    before = world.made()
    up = world.docker(policy, *compose, "up", "-d")
    assert up.status == 0, up
    found = world.docker(policy, *compose, "exec", "-T", "two", "getent", "hosts", "one")
    assert found.status == 0, found
    assert len(world.made() - before) == 4, "two containers, a network and a volume"
    down = world.docker(policy, *compose, "down", "-v", "-t", "1")
    assert down.status == 0, down
    assert world.made() == before


_TESTCONTAINERS = """
import sys
from testcontainers.core.container import DockerContainer
with DockerContainer(sys.argv[1]).with_command("sleep 60").with_exposed_ports(80) as made:
    print(made.exec(["echo", "hello"]).output.decode().strip())
    print(made.get_docker_client().bridge_ip(made._container.id))
    client = made.get_docker_client().client
    print(len(client.containers.list(filters={"name": sys.argv[2]})))
    one = client.api.exec_create(made._container.id, "cat", stdin=True)
    stream = client.api.exec_start(one, socket=True)._sock
    stream.sendall(b"typed")
    print(stream.recv(100)[8:].decode())
"""


@pytest.mark.skipif(
    importlib.util.find_spec("testcontainers") is None, reason="needs testcontainers"
)
def test_testcontainers_works(world: World) -> None:
    env = {
        "DOCKER_HOST": f"unix://{world.socket('own')}",
        "TESTCONTAINERS_RYUK_DISABLED": "true",
    }
    done = run(
        [sys.executable, "-c", _TESTCONTAINERS, world.image, world.other], env=env, timeout=120
    )
    hello, address, count, typed = done.stdout.split()
    assert (hello, count, typed) == ("hello", "0", "typed")
    assert address.count(".") == 3


_ESCAPES: list[list[str]] = [
    ["--privileged"],
    ["--cap-add", "SYS_ADMIN"],
    ["--device", "/dev/null"],
    ["--security-opt", "seccomp=unconfined"],
    ["--security-opt", "apparmor=unconfined"],
    ["--security-opt", "systempaths=unconfined"],
    ["--network", "host"],
    ["--network", "container:OTHER"],
    ["--pid", "host"],
    ["--pid", "container:OTHER"],
    ["--ipc", "host"],
    ["--uts", "host"],
    ["--userns", "host"],
    ["--cgroupns", "host"],
    ["-v", "/:/host"],
    ["-v", "/etc:/e:ro"],
    ["-v", "REPO/..:/e"],
    ["-v", "REPO/link:/e"],
    ["-v", "SOCKET:/var/run/docker.sock"],
    ["-v", "OTHER:/e"],
    ["--mount", "type=bind,src=/etc,dst=/e"],
    ["--mount", "type=volume,dst=/e,volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/"],
    ["--volumes-from", "OTHER"],
    ["--link", "OTHER:db"],
    ["--runtime", "runc"],
    ["--cgroup-parent", "/"],
    ["--sysctl", "net.ipv4.ip_forward=1"],
    ["--oom-score-adj", "-500"],
    ["--restart", "always", "-v", "REPO/.git:/g"],
]


@pytest.mark.parametrize("options", _ESCAPES, ids=" ".join)
def test_a_container_does_not_get_out_with_own(world: World, options: list[str]) -> None:
    link = world.repo / "link"
    if not link.is_symlink():
        link.symlink_to("/etc")
    named = {"OTHER": world.other, "REPO": str(world.repo)}
    named["SOCKET"] = world.client.endpoint.socket
    for word, value in named.items():
        options = [option.replace(word, value) for option in options]
    before = world.made()
    result = world.docker("own", "run", "-d", *options, world.image, "true")
    assert result.status != 0
    assert "not allowed" in result.stderr or "No such" in result.stderr
    assert world.made() == before


def test_what_is_anothers_is_neither_seen_nor_touched(world: World) -> None:
    full = str(engine.container(world.other)["Id"])
    for name in (world.other, f"/{world.other}".lstrip("/"), full, full[:12], full[:4]):
        for command in (
            ["inspect", "--type", "container", name],
            ["logs", name],
            ["exec", name, "true"],
            ["stop", name],
            ["rm", "-f", name],
            ["cp", f"{name}:/etc/passwd", str(world.sockets)],
            ["commit", name],
            ["top", name],
            ["network", "connect", world.name, name],
        ):
            result = world.docker("own", *command)
            assert "No such" in result.stderr, result
    assert world.docker("own", "ps", "-aq", "--filter", f"name={world.other}").stdout == ""
    for command in (["volume", "rm", world.other], ["network", "rm", world.name]):
        assert world.docker("own", *command).status != 0
    state = engine.container(world.other)["State"]
    assert state["Running"] is True
    assert engine.volume(world.other) is not None


def test_an_exec_of_anothers_container_is_not_started(world: World) -> None:
    body = {"Cmd": ["touch", "/tmp/was-here"]}
    made = world.client.call("POST", f"/containers/{world.other}/exec", body=body)["Id"]
    for call in (("POST", "start"), ("GET", "json"), ("POST", "resize")):
        with pytest.raises(EngineError) as caught:
            world.api("own").call(call[0], f"/exec/{made}/{call[1]}")
        assert caught.value.status == 404


def test_read_only_changes_nothing(world: World) -> None:
    api = world.api("read-only")
    assert api.get("/version")
    assert any(item["Names"] == [f"/{world.other}"] for item in api.get("/containers/json"))
    before = world.made()
    for method, path in (
        ("POST", f"/containers/{world.other}/stop"),
        ("DELETE", f"/containers/{world.other}"),
        ("POST", "/containers/create"),
        ("POST", "/volumes/create"),
        ("POST", "/images/prune"),
    ):
        with pytest.raises(EngineError) as caught:
            api.call(method, path)
        assert caught.value.status == 403
    for leak in ("logs", "archive", "export"):
        with pytest.raises(EngineError) as caught:
            api.read("GET", f"/containers/{world.other}/{leak}", query={"path": "/etc"})
        assert caught.value.status == 404
    assert world.made() == before


def test_read_only_shows_no_environment(world: World) -> None:
    name = f"{world.name}-env"
    secret = "s3cr3t-of-another"
    body = {
        "Image": world.image,
        "Cmd": ["sh", "-c", f"sleep 60 # {secret}"],
        "Env": [f"TOKEN={secret}"],
        "Labels": {"token": secret, **world.labels},
    }
    world.client.call("POST", "/containers/create", query={"name": name}, body=body)
    api = world.api("read-only")
    for path in (f"/containers/{name}/json", "/containers/json?all=1", "/info", "/volumes"):
        assert secret not in str(api.get(path))
    assert api.get(f"/containers/{name}/json")["State"]["Status"] == "created"
    assert world.docker("read-only", "ps", "-a").status == 0
    assert world.docker("read-only", "inspect", name).status == 0
    assert world.docker("read-only", "images").status == 0
    assert world.docker("read-only", "volume", "ls").status == 0
    assert world.docker("read-only", "network", "ls").status == 0


def test_all_ports_are_published_at_the_hosts_address(world: World) -> None:
    name = f"{world.name}-ports"
    options = ["--name", name, "--expose", "8000", "-P"]
    made = world.docker("own", "run", "-d", *options, world.image, "sleep", "60")
    assert made.status == 0, made.stderr
    ports = engine.container(name)["NetworkSettings"]["Ports"]
    assert [one["HostIp"] for one in ports["8000/tcp"]] == ["127.0.0.1"]
    world.docker("own", "rm", "-f", name)


@pytest.mark.parametrize("policy", ["own", "full"])
def test_a_build_ends_when_its_client_leaves_and_leaves_nothing(world: World, policy: str) -> None:
    folder = world.sockets / f"left-{policy}"
    folder.mkdir()
    mark = f"{world.name}-{policy}"
    label = f"LABEL {_LABEL}={world.name}"
    steps = f"FROM {world.image}\n{label}\nVOLUME /data\nRUN echo {mark}\nRUN sleep 300 # {mark}\n"
    (folder / "Dockerfile").write_text(steps)
    assert run(["tar", "-cf", f"{folder}.tar", "-C", str(folder), "."]).status == 0
    data = Path(f"{folder}.tar").read_bytes()
    head = (
        f"POST /v1.41/build?rm=0&version=1&networkmode=none HTTP/1.1\r\nHost: d\r\n"
        f"Content-Type: application/x-tar\r\nContent-Length: {len(data)}\r\n\r\n"
    )

    def building() -> list[str]:
        every = engine.sdk().api.containers(all=True)
        return [one["Id"] for one in every if mark in one["Command"] and "sleep" in one["Command"]]

    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(world.socket(policy)))
        client.sendall(head.encode() + data)
        _wait_until(lambda: len(building()) == 1)
        (running,) = building()
        mounted = engine.container(running)["Mounts"]
    _wait_until(lambda: not building())
    assert not {one["Name"] for one in mounted} & {one.id for one in engine.volumes()}


def _wait_until(done: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not done():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.2)


def test_a_classic_build_gets_the_labels(world: World) -> None:
    folder = world.sockets / "context"
    folder.mkdir()
    (folder / "Dockerfile").write_text(f"FROM {world.image}\nRUN echo built > /built\n")
    archive = run(["tar", "-cf", str(world.sockets / "context.tar"), "-C", str(folder), "."])
    assert archive.status == 0
    data = (world.sockets / "context.tar").read_bytes()
    query = {"t": f"{world.name}:one", "version": "1", "networkmode": "none"}
    world.api("own").read("POST", "/build", query=query, data=data)
    found = engine.image(f"{world.name}:one")
    assert found["Config"]["Labels"].items() >= world.labels.items()
    with pytest.raises(EngineError) as caught:
        world.api("own").read("POST", "/build", query={"t": world.image}, data=data)
    assert caught.value.status == 403


@pytest.mark.parametrize("how", ["--volume", "--mount", "--volumes-from"])
def test_a_folder_that_became_a_link_is_not_mounted(world: World, how: str) -> None:
    name = f"{world.name}{how}"
    folder = world.repo / f"swapped{how}"
    folder.mkdir()
    bind = {"--mount": f"type=bind,src={folder},dst=/e"}.get(how, f"{folder}:/e")
    option = "--volume" if how == "--volumes-from" else how
    made = world.docker("own", "create", "--name", name, option, bind, world.image, "true")
    assert made.status == 0, made
    if how == "--volumes-from":
        first, name = name, f"{name}-2"
    folder.rmdir()
    folder.symlink_to("/etc")
    if how == "--volumes-from":
        world.docker("own", "create", "--name", name, how, first, world.image, "true")
    for verb in ("start", "restart"):
        result = world.docker("own", verb, name)
        assert "not allowed" in result.stderr, result
    assert engine.container(name)["State"]["Status"] == "created"


def test_attached_containers_are_read_to_the_end(world: World) -> None:
    count = 3_000_000
    script = f"cat >/dev/null; head -c {count} /dev/zero | tr '\\0' x; echo late >&2; exit 7"
    ran = world.docker("own", "run", "--rm", "-i", world.image, "sh", "-c", script, given="go")
    assert (len(ran.stdout), ran.stderr, ran.status) == (count, "late\n", 7)


def _request(line: str, *headers: str, body: bytes = b"") -> bytes:
    return "\r\n".join([f"{line} HTTP/1.1", "Host: d", *headers, "", ""]).encode() + body


def _json(line: str, body: bytes, *headers: str) -> bytes:
    given = ["Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return _request(line, *given, body=body)


@pytest.mark.parametrize("policy", ["own", "full"])
def test_a_request_is_not_smuggled(world: World, policy: str) -> None:
    hidden = _request(f"DELETE /containers/{world.other}?force=1")
    chunked = "Transfer-Encoding: chunked"
    length = f"Content-Length: {len(hidden)}"
    create = "POST /containers/create"
    for head in (
        _request(create, length, chunked, body=b"0\r\n\r\n" + hidden),
        _request(create, "Content-Length: 0", length, body=hidden),
        _request(create, f"{length}\r\n\tx", body=hidden),
        _request(create, chunked, chunked, body=b"0\r\n\r\n" + hidden),
        _request(create, "Transfer-Encoding: identity", body=hidden),
        _request(create, "Transfer-Encoding : chunked", body=b"0\r\n\r\n" + hidden),
        _request("GET /_ping\nX: y", body=hidden),
        b"GET /_ping HTTP/1.1\nHost: d\n\n" + hidden + b"\r\n\r\n",
    ):
        answer = world.raw(policy, head)
        assert answer.split()[1] in (b"400", b"501"), answer
        assert answer.count(b"HTTP/1.1") == 1
    assert engine.container(world.other) is not None


@pytest.mark.parametrize("policy", ["read-only", "own"])
def test_a_second_request_behind_the_first_is_for_nobody(world: World, policy: str) -> None:
    hidden = _request(f"DELETE /containers/{world.other}?force=1")
    for pause in (0.0, 0.2):
        answer = world.raw(policy, _request("GET /_ping"), hidden, pause=pause)
        assert answer.startswith(b"HTTP/1.1 200")
        assert answer.count(b"HTTP/1.1") == 1
    upgraded = _request("GET /version", "Connection: Upgrade", "Upgrade: tcp")
    assert world.raw(policy, upgraded, hidden).count(b"HTTP/1.1") == 1
    assert engine.container(world.other) is not None


def test_an_exec_that_does_not_become_a_stream_takes_nothing_behind_it(world: World) -> None:
    name = f"{world.name}-detached"
    world.docker("own", "run", "-d", "--init", "--name", name, world.image, "sleep", "60")
    hidden = _request(f"DELETE /containers/{world.other}?force=1")
    for headers in ((), ("Connection: Upgrade", "Upgrade: tcp")):
        for path in (None, "missing"):
            body = {"Cmd": ["true"]}
            made = world.client.call("POST", f"/containers/{name}/exec", body=body)["Id"]
            start = _json(f"POST /exec/{path or made}/start", b'{"Detach": true}', *headers)
            answer = world.raw("own", start, hidden, pause=0.2)
            assert answer.count(b"HTTP/1.1") == 1, answer
    world.docker("own", "rm", "-f", name)
    assert engine.container(world.other) is not None


def test_the_body_that_is_judged_is_the_one_that_the_engine_reads(world: World) -> None:
    before = world.made()
    image = json.dumps(world.image).encode()
    for body in (
        b'{"Image": %s, "hostconfig": {"Privileged": true}}' % image,
        b'{"Image": %s, "HostConfig": {"Privileged": true}, "HostConfig": {}}' % image,
        b'{"Image": %s, "HostConfig": {"Privileged": false, "privileged": true}}' % image,
        b'{"Image": %s, "Privileged": true}' % image,
        b'{"Image": %s}{"Image": %s, "HostConfig": {"Privileged": true}}' % (image, image),
    ):
        answer = world.raw("own", _json("POST /v1.45/containers/create", body))
        assert answer.split()[1] in (b"400", b"403"), answer
        pieces = [b"%x\r\n%b\r\n" % (1, body[at : at + 1]) for at in range(len(body))]
        head = ("Content-Type: application/json", "Transfer-Encoding: chunked")
        sent = _request("POST /containers/create", *head, body=b"".join(pieces) + b"0\r\n\r\n")
        assert world.raw("own", sent).split()[1] in (b"400", b"403")
    form = _request(
        "POST /containers/create",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Length: 3",
        body=b"a=b",
    )
    assert world.raw("own", form).split()[1] == b"415"
    large = _json("POST /containers/create", b" " * (5 * 1024 * 1024))
    assert world.raw("own", large).split()[1] == b"413"
    assert world.made() == before


def test_a_chunked_body_that_is_allowed_passes(world: World) -> None:
    body = json.dumps({"Name": f"{world.name}-chunked"}).encode()
    pieces = b"".join(b"%x\r\n%b\r\n" % (1, body[at : at + 1]) for at in range(len(body)))
    head = ("Content-Type: application/json", "Transfer-Encoding: chunked")
    sent = _request("POST /volumes/create", *head, body=pieces + b"0\r\n\r\n")
    assert world.raw("own", sent).split()[1] == b"201"
    made = engine.volume(f"{world.name}-chunked")
    assert made["Labels"].items() >= world.labels.items()


def test_a_path_in_disguise_reaches_nothing(world: World) -> None:
    for path in (
        f"/containers/mine/../{world.other}/json",
        f"/containers/mine%2f..%2f{world.other}/json",
        f"//containers/{world.other}/json",
        f"/Containers/{world.other}/json",
        f"/v1.45//containers/{world.other}/json",
        f"/%63ontainers/{world.other}/json",
        f"http://docker/containers/{world.other}/json",
    ):
        answer = world.raw("own", _request(f"GET {path}"))
        assert answer.split()[1] in (b"400", b"403", b"404"), path


def test_the_socket_has_its_mode_and_is_gone_after_the_context(world: World) -> None:
    folder = world.sockets / ("deep" * 20) / ("deeper" * 20)
    folder.mkdir(parents=True)
    path = folder / "s"
    rules = Rules(SocketPolicy.READ_ONLY, world.labels, str(world.repo))
    with serve(world.client.endpoint.socket, path, rules, mode=0o660, group=os.getgid()) as served:
        assert stat.S_IMODE(served.stat().st_mode) == 0o660
        descriptor = os.open(folder, os.O_RDONLY)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(f"/proc/self/fd/{descriptor}/s")
        os.close(descriptor)
        connection.sendall(_request("GET /events"))
        assert connection.recv(12) == b"HTTP/1.1 200"
        before = threading.active_count()
    while connection.recv(65536):
        continue
    connection.close()
    assert threading.active_count() < before, "a stream that never ends is cut"
    assert not path.exists()


def test_an_engine_that_is_gone_is_said_so(world: World) -> None:
    rules = Rules(SocketPolicy.OWN, world.labels, str(world.repo))
    path = world.sockets / "nobody"
    with serve("/nonexistent/docker.sock", path, rules):
        api = Client(Endpoint(f"unix://{path}", "test"))
        for target in ("/version", "/containers/x/json"):
            with pytest.raises(EngineError) as caught:
                api.call("GET", target)
            assert caught.value.status == 502
