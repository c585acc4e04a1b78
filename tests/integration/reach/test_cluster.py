"""Runs on somebody's Dask cluster: its scheduler has nothing of ours, its workers our image."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.images.building.engine_images import ensure_worker_image
from helpers.model import labels
from helpers.reach.joined_fleet import WORKER_COMMAND
from helpers.system.host import Host, read_host
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.own_environment import own_environment
from helpers.system.ports import free_port
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.builders import TEST_REPO, make_repo
from tests.integration.conftest import Workplace
from tests.registries import serve_registry

pytestmark = pytest.mark.superslow

_SECRET = secrets.token_hex(16)
_SOCKET = "/var/run/docker.sock"
_TESTS = """\
import os, pathlib, time

def test_has_the_secret_and_writes():
    assert len(os.environ["TOKEN"]) == 32
    pathlib.Path("made.txt").write_text("made")

def test_takes_a_while():
    time.sleep(float(os.environ["NAP"]))
"""
_MADE = """
from helpers.reach.certificates import make_certificates
made = make_certificates()
print(made.certificate, made.key)
"""
_SCHEDULER = (
    "/opt/helpers/worker/bin/python -m distributed.cli.dask_scheduler --no-dashboard --no-show"
)


@dataclass(frozen=True)
class Cluster:
    """A scheduler with TLS, and what starts workers.

    Attributes:
        image: of the workers, in a registry.
    """

    place: Workplace
    folder: Path
    host: Host
    port: int
    image: str
    started: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"tls://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """By which Dask knows the certificates."""
        tls, pem = "DASK_DISTRIBUTED__COMM__TLS__", str(self.folder / "cluster.pem")
        roles = [
            f"{role}__{part}"
            for role in ("CLIENT", "WORKER", "SCHEDULER")
            for part in ("CERT", "KEY")
        ]
        return {f"{tls}{name}": pem for name in ("CA_FILE", *roles)}

    def start(self, name: str, command: str, *given: str) -> str:
        """Start a container of the worker's image, as whoever runs the cluster does."""
        network = f"container:{socket.gethostname()}" if self.host.in_container else "host"
        variables = [f"--env={key}={value}" for key, value in self.environment.items()]
        options = ["--detach", "--init", f"--network={network}", *variables, *given]
        options += [f"--env=HELPERS_WORKER_IMAGE={self.image}"]
        options += [f"--label={labels.REPO}={self.place.repo.config.name}"]
        options += [f"--volume={self.folder}:{self.folder}"]
        options += [f"--user={os.getuid()}:{os.getgid()}"]
        run(
            [
                "docker",
                "run",
                "--name",
                f"{self.folder.name}-{name}",
                *options,
                self.image,
                *command.split(),
            ]
        )
        self.started.append(f"{self.folder.name}-{name}")
        return self.started[-1]

    def start_worker(self, name: str) -> str:
        group = os.stat(_SOCKET).st_gid  # noqa: PTH116 - a socket's path
        given = [f"--volume={_SOCKET}:{_SOCKET}", f"--group-add={group}"]
        given += [f"--env=HELPERS_FOLDER={self.folder / name}"]
        command = f"{WORKER_COMMAND} --nthreads=2 --name={name} {self.address}"
        return self.start(name, command, *given)

    @property
    def both(self) -> tuple[str, str]:
        """The containers of two workers, which are started once."""
        prefix = self.folder.name
        for name in ("w1", "w2"):
            if f"{prefix}-{name}" not in self.started:
                self.start_worker(name)
        return f"{prefix}-w1", f"{prefix}-w2"

    def test(self, *args: str, nap: float = 0) -> ProcessResult:
        """`main_pytest.py` on the cluster."""
        return self.place.main_pytest(
            "--cluster", self.address, "--json", *args, env=self.variables(nap)
        )

    def variables(self, nap: float) -> dict[str, str]:
        return {**self.environment, "TOKEN": _SECRET, "NAP": str(nap)}


@pytest.fixture(scope="module")
def cluster(client: Client) -> Iterator[Cluster]:
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    name, host = f"{TEST_REPO}-{secrets.token_hex(4)}", read_host()
    _write_certificates(folder)
    with serve_registry(folder / "registry") as registry:
        config = f"name: {name}\nregistry: {registry.address}/team\nenvironment: [TOKEN, NAP]\n"
        repo = make_repo(folder / "repo", config=config)
        place = Workplace(repo, client)
        for dir in ("one", "two"):
            place.add_dir(dir, _TESTS)
        image = f"{registry.address}/team/helpers-worker:test"
        worker = ensure_worker_image(repo, host, host.platform, lambda _: None)
        run(["docker", "tag", worker, image])
        run(["docker", "push", "--quiet", image])
        found = Cluster(place, folder, host, free_port(), image)
        try:
            command = f"{_SCHEDULER} --protocol=tls --host=127.0.0.1 --port={found.port}"
            found.start("scheduler", command, "--env=PYTHONPATH=")
            yield found
        finally:
            run(["docker", "rm", "--force", *found.started], check=False)
            stop_own(client, repo, force=True)
            engine.remove_image(image)
            engine.remove_images({labels.REPO: name})
            shutil.rmtree(folder, ignore_errors=True)


def _write_certificates(folder: Path) -> None:
    """One file has the authority, the certificate and the key of everybody."""
    folder.mkdir(parents=True)
    made = own_environment(TOOLCHAIN_ROOT, "hosts_requirements.txt", "Dask", lambda _: None)
    said = run([made / "bin" / "python", "-c", _MADE], env={"PYTHONPATH": str(TOOLCHAIN_ROOT)})
    (folder / "cluster.pem").write_text(said.stdout.replace("\n ", "\n"))


def test_what_cannot_be_used_is_one_error_with_its_fix(cluster: Cluster) -> None:
    alone = cluster.test()
    assert alone.status == 2, alone
    assert "none of the cluster's 0 workers" in alone.stderr
    assert "docker push" in alone.stderr
    nobody = cluster.place.main_pytest(
        "--cluster", f"tls://127.0.0.1:{free_port()}", env=cluster.variables(0)
    )
    assert nobody.status == 2, nobody
    assert "the scheduler is not reached" in nobody.stderr
    stranger = cluster.place.main_pytest("--cluster", cluster.address)
    assert stranger.status == 2, stranger
    assert "no certificates are given" in stranger.stderr
    without = cluster.start("without", f"{WORKER_COMMAND} --name=without {cluster.address}")
    assert run(["docker", "wait", without], timeout=30).stdout.strip() == "2"
    assert "no Docker engine" in run(["docker", "logs", without]).stderr


def test_a_run_passes_there_and_is_reused_here(cluster: Cluster) -> None:
    workers = cluster.both
    _wait_for(cluster)
    first = _told(cluster.test())
    assert {item["state"] for item in first["dirs"]} == {"passed"}, first
    assert {item["host"] for item in first["dirs"]} <= {"w1", "w2"}
    folder = cluster.place.repo.root / first["folder"]
    assert (folder / "one" / "written" / "one" / "made.txt").read_text() == "made"
    assert all(item["reused"] for item in _told(cluster.test())["dirs"])
    assert not _of_runs(cluster)
    assert _SECRET not in run(["docker", "inspect", *workers]).stdout


def test_a_dir_whose_worker_is_lost_runs_elsewhere_and_is_named(cluster: Cluster) -> None:
    workers = cluster.both
    _wait_for(cluster)
    variables = {**os.environ, **cluster.variables(4)}
    command = [cluster.place.invoke_command()[0], str(TOOLCHAIN_ROOT / "main_pytest.py")]
    command += ["--cluster", cluster.address, "--json", "--dir", "one"]
    place, pipe = cluster.place.repo.root, subprocess.PIPE
    with subprocess.Popen(command, cwd=place, env=variables, stdout=pipe, text=True) as running:
        testing = _until(lambda: _of_dirs(cluster))
        lost = next(one for one in ("w1", "w2") if any(one in place for place in testing))
        run(["docker", "kill", workers[lost == "w2"]])
        said = json.loads(running.communicate(timeout=120)[0])
    (one,) = said["dirs"]
    assert (one["state"], one["host"] == lost) == ("passed", False), one
    assert any(lost in hint for hint in one["hints"])
    assert not _until_none(cluster)


def _told(result: ProcessResult) -> dict[str, Any]:
    assert result.status == 0, "\n".join((result.stdout, result.stderr))
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def _wait_for(cluster: Cluster) -> None:
    """Wait until the workers say that they are registered."""
    _until(lambda: all("Registered to" in _log(name) for name in cluster.both))


def _log(container: str) -> str:
    return run(["docker", "logs", container]).stderr


def _of_runs(cluster: Cluster) -> list[str]:
    """What is running of runs on the cluster."""
    found = run(
        [
            "docker",
            "ps",
            "--quiet",
            "--filter",
            f"label={labels.ROLE}={labels.WORKER}",
            "--filter",
            f"label={labels.DRIVER}",
        ]
    )
    return [
        one
        for one in found.stdout.split()
        if str(cluster.folder) in run(["docker", "inspect", one], check=False).stdout
    ]


def _of_dirs(cluster: Cluster) -> list[str]:
    """Where the dirs are that are tested there."""
    found = (
        engine.containers({labels.REPO_ROOT: str(place)}) for place in cluster.folder.glob("w*/*")
    )
    return [
        str(one.labels[labels.REPO_ROOT])
        for some in found
        for one in some
        if "-idle-" not in one.name
    ]


def _until_none(cluster: Cluster) -> list[str]:
    end = time.monotonic() + 30
    while (left := _of_runs(cluster)) and time.monotonic() < end:
        time.sleep(0.5)
    return left


def _until(look: Callable[[], Any]) -> Any:
    end = time.monotonic() + 60
    while not (found := look()):
        assert time.monotonic() < end
        time.sleep(0.1)
    return found
