"""Engines that are not there, not ours, die, or have no room."""

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pexpect
import pytest

from helpers.images.building.build import build_missing
from helpers.model.errors import HelpersError
from helpers.system.host import read_host
from tests.builders import add_submodule, git, make_repo
from tests.integration.conftest import MAIN_PYTEST, Workplace

pytestmark = pytest.mark.slow

_NOBODY = 65534
_SLEEPS = "import time\ndef test_a(): pass\ndef test_b(): time.sleep(60)\n"


class MortalEngine:
    """A socket in front of the real engine, which can die at any moment."""

    def __init__(self, path: Path, engine: str) -> None:
        self._engine = engine
        self._open: list[socket.socket] = []
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen()
        self._path = path
        threading.Thread(target=self._serve, daemon=True).start()

    def die(self) -> None:
        """Cut every connection and take no more."""
        self._server.close()
        self._path.unlink()
        for connection in self._open:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def _serve(self) -> None:
        while True:
            try:
                theirs, _ = self._server.accept()
            except OSError:
                return
            ours = socket.socket(socket.AF_UNIX)
            ours.connect(self._engine)
            self._open += [theirs, ours]
            for source, target in ((theirs, ours), (ours, theirs)):
                threading.Thread(target=_copy, args=(source, target), daemon=True).start()


def _copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_an_engine_that_dies_in_the_middle_is_an_error_and_no_pass(workplace: Workplace) -> None:
    workplace.add_dir("one", _SLEEPS)
    assert workplace.main_pytest("--", "-k", "test_a").status == 0
    earlier = (workplace.repo.root / "tmp.main_pytest" / "latest").resolve()
    # A short path: that of a socket has at most some hundred characters.
    path = Path(f"/tmp/mortal-{os.getpid()}.sock")
    engine = MortalEngine(path, workplace.client.endpoint.socket)
    process = subprocess.Popen(
        [MAIN_PYTEST],
        cwd=workplace.repo.root,
        env={**os.environ, "DOCKER_HOST": f"unix://{path}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    latest = workplace.repo.root / "tmp.main_pytest" / "latest"
    deadline = time.monotonic() + 60
    while latest.resolve() == earlier or '"test"' not in _text(latest / "one" / "records.jsonl"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    engine.die()
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 2, shown
    assert "Traceback" not in shown
    assert "Docker Engine" in shown
    summary = json.loads((latest / "summary.json").read_text())
    assert summary["dirs"]["one"]["passed"] == 1, "what finished is kept"
    assert workplace.main_pytest("--", "-k", "test_a").status == 0, "the next run cleans up"
    assert not [name for name in workplace.containers() if "-run-" in name]


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become somebody else")
def test_a_user_who_may_not_use_the_engine_is_told_what_to_type(workplace: Workplace) -> None:
    workplace.add_dir("one", _SLEEPS)
    for folder, _, files in os.walk(workplace.repo.root):
        for name in (".", *files):
            os.chown(Path(folder, name), _NOBODY, _NOBODY)
    done = subprocess.run(
        [MAIN_PYTEST],
        cwd=workplace.repo.root,
        user=_NOBODY,
        group=_NOBODY,
        extra_groups=(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "you may not use the Docker Engine" in done.stderr
    assert "usermod" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_build_on_a_full_disk_says_so(workplace: Workplace) -> None:
    made = workplace.add_dir("one", _SLEEPS)
    fill = "dd if=/dev/zero of=/full/file bs=1M count=9"
    (made.devops / "Dockerfile").write_text(
        "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\n"
        f"RUN --mount=type=tmpfs,target=/full,size=1000000 {fill}\n"
    )
    with pytest.raises(HelpersError, match="the disk is full") as caught:
        build_missing(workplace.repo, made, read_host(), lambda _: None)
    assert "whole log" in caught.value.where
    assert caught.value.fix


def test_a_folder_that_cannot_be_written_is_told(workplace: Workplace) -> None:
    workplace.add_dir("one", _SLEEPS)
    (workplace.repo.root / "tmp.main_pytest").write_text("in the way\n")
    done = workplace.main_pytest()
    assert done.status == 2
    assert "tmp.main_pytest" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_submodule_that_is_not_checked_out_is_not_passed_over(
    workplace: Workplace, workspace: Path
) -> None:
    workplace.add_dir("one", "def test_a(): pass\n")
    inner = make_repo(workspace / "inner", {"file": "x"})
    add_submodule(workplace.repo.root, "inner", inner.root)
    git(workplace.repo.root, "submodule", "--quiet", "deinit", "--force", "inner")
    shutil.rmtree(workplace.repo.root / "inner", ignore_errors=True)
    done = workplace.main_pytest()
    assert done.status == 2
    assert "git submodule update --init" in done.stderr
    assert workplace.main_pytest("--dir", "one").status == 0


@pytest.mark.superslow
def test_a_killed_command_with_services_leaves_nothing_for_long(workplace: Workplace) -> None:
    made = workplace.add_dir("one", "def test_a(): pass\n")
    assert workplace.main_pytest().status == 0
    (made.devops / "compose.yaml").write_text(
        "services:\n  web:\n    image: ${HELPERS_BASE_IMAGE}\n    init: true\n"
        "    command: sleep 600\n"
    )
    process = subprocess.Popen(
        [*workplace.invoke_command(), "docker_cmd", "--dir", "one", "--cmd", "echo up; sleep 600"],
        cwd=workplace.repo.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    left = workplace.containers()
    assert len(left) >= 2
    assert workplace.main_pytest().status == 0
    assert not set(left) & set(workplace.containers())


@pytest.mark.superslow
def test_an_inner_engine_is_the_containers_own_and_ends_with_it(workplace: Workplace) -> None:
    workplace.add_dir("one", "def test_a(): pass\n")
    assert workplace.main_pytest().status == 0
    done = workplace.invoke(
        *("docker_cmd", "--dir", "one", "--dind"),
        *("--cmd", "docker ps -q | wc -l; docker info --format '{{.Driver}}'"),
    )
    assert done.stdout.split()[:1] == ["0"], done.stderr
    assert not [name for name in workplace.containers() if "daemon" in name]


@pytest.mark.parametrize("task", ["run_fast_tests", "docker_build_local_image", "docker_bash"])
def test_what_a_terminal_obeys_is_not_shown_as_text(workplace: Workplace, task: str) -> None:
    workplace.add_dir("app", "")
    terminal = pexpect.spawn(
        workplace.invoke_command()[0], [*workplace.invoke_command()[1:], task, "--dir", "app"],
        cwd=str(workplace.repo.root), encoding="utf-8",
        env={**os.environ, "DOCKER_HOST": "unix:///nowhere.sock"},
    )  # fmt: skip
    terminal.expect(pexpect.EOF, timeout=60)
    said = str(terminal.before)
    assert "no Docker Engine answers" in said
    assert "\\x1b" not in said
