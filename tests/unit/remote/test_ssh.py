from pathlib import Path

import pytest

from helpers.model.settings.hosts_config import DockerHost
from helpers.remote.refusals import command_failed, engine_refusal, refusal
from helpers.remote.ssh import ssh_command

HOST = DockerHost("build1", "ssh://ci@build1:22", where="hosts.yaml:3")
CHANGED = (
    "@@@@@@@\r\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\r\n@@@@@@@\r\n"
    "Someone could be eavesdropping on you right now!\r\nHost key verification failed.\r\n"
)


def test_one_command_carries_the_engine_and_both_directions_on_loopback_alone() -> None:
    command = ssh_command(HOST, Path("/f/engine.sock"), [8786], [9000, 9001])
    assert " ".join(command).endswith(
        "-L /f/engine.sock:/var/run/docker.sock -R 127.0.0.1:0:127.0.0.1:8786"
        " -L 127.0.0.1:9000:127.0.0.1:9000 -L 127.0.0.1:9001:127.0.0.1:9001"
        " ssh://ci@build1:22 echo 'helpers: ready'; exec cat"
    )


@pytest.mark.parametrize(
    "option",
    [
        *("BatchMode=yes", "StrictHostKeyChecking=yes", "UpdateHostKeys=no", "ControlPath=none"),
        *("ExitOnForwardFailure=yes", "ServerAliveInterval=2", "ServerAliveCountMax=2"),
    ],
)
def test_ssh_asks_nothing_accepts_no_key_and_notices_a_cut(option: str) -> None:
    assert f"-o{option}" in ssh_command(HOST, Path("/f/engine.sock"))


@pytest.mark.parametrize(
    ("words", "what", "where", "fix"),
    [
        (CHANGED, "verification failed", "eavesdropping", "compare the host's key"),
        ("ssh: connect to host b: No route to host\n", "No route to host", "hosts.yaml:3", "ssh "),
        ("", "timed out", "ssh://ci@build1:22", "ssh ssh://ci@build1:22"),
        (
            "Warning: remote port forwarding failed for listen port 0\n",
            "'build1' forbids forwarding: AllowTcpForwarding",
            "hosts.yaml:3",
            "AllowTcpForwarding yes",
        ),
    ],
)
def test_a_refusal_is_told_in_the_words_of_ssh(words: str, what: str, where: str, fix: str) -> None:
    error = refusal(HOST, words, TimeoutError("timed out"))
    assert what in error.what
    assert where in error.where
    assert fix in error.fix


def test_a_port_where_no_worker_listens_yet_is_not_blamed_on_the_engine() -> None:
    assert not engine_refusal(HOST, "channel 2: open failed: connect failed: Connection refused\n")
    assert engine_refusal(HOST, "channel 2: open failed: connect failed: open failed\n")


def test_a_command_that_fails_on_a_host_does_not_make_it_one_that_is_not_reached() -> None:
    error = command_failed(HOST, "rm -rf cache", "rm: a: denied\nrm: b: denied\n")
    assert error.what == "a command failed on host 'build1': rm: b: denied"
    assert "rm: a: denied" in error.where
    assert error.fix == "ssh ssh://ci@build1:22 'rm -rf cache'"
