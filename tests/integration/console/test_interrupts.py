"""Ctrl-C at any moment of `i` ends with 130 and one line, in a terminal, with real signals."""

import os
import pty
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from tests.toolchains import copy_toolchain

_START = (sys.executable, "-I", str(TOOLCHAIN_ROOT / "helpers" / "tasks" / "start.py"))
_BLOCKED = ("env", "--block-signal=INT", *_START, "--search-root", str(TOOLCHAIN_ROOT))
_MAIN_PYTEST = (sys.executable, str(TOOLCHAIN_ROOT / "main_pytest.py"), "--dir", "nowhere")
_TRIES = 12


def _interrupted(
    command: Sequence[str],
    delay: float,
    env: Mapping[str, str] | None = None,
    cwd: Path = TOOLCHAIN_ROOT,
) -> tuple[int, str]:
    """The status of a command that gets Ctrl-C after so many seconds, and what it said."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        cwd=cwd,
        env={**os.environ, **(env or {})},
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
        status, said = _interrupted([*_BLOCKED, *words], delay)
        assert "Traceback" not in said, delay
        # It may have ended before, and `env` dies of the signal before it blocks it.
        assert status in (0, 1, 130, -signal.SIGINT), (delay, said)
        if status == 130:
            assert said.count("interrupted") == 1, (delay, said)


@pytest.mark.slow
def test_an_interrupt_ends_main_pytest_in_one_line() -> None:
    # Started as it starts itself anew. Until our first line Python itself has the word: a traceback
    # of its own start cannot be helped from within a file.
    command = ("env", "--block-signal=INT", *_MAIN_PYTEST)
    subprocess.run(_MAIN_PYTEST, check=False, capture_output=True)  # makes the thin environment
    delays = random.Random(8)
    for _ in range(_TRIES):
        delay = 0.005 + delays.random() * 0.3
        status, said = _interrupted(command, delay)
        assert "Traceback" not in said, (delay, said)
        assert status in (2, -signal.SIGINT), (delay, said)
        # It may have come to its own end, which is the one error that it has to tell.
        told = ("\n" if "interrupted" in said else "error: ") if status == 2 else "\n"
        assert said.count(told) == (status == 2), (delay, said)


def test_main_pytest_watches_for_interrupts_before_it_imports_what_takes_time() -> None:
    for file in ("main_pytest.py", "helpers/adoption/adopting/shim_texts/main_pytest.py.in"):
        text = (TOOLCHAIN_ROOT / file).read_text()
        before = text[: text.index("_end_at_once)")]
        imported = [line.split()[1] for line in before.splitlines() if line.startswith("import ")]
        assert imported == ["_signal", "os", "sys"], file


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "allowed"),
    [
        (["dev_scripts/adopt.sh", "--dry-run"], (130,)),
        (["bash", "--norc", "-c", "source ./setenv.sh"], (2, 130)),
    ],
)
def test_an_interrupt_ends_what_makes_the_thin_environment_in_one_line(
    tmp_path: Path, command: list[str], allowed: tuple[int, ...]
) -> None:
    toolchain = copy_toolchain(tmp_path / "toolchain")
    # Where tests run in a container, it has the environment that these requirements make.
    with (toolchain / "dev_scripts" / "thin_requirements.txt").open("a") as requirements:
        requirements.write("# of this test's own\n")
    delays, told = random.Random(9), 0
    for number in range(_TRIES):
        delay = 0.01 + delays.random() * 0.3
        # A signal that comes while a shell forks reaches the parent alone, and what it has just
        # started then makes the environment: the next try must not find that one.
        data = tmp_path / f"data-{number}"
        status, said = _interrupted(command, delay, {"XDG_DATA_HOME": str(data)}, toolchain)
        assert "Traceback" not in said, (delay, said)
        # The shell dies of it where it has not read its first line, or waits for a program.
        assert status in (*allowed, -signal.SIGINT), (delay, said)
        # None where it reaches `env` before that blocks it: nothing has begun then.
        assert said.count("interrupted") <= 1, (delay, said)
        told += said.count("interrupted")
        assert not list(tmp_path.rglob(".building-*/bin")), delay
    # On a busy machine most come before the first line of ours.
    assert told
