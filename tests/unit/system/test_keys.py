"""Keys on a real terminal, which is as it was once nobody waits for one, whatever happens."""

import os
import signal
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from helpers.system.keys import Keys
from helpers.system.locate import TOOLCHAIN_ROOT

_WAITS = f"""
import signal, sys, time
sys.path.insert(0, {str(TOOLCHAIN_ROOT)!r})
from helpers.system.keys import Keys
if "handled" in sys.argv:
    signal.signal(signal.SIGTERM, lambda *_: print("told", flush=True))
with Keys() as keys:
    key = ""
    print("waits", flush=True)
    while key not in ("q", "\\x04"):
        key = keys.pressed()
        assert key != "x"
        if key:
            print("key", ascii(key), flush=True)
        time.sleep(0.02)
print("ended", flush=True)
"""


@pytest.fixture
def script(tmp_path: Path) -> str:
    path = tmp_path / "script.py"
    path.write_text(_WAITS)
    return str(path)


@pytest.fixture
def waiting(script: str) -> "Iterator[pexpect.spawn[str]]":
    child = pexpect.spawn(sys.executable, [script], encoding="utf-8", timeout=20)
    _until_it_listens(child)
    yield child
    child.close(force=True)


def _shell() -> "pexpect.spawn[str]":
    typed = ["--norc", "--noediting", "-i"]
    shell = pexpect.spawn("bash", typed, env={"PS1": "$ "}, encoding="utf-8", timeout=20)
    shell.expect_exact("$ ")
    return shell


def _mode(child: "pexpect.spawn[str]") -> int:
    return int(termios.tcgetattr(child.child_fd)[3]) & (termios.ICANON | termios.ECHO)


_OWN = termios.ICANON | termios.ECHO


def _until(met: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not met():
        assert time.monotonic() < end
        time.sleep(0.02)


def _until_it_listens(child: "pexpect.spawn[str]") -> None:
    child.expect_exact("waits")
    assert _mode(child) == 0


def test_a_key_counts_without_enter_and_is_not_shown(waiting: "pexpect.spawn[str]") -> None:
    for typed in ("r", "\n", "\x1b[A", "aq"):
        waiting.send(typed)
        time.sleep(0.2)
    waiting.expect_exact("ended")
    shown = str(waiting.before).split()
    assert shown == ["key", "'r'", "key", "'\\n'", "key", "'a'", "key", "'q'"]


def test_what_was_typed_before_counts_for_nothing_and_is_known() -> None:
    master, terminal = os.openpty()
    keys = Keys(terminal)
    os.write(master, b"fa\n\x1b")
    with keys:
        assert (keys.unused, keys.pressed()) == ("fa", "")
        os.write(master, b"r")
        _until(lambda: keys.pressed() == "r")
    with keys:
        assert keys.unused == ""
    os.close(master)
    os.close(terminal)


@pytest.mark.parametrize(("typed", "end"), [("q", "ended"), ("\x04", "ended"), ("x", "AssertionE")])
def test_the_mode_is_back_after_the_end_and_after_a_crash(
    waiting: "pexpect.spawn[str]", typed: str, end: str
) -> None:
    waiting.send(typed)
    waiting.expect_exact(end)
    assert _mode(waiting) == _OWN


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_the_mode_is_back_when_a_signal_ends_the_process(
    waiting: "pexpect.spawn[str]", number: signal.Signals
) -> None:
    waiting.kill(number)
    _until(lambda: _mode(waiting) == _OWN)
    waiting.expect(pexpect.EOF)
    _until(lambda: not waiting.isalive())
    assert waiting.signalstatus == number or "KeyboardInterrupt" in str(waiting.before)


def test_who_handles_a_signal_is_still_told_of_it(script: str) -> None:
    child = pexpect.spawn(sys.executable, [script, "handled"], encoding="utf-8", timeout=20)
    _until_it_listens(child)
    child.kill(signal.SIGTERM)
    child.expect_exact("told")
    child.send("r")
    child.expect_exact("key 'r'")
    child.send("q")
    child.expect_exact("ended")


def test_a_suspended_process_leaves_the_shell_its_terminal_and_goes_on(script: str) -> None:
    shell = _shell()
    shell.sendline(f"'{sys.executable}' '{script}'")
    _until_it_listens(shell)
    shell.send("\x1a")
    shell.expect_exact("Stopped")
    shell.expect_exact("$ ")
    assert _mode(shell) == _OWN
    shell.sendline("bg; sleep 0.3; echo in $((40 + 2))")
    shell.expect_exact("in 42")
    shell.expect_exact("$ ")
    assert _mode(shell) == _OWN
    shell.sendline("fg")
    _until(lambda: _mode(shell) == 0)
    shell.send("q")
    shell.expect_exact("ended")
    shell.expect_exact("$ ")
    assert _mode(shell) == _OWN
    shell.close(force=True)


def test_in_the_background_it_waits_without_the_terminal(script: str) -> None:
    shell = _shell()
    shell.sendline(f"'{sys.executable}' '{script}' &")
    shell.expect_exact("waits")
    time.sleep(0.3)
    assert _mode(shell) == _OWN
    shell.sendline("jobs")
    shell.expect_exact("Running")
    shell.sendline("kill %1; wait; stty -a")
    shell.expect_exact(" icanon")
    shell.close(force=True)


def test_a_terminal_that_is_gone_is_the_end() -> None:
    master, terminal = os.openpty()
    keys = Keys(terminal)
    os.close(master)
    with keys:
        assert keys.pressed() == "\x04"
    os.close(terminal)
