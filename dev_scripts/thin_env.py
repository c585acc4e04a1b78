#!/usr/bin/env python3
"""Find or build the thin environment: the small virtual environment that runs `invoke`.

It is kept in `<data dir>/helpers/thin_envs/<key>`; the key stands for the locked requirements and
the interpreter, so repos that ask for the same share one, and an upgrade never touches another's.
It is built in a sibling directory and renamed, so what has its name is complete. This file runs
before anything is installed and goes into images alone: the standard library is all that it uses.
"""

from __future__ import annotations  # an older Python must get as far as its message

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "error: helpers needs Python 3.11 or newer, but %s is %d.%d\n"
        "  fix:   put a newer python3 first on PATH"
        % (sys.executable, sys.version_info[0], sys.version_info[1])
    )

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parent / "thin_requirements.txt"
# Images bring their environment here; outside of image builds nobody writes to it.
BAKED_ROOT = Path("/opt/helpers/thin_envs")
# Holds the interpreter's real path and has its modification time: see `is_fresh`.
MARKER = ".interpreter"
# The only things that go on the user's PATH: `python` and `pip` must stay the user's own.
ON_PATH = ("invoke", "inv")


class ThinEnvError(Exception):
    """The thin environment cannot be built; carries what the user can do about it."""

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.fix = what, where, fix

    def __str__(self) -> str:
        lines = [f"error: {self.what}"]
        lines += [f"  where: {self.where}"] if self.where else []
        lines += [f"  fix:   {self.fix}"] if self.fix else []
        return "\n".join(lines)


# --- Where it is ---------------------------------------------------------------------------------


def base_interpreter() -> Path:
    """The interpreter below any virtual environment that we may be running in."""
    return Path(os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable))


def environment_key(requirements: bytes, interpreter: Path, cache_tag: str, machine: str) -> str:
    """`<requirements>-<machine>-<Python>-<interpreter>`; `setenv.sh` looks for the first two."""
    from hashlib import sha256

    wanted = sha256(requirements).hexdigest()[:16]
    place = sha256(os.fsencode(interpreter)).hexdigest()[:8]
    return f"{wanted}-{machine}-{cache_tag}-{place}"


def current_key(requirements: Path, platform: str = "") -> str:
    """The key for these requirements and the Python that is running, or its like elsewhere."""
    tag = sys.implementation.cache_tag or sys.implementation.name
    machine = platform.partition("-")[0] or os.uname().machine
    return environment_key(requirements.read_bytes(), base_interpreter(), tag, machine)


def default_root(environ: Mapping[str, str]) -> Path:
    """The user's directory of thin environments."""
    data = environ.get("XDG_DATA_HOME", "")
    if not os.path.isabs(data):  # the XDG specification says to ignore a relative one
        data = os.path.join(os.path.expanduser("~"), ".local", "share")
    if not os.path.isabs(data):
        raise ThinEnvError("the user has no home directory", fix="set HOME or XDG_DATA_HOME")
    return Path(data, "helpers", "thin_envs")


def is_fresh(env: Path) -> bool:
    """Whether the environment is complete and its interpreter the one that it was built with.

    Only `stat` is asked, as `setenv.sh` does, which cannot afford to start Python.
    """
    try:
        marker, python = os.stat(env / MARKER), os.stat(env / "bin" / "python")
    except OSError:
        return False
    return int(marker.st_mtime) == int(python.st_mtime)


def locate(key: str, root: Path | None, environ: Mapping[str, str]) -> Path:
    """The environment of this key: a fresh one where there is one, else where to build it."""
    own = (root or default_root(environ)) / key
    if root is None and not is_fresh(own) and is_fresh(BAKED_ROOT / key):
        return BAKED_ROOT / key
    return own


# --- Building it ---------------------------------------------------------------------------------


def ensure(root: Path | None = None, requirements: Path = REQUIREMENTS, platform: str = "") -> Path:
    """The environment's directory, built when it is missing or its interpreter has changed.

    Args:
        platform: where it is not for this one, as uv names it, which then must be on PATH.

    Raises:
        ThinEnvError: it cannot be built.
    """
    target = locate(current_key(requirements, platform), root, os.environ)
    if is_fresh(target):
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with _lock(target.with_name(f".{target.name}.lock")):
            if not is_fresh(target) and not _still_works(target):
                _build_aside(target, requirements, platform)
    except OSError as error:
        raise ThinEnvError(
            f"the thin environment cannot be written: {error.strerror or error}",
            where=str(error.filename or target),
            fix="free some space or fix the permissions, or set XDG_DATA_HOME to another place",
        ) from error
    return target


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C raise KeyboardInterrupt in the block, whatever it does elsewhere."""
    import signal

    before = signal.getsignal(signal.SIGINT)
    if before is signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold an advisory lock; the kernel lets go of it however this process ends."""
    import fcntl

    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _say("another process is building the thin environment, waiting for it")
            fcntl.flock(file, fcntl.LOCK_EX)
        except OSError:
            pass  # no locks on this file system: the rename is atomic, only work is done twice
        yield


def _still_works(env: Path) -> bool:
    """Whether an environment whose interpreter was replaced in place (a patch release) works."""
    python = env / "bin" / "python"
    if not (env / MARKER).exists() or not python.exists():
        return False
    import subprocess

    probe = [str(python), "-I", "-c", "import invoke, yaml, git, rich"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        return False
    _stamp(env)
    return True


def _build_aside(target: Path, requirements: Path, platform: str) -> None:
    """Build beside `target` and rename; we hold the lock, so whatever else lies there is stale."""
    import shutil

    for stale in target.parent.glob(f".building-{target.name}-*"):
        shutil.rmtree(stale, ignore_errors=True)
    building = target.with_name(f".building-{target.name}-{os.getpid()}")
    try:
        _fill(building, requirements, target, platform)
        if target.exists():  # of an interpreter that is gone
            shutil.rmtree(target)
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _fill(building: Path, requirements: Path, target: Path, platform: str) -> None:
    """Make the complete environment in `building`, with `target` written in its files."""
    from shutil import which
    from time import monotonic

    start = monotonic()
    uv = which("uv")
    how_long = "uv: first use only, about 5 s" if uv else "pip: first use only, about 20 s"
    _say(f"building the thin environment in {target} with {how_long}")
    if uv:
        _install_with_uv(uv, building, requirements, platform)
    else:
        _install_with_pip(building, requirements)
    _settle(building, target)
    _say(f"the thin environment is ready after {monotonic() - start:.1f} s")


def _install_with_uv(uv: str, building: Path, requirements: Path, platform: str) -> None:
    env = {**os.environ, **index_settings_for_uv(os.environ), "UV_PYTHON_DOWNLOADS": "never"}
    _step("creating a virtual environment")
    make = [uv, "venv", "--quiet", "--no-project", "--python", str(base_interpreter())]
    _run([*make, str(building)], env=env, cwd=building.parent)
    _step("installing the locked packages")
    install = [uv, "pip", "install", "--no-deps", "--require-hashes"]
    install += ["--python-platform", platform, "--only-binary", ":all:"] if platform else []
    python = str(building / "bin" / "python")
    _run([*install, "--python", python, "-r", str(requirements)], env=env, cwd=building)


def _install_with_pip(building: Path, requirements: Path) -> None:
    """With the pip that `ensurepip` brings, from outside: the environment needs no pip itself."""
    import shutil
    import zipfile

    wheel = _bundled_pip()
    _step("creating a virtual environment")
    env = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    python = str(base_interpreter())
    _run([python, "-I", "-m", "venv", "--without-pip", str(building)], env=env, cwd=None)
    pip = building / ".pip"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(pip)
    _step("installing the locked packages")
    # The user's configuration holds (index, certificates), but not where it would install.
    env.update(PYTHONPATH=str(pip), PIP_USER="0", PIP_NO_INPUT="1", PIP_PROGRESS_BAR="off")
    install = ["install", "--no-compile", "--no-deps", "--require-hashes", "-r", str(requirements)]
    command = [str(building / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    _run([*command, *install], env=env, cwd=building)
    shutil.rmtree(pip)


def _bundled_pip() -> Path:
    """The wheel of pip that comes with Python.

    Raises:
        ThinEnvError: the distribution has split it off and the package is not installed.
    """
    import importlib.util
    import sysconfig

    spec = importlib.util.find_spec("ensurepip")
    folders = [Path(spec.origin).parent / "_bundled"] if spec and spec.origin else []
    shared = sysconfig.get_config_var("WHEEL_PKG_DIR")
    folders += [Path(shared)] if shared and folders else []
    wheels = [wheel for folder in folders for wheel in folder.glob("pip-*.whl")]
    if not wheels or not importlib.util.find_spec("venv"):
        raise ThinEnvError(
            "this Python cannot make virtual environments: `venv` or `ensurepip` is missing",
            where=str(base_interpreter()),
            fix="apt-get install python3-venv    (Debian, Ubuntu), or put `uv` on PATH",
        )
    return wheels[-1]


def _settle(building: Path, target: Path) -> None:
    """Make what was built in one place right for another, compile it, and mark it complete."""
    # Both are siblings: the name is what tells their paths apart, and what a prompt would show.
    old, new = os.fsencode(building.name), os.fsencode(target.name)
    for file in [building / "pyvenv.cfg", *(building / "bin").iterdir()]:
        if file.is_file() and not file.is_symlink() and old in file.read_bytes():
            file.write_bytes(file.read_bytes().replace(old, new))
    (building / "path").mkdir()
    for name in ON_PATH:
        (building / "path" / name).symlink_to(Path("..", "bin", name))
    _step("compiling byte code")
    python = str(building / "bin" / "python")
    paths = ["-s", str(building), "-p", str(target)]  # tracebacks name the final place
    _run(
        [python, "-I", "-m", "compileall", "-q", "-j", "0", *paths, str(building / "lib")],
        None,
        None,
    )
    _stamp(building)


def _stamp(env: Path) -> None:
    """Mark the environment complete, and its interpreter as known."""
    python = env / "bin" / "python"
    (env / MARKER).write_bytes(os.fsencode(os.path.realpath(python)) + b"\n")
    stat = python.stat()
    os.utime(env / MARKER, ns=(stat.st_mtime_ns, stat.st_mtime_ns))


# --- The user's package index --------------------------------------------------------------------


def index_settings_for_uv(environ: Mapping[str, str]) -> dict[str, str]:
    """Pip's index settings as uv's variables, unless uv has its own: it reads no pip.conf."""
    if any(name in environ for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX")):
        return {}
    home = environ.get("HOME", "")
    own = environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
    for file in (f"{own}/uv/uv.toml", "/etc/uv/uv.toml"):
        if os.path.isfile(file) and "index" in Path(file).read_text(errors="replace"):
            return {}
    settings = _pip_settings(
        environ, ["/etc/pip.conf", f"{home}/.pip/pip.conf", f"{own}/pip/pip.conf"]
    )
    found = {
        "UV_DEFAULT_INDEX": settings.get("index-url", ""),
        "UV_FIND_LINKS": ",".join(settings.get("find-links", "").split()),
        "SSL_CERT_FILE": environ.get("SSL_CERT_FILE", settings.get("cert", "")),
    }
    # uv fails on a local index that lacks a page, which pip passes over.
    extra = [url for url in settings.get("extra-index-url", "").split() if "file:" not in url]
    found["UV_INDEX"] = " ".join(extra)
    return {name: value for name, value in found.items() if value}


def _pip_settings(environ: Mapping[str, str], files: list[str]) -> dict[str, str]:
    """Pip's settings from its configuration files and, above them, its variables."""
    import configparser

    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read([environ["PIP_CONFIG_FILE"]] if environ.get("PIP_CONFIG_FILE") else files)
    except configparser.Error:
        return {}  # pip itself says best what is wrong there
    settings: dict[str, str] = {}
    for section in ("global", "install"):
        settings |= dict(parser[section]) if parser.has_section(section) else {}
    for name in ("index-url", "extra-index-url", "find-links", "cert"):
        value = environ.get(f"PIP_{name.upper().replace('-', '_')}")
        settings |= {name: value} if value else {}
    return settings


# --- Small things --------------------------------------------------------------------------------


def _say(text: str) -> None:
    print(f"helpers: {text}", file=sys.stderr, flush=True)


def _step(text: str) -> None:
    print(f"  {text} ...", file=sys.stderr, flush=True)


def _run(args: list[str], env: Mapping[str, str] | None, cwd: Path | None) -> None:
    """Run a command; its output is shown only when it fails.

    Raises:
        ThinEnvError: it failed; carries its last lines.
    """
    import subprocess

    result = subprocess.run(
        args,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        last = "\n    ".join(result.stdout.strip().splitlines()[-15:])
        raise ThinEnvError(
            "the thin environment cannot be built: a command failed",
            where=f"{' '.join(args)}\n    {last}",
            fix="check the network and the package index (pip's or uv's settings), then try again",
        )


def _unblock_interrupts() -> None:
    """A shell starts us with Ctrl-C blocked, so that it finds `main` prepared."""
    import signal

    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


USAGE = """\
usage: thin_env.py path|ensure [--root DIR] [--requirements FILE] [--platform PLATFORM]

  path    print the environment's directory, there or not
  ensure  build it when it is missing, then print its directory

  --root DIR           the directory of all thin environments
                       (default: helpers/thin_envs in $XDG_DATA_HOME or ~/.local/share)
  --requirements FILE  the locked requirements (default: beside this file)
  --platform PLATFORM  for images of another one, as uv names it: aarch64-manylinux_2_36
"""


def _parse(arguments: list[str]) -> tuple[str, Path | None, Path, str]:
    """What is asked for. By hand: argparse would be a third of `path`'s time."""
    words = list(arguments)
    command = words.pop(0) if words else ""
    if command in ("-h", "--help"):
        print(USAGE, end="")
        sys.exit(0)
    given = {"--root": "", "--requirements": str(REQUIREMENTS), "--platform": ""}
    while words:
        option, _, value = words.pop(0).partition("=")
        value = value or (words.pop(0) if words else "")
        if option not in given or not value:
            raise ThinEnvError(f"unknown argument: {option}", fix="thin_env.py --help")
        given[option] = value
    if command not in ("path", "ensure"):
        raise ThinEnvError(f"unknown command: {command or '(none)'}", fix="thin_env.py --help")
    root = Path(given["--root"]).absolute() if given["--root"] else None
    return command, root, Path(given["--requirements"]).absolute(), given["--platform"]


def main(arguments: list[str]) -> int:
    """Entry point; returns the exit status."""
    try:
        _unblock_interrupts()
        command, root, requirements, platform = _parse(arguments)
        if command == "ensure":
            print(ensure(root, requirements, platform))
        else:
            print(locate(current_key(requirements, platform), root, os.environ))
    except ThinEnvError as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"error: {error.strerror}\n  where: {error.filename}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted: nothing is left half-built", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
