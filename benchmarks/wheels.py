#!/usr/bin/env python3
"""What a wheel of a project with three packages by path costs, against `uv build` of the four.

usage: benchmarks/wheels.py [--modules N] [--repeats N]

Makes a scratch repo below this one; needs an engine, and a package index. The dir's builder image
is there before anything is measured. Both have a cache of their own: empty at first, and then with
the backends in it. Goals: cold at most 1.2 of `uv build` of the four one after another, merging
alone at most 100 ms, nothing changed at most 0.15.
"""

import argparse
import os
import secrets
import shutil
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP)]

from helpers.model import labels  # noqa: E402
from helpers.model.wheel import Mode  # noqa: E402
from helpers.system.process import run  # noqa: E402
from helpers.wheels.archive import read_wheel, write_wheel  # noqa: E402
from helpers.wheels.check import read_back  # noqa: E402
from helpers.wheels.merge import merge  # noqa: E402
from helpers.wheels.part import Part, Stamp  # noqa: E402
from tests import engine  # noqa: E402
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files  # noqa: E402
from tests.wheel_repos import whole  # noqa: E402

_PLACES = ("libs/log", "libs/text", "libs/store", "projects/api")
_LIMITS = {"cold": 1.2, "nothing changed": 0.15}
_MERGE_MS = 100.0


def make(root: Path, name: str, modules: int) -> None:
    """A project of uv's with packages of hatchling, setuptools and flit."""
    repo = make_repo(root, config=f"name: {name}\n", files=whole())
    for place in _PLACES:
        module = {"api": "api"}.get(place.rpartition("/")[2], f"{place.rpartition('/')[2]}_lib")
        text = "".join(f"def f{n}() -> int:\n    return {n}\n\n\n" for n in range(50))
        write_files(root / place / "src" / module, {f"m{n}.py": text for n in range(modules)})
    make_runnable_dir(repo, "projects/api")
    commit_all(root)


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


class Bench:
    """The two ways to build."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.cache, self.out = root.parent / "uv-cache", root.parent / "raw"
        environment = Path(
            run(["python3", "-I", TOP / "dev_scripts/thin_env.py", "ensure"]).stdout.strip()
        )
        python, start = environment / "bin/python", TOP / "helpers/tasks/start.py"
        self.invoke: list[str | Path] = [python, "-I", start, "--search-root", TOP]

    def forget_caches(self) -> None:
        """Leave neither of them anything."""
        shutil.rmtree(self.cache, ignore_errors=True)
        shutil.rmtree(self.root / "tmp.helpers/dependencies", ignore_errors=True)

    def raw(self) -> None:
        """`uv build` of the four, one after another."""
        for place in _PLACES:
            run(
                ["uv", "build", "--quiet", "--out-dir", self.out, self.root / place],
                env={"UV_CACHE_DIR": str(self.cache)},
            )
        run(["git", "clean", "-qdfX"], cwd=self.root / "projects")

    def ours(self, *, anew: bool = True) -> None:
        """The command, as typed."""
        if anew:
            shutil.rmtree(self.root / "dist", ignore_errors=True)
        run([*self.invoke, "package_build", "--dir", "projects/api"], cwd=self.root)

    def merge(self) -> float:
        """Milliseconds of merging, writing and reading back."""
        names = ("api", "text_lib", "store_lib", "log_lib")
        parts = [Part(name, read_wheel(next(self.out.glob(f"{name}-*.whl")))) for name in names]
        stamp = Stamp("0" * 64, 1_700_000_000, Mode.VENDOR)

        def work() -> None:
            made = merge(parts, stamp)
            path = self.root.parent / made.file_name
            write_wheel(path, made.files, made.info, stamp.seconds)
            read_back(path, names, ())

        return statistics.median(timed(work) for _ in range(5)) * 1000


def main() -> int:
    """Print the figures; 1 where a goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--modules", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    name = f"bench{secrets.token_hex(3)}"
    root = TOP / "tmp.helpers" / "bench" / name / "repo"
    root.mkdir(parents=True)
    try:
        make(root, name, options.modules)
        bench = Bench(root)
        bench.ours()  # makes the builder image
        found: dict[str, list[tuple[float, float]]] = {
            "cold": [],
            "warm": [],
            "nothing changed": [],
        }
        for _ in range(options.repeats):
            bench.forget_caches()
            found["cold"].append((timed(bench.ours), timed(bench.raw)))
            found["warm"].append((timed(bench.ours), timed(bench.raw)))
            same = timed(lambda: bench.ours(anew=False))
            found["nothing changed"].append((same, found["warm"][-1][1]))
        merging = bench.merge()
    finally:
        engine.remove_images({labels.REPO: name})
        shutil.rmtree(root.parent, ignore_errors=True)
    print(f"four packages of {options.modules} modules; load {os.getloadavg()[0]:.1f}")
    missed = merging > _MERGE_MS
    for what, pairs in found.items():
        ours, raw = (statistics.median(pair[side] for pair in pairs) for side in (0, 1))
        limit = _LIMITS.get(what)
        goal = f" (goal {limit})" if limit else ""
        print(f"{what:16} {ours:6.2f} s   uv build {raw:6.2f} s   {ours / raw:5.2f}{goal}")
        missed = missed or bool(limit and ours / raw > limit)
    print(f"merging alone    {merging:6.0f} ms (goal {_MERGE_MS:.0f})")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
