#!/usr/bin/env python3
"""`i package_publish` of ten wheels that are on the index already, beside `uv publish` of them.

usage: benchmarks/publish.py [--wheels N] [--modules N] [--repeats N] [--latency MILLISECONDS]

Needs no engine: the wheels are written as they would have been built. The index is pypiserver on
this machine, with a password; a second time its answers take as long as those of one elsewhere.
`uv publish` asks it what it has (`--check-url`). Goal: at most 1.1.
"""

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP)]

from helpers.inputs.repo_inputs import read_repo_inputs  # noqa: E402
from helpers.model.repo import Repo  # noqa: E402
from helpers.model.wheel import Mode  # noqa: E402
from helpers.system.process import run  # noqa: E402
from helpers.wheels.archive import (  # noqa: E402
    INPUTS_FILE,
    METADATA,
    WHEEL,
    Entry,
    info_name,
    write_wheel,
)
from helpers.wheels.options import BuildOptions  # noqa: E402
from helpers.wheels.plan import plan_wheels  # noqa: E402
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files  # noqa: E402
from tests.package_indexes import PASSWORD, USER, make_environment, serve_index  # noqa: E402
from tests.registries import Fault  # noqa: E402
from tests.wheel_repos import package  # noqa: E402

_GOAL = 1.1


def make(root: Path, settings: str, count: int, modules: int) -> None:
    """A repo of projects whose wheels are in `dist`."""
    repo = make_repo(root, {".gitignore": "tmp.*\ndist\n"}, config=f"name: bench\n{settings}")
    text = "".join(f"def f{n}() -> int:\n    return {n}\n\n\n" for n in range(50))
    for number in range(count):
        place = f"projects/p{number}"
        files = package(f"bench-p{number}", "hatch")
        files |= {f"src/bench_p{number}/m{n}.py": text for n in range(modules)}
        write_files(root / place, files)
        make_runnable_dir(repo, place)
    commit_all(root)
    (root / "dist").mkdir()
    for number in range(count):
        write_built(repo, f"projects/p{number}")


def write_built(repo: Repo, name: str) -> None:
    """The wheel of a project, as `package_build` would make it."""
    out = repo.root / "dist"
    (plan,) = plan_wheels(read_repo_inputs(repo), name, BuildOptions(out=out, mode=Mode.VENDOR))
    stem = info_name(plan.own.name, plan.own.version)
    info = f"{stem}.dist-info"
    said = {
        METADATA: f"Metadata-Version: 2.4\nName: {plan.own.name}\nVersion: {plan.own.version}\n",
        WHEEL: "Wheel-Version: 1.0\nGenerator: helpers\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        INPUTS_FILE: json.dumps({"inputs": plan.inputs}),
    }
    source = repo.root / name / "src"
    files = {
        str(path.relative_to(source)): Entry(path.read_bytes()) for path in source.rglob("*.py")
    }
    files |= {f"{info}/{one}": Entry(text.encode()) for one, text in said.items()}
    write_wheel(out / f"{stem}-py3-none-any.whl", files, info, 1_700_000_000)


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> int:
    """Print both times and their ratio; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheels", type=int, default=10)
    parser.add_argument("--modules", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--latency", type=int, default=40)
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        python = make_environment(folder / "environment")
        with serve_index(python, folder / "index") as index:
            root = folder / "repo"
            make(root, index.settings, options.wheels, options.modules)
            wheels = sorted((root / "dist").glob("*.whl"))
            login = ("--username", USER, "--password", PASSWORD)
            # It asks what is there with the login of that address alone.
            check = index.simple.replace("//", f"//{USER}:{quote(PASSWORD)}@", 1)
            urls = ("--publish-url", index.publish, "--check-url", check)
            uv: list[str | Path] = ["uv", "publish", "--quiet", *urls, *login, *wheels]
            thin = run([sys.executable, "-I", TOP / "dev_scripts/thin_env.py", "ensure"])
            python3 = Path(thin.stdout.strip()) / "bin" / "python"
            task: list[str | Path] = [python3, "-I", TOP / "helpers" / "tasks" / "start.py"]
            task += ["--search-root", TOP, "package_publish", "--all"]
            task += ["--username", USER, "--password-stdin"]

            def ours() -> None:
                done = run(task, cwd=root, stdin=f"{PASSWORD}\n")
                assert done.stdout.count("has it already") == options.wheels, done.stdout

            run(task, cwd=root, stdin=f"{PASSWORD}\n")
            run(uv)
            print(f"{options.wheels} wheels that are there; load {os.getloadavg()[0]:.1f}")
            missed = False
            for milliseconds in (0, options.latency):
                index.proxy.clear()
                index.proxy.fail(Fault(".", times=10**6, delay=milliseconds / 1000))
                pairs = [(timed(ours), timed(lambda: run(uv))) for _ in range(options.repeats)]
                own, raw = (statistics.median(one[side] for one in pairs) for side in (0, 1))
                ratio = statistics.median(one[0] / one[1] for one in pairs)
                print(
                    f"an answer takes {milliseconds} ms more: package_publish {own:.2f} s,", end=""
                )
                print(f" uv publish {raw:.2f} s: {ratio:.2f} (goal {_GOAL})")
                missed = missed or ratio > _GOAL
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
