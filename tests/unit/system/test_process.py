"""Programs that we start: nothing of them outlives us where that is asked for."""

import os
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pexpect
import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import Ends, ProcessError, reading, run, run_ending, stream

# A child and its own child, as Docker starts Compose: neither has a word to say.
_FAMILY = "sleep 300 & echo $! >child; echo $$ >self; wait"
_CALLERS = {
    "run": "run_ending('with us', ['sh', '-c', {family!r}], cwd=Path({folder!r}))",
    "stream": "stream(['sh', '-c', {family!r}], print, cwd=Path({folder!r}), ends='with us')",
}


def _lives(pid: int) -> bool:
    try:
        # The test run's own first process may not collect what has lost its parent.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _number_in(file: Path) -> int:
    end = time.monotonic() + 30
    while not (file.is_file() and file.read_text().strip()):
        assert time.monotonic() < end, f"nothing in {file}"
        time.sleep(0.01)
    return int(file.read_text())


def _wait_for_end(*pids: int) -> None:
    end = time.monotonic() + 10
    while any(_lives(pid) for pid in pids):
        assert time.monotonic() < end, pids
        time.sleep(0.01)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGINT])
@pytest.mark.parametrize("way", list(_CALLERS))
def test_a_program_and_what_it_started_end_with_us(
    tmp_path: Path, way: str, sent: signal.Signals
) -> None:
    call = _CALLERS[way].format(family=_FAMILY, folder=str(tmp_path))
    code = (
        f"from pathlib import Path\nfrom helpers.system.process import run_ending, stream\n{call}"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, cwd=TOOLCHAIN_ROOT, stderr=subprocess.DEVNULL) as parent:
        pids = _number_in(tmp_path / "self"), _number_in(tmp_path / "child")
        assert all(_lives(pid) for pid in pids)
        os.kill(parent.pid, sent)
    _wait_for_end(*pids)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_what_a_program_started_ends_with_its_time(tmp_path: Path) -> None:
    with pytest.raises(ProcessError) as raised:
        run_ending("with us", ["sh", "-c", _FAMILY], cwd=tmp_path, timeout=1)
    assert raised.value.status == 124
    _wait_for_end(_number_in(tmp_path / "self"), _number_in(tmp_path / "child"))


def test_a_program_that_ends_with_us_is_as_any_other(tmp_path: Path) -> None:
    said = "cat; echo error >&2; exit 3"
    done = run_ending("with us", ["sh", "-c", said], stdin="in", cwd=tmp_path)
    assert (done.status, done.stdout, done.stderr) == (3, "in", "error\n")
    lines: list[str] = []
    assert stream(["sh", "-c", said], lines.append, cwd=tmp_path, ends="with us") == 3
    assert lines == ["error"]


@pytest.mark.parametrize("ends", ["on interrupt", "with us"])
def test_a_program_that_is_missing_is_named(ends: Ends) -> None:
    with pytest.raises(ProcessError) as raised:
        run_ending(ends, ["no-such-program"])
    assert (raised.value.status, raised.value.fix) == (127, "install no-such-program")


def test_who_waits_for_a_silent_program_may_end_it(tmp_path: Path) -> None:
    class WantsNoMoreError(Exception):
        pass

    def refuse() -> None:
        raise WantsNoMoreError

    began = time.monotonic()
    with pytest.raises(WantsNoMoreError):
        stream(["sleep", "60"], print, cwd=tmp_path, ends="with us", on_wait=refuse)
    assert time.monotonic() - began < 20


_RAW = """
import signal, sys, tty
tty.setraw(0)
print("ready", flush=True)
signal.pause()
"""
_ATTACHES = f"""
import sys
from helpers.system.process import attach
print("first", end=" ")
try:
    attach([sys.executable, "-c", {_RAW!r}])
except KeyboardInterrupt:
    print("told")
"""


def test_an_interrupt_is_the_attached_programs_and_the_terminal_is_given_back() -> None:
    command = ["-c", _ATTACHES]
    ours = pexpect.spawn(sys.executable, command, cwd=str(TOOLCHAIN_ROOT), encoding="utf-8")
    before = termios.tcgetattr(ours.child_fd)
    ours.expect("first ready")
    assert termios.tcgetattr(ours.child_fd) != before
    assert ours.pid
    os.killpg(ours.pid, signal.SIGINT)
    ours.expect("told\r\n")
    assert termios.tcgetattr(ours.child_fd) == before
    ours.expect(pexpect.EOF)


def test_a_failure_is_an_error_unless_the_caller_looks_itself() -> None:
    failing = ["sh", "-c", "echo wrong >&2; exit 3"]
    assert run(failing, check=False).status == 3
    with pytest.raises(ProcessError, match="failed with status 3") as raised:
        run(failing)
    assert raised.value.last_lines == ["wrong"]


def test_names_that_are_no_text_come_back_as_they_went_in() -> None:
    name = os.fsdecode(b"caf\xe9")
    done = run(["cat"], stdin=os.fsencode(name))
    assert (done.names, done.raw, done.stdout) == (name, b"caf\xe9", "caf\ufffd")


def test_a_program_works_while_its_reader_does_something_else(tmp_path: Path) -> None:
    with reading(["sh", "-c", "printf a; touch done; printf b"], cwd=tmp_path) as pieces:
        while not (tmp_path / "done").exists():
            time.sleep(0.01)
        assert b"".join(pieces) == b"ab"


def test_a_program_whose_reader_saw_enough_ends() -> None:
    began = time.monotonic()
    with reading(["sh", "-c", "echo first; exec sleep 60"]) as pieces:
        assert next(pieces) == b"first\n"
    assert time.monotonic() - began < 30


def test_a_failure_is_known_once_all_is_read() -> None:
    with reading(["sh", "-c", "echo some; echo why >&2; exit 3"]) as pieces:
        assert next(pieces) == b"some\n"
        with pytest.raises(ProcessError, match="status 3") as caught:
            next(pieces)
    assert caught.value.where == "why"
    with pytest.raises(ProcessError, match="status 127"), reading(["no-such-program"]):
        pass
