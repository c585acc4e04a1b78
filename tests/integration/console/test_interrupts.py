"""Ctrl-C at any moment of `i` ends with 130 and one line, in a terminal, with real signals."""

import os
import pty
import random
import signal
import subprocess
import sys
import time

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT

_START = (sys.executable, "-I", str(TOOLCHAIN_ROOT / "helpers" / "tasks" / "start.py"))
_BLOCKED = ("env", "--block-signal=INT", *_START, "--search-root", str(TOOLCHAIN_ROOT))
_TRIES = 12


def _interrupted(words: tuple[str, ...], delay: float) -> tuple[int, str]:
    """The status of a command that gets Ctrl-C after so many seconds, and what it said."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*_BLOCKED, *words], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        time.sleep(delay)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
        said = b""
        while True:
            try:
                part = os.read(ours, 65_536)
            except OSError:  # nobody has the other end any more
                break
            if not part:
                break
            said += part
        os.close(ours)
        return process.wait(timeout=30), said.decode(errors="replace")


@pytest.mark.slow
@pytest.mark.parametrize("words", [("--list",), ("dirs_graph",), ("changelog_check",)])
def test_an_interrupt_ends_a_task_in_one_line(words: tuple[str, ...]) -> None:
    delays = random.Random(7)
    for _ in range(_TRIES):
        delay = 0.005 + delays.random() * 0.6
        status, said = _interrupted(words, delay)
        assert "Traceback" not in said, delay
        # It may have ended before, and `env` dies of the signal before it blocks it.
        assert status in (0, 1, 130, -signal.SIGINT), (delay, said)
        if status == 130:
            assert said.count("interrupted") == 1, (delay, said)
