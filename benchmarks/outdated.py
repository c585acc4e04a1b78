#!/usr/bin/env python3
"""What it costs to find the images that are out of date, beside `i dirs` and a bare build.

usage: <thin environment's python> benchmarks/outdated.py [--dirs N] [--repeats N]

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

_CHANGED = "apps/app200"
_SERVICE = {"svc.py": "", "devops/config.yaml": "entrypoint: [python3, svc.py]\n"}


def main() -> None:
    """Measure, and print a table; the images are removed in the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--dirs", type=int, default=100)
    options = parser.parse_args()
    repeats, dirs = options.repeats, options.dirs
    name = f"bench{secrets.token_hex(4)}"
    with TemporaryDirectory() as folder:
        try:
            _measure(Path(folder).resolve(), name, repeats, dirs)
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


def _measure(folder: Path, name: str, repeats: int, dirs: int) -> None:
    root = _make(folder / "many", name, dirs)
    _built(root, dirs)

    def same() -> None:
        _i(root, "docker_build_prod_image", "--all", "--outdated")

    same()
    pairs = [(_seconds(same), _seconds(lambda: _i(root, "dirs"))) for _ in range(repeats)]
    ours, listed, ratio = _medians(pairs)
    print(f"--outdated, {dirs} dirs, nothing changed: {ours:.2f} s (goal 1)")
    print(f"  beside i dirs ({listed:.2f} s): {ratio:.2f} (goal 1.5)", flush=True)
    # The engine is asked for each image: no answer of it that names many takes less.
    images = [f"{name}_{number}:prod-1.0.0" for number in range(dirs)]
    inspect = ["docker", "image", "inspect", *images]
    pairs = [(_seconds(same), _seconds(lambda: _quiet(inspect, root))) for _ in range(repeats)]
    ours, asked, ratio = _medians(pairs)
    print(f"  beside docker image inspect of those ({asked:.2f} s): {ratio:.2f}", flush=True)
    twenty = _make(folder / "twenty", name, 20, start=200)
    _built(twenty, 20)
    pairs = [
        (_changed(twenty, "--outdated"), _changed(twenty, "--dir", _CHANGED))
        for _ in range(repeats)
    ]
    ours, bare, ratio = _medians(pairs)
    print(f"--outdated, one of twenty changed: {ours:.2f} s")
    print(f"  beside the build of that one ({bare:.2f} s): {ratio:.2f} (goal 1.1)")


def _changed(root: Path, *words: str) -> float:
    """Seconds of a build after a change of one dir."""
    write_files(root, {f"{_CHANGED}/svc.py": f"# {secrets.token_hex(8)}\n"})
    return _seconds(lambda: _i(root, "docker_build_prod_image", *words))


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _medians(pairs: list[tuple[float, float]]) -> tuple[float, float, float]:
    """Of both, and of their ratios: what else the machine does meets both of a pair."""
    one, other = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
    return one, other, statistics.median(one / other for one, other in pairs)


def _built(root: Path, count: int) -> None:
    began = time.monotonic()
    _i(root, "docker_build_prod_image", "--all")
    print(f"{count} images built in {time.monotonic() - began:.0f} s", flush=True)


def _make(root: Path, name: str, count: int, start: int = 0) -> Path:
    repo = make_repo(root, {".gitignore": "tmp.*\n"}, config=f"name: {name}\n", commit=False)
    for number in range(start, start + count):
        image = f"{name}_{number}"
        make_runnable_dir(repo, f"apps/app{number}", _SERVICE, image_name=image)
    commit_all(root)
    return root


def _i(root: Path, *args: str) -> None:
    start = [sys.executable, "-I", str(ROOT / "helpers" / "tasks" / "start.py")]
    _quiet([*start, "--search-root", str(ROOT), *args], root)


def _quiet(command: list[str], cwd: Path) -> None:
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)


if __name__ == "__main__":
    main()
