"""`main_pytest.py --watch` on a real terminal: its keys."""

import re
import signal
import termios

import pexpect
import pytest

from tests.integration.conftest import MAIN_PYTEST, Workplace

_WAITING = "watching 2 dirs; r: run again"
_PASSES = "def test_a(): pass\n"
_MIXED = "def test_a(): pass\ndef test_b(): assert False\n"
# Colours and movements of the cursor.
_OBEYED = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\")


@pytest.fixture
def watched(workplace: Workplace) -> "pexpect.spawn[str]":
    workplace.add_dir("one", _PASSES)
    workplace.add_dir("two", _MIXED)
    return pexpect.spawn(
        str(MAIN_PYTEST), ["--watch"], cwd=str(workplace.repo.root), encoding="utf-8",
        timeout=60, dimensions=(40, 100),
    )  # fmt: skip


def _waits(watched: "pexpect.spawn[str]") -> str:
    """What was shown until it waits."""
    watched.expect_exact(_WAITING)
    shown = _OBEYED.sub("", str(watched.before))
    # The line's end is written before the keys are read.
    watched.expect_exact("\r\n")
    return shown


@pytest.mark.superslow
def test_keys_run_again_failed_or_all_and_quit(
    workplace: Workplace, watched: "pexpect.spawn[str]"
) -> None:
    assert "2 passed, 1 failed" in _waits(watched)
    watched.send("r")
    again = _waits(watched)
    assert "2 passed, 1 failed" in again
    assert "reused" not in again
    watched.send("f")
    assert "0 passed, 1 failed" in _waits(watched)
    watched.send("\r")
    assert "0 passed, 1 failed" in _waits(watched), "what ran last runs again"
    watched.send("a")
    everything = _waits(watched)
    assert "2 passed, 1 failed" in everything
    assert "reused" in everything, "what passed before need not run"
    watched.send("?")
    assert "r, Enter  run again" in _waits(watched)
    (workplace.repo.root / "two" / "test_it.py").write_text(_PASSES)
    assert "1 passed, 0 failed" in _waits(watched)
    watched.send("f")
    assert "nothing failed" in _waits(watched)
    watched.send("z")
    watched.send("q")
    watched.expect(pexpect.EOF)
    watched.close()
    assert watched.exitstatus == 0, "what the last run came to"


@pytest.mark.superslow
def test_a_file_that_is_saved_while_tests_run_counts(workplace: Workplace) -> None:
    slow = "import time\ndef test_a(): time.sleep(2)\n"
    workplace.add_dir("one", slow)
    workplace.add_dir("two", _PASSES)
    watched = pexpect.spawn(
        str(MAIN_PYTEST), ["--watch"], cwd=str(workplace.repo.root), encoding="utf-8",
        timeout=60, dimensions=(40, 100),
    )  # fmt: skip
    watched.expect("testing")
    watched.send("f")
    (workplace.repo.root / "one" / "test_it.py").write_text(_PASSES + slow.replace("_a", "_b"))
    first = _waits(watched)
    assert "2 passed, 0 failed" in first
    assert "typed while tests ran, and not used: f" in first
    # Nothing is saved any more: what was saved before is seen.
    again = _waits(watched)
    assert "2 passed, 0 failed" in again
    assert "two" not in again
    watched.send("q")
    watched.expect(pexpect.EOF)


@pytest.mark.parametrize("end", ["key", "signal"])
def test_an_interrupt_ends_it_and_the_terminal_is_as_before(
    watched: "pexpect.spawn[str]", end: str
) -> None:
    before = termios.tcgetattr(watched.child_fd)
    _waits(watched)
    if end == "key":
        watched.sendintr()
    else:
        watched.kill(signal.SIGTERM)
    watched.expect(pexpect.EOF)
    assert termios.tcgetattr(watched.child_fd) == before
    watched.close()
    assert watched.exitstatus == 1
