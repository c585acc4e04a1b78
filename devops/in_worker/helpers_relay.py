"""A worker of somebody's Dask cluster takes part in runs: `--preload helpers_relay` loads it.

It is part of the image. A run has a container of its own on the engine here, in which its toolchain
is; what the driver asks goes there line by line. A driver that is silent ends it.
"""

import contextlib
import itertools
import json
import os
import platform
import queue
import secrets
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from distributed import get_worker

# Changes when drivers could not talk to it any more.
PROTOCOL = 1
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
_SOCKET = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
_FOLDER = Path(os.environ.get("HELPERS_FOLDER", "/var/tmp/helpers"))
# As many dirs of a platform as anybody runs.
_MANY = 10_000
_SILENT_SECONDS = 20.0
# Tells this worker from others of the machine.
_TOKEN = secrets.token_hex(4)
_relays: dict[str, "Relay"] = {}


def dask_setup(worker: Any) -> None:
    """Say what this worker offers, before the scheduler knows it; without an engine it ends."""
    if not os.environ.get("HELPERS_WORKER_IMAGE"):
        _refuse("HELPERS_WORKER_IMAGE is to name the image that this worker runs")
    try:
        _docker("version", "--format", "{{.Server.Version}}")
        memory = int(_docker("info", "--format", "{{.MemTotal}}"))
        _FOLDER.mkdir(parents=True, exist_ok=True)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        _refuse(f"no Docker engine at {_SOCKET}: {_why(error)}")
    slots = worker.state.nthreads
    offered = {"slot": slots, "memory": memory, _platform(): _MANY}
    worker.state.total_resources.update(offered | worker.state.total_resources)
    worker.state.available_resources.update(worker.state.total_resources)


def _refuse(why: str) -> None:
    sys.stderr.write(f"error: {why}\n")
    sys.stderr.flush()
    os._exit(2)


def about() -> dict[str, Any]:
    """What a driver has to know."""
    return {"protocol": PROTOCOL, "platform": _platform(), "folder": str(_FOLDER)}


def heads(key: str) -> list[str]:
    """The commits that the store of a checkout has."""
    store = _FOLDER / key / "objects.git"
    if not store.exists():
        _run("git", "init", "--quiet", "--bare", "--template=", str(store))
    return _run("git", "-C", str(store), "for-each-ref", "--format=%(objectname)").split()


def put(key: str, name: str, part: bytes) -> None:
    """Take the next part of a pack."""
    with (_FOLDER / key / f"{name}.incoming").open("ab") as file:
        file.write(part)


def begin(name: str, key: str, start: dict[str, Any]) -> str:
    """Start the container of a run; what went wrong, or nothing.

    Args:
        name: the run's.
        start: commits and their names, folders, labels, and what the container is told.
    """
    relay = None
    try:
        _unpack(key, name, start["commits"])
        for folder in start["folders"]:
            Path(folder).mkdir(parents=True, exist_ok=True)
        relay = Relay(get_worker(), name, _container(name, start))
        relay.tell(start["given"])
        if relay.ready.wait(start["seconds"]) and relay.process.poll() is None:
            _relays[name] = relay
            return ""
        problem = " ".join(relay.said) or "it said nothing"
    except (OSError, subprocess.SubprocessError) as error:
        problem = _why(error)
    if relay:
        relay.close()
    return problem


def carry_out(name: str, order: dict[str, Any]) -> str:
    """Carry an order out; the answer as JSON."""
    relay = _relays.get(name)
    if relay is None:
        raise ConnectionError("the worker was started anew")
    image = order["image"]
    try:
        _bring(image)
    except subprocess.CalledProcessError as error:
        raise LookupError(_why(error)) from None
    return str(relay.ask({"order": order}))


def part_of_results(name: str, dir: str, part: int) -> bytes:
    """A part of the archive with the files of a dir's results."""
    return bytes.fromhex(_relays[name].ask({"part": [dir, part]}))


def end_tests(name: str) -> None:
    """End the tests that run; their orders are answered."""
    _relays[name].tell({"end": True})


def alive(name: str) -> None:
    """Hear that the driver is there."""
    if name in _relays:
        _relays[name].heard = time.monotonic()


def end(name: str) -> None:
    """End a run's container."""
    if relay := _relays.pop(name, None):
        threading.Thread(target=relay.close).start()


class Relay:
    """The container of a run, and who waits for its answers."""

    def __init__(self, worker: Any, name: str, command: list[str]) -> None:
        self.name, self.ready, self.heard = name, threading.Event(), time.monotonic()
        self.said: deque[str] = deque(maxlen=3)
        self._worker, self._numbers = worker, itertools.count()
        self._waiting: dict[int, queue.SimpleQueue[Any]] = {}
        self._lock = threading.Lock()
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
        for work in (self._listen, self._note, self._watch):
            threading.Thread(target=work, daemon=True).start()

    def tell(self, said: dict[str, Any]) -> None:
        """Write a line to the container."""
        assert self.process.stdin
        with self._lock:
            self.process.stdin.write(json.dumps(said).encode() + b"\n")
            self.process.stdin.flush()

    def ask(self, said: dict[str, Any]) -> Any:
        """Write a line, and wait for its answer."""
        number, answer = next(self._numbers), queue.SimpleQueue[Any]()
        self._waiting[number] = answer
        try:
            self.tell({**said, "number": number})
            if self.process.poll() is None and (found := answer.get()) is not None:
                return found
        finally:
            del self._waiting[number]
        raise ConnectionError("the run's container ended")

    def close(self) -> None:
        """Let go of the container, which then ends; one that does not is killed."""
        with contextlib.suppress(OSError):
            assert self.process.stdin
            self.process.stdin.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_SILENT_SECONDS)
        command = ["docker", "rm", "--force", _named(self.name)]
        subprocess.run(command, capture_output=True, check=False)

    def _listen(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            said = json.loads(line)
            if "topic" in said:
                self._worker.log_event(said["topic"], said["event"])
            elif said["number"] is None:
                self.ready.set()
            elif waiting := self._waiting.get(said["number"]):
                waiting.put(said["answer"])
        self.process.wait()
        self.ready.set()
        for waiting in list(self._waiting.values()):
            waiting.put(None)

    def _note(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.said.append(line.decode(errors="replace").strip())

    def _watch(self) -> None:
        while self.process.poll() is None:
            if time.monotonic() > self.heard + _SILENT_SECONDS + 60 * (not self.ready.is_set()):
                _relays.pop(self.name, None)
                self.close()
            time.sleep(1)


def _container(name: str, start: dict[str, Any]) -> list[str]:
    image = os.environ["HELPERS_WORKER_IMAGE"]
    _bring(image)
    seen = {_SOCKET: _SOCKET, str(_FOLDER): str(_FOLDER), **start["seen"]}
    mounts = [f"--mount=type=bind,source={source},target={at}" for source, at in seen.items()]
    given = [f"--label={key}={value}" for key, value in start["labels"].items()]
    given += ["--network=host", "--log-driver=none", "--env=HOME=/tmp"]
    given += [f"--env=DOCKER_HOST=unix://{_SOCKET}", f"--user={os.getuid()}:{os.getgid()}"]
    given += [f"--group-add={Path(_SOCKET).stat().st_gid}", f"--name={_named(name)}"]
    return ["docker", "run", "--interactive", "--rm", "--init", *given, *mounts, image]


def _named(name: str) -> str:
    return f"helpers-worker-{name}-{_TOKEN}"


def _unpack(key: str, name: str, commits: dict[str, str]) -> None:
    """Take the pack that came, and forget the commits of earlier runs."""
    store = _FOLDER / key / "objects.git"
    for pack in sorted(store.parent.glob(f"{name}-*.incoming")):
        with pack.open("rb") as file:
            command = ["git", "-C", str(store), "index-pack", "--stdin", "--fix-thin"]
            subprocess.run(command, stdin=file, check=True, capture_output=True)
        pack.unlink()
    for ref, commit in commits.items():
        _run("git", "-C", str(store), "update-ref", f"refs/heads/{ref}", commit)


def _bring(image: str) -> None:
    """Pull an image that the engine has not got."""
    command = ["docker", "image", "inspect", image]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        _docker("pull", "--quiet", image)


def _docker(*args: str) -> str:
    return _run("docker", *args)


def _run(*command: str) -> str:
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _why(error: Exception) -> str:
    said = getattr(error, "stderr", None) or str(error)
    return (said.decode() if isinstance(said, bytes) else said).strip()


def _platform() -> str:
    return f"linux/{_MACHINES.get(platform.machine(), platform.machine())}"
