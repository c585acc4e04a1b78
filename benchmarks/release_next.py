#!/usr/bin/env python3
"""What it costs to work out the versions of all dirs, beside one `git log --name-only`.

usage: <thin environment's python> benchmarks/release_next.py [--dirs N] [--commits N] [--repeats N]

Needs a machine that does nothing else.
"""

import argparse
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
_MESSAGES = (
    *("fix: round up", "feat: discounts", "feat(api)!: prices", "docs: words", "Plain words"),
    "chore: raise pandas\n\nIt reads tables.\n\nRefs: #12",
)
_FIRST = 1_700_000_000


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--dirs", type=int, default=100)
    parser.add_argument("--commits", type=int, default=10_000)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "repo"
        _make(root, options.dirs, options.commits)
        _measure(root, "never released", options.repeats)
        for number in range(options.dirs):
            at = options.commits * (number + 1) // (options.dirs + 1)
            _git(root, "tag", f"d{number:03}-v1.0.0", f"HEAD~{at}")
        _measure(root, "released at as many commits", options.repeats)


def _measure(root: Path, what: str, repeats: int) -> None:
    pairs = []
    start = [sys.executable, "-I", str(ROOT / "helpers" / "tasks" / "start.py")]  # as `i` does
    command = [*start, "--search-root", str(ROOT), "release_next", "--all"]
    log = ["git", "log", "--name-only"]
    _seconds(root, command)  # what is parsed once
    begun = statistics.median(_seconds(root, [*command, "--help"]) for _ in range(repeats))
    for _ in range(repeats):
        pairs.append((_seconds(root, command), _seconds(root, log)))
    ours, raw = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    ratio = statistics.median(one / other for one, other in pairs)
    print(f"release_next --all, {what}: {ours:.2f} s, of which starting `i` {begun:.2f} s")
    print(f"  beside git log --name-only ({raw:.2f} s): {ratio:.2f} (goal 1.5)", flush=True)


def _seconds(root: Path, command: list[str]) -> float:
    began = time.monotonic()
    subprocess.run(command, cwd=root, check=True, capture_output=True)
    return time.monotonic() - began


def _make(root: Path, dirs: int, commits: int) -> None:
    root.mkdir()
    _git(root, "init", "--quiet", "--initial-branch=main")
    stream = b"".join(_history(dirs, commits))
    subprocess.run(["git", "fast-import", "--quiet", "--done"], cwd=root, input=stream, check=True)
    _git(root, "reset", "--quiet", "--hard")
    _git(root, "gc", "--quiet")


def _history(dirs: int, commits: int) -> Iterator[bytes]:
    chance = random.Random(1)
    for number in range(commits):
        yield b"commit refs/heads/main\n"
        yield f"committer A <a@example.org> {_FIRST + number * 60} +0000\n".encode()
        yield _data(chance.choice(_MESSAGES))
        for path, text in _first(dirs) if number == 0 else ():
            yield f"M 100644 inline {path}\n".encode() + _data(text)
        for _ in range(chance.randint(1, 4)):
            path = f"apps/d{chance.randrange(dirs):03}/src/m{chance.randrange(20)}.py"
            yield f"M 100644 inline {path}\n".encode() + _data(f"x = {chance.random()}\n")
    yield b"done\n"


def _first(dirs: int) -> Iterator[tuple[str, str]]:
    yield "repo_config.yaml", "name: bench\nrelease: {}\n"
    yield ".gitignore", "tmp.*\n"
    for number in range(dirs):
        name = f"d{number:03}"
        yield f"apps/{name}/pyproject.toml", f'[project]\nname = "{name}"\nversion = "0.0.0"\n'
        yield f"apps/{name}/changelog.txt", f"# {name}-1.0.0\n- 2026-01-01\n- First\n"
        yield f"apps/{name}/devops/os_packages.txt", "# none\n"


def _data(text: str) -> bytes:
    content = text.encode()
    return b"data %d\n%s\n" % (len(content), content)


def _git(root: Path, *args: str) -> None:
    subprocess.run(["git", *args], cwd=root, check=True)


if __name__ == "__main__":
    main()
