"""The first hour of a new user, typed on a terminal: what each screen says, and what to do next.

A recording of each is kept in `tmp.helpers/recordings`, in asciinema's format (version 2).
"""

import json
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import pexpect
import pytest

from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.adopters import make_adopter
from tests.builders import commit_all
from tests.needs import find_program

pytestmark = [pytest.mark.superslow, pytest.mark.timeout(900)]

_PROMPT = "what next? "
_ROWS = 30
_SECONDS = 300
_START = {"bash": ["--norc", "-i"], "zsh": ["-f", "-i"]}
_COMPLETION = {"bash": ":", "zsh": "autoload -Uz compinit; compinit -u"}
# Colours, movements of the cursor, links.
_OBEYED = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\]8;[^\x1b]*\x1b\\|\x1b[=>]")


@dataclass
class _Recording:
    """What a terminal showed, as a program that plays it reads it."""

    columns: int
    began: float = field(default_factory=time.monotonic)
    events: list[str] = field(default_factory=list)

    def write(self, shown: str) -> None:
        """Pexpect hands over what it reads."""
        self.events.append(json.dumps([round(time.monotonic() - self.began, 3), "o", shown]))

    def flush(self) -> None:
        """Pexpect asks for it."""

    def keep(self, file: Path) -> None:
        """Write it down."""
        file.parent.mkdir(exist_ok=True)
        head = json.dumps({"version": 2, "width": self.columns, "height": _ROWS})
        file.write_text("\n".join([head, *self.events]) + "\n")


class _Terminal:
    """An interactive shell in a repo, as wide as a user has it."""

    def __init__(self, shell: str, columns: int, root: Path) -> None:
        self.recording = _Recording(columns)
        self.child: pexpect.spawn[str] = pexpect.spawn(
            shell, _START[shell], cwd=str(root), encoding="utf-8", timeout=_SECONDS,
            dimensions=(_ROWS, columns),
        )  # fmt: skip
        self.child.logfile_read = self.recording
        self.child.sendline(f"PS1='{_PROMPT[:4]}''{_PROMPT[4:]}'; {_COMPLETION[shell]}")
        self.child.expect_exact(_PROMPT)

    def types(self, line: str, *said: str, status: int = 0) -> str:
        """Type a line; what it showed, which has all of `said`."""
        self.child.sendline(line)
        return self.shows(*said, status=status)

    def shows(self, *said: str, status: int = 0) -> str:
        """What is shown until the shell waits again."""
        self.child.expect_exact(_PROMPT)
        shown = _OBEYED.sub("", str(self.child.before))
        self.child.sendline("echo status=$?")
        self.child.expect(r"status=(\d+)\r\n")
        assert isinstance(self.child.match, re.Match)
        found = int(self.child.match[1])
        self.child.expect_exact(_PROMPT)
        assert "Traceback" not in shown, shown
        assert found == status, shown
        for text in said:
            assert text in shown, shown
        return shown


@pytest.fixture
def folder_name() -> str:
    return "my shop "


@pytest.fixture
def with_submodule(root: Path, remote: Path) -> Path:
    """A repo that has the toolchain's submodule, and has not adopted it."""
    make_adopter(root, remote, adopt=False)
    commit_all(root)
    return root


@pytest.mark.parametrize(("shell", "columns"), [("bash", 80), ("zsh", 120)])
def test_every_screen_says_what_to_do(with_submodule: Path, shell: str, columns: int) -> None:
    find_program(shell)
    terminal = _Terminal(shell, columns, with_submodule)
    try:
        _walk(terminal, with_submodule, columns)
    finally:
        folder = working_folder(TOOLCHAIN_ROOT) / "recordings"
        terminal.recording.keep(folder / f"first_hour-{shell}-{columns}.cast")
        terminal.child.close(force=True)


def _walk(terminal: _Terminal, root: Path, columns: int) -> None:
    types = terminal.types
    written = types("helpers_root/dev_scripts/adopt.sh --yes", "next:")
    types("source ./setenv.sh", "`i --list` shows them")
    listed = types("i", "enter, build and run", "docker_bash", "runnable_dir_create")
    assert max(len(line.rstrip()) for line in listed.splitlines()) <= columns
    create = next(line.strip() for line in written.splitlines() if "runnable_dir_create" in line)
    said = types(f"{create} --yes", "test it: ")
    # The first command in a dir builds what is missing, and shows it.
    types("i docker_cmd --dir apps/hello --cmd 'python --version'", "building", "Python 3.")
    types("i docker_cmd --dir apps --cmd true", "apps/hello", status=2)
    tested = types(_command(said, "test it: "), "6 passed, 0 failed")
    rows = [line for line in tested.splitlines() if line.startswith("apps/hello")]
    assert any("passed" in row[:columns] for row in rows), tested
    wrong = types("./main_pytest.py apps/hello -x", "-- -x", status=2)
    types(_command(wrong, "fix:"), "6 passed, 0 failed")
    types("timeout 60 i dirs", "apps/hello")
    terminal.child.send("i docker_cmd --dir apps/hel\t --cmd 'echo com''pleted'\r")
    terminal.shows("completed")
    types("i docker_images --local", "apps/hello", "here")
    _enters(terminal)
    _watches(terminal)
    _breaks(terminal, root)
    types("i docker_release_dev_image --dir apps/hello --dry-run", "fix:", status=2)
    types("i dirs_graph --out tmp.graph")
    (page,) = (root / "tmp.graph").glob("*.html")
    assert "Why there are no edges" in page.read_text()


def _command(shown: str, after: str) -> str:
    """The command that a screen names, as it would be copied."""
    line = next(line for line in shown.splitlines() if after in line)
    return line.partition(after)[2].strip()


def _enters(terminal: _Terminal) -> None:
    child = terminal.child
    child.sendline("i docker_bash --dir apps/hello")
    child.expect(r"[$#] ")
    child.sendline("echo in ${PWD##*/}; exit")
    terminal.shows("in hello")


def _watches(terminal: _Terminal) -> None:
    child = terminal.child
    child.sendline("./main_pytest.py apps/hello --watch")
    for key in ("r", "q"):
        child.expect_exact("6 passed, 0 failed")
        child.expect_exact("r: run again")
        child.expect_exact("\r\n")
        child.send(key)
    terminal.shows()


def _breaks(terminal: _Terminal, root: Path) -> None:
    """A file is broken, which every command that reads it tells; and it is fixed."""
    file = root / "apps" / "hello" / "devops" / "config.yaml"
    before = file.read_text() if file.exists() else None
    file.write_text("reuse: true\nnonsense: 1\n")
    terminal.types("i doctor", "apps/hello/devops/config.yaml:2", "base image", status=1)
    terminal.types("i docker_cmd --dir apps/hello --cmd true", "config.yaml:2", "fix:", status=2)
    if before is None:
        file.unlink()
    else:
        file.write_text(before)
    terminal.types("i docker_cmd --dir apps/hello --cmd 'echo fi''xed'", "fixed")
