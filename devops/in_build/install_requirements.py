"""Make /opt/venv from exported requirements. Runs inside builds: the standard library alone.

usage: install_requirements.py FOLDER UV dev|prod complete|resolve [wheels PLATFORM]

FOLDER holds `requirements.txt` and what it includes. `dev` also takes `requirements_dev.txt`,
`requirements_test.txt`, and those spelled with `-`; `prod` leaves out what only shells use.
`complete`: it names every package, so nothing is resolved; `resolve`: what it names may need more.
`wheels`: nothing is built, so that it can be done for another platform (as uv names it; empty: this
one); where that does not do, nothing is made, and no error either.
When all is done the environment stands below /made/layer, to be copied to / as it is.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from settle import settle

TARGET = Path("/opt/venv")
LAYER = Path("/made/layer")
# Beside uv's own cache, which lasts from one build to the next.
BYTE_CODE = Path("/root/.cache/uv/helpers-byte-code")
MAIN_FILE = "requirements.txt"
DEV_FILES = (
    "requirements_dev.txt",
    "requirements-dev.txt",
    "requirements_test.txt",
    "requirements-test.txt",
)
LEFT_OUT = "left out, since it is a local path:"
# `-e ../lib`, `./lib`, `.[dev]`, `/srv/lib`, `lib @ file:///srv/lib`, `lib @ ../lib`, `file:///srv/lib`
_LOCAL = re.compile(
    r"(-e|--editable)[ =]?\s*(?!git\+|hg\+|svn\+|bzr\+|https?:)\S"
    r"|\.{1,2}(/|\[|$)|/|file:"
    r"|[\w.\[\], -]+@\s*(file:|/|\.{1,2}/)"
)
# What is resolved is installed from the same indexes, with nothing left out.
_AS_CHOSEN = ("--quiet", "--no-header", "--no-annotate", "--no-strip-extras", "--emit-index-url",
              "--emit-find-links")  # fmt: skip
_INCLUDE = re.compile(r"(?:-r|--requirement|-c|--constraint)(?:\s+|=)?(?:\./)?(\S+)")
_OPTION = re.compile(r"-(?!e\b|-editable)")


def logical_lines(text: str) -> list[str]:
    """Lines with their continuations, without comments and blank ones."""
    joined = re.sub(r"\\\r?\n\s*", " ", text)
    stripped = (re.sub(r"(^|\s)#.*", "", line).strip() for line in joined.splitlines())
    return [line for line in stripped if line]


def split_local(text: str) -> tuple[list[str], list[str]]:
    """The lines that can be installed anywhere, and those that name a local path."""
    kept: list[str] = []
    local: list[str] = []
    for line in logical_lines(text):
        (local if _LOCAL.match(line) else kept).append(line)
    return kept, local


def all_have_hashes(lines: list[str]) -> bool:
    """Whether there are requirements and each carries a hash."""
    wanted = [line for line in lines if not _OPTION.match(line)]
    return bool(wanted) and all("--hash=" in line for line in wanted)


def wanted_files(texts: Mapping[str, str], stage: str) -> list[str]:
    """The files that are installed: for developing more, unless that leaves hashes unchecked."""
    found = [MAIN_FILE] if MAIN_FILE in texts else []
    there = [name for name in DEV_FILES if name in texts and stage == "dev"]
    checked = all_have_hashes(split_local(texts.get(MAIN_FILE, ""))[0])
    return found + [n for n in there if not checked or all_have_hashes(split_local(texts[n])[0])]


def with_included(texts: Mapping[str, str], names: Sequence[str]) -> list[str]:
    """Files, and those that they include."""
    found = list(names)
    for name in found:  # grows while it is walked
        for line in logical_lines(texts[name]):
            included = _INCLUDE.match(line)
            if included and included[1] in texts and included[1] not in found:
                found.append(included[1])
    return found


@dataclass(frozen=True)
class Installing:
    """How an environment is made.

    Attributes:
        complete: every package is named.
        wheels: of wheels alone.
        platform: the one that it is for, as uv names it; empty: this one.
    """

    uv: str
    stage: str
    complete: bool
    wheels: bool = False
    platform: str = ""

    @property
    def options(self) -> list[str]:
        """What uv is told each time."""
        found = ["--python", str(TARGET / "bin" / "python")]
        return [*found, "--python-platform", self.platform] if self.platform else found


def install(folder: Path, how: Installing) -> int:
    """Make the environment; the exit status of the first program that fails, else 0."""
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.txt")}
    wanted = wanted_files(texts, how.stage)
    venv = [how.uv, "venv", "--no-project", "--python", sys.executable, str(TARGET)]
    status = subprocess.run(venv, check=False).returncode
    with tempfile.TemporaryDirectory() as made:
        kept = _write_kept(texts, with_included(texts, wanted), Path(made))
        if status or not kept:
            return status
        files = [str(Path(made, name)) for name in wanted]
        hashes = ["--require-hashes"] if all_have_hashes(kept) else []
        if how.wheels and not (how.complete or hashes):
            # What is chosen must not depend on which versions have wheels.
            chosen = str(Path(made, "chosen.txt"))
            command = [how.uv, "pip", "compile", *how.options, *_AS_CHOSEN, "--output-file", chosen]
            if _try([*command, *files]):
                return 1
            files = [chosen]
        command = _command(how, hashes, files)
        # Earlier builds may have had all of it: what it is, the hashes say, so no index is asked.
        if hashes and not _try([*command, "--offline"]):
            return 0
        return _try(command) if how.wheels else subprocess.run(command, check=False).returncode


def _write_kept(texts: Mapping[str, str], names: Sequence[str], made: Path) -> list[str]:
    """Write files without what names a local path, which is told; all lines that are left."""
    kept: list[str] = []
    for name in names:
        lines, local = split_local(texts[name])
        (made / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
        kept += lines
        for line in local:
            print(f"{LEFT_OUT} {line.split(' --hash')[0]}", flush=True)
    return kept


def _command(how: Installing, hashes: Sequence[str], files: Sequence[str]) -> list[str]:
    options = [*how.options, *hashes, "--link-mode", "copy"]
    options += ["--only-binary", ":all:"] if how.wheels else []
    # With a hash for each, everything must be named, and nothing is left to be resolved.
    if how.complete or how.wheels or hashes:
        return [how.uv, "pip", "sync", "--allow-empty-requirements", *options, *files]
    return [how.uv, "pip", "install", *options, *(f"--requirement={file}" for file in files)]


def _try(command: Sequence[str]) -> int:
    """Run what may fail, which then is silent; its exit status."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        print(done.stderr, end="", flush=True)
    return done.returncode


def strip(target: Path) -> None:
    """Leave out what only shells use."""
    for script in (*(target / "bin").glob("*activate*"), target / "bin" / "pydoc.bat"):
        script.unlink(missing_ok=True)


def main(folder: str, uv: str, stage: str, extent: str, sort: str = "", platform: str = "") -> int:
    """The exit status."""
    wheels = sort == "wheels"
    status = install(Path(folder), Installing(uv, stage, extent == "complete", wheels, platform))
    if status and wheels:
        print("not all of it is to be had as wheels: installed after the OS packages", flush=True)
        shutil.rmtree(TARGET, ignore_errors=True)
        LAYER.mkdir(parents=True)
        return 0
    if status:
        return status
    if stage == "prod":
        strip(TARGET)
    for name in (".lock", "CACHEDIR.TAG", ".gitignore"):
        (TARGET / name).unlink(missing_ok=True)
    settle(TARGET, LAYER, BYTE_CODE)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
