"""A day of an ordinary user: each command is typed, and what it leaves behind is looked at.

    python3 tests/walk/a_day.py

It runs from a clone that belongs to the user, who is not root, in a folder of the user's home.
After each command nothing in the home may belong to anybody else or be writable by everybody; in
the end plain `rm -rf` takes everything away. It needs Python and an engine alone.
"""

import json
import os
import pty
import re
import secrets
import select
import shutil
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TOOLCHAIN = Path(__file__).resolve().parents[2]
HOME = Path.home()
PLACE = HOME / "a day"
REPO = PLACE / "shop"
DIR = "apps/forecast"
_LOOPBACK = "127.0.0.1"
_SECONDS = 900.0
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")


@dataclass
class Day:
    """What was typed so far, and what came of it.

    Attributes:
        passed: how many commands did what is expected.
        failed: a line for each thing that is not as it should be.
    """

    passed: int = 0
    failed: list[str] = field(default_factory=list)

    def types(self, line: str, expected: str = "", *, folder: Path = REPO, status: int = 0) -> None:
        """Type a line in a shell that has sourced `setenv.sh`, and look at what it left.

        Args:
            expected: a pattern that its output has.
        """
        began = time.monotonic()
        print(f"\n$ {line}", flush=True)
        setenv = "source ./setenv.sh >&2 && " if (folder / "setenv.sh").exists() else ""
        if not setenv and (REPO / "setenv.sh").exists():
            setenv = f"source '{REPO}/setenv.sh' >&2 && "
        done = subprocess.run(
            ["bash", "-c", f"{setenv}{line}"],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
        )
        told = done.stdout + (done.stderr if done.returncode else "")
        print("\n".join(told.splitlines()[-12:]), flush=True)
        self._look(line, done.stdout, done.returncode, expected, status, began)

    def enters(self, line: str, typed: str, expected: str, *, folder: Path) -> None:
        """Type a line on a terminal, which starts a shell, and in that shell some more."""
        began = time.monotonic()
        print(f"\n$ {line}   (a terminal; in it: {typed})", flush=True)
        script = f"source '{REPO}/setenv.sh' && {line}"
        told, status = _on_a_terminal(["bash", "-c", script], folder, f"{typed}\nexit\n")
        print("\n".join(told.splitlines()[-8:]), flush=True)
        self._look(line, told, status, expected, 0, began)

    def _look(
        self, line: str, told: str, status: int, expected: str, wanted: int, began: float
    ) -> None:
        problems = []
        if status != wanted:
            problems.append(f"exit status {status}, not {wanted}")
        if expected and not re.search(expected, told, re.MULTILINE):
            problems.append(f"its output has no {expected!r}")
        if "Traceback (most recent call last)" in told:
            problems.append("a traceback")
        problems += _what_is_not_the_users()
        self.failed += [f"{line}: {problem}" for problem in problems]
        self.passed += not problems
        for problem in problems:
            print(f"WRONG: {problem}", flush=True)
        print(f"({time.monotonic() - began:.1f} s)", flush=True)


def main() -> int:
    """Walk through the day; 1 when anything was wrong."""
    if os.getuid() == 0:
        sys.exit("this is the walk of an ordinary user: run it as one, not as root")
    shutil.rmtree(PLACE, ignore_errors=True)
    os.umask(0o077)
    os.environ |= {
        "GIT_AUTHOR_NAME": "A", "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A", "GIT_COMMITTER_EMAIL": "a@example.org",
        # The toolchain's clone and the remote are folders here.
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always",
    }  # fmt: skip
    REPO.mkdir(parents=True)
    day = Day()
    try:
        _morning(day)
        with _registry() as address:
            _afternoon(day, address)
        _evening(day)
    finally:
        for problem in day.failed:
            print(f"WRONG: {problem}")
    print(f"the walk: {day.passed} passed, {len(day.failed)} failed")
    return int(bool(day.failed))


def _morning(day: Day) -> None:
    """Adopt the toolchain, make a dir, enter its container, test it."""
    own = f"{os.getuid()}:{os.getgid()}"
    day.types("git init --quiet --initial-branch main . && git init --quiet --bare ../shop.git")
    day.types(f"git submodule add --quiet '{TOOLCHAIN}' helpers_root")
    day.types("helpers_root/dev_scripts/adopt.sh --yes")
    day.types("git add -A && git commit --quiet -m 'Adopt the toolchain'")
    day.types("git remote add origin ../shop.git && git push --quiet -u origin main")
    day.types("i --list", "docker_bash")
    day.types("i doctor")
    day.types("i adopt_check")
    day.types(f"i runnable_dir_create --dir {DIR} --template service", "main_pytest.py")
    day.types("git add -A && git commit --quiet -m 'Add forecast'")
    day.types(f"i docker_build_local_image --dir {DIR}")
    day.types("i docker_cmd --cmd 'id -u; id -g; pwd'", rf"(?s){own[:4]}.*{DIR}", folder=REPO / DIR)
    day.enters("i docker_bash", "touch made_inside; id -un", HOME.owner(), folder=REPO / DIR)
    day.types("ls -ln made_inside && rm made_inside", f"{os.getuid()}", folder=REPO / DIR)
    day.types(f"./main_pytest.py --dir {DIR}", "[1-9][0-9]* passed, 0 failed")
    day.types(f"./main_pytest.py --dir {DIR}", "reused|cached")
    day.types(f"./main_pytest.py --dir {DIR} --no-reuse --coverage", "[1-9][0-9]* passed, 0 failed")
    day.types("i dirs", DIR)
    _below_tmp(day)


def _below_tmp(day: Day) -> None:
    """A clone below `/tmp`, which its containers empty: it stays whole, and they wait."""
    clone = Path("/tmp") / f"{HOME.owner()} {secrets.token_hex(4)}"
    waits = f"docker ps --filter 'label=org.helpers.repo-root={clone}' --format '{{{{.Names}}}}'"
    day.types(f"git clone --quiet --recurse-submodules . '{clone}'")
    for reuse in ("", " --no-reuse"):
        day.types(f"./main_pytest.py --dir {DIR}{reuse}", "0 failed", folder=clone)
        day.types(f"./main_pytest.py --dir {DIR} --no-reuse", "0 failed", folder=clone)
    day.types(waits, "-idle-", folder=clone)
    day.types("git status --porcelain", r"\A\Z", folder=clone)
    day.types('i docker_kill --all && rm -rf "$PWD"', folder=clone)


def _afternoon(day: Day, address: str) -> None:
    """Add a package, raise the version, release it, look at what was released."""
    day.types(f"i dependency_add --package idna --dir {DIR} --dry-run", "add .*idna")
    day.types(f"i dependency_add --package idna --dir {DIR}")
    day.types(f"i docker_build_local_image --dir {DIR} --bump minor --message 'Add idna'")
    day.types(
        "i docker_cmd --cmd 'python -c \"import idna\" && echo is-there'",
        "is-there",
        folder=REPO / DIR,
    )
    day.types("i changelog_check")
    day.types("./main_pytest.py", "[1-9][0-9]* passed, 0 failed")
    day.types(f"echo 'registry: {address}/team' >> repo_config.yaml")
    day.types("git add -A && git commit --quiet -m 'Add idna' && git push --quiet")
    day.types(f"i docker_release_dev_image --dir {DIR}")
    day.types(f"i docker_release_prod_image --dir {DIR}")
    day.types(f"i docker_history --dir {DIR}", r"1\.1\.0")
    day.types(f"i docker_images --dir {DIR}", "prod")
    day.types("git status --porcelain", r"\A\Z")


def _evening(day: Day) -> None:
    """Take the toolchain out, and throw everything away."""
    day.types("i docker_kill --all")
    day.types("i docker_clean --yes")
    own = "--filter label=org.helpers.repo=shop --filter label=org.helpers.user=$(id -un)"
    day.types(f"docker images --quiet {own} | sort --unique | xargs docker rmi --force")
    day.types("i unadopt --yes")
    day.types("git status --porcelain | head -n 50")
    day.types(f"rm -rf '{PLACE}'", folder=HOME)
    if PLACE.exists():
        day.failed.append("rm -rf left something")


def _what_is_not_the_users() -> list[str]:
    """What in the home belongs to another, or may be written by everybody."""
    problems = []
    for folder, folders, files in os.walk(HOME):
        for name in (*folders, *files):
            path = Path(folder, name)
            try:
                found = path.lstat()
            except FileNotFoundError:
                continue  # what runs in the background tidies
            if found.st_uid != os.getuid():
                problems.append(f"belongs to user {found.st_uid}: {path}")
            if found.st_mode & stat.S_IWOTH and not stat.S_ISLNK(found.st_mode):
                problems.append(f"everybody may write it: {path}")
    return problems[:5]


def _on_a_terminal(command: list[str], folder: Path, typed: str) -> tuple[str, int]:
    """Run a command on a terminal of its own and type into it once it waits."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.execvp(command[0], command)
    told = bytearray()
    end, waiting = time.monotonic() + 120, typed
    while time.monotonic() < end:
        ready, _, _ = select.select([terminal], [], [], 2.0)
        if not ready and waiting:
            os.write(terminal, waiting.encode())
            waiting = ""
        elif ready:
            try:
                told += os.read(terminal, 4096)
            except OSError:  # the other side is closed
                break
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return _ESCAPES.sub("", told.decode(errors="replace")), os.waitstatus_to_exitcode(status)


@contextmanager
def _registry() -> Iterator[str]:
    """A registry on loopback, in a container of the toolchain's own image; its address."""
    with socket.socket() as found:
        found.bind((_LOOPBACK, 0))
        port = found.getsockname()[1]
    folder = PLACE / "registry"
    folder.mkdir()
    config = {
        "version": 0.1,
        "storage": {"filesystem": {"rootdirectory": str(folder / "storage")}},
        "http": {"addr": ":5000"},
    }
    (folder / "config.json").write_text(json.dumps(config))  # JSON is YAML
    container = subprocess.run(
        ["docker", "run", "--detach", "--rm", "--publish", f"{_LOOPBACK}:{port}:5000",
         "--user", f"{os.getuid()}:{os.getgid()}", "--volume", f"{folder}:{folder}",
         "--entrypoint", "docker-registry", _own_image(), "serve", str(folder / "config.json")],
        check=True, stdout=subprocess.PIPE, text=True,
    ).stdout.strip()  # fmt: skip
    try:
        yield f"{_LOOPBACK}:{port}"
    finally:
        subprocess.run(["docker", "rm", "--force", container], check=True, capture_output=True)


def _own_image() -> str:
    """The image of the toolchain's root, which has a registry; built where it is not there."""
    script = "source ./setenv.sh && i docker_build_local_image --dir ."
    subprocess.run(["bash", "-c", script], cwd=TOOLCHAIN, check=True)
    wanted = ["org.helpers.repo=helpers", "org.helpers.dir=.", "org.helpers.stage=local"]
    filters = [word for label in wanted for word in ("--filter", f"label={label}")]
    command = ["docker", "images", "--quiet", *filters]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return found.stdout.split()[0]


if __name__ == "__main__":
    sys.exit(main())
