#!/usr/bin/env python3
"""What it costs to find the images that are out of date, beside `i dirs` and a bare build.

usage: <thin environment's python> benchmarks/outdated.py [--repeats N]

Needs a Docker Engine, and a machine that does nothing else.
"""

import argparse
import secrets
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from tests.builders import commit_all, make_repo, make_runnable_dir, write_files  # noqa: E402

_SERVICE = {"svc.py": "", "devops/config.yaml": "entrypoint: [python3, svc.py]\n"}


def main() -> None:
    """Measure, and print a table; the images are removed in the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    name = f"bench{secrets.token_hex(4)}"
    with TemporaryDirectory() as folder:
        try:
            _measure(Path(folder).resolve(), name, repeats)
        finally:
            label = f"label=org.helpers.repo={name}"
            listed = subprocess.run(
                ["docker", "images", "--quiet", "--filter", label],
                capture_output=True,
                text=True,
                check=True,
            )
            if ids := sorted(set(listed.stdout.split())):
                subprocess.run(["docker", "rmi", "--force", *ids], check=True, capture_output=True)


def _measure(folder: Path, name: str, repeats: int) -> None:
    root = _make(folder / "many", name, 100)
    _i(root, "docker_build_prod_image", "--all")
    ours = _median(lambda: _i(root, "docker_build_prod_image", "--outdated"), repeats)
    listed = _median(lambda: _i(root, "dirs"), repeats)
    print(f"--outdated, 100 dirs, nothing changed: {ours:.2f} s (goal 1)")
    print(f"  beside i dirs ({listed:.2f} s): {ours / listed:.2f} (goal 1.5)")
    twenty = _make(folder / "twenty", name, 20, start=200)
    _i(twenty, "docker_build_prod_image", "--all")
    one: list[float] = []
    bare: list[float] = []
    for number in range(repeats):
        for found, words in ((one, ("--outdated",)), (bare, ("--dir", "apps/app200"))):
            text = f"# {number} {secrets.token_hex(4)}\n"
            write_files(twenty, {"apps/app200/svc.py": text})
            began = time.monotonic()
            _i(twenty, "docker_build_prod_image", *words)
            found.append(time.monotonic() - began)
    ratio = statistics.median(one) / statistics.median(bare)
    print(f"one of twenty changed, beside the build of that one: {ratio:.2f} (goal 1.1)")


def _make(root: Path, name: str, count: int, start: int = 0) -> Path:
    repo = make_repo(root, {".gitignore": "tmp.*\n"}, config=f"name: {name}\n", commit=False)
    for number in range(start, start + count):
        image = f"{name}_{number}"
        make_runnable_dir(repo, f"apps/app{number}", _SERVICE, image_name=image)
    commit_all(root)
    return root


def _median(run: Callable[[], None], repeats: int) -> float:
    run()
    taken = []
    for _ in range(repeats):
        began = time.monotonic()
        run()
        taken.append(time.monotonic() - began)
    return statistics.median(taken)


def _i(root: Path, *args: str) -> None:
    invoke = [sys.executable, "-I", str(Path(sys.executable).parent / "invoke")]
    command = [*invoke, "--search-root", str(ROOT), *args]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


if __name__ == "__main__":
    main()
