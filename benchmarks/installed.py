#!/usr/bin/env python3
"""What it costs that code is there as after `pip install -e`, when nothing changed.

usage: benchmarks/installed.py [--packages N] [--files N] [--repeats N]

Makes a scratch repo of one dir with N packages by path, of some files each, one of which has its
version from git; what building would give is put in place, so no engine is needed. Goal: at most
20 ms for a dir, besides reading the inputs, which every command that looks at them does once.
"""

import argparse
import os
import secrets
import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP)]

from helpers.images.installed.ensure import ensure_installed, reuse_state  # noqa: E402
from helpers.images.installed.key import project_key  # noqa: E402
from helpers.images.installed.projects import plan_projects  # noqa: E402
from helpers.images.installed.source import Source  # noqa: E402
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs  # noqa: E402
from helpers.model.repo import Repo  # noqa: E402
from helpers.system.host import read_host  # noqa: E402
from helpers.system.lease import working_folder  # noqa: E402
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files  # noqa: E402
from tests.installable import PACKAGES  # noqa: E402

_IMAGE = "sha256:bench"
_GOAL = 20.0


def make(root: Path, packages: int, files: int) -> Repo:
    """A dir with packages by path, of several backends in turn."""
    repo = make_repo(root)
    kinds = [PACKAGES[name] for name in ("flit", "hatch", "setuptools", "poetry", "pdm")]
    names = [f"libs/p{number}" for number in range(packages)]
    for number, name in enumerate(names):
        kind = PACKAGES["hatch_vcs"] if number == 0 else kinds[number % len(kinds)]
        write = {f"{name}/{path}": text for path, text in kind.items()}
        write |= {f"{name}/more/m{n}.py": f"VALUE = {n}\n" for n in range(files)}
        write_files(root, write)
    paths = "".join(f"-e ../../{name}\n" for name in names)
    make_runnable_dir(repo, "apps/one", {"requirements_paths.txt": paths})
    commit_all(root)
    return repo


def put_in_place(inputs: RepoInputs, folder: Path) -> None:
    """What building would have made."""
    folder.mkdir()
    (folder / "pythons.json").write_text(f'{{"{_IMAGE}": ["tag", "python", "site", "bin"]}}')
    for project in plan_projects(inputs, "apps/one"):
        if project.backend:
            made = folder / project_key(inputs, project, "tag") / "site"
            info = made / f"{made.parent.name}.dist-info"
            names = ("METADATA", "RECORD", "WHEEL", "direct_url.json", "entry_points.txt")
            write_files(info, dict.fromkeys(names, "x" * 500))


def timed(repeats: int, work: Any) -> float:
    """Median milliseconds."""
    found = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        found.append((time.perf_counter() - began) * 1000)
    return statistics.median(found)


def main() -> int:
    """Print the figures; 1 where the goal is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--packages", type=int, default=5)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--repeats", type=int, default=20)
    options = parser.parse_args()
    root = TOP / "tmp.helpers" / "bench" / secrets.token_hex(3)
    root.parent.mkdir(parents=True, exist_ok=True)
    try:
        repo = make(root, options.packages, options.files)
        inputs = read_repo_inputs(repo)
        put_in_place(inputs, working_folder(root) / "installed")
        item, host = repo.runnable_dir("apps/one"), read_host()
        client: Any = None  # nothing is built, so no engine is asked
        source = Source(inputs, item, host, client, _IMAGE, ())

        def ensure() -> None:
            inputs.git_states.clear()
            ensure_installed(source, lambda _: None)

        inputs_read = timed(options.repeats, lambda: read_repo_inputs(repo))
        found = timed(options.repeats, ensure)
        asked = timed(options.repeats, lambda: reuse_state(inputs, "apps/one"))
    finally:
        shutil.rmtree(root, ignore_errors=True)
    load = os.getloadavg()[0]
    print(f"{options.packages} packages of {options.files} files; load {load:.1f}")
    print(f"reading the inputs of the repo          {inputs_read:7.1f} ms")
    print(f"as if installed, nothing changed        {found:7.1f} ms (goal {_GOAL:.0f})")
    print(f"its part of the key of a recorded pass  {asked:7.1f} ms")
    return 0 if found <= _GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
