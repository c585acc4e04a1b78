"""Make /opt/env of what a `pixi.lock` holds. Runs inside builds.

usage: conda_environment.py FOLDER UV dev|prod PLATFORM [PACKAGE...]

FOLDER holds the lock, what is asked for as JSON, and packages that lie in the repo. PLATFORM is the
image's, as Docker calls it. Only the named packages' scripts run when they are linked. When all is
done the environment stands at /opt/env, with a link at /opt/venv, where other images have theirs;
for prod both stand below /made/layer. Its conda-meta/helpers says what using it sets.
"""

import json
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from conda_lock import STALE, check
from conda_rattler import (
    Channels,
    CondaError,
    Locked,
    activation_script,
    finish,
    locked_of,
    read_lock,
    unpacked,
)
from settle import TIME

PREFIX = Path("/opt/env")
# Where the environment of other images is: what names that place finds this one.
_LINK = Path("/opt/venv")
LAYER = Path("/made/layer")
TOLD = PREFIX / "conda-meta" / "helpers" / "activation.json"
_PLATFORMS = {"linux/amd64": "linux-64", "linux/arm64": "linux-aarch64"}
_DEV, _MAIN = "dev", "default"
# What a lock of another tool holds; there is no `pixi.lock` then.
_RECORDS = "records.json"
# What every shell sets by itself.
_SHELLS_OWN = frozenset({"_", "PWD", "OLDPWD", "SHLVL", "PS1"})
_TIMED_HEADER = struct.Struct("<4sIII")


def read_locked(folder: Path, stage: str, platform: str) -> Locked:
    """What the lock holds for an image.

    Raises:
        CondaError: it is older than what it was made from, or has nothing for the platform.
    """
    asked = json.loads((folder / "asked.json").read_text(encoding="utf-8"))

    def place(path: str) -> str:
        return str(folder / "packages" / Path(path).parent.name / Path(path).name)

    if (folder / _RECORDS).is_file():
        held = json.loads((folder / _RECORDS).read_text(encoding="utf-8"))
        name = _DEV if stage == "dev" and _DEV in held else _MAIN
        if platform not in held.get(name, {}):
            raise CondaError(
                f"{asked['file']} has nothing for {platform}",
                "",
                "lock for that platform too, by the tool that wrote it",
            )
        return locked_of(held[name][platform], place)
    text = (folder / "pixi.lock").read_text(encoding="utf-8")
    locked = read_lock(text, place)
    name = _DEV if stage == "dev" and _DEV in asked["needs"] else _MAIN
    if why := check(asked, text, locked, [platform]):
        raise CondaError(f"{STALE}: {why}", "", "i dependency_lock")
    return locked[name][platform]


def complete_metadata(prefix: Path) -> None:
    """What packages say of themselves, where the lock does not: needs, and the licence."""
    for file in prefix.glob("conda-meta/*.json"):
        said = json.loads(file.read_text(encoding="utf-8"))
        own = Path(said["extracted_package_dir"], "info", "index.json")
        told = {key: value for key, value in said.items() if value or key == "requested_specs"}
        whole = {**said, **json.loads(own.read_text(encoding="utf-8")), **told}
        file.write_text(json.dumps(whole, indent=2), encoding="utf-8")


def install_pypi(locked: Locked, uv: str) -> None:
    """Install the pip part, each file by its hash.

    Raises:
        CondaError: uv failed.
    """
    if not locked.pypi:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        for one in locked.pypi:
            file.write(f"{one.name}=={one.version} --hash=sha256:{one.sha256}\n")
        file.flush()
        python = str(PREFIX / "bin" / "python")
        command = [uv, "pip", "install", "--quiet", "--no-deps", "--require-hashes", "--system"]
        command += ["--break-system-packages", "--link-mode=copy", "--python", python]
        done = subprocess.run(
            [*command, "--requirement", file.name], check=False, capture_output=True, text=True
        )
    print(done.stderr, end="", flush=True)
    if done.returncode:
        raise CondaError(
            "uv cannot install the pip part of the lock",
            done.stderr.strip()[-2000:],
            "i dependency_lock, where an index no longer has what is locked",
        )


def run_link_scripts(locked: Locked, allowed: Sequence[str]) -> "list[str]":
    """Run the scripts of allowed packages; the names of the others that have one.

    Raises:
        CondaError: one failed.
    """
    left_out = []
    for record in locked.conda:
        name = record.name.normalized
        script = PREFIX / "bin" / f".{name}-post-link.sh"
        if not script.is_file():
            continue
        if name not in allowed:
            left_out.append(name)
            continue
        told = {
            "PREFIX": str(PREFIX),
            "CONDA_PREFIX": str(PREFIX),
            "PKG_NAME": name,
            "PKG_VERSION": str(record.version),
            "PKG_BUILDNUM": str(record.build_number),
            "PATH": f"{PREFIX}/bin:{os.environ['PATH']}",
        }
        done = subprocess.run(
            ["bash", str(script)], check=False, capture_output=True, text=True,
            env={**os.environ, **told}, cwd=PREFIX,
        )  # fmt: skip
        print(done.stdout + done.stderr, end="", flush=True)
        if done.returncode:
            raise CondaError(
                f"the script of {name} that runs when it is linked failed ({done.returncode})",
                (done.stdout + done.stderr).strip()[-2000:],
                "take it out of allow_link_scripts, or another version of the package",
            )
    return left_out


def read_activation(
    platform: str, variables: Mapping[str, str]
) -> "tuple[dict[str, str], list[str]]":
    """What using the environment sets: variables, and folders before those of PATH."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables.items()]
    script = "\n".join([*lines, activation_script(PREFIX, platform)])
    before, after = _variables(":"), _variables(script)
    known = before.get("PATH", "").split(":")
    path = [one for one in after.pop("PATH", "").split(":") if one not in (*known, "/nowhere")]
    found = {
        name: value
        for name, value in after.items()
        if before.get(name) != value and name not in _SHELLS_OWN
    }
    for name in [name for name, value in found.items() if "\n" in value]:
        print(f"left out, since it has several lines: {name}", flush=True)
        del found[name]
    return found, path


def _variables(script: str) -> "dict[str, str]":
    begin = {"PATH": os.environ["PATH"], "HOME": "/root"}
    command = ["bash", "--noprofile", "--norc", "-c", f"{{ {script}\n}} >&2\nenv -0"]
    done = subprocess.run(command, check=False, capture_output=True, env=begin)
    if done.returncode:
        raise CondaError(
            f"activating the environment failed ({done.returncode})",
            done.stderr.decode(errors="replace").strip()[-2000:],
            "leave out the package whose script in etc/conda/activate.d fails",
        )
    pairs = (one.partition("=") for one in done.stdout.decode().split("\0") if one)
    return {name: value for name, _, value in pairs}


def set_times(since: float) -> None:
    """Give folders, and files that were written from a moment on, one time.

    The others have that of their package, which is the same in every build.
    """
    for folder, folders, files in os.walk(PREFIX, topdown=False):
        for name in files:
            if os.lstat(path := Path(folder, name)).st_mtime >= since:
                os.utime(path, (TIME, TIME), follow_symlinks=False)
        # Among the folders are links to such.
        for name in (*folders, "."):
            os.utime(Path(folder, name), (TIME, TIME), follow_symlinks=False)


def compile_python() -> None:
    """Byte code of all sources by the environment's own Python, as containers cannot write it.

    What packages brought stays: a source gets the time that its byte code names.
    """
    for compiled in PREFIX.rglob("__pycache__/*.pyc"):
        source = compiled.parent.parent / re.sub(r"\.[^.]+(\.opt-\d)?\.pyc$", ".py", compiled.name)
        with compiled.open("rb") as file:
            head = file.read(_TIMED_HEADER.size)
        if len(head) < _TIMED_HEADER.size or not source.is_file():
            continue
        _, flags, made, size = _TIMED_HEADER.unpack(head)
        said = source.stat()
        if flags == 0 and size == said.st_size & 0xFFFFFFFF and made != int(said.st_mtime):
            os.utime(source, (made, made))
    python = PREFIX / "bin" / "python"
    folders = [str(one) for one in PREFIX.glob("lib/python3.*") if not one.is_symlink()]
    if python.exists() and folders:
        # What does not compile is for another Python, and never imported.
        subprocess.run(
            [str(python), "-m", "compileall", "-q", "-j", "0", *folders],
            check=False, capture_output=True,
        )  # fmt: skip


def place(root: Path) -> None:
    """Put the environment, and the link to it, where the image's layer is made of."""
    link, prefix = (root / one.relative_to("/") for one in (_LINK, PREFIX))
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(PREFIX.name)
    if prefix != PREFIX:
        PREFIX.rename(prefix)
    for one in (link, link.parent, *([] if root == Path("/") else [root])):
        os.utime(one, (TIME, TIME), follow_symlinks=False)


def main(folder: str, uv: str, stage: str, platform: str, *allowed: str) -> int:
    """Make the environment; the exit status.

    Raises:
        CondaError: the lock is out of date, or something cannot be had.
    """
    name = _PLATFORMS[platform.removesuffix("/v8")]
    asked = json.loads(Path(folder, "asked.json").read_text(encoding="utf-8"))
    locked = read_locked(Path(folder), stage, name)
    # Clocks of file systems are coarse.
    begin = time.time() - 1
    Channels(()).link(locked.conda, PREFIX, name)
    if Path(folder, _RECORDS).is_file():
        complete_metadata(PREFIX)
    shutil.rmtree(unpacked(PREFIX))
    left_out = run_link_scripts(locked, allowed)
    install_pypi(locked, uv)
    variables, path = read_activation(name, asked["variables"])
    for one in ("CACHEDIR.TAG", "conda-meta/history", ".lock"):
        (PREFIX / one).unlink(missing_ok=True)
    TOLD.parent.mkdir(parents=True)
    told = {"variables": variables, "path": path, "left_out": left_out}
    TOLD.write_text(json.dumps(told, sort_keys=True), encoding="utf-8")
    set_times(begin)
    compiling = time.time() - 1
    compile_python()
    set_times(compiling)
    place(LAYER if stage == "prod" else Path("/"))
    return 0


if __name__ == "__main__":
    finish(lambda: main(*sys.argv[1:]))
