"""The transport, with a real sshd on loopback."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from helpers.model.settings.hosts_config import DockerHost
from helpers.remote.refusals import LinkError
from helpers.remote.ssh import linked
from helpers.system.ports import is_taken
from tests.sshd import Sshd, free_port, make_key, ssh_on_path, sshd

pytestmark = pytest.mark.slow


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sshd]:
    with sshd(tmp_path / "sshd") as found:
        monkeypatch.setenv("PATH", ssh_on_path(tmp_path / "bin", found.config))
        yield found


@contextmanager
def answering(family: int, address: str | tuple[str, int], answer: bytes) -> Iterator[None]:
    """A server that says one thing to everybody."""
    with socket.socket(family) as listening:
        listening.bind(address)
        listening.listen()

        def serve() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield
        listening.shutdown(socket.SHUT_RDWR)


def said_by(family: int, address: str | tuple[str, int]) -> bytes:
    with socket.socket(family) as connection:
        connection.settimeout(10)
        connection.connect(address)
        return connection.recv(100)


def refused(host: DockerHost, **ports: list[int]) -> LinkError:
    with pytest.raises(LinkError) as caught, linked(host, ports.get("to_us", [])):
        pass
    return caught.value


def test_one_process_carries_the_engine_and_ports_in_both_directions(
    server: Sshd, tmp_path: Path
) -> None:
    there, ours, theirs = tmp_path / "engine.sock", free_port(), free_port()
    with (
        answering(socket.AF_UNIX, str(there), b"engine"),
        answering(socket.AF_INET, ("127.0.0.1", ours), b"scheduler"),
        linked(server.host(socket=str(there)), [ours], [theirs]) as link,
    ):
        assert said_by(socket.AF_UNIX, str(link.engine)) == b"engine"
        assert said_by(socket.AF_INET, ("127.0.0.1", link.ports[ours])) == b"scheduler"
        assert link.rate() > 1
        # Both ends of the number are one machine's here: ssh would connect to itself for ever.
        assert is_taken("127.0.0.1", theirs, "tcp")
    assert not link.engine.exists()


def test_the_connection_ends_with_the_context_whatever_is_open(
    server: Sshd, tmp_path: Path
) -> None:
    there = tmp_path / "engine.sock"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(there))
        listening.listen()
        with linked(server.host(socket=str(there))) as link, socket.socket(socket.AF_UNIX) as open_:
            open_.connect(str(link.engine))
            began = time.monotonic()
    assert time.monotonic() - began < 3


def test_ssh_ends_with_a_driver_that_is_killed(server: Sshd) -> None:
    code = (
        "import sys, time\nfrom helpers.model.settings.hosts_config import DockerHost\n"
        "from helpers.remote.ssh import linked\n"
        "with linked(DockerHost('a', sys.argv[1])): print('up', flush=True); time.sleep(60)\n"
    )
    root = Path(__file__).parents[3]
    driver = subprocess.Popen(
        [sys.executable, "-c", code, server.address], stdout=subprocess.PIPE, cwd=root
    )
    assert driver.stdout
    assert driver.stdout.readline() == b"up\n"
    driver.kill()
    driver.wait()
    end = time.monotonic() + 5
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
    while children.read_text().strip() and time.monotonic() < end:
        time.sleep(0.05)
    assert not children.read_text().strip()


@pytest.mark.parametrize(
    "number",
    [signal.SIGKILL, pytest.param(signal.SIGSTOP, marks=pytest.mark.superslow)],
    ids=["killed", "silent"],
)
def test_a_cut_link_is_noticed_within_eight_seconds(server: Sshd, number: int) -> None:
    told = threading.Event()
    with linked(server.host()) as link:
        link.when_lost(told.set)
        began = time.monotonic()
        server.signal_sessions(number)
        assert told.wait(8), time.monotonic() - began
        assert link.lost.is_set()
        words = "not responding" if number == signal.SIGSTOP else "closed by remote host"
        assert words in link.error().what
        with pytest.raises(LinkError, match="was lost"):
            link.rate()


@pytest.mark.parametrize("option", ["AllowTcpForwarding", "PermitListen"])
def test_an_sshd_that_forbids_forwarding_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, option: str
) -> None:
    value = "no" if option == "AllowTcpForwarding" else "none"
    with sshd(tmp_path / "sshd", **{option: value}) as found:
        monkeypatch.setenv("PATH", ssh_on_path(tmp_path / "bin", found.config))
        error = refused(found.host("build7"), to_us=[free_port()])
    assert "'build7' forbids forwarding: AllowTcpForwarding" in error.what


def test_an_sshd_that_does_not_carry_the_engines_socket_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sshd(tmp_path / "sshd", AllowStreamLocalForwarding="no") as found:
        monkeypatch.setenv("PATH", ssh_on_path(tmp_path / "bin", found.config))
        with linked(found.host()) as link:
            said_by(socket.AF_UNIX, str(link.engine))
            error = link.engine_error()
    assert error is not None
    assert "AllowStreamLocalForwarding" in error.fix


def test_an_unknown_host_key_is_not_accepted(server: Sshd) -> None:
    server.known_hosts.write_text("")
    error = refused(server.host())
    assert "Host key verification failed" in error.what
    assert "No ED25519 host key is known for" in error.where
    assert server.known_hosts.read_text() == ""


def test_a_changed_host_key_is_told_in_the_words_of_ssh(server: Sshd, tmp_path: Path) -> None:
    other = make_key(tmp_path / "other").with_suffix(".pub").read_text()
    before = f"[127.0.0.1]:{server.port} {other}"
    server.known_hosts.write_text(before)
    error = refused(server.host())
    assert "Host key verification failed" in error.what
    assert "man-in-the-middle" in error.where
    assert server.known_hosts.read_text() == before


def test_a_user_without_a_key_is_refused_without_a_question(server: Sshd) -> None:
    (server.folder / "authorized_keys").write_text("")
    assert "Permission denied (publickey" in refused(server.host()).what


def test_a_port_where_nobody_listens_is_told_in_the_words_of_ssh(server: Sshd) -> None:
    nobody = DockerHost("gone", f"ssh://127.0.0.1:{free_port()}", where="hosts.yaml:2")
    error = refused(nobody)
    assert "'gone' is not reached" in error.what
    assert "Connection refused" in error.what


def test_a_host_behind_a_jump_host_is_reached_as_ssh_is_configured(
    server: Sshd, tmp_path: Path
) -> None:
    with sshd(tmp_path / "behind") as behind:
        key = behind.host_key_text()
        (behind.folder / "authorized_keys").write_text((server.folder / "own_key.pub").read_text())
        with server.known_hosts.open("a") as file:
            file.write(f"behind {key}")
        user = server.address.removeprefix("ssh://").partition("@")[0]
        proxy = f"ssh -F {server.config} -W %h:%p -p {server.port} {user}@127.0.0.1"
        inner = (
            f"Host behind\n HostName 127.0.0.1\n HostKeyAlias behind\n Port {behind.port}\n"
            f" ProxyCommand {proxy}\nHost *\n"
        )
        server.config.write_text(inner + server.config.read_text())
        port = free_port()
        with linked(DockerHost("far", "ssh://behind"), [port]) as link:
            assert list(link.ports) == [port]
            assert link.engine.exists()


def test_what_a_killed_command_left_is_removed_and_what_a_live_one_uses_stays(
    server: Sshd,
) -> None:
    def folder(name: str, *, listens: bool) -> tuple[Path, socket.socket]:
        made = Path(tempfile.mkdtemp(prefix=f"helpers-ssh-{name}-"))
        bound = socket.socket(socket.AF_UNIX)
        bound.bind(str(made / "engine.sock"))
        if listens:
            bound.listen()
        os.utime(made / "engine.sock", (0, 0))
        return made, bound

    (dead, one), (alive, other) = folder("dead", listens=False), folder("alive", listens=True)
    with one, other, linked(server.host()):
        left = dead.exists(), alive.exists()
    shutil.rmtree(alive)
    assert left == (False, True)
