"""Make /opt/venv from exported requirements. Runs inside builds: the standard library alone.

usage: install_requirements.py FOLDER UV dev|prod complete|resolve

FOLDER holds `requirements.txt` and what it includes. `dev` also takes `requirements_dev.txt`,
`requirements_test.txt`, and those spelled with `-`; `prod` leaves out what only shells use.
`complete`: it names every package, so nothing is resolved; `resolve`: what it names may need more.
When all is done the environment stands below /made/layer, to be copied to / as it is.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from settle import settle

TARGET = Path("/opt/venv")
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


def install(folder: Path, uv: str, stage: str, *, complete: bool) -> int:
    """Make the environment; the exit status of the first program that fails, else 0."""
    kept: list[str] = []
    texts = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.txt")}
    wanted = wanted_files(texts, stage)
    with tempfile.TemporaryDirectory() as made:
        for name in with_included(texts, wanted):
            lines, local = split_local(texts[name])
            Path(made, name).write_text("\n".join(lines) + "\n", encoding="utf-8")
            kept += lines
            for line in local:
                print(f"{LEFT_OUT} {line.split(' --hash')[0]}", flush=True)
        hashes = ["--require-hashes"] if all_have_hashes(kept) else []
        python = ["--python", str(TARGET / "bin" / "python")]
        options = [*python, *hashes, "--link-mode", "copy"]
        files = [str(Path(made, name)) for name in wanted]
        # With a hash for each, everything must be named, and nothing is left to be resolved.
        if complete or hashes:
            command = [uv, "pip", "sync", "--allow-empty-requirements", *options, *files]
        else:
            command = [uv, "pip", "install", *options, *(f"--requirement={file}" for file in files)]
        venv = [uv, "venv", "--no-project", "--python", sys.executable, str(TARGET)]
        status = subprocess.run(venv, check=False).returncode
        if status or not kept or (hashes and _installed_from_cache(command)):
            return status
        return subprocess.run(command, check=False).returncode


def _installed_from_cache(command: list[str]) -> bool:
    """Whether earlier builds had all of it: what it is, the hashes say, so no index is asked."""
    done = subprocess.run([*command, "--offline"], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        print(done.stderr, end="", flush=True)
    return done.returncode == 0


def strip(target: Path) -> None:
    """Leave out what only shells use."""
    for script in (*(target / "bin").glob("*activate*"), target / "bin" / "pydoc.bat"):
        script.unlink(missing_ok=True)


def main(folder: str, uv: str, stage: str, extent: str) -> int:
    """The exit status."""
    status = install(Path(folder), uv, stage, complete=extent == "complete")
    if status:
        return status
    if stage == "prod":
        strip(TARGET)
    for name in (".lock", "CACHEDIR.TAG", ".gitignore"):
        (TARGET / name).unlink(missing_ok=True)
    settle(TARGET, Path("/made/layer"), BYTE_CODE)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
