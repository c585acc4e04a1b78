"""Text from outside never ends a command, never moves a cursor, and never loses what follows."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers.console.errors import error_lines, print_os_error
from helpers.console.foreign import one_line, printable
from helpers.console.runs.plain import PlainRunView
from helpers.console.tables import table_lines
from helpers.model.errors import HelpersError
from helpers.model.events import Notice

TOP = Path(__file__).resolve().parents[3]
EVIL = "caf\udce9 \x1b[2J\x1b]0;title\x07 \x9b31m \u202eback\r over \x00 \x7f"


def _is_harmless(text: str) -> bool:
    text.encode()
    return not any(ord(char) < 32 and char not in "\n\t" for char in text) and not any(
        char in text for char in "\x7f\x9b\u202e"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, ünïcode, 日本 \U0001f600\u200d", "plain, ünïcode, 日本 \U0001f600\u200d"),
        ("two\nlines\tand a tab\r\n", "two\nlines\tand a tab\n"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b[2J", "\\x1b[2J"),
        ("caf\udce9", "caf\\udce9"),
        ("a\rb", "a\\x0db"),
        ("\x9b31mx", "x"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
    ],
)
def test_what_a_terminal_obeys_is_spelled_and_everything_else_stays(text: str, shown: str) -> None:
    # A carriage return before the end of a line is its end.
    assert printable(text) == shown


def test_colours_that_were_asked_for_stay_alone() -> None:
    assert printable("\x1b[31mred\x1b[0m\x1b[2J", colours=True) == "\x1b[31mred\x1b[0m\\x1b[2J"


def test_every_view_shows_harmless_text() -> None:
    assert _is_harmless(printable(EVIL))
    assert _is_harmless(one_line(f"{EVIL}\n{EVIL}"))
    assert "\n" not in one_line(f"{EVIL}\n{EVIL}")
    assert all(map(_is_harmless, error_lines(HelpersError(EVIL, where=EVIL, fix=EVIL))))
    assert all(map(_is_harmless, table_lines((EVIL, "b"), [(EVIL, EVIL)])))
    stream = io.StringIO()
    with PlainRunView(stream) as view:
        view(Notice(EVIL, EVIL))
    assert _is_harmless(stream.getvalue())


_SCRIPT = """
import sys, time
from helpers.console.foreign import make_streams_last, printable_output
make_streams_last()
with printable_output():
    print("first \\x1b[2J \\udce9 caf\\xe9", flush=True)
    time.sleep(0.2)
    for _ in range(3):
        print("more", flush=True)
    print("done \\udce9", file=sys.stderr)
"""


def _run(redirection: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = f'"{sys.executable}" -c "$SCRIPT" {redirection}'
    env = {**os.environ, "PYTHONPATH": str(TOP), "SCRIPT": _SCRIPT, **environment}
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command}"], env=env, capture_output=True, timeout=60
    )


@pytest.mark.parametrize("redirection", ["", "| head -n 1", ">&-", "2>&-", ">&- 2>&-", "| true"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_of_any_kind_ends_a_process_well(redirection: str, unbuffered: str) -> None:
    done = _run(redirection, PYTHONUNBUFFERED=unbuffered, PYTHONIOENCODING="utf-8:strict")
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    assert b"\x1b" not in done.stdout + done.stderr
    assert ("2>&-" in redirection) or b"done \\udce9" in done.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "utf-8:strict"},
        {"PYTHONIOENCODING": "latin-1:strict"},
        {"PYTHONIOENCODING": "ascii:strict"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    ],
)
def test_what_an_encoding_lacks_is_spelled(environment: dict[str, str]) -> None:
    done = _run("", **environment)
    assert (done.returncode, done.stderr) == (0, b"done \\udce9\n")
    assert done.stdout.startswith(b"first \\x1b[2J \\udce9 caf")


def test_a_full_disk_is_said_once_and_in_words() -> None:
    done = _run("> /dev/full")
    assert done.returncode == 1
    assert b"No space left" in done.stderr


_NESTED = """
import os, sys
from helpers.console.foreign import printable_output, unfiltered
from rich.console import Console
with printable_output():
    print("table")
    print("\x1b[2J of the table", file=sys.stderr)
    with printable_output():
        print("part")
        Console(file=unfiltered(sys.stderr), force_terminal=True).show_cursor(False)
        print("of the part", file=sys.stderr)
    print("end")
"""


def test_an_error_follows_what_it_is_about_and_a_live_view_in_a_view_is_obeyed() -> None:
    env = {**os.environ, "PYTHONPATH": str(TOP)}
    both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    done = subprocess.run([sys.executable, "-c", _NESTED], env=env, timeout=60, **both)  # type: ignore[call-overload]
    shown = b"table\n\\x1b[2J of the table\npart\nof the part\nend\n"
    assert done.stdout.replace(b"\x1b[?25l", b"") == shown
    assert b"\x1b[?25l" in done.stdout


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        (OSError(28, "No space left on device", "/x/y"), "df -h /x"),
        (OSError(28, "No space left on device"), "df -h"),
        (BrokenPipeError(32, "Broken pipe"), "i doctor"),
        (ConnectionResetError(104, "Connection reset by peer"), "i doctor"),
        (PermissionError(13, "Permission denied", "/x/y z"), "ls -ld /x"),
        (OSError(24, "Too many open files"), "ulimit -n 4096"),
    ],
)
def test_only_a_full_disk_is_about_room_on_it(
    error: OSError, fix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    print_os_error(error)
    shown = capsys.readouterr().err
    assert f"fix:   {fix}" in shown
    assert ("df -h" in shown) == (error.errno == 28)
