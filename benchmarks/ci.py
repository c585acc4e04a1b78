#!/usr/bin/env python3
"""What it costs to write, check and plan CI, beside `i dirs_why` and an empty job of act.

usage: <thin environment's python> benchmarks/ci.py [--repeats N] [--edits N] [--act PROGRAM]

--edits compares the plan with what `main_pytest.py --changed-since` chooses, after so many edits.
--act measures the job `plan` beside an empty one, with that program, by turns.
"""

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT)]

from helpers.ci.make_plan import plan_since  # noqa: E402
from helpers.ci.read_settings import ci_config_of  # noqa: E402
from helpers.inputs.repo_inputs import read_repo_inputs  # noqa: E402
from helpers.model.repo import Repo  # noqa: E402
from helpers.system.repo_files import load_repo  # noqa: E402
from helpers.testing.choose import choose  # noqa: E402
from helpers.testing.request import TestRequest  # noqa: E402
from helpers.vcs.discovery import discover_dirs  # noqa: E402
from tests.builders import (  # noqa: E402
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.toolchains import adopted_files, copy_toolchain  # noqa: E402

_JOB = "on: push\njobs: {only: {runs-on: ubuntu-latest, steps: [%s]}}\n"


def main() -> None:
    """Measure, and print a line for each goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--edits", type=int, default=0)
    parser.add_argument("--act", default="")
    asked = parser.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name).resolve()
        toolchain = copy_toolchain(folder / "toolchain")
        _measure_writing(folder, toolchain, asked.repeats)
        _measure_plan(_make(folder / "large", toolchain, 1000, 27), asked.repeats)
        if asked.act:
            _measure_job(_make(folder / "small", toolchain, 3, 1), asked.act, asked.repeats)
        if asked.edits:
            _compare(_make(folder / "edited", toolchain, 12, 3), asked.edits)


def _measure_writing(folder: Path, toolchain: Path, repeats: int) -> None:
    bare = _median(lambda: _i(toolchain, "--list"), repeats)
    for count, layout in ((1000, "one"), (100, "one"), (100, "per-dir"), (249, "per-dir")):
        root = _make(folder / f"{layout}{count}", toolchain, count, 1, layout)
        wrote = _median(lambda root=root: _rewrite(root), 3)  # type: ignore[misc]
        checked = _median(lambda root=root: _i(root, "ci_check"), repeats)  # type: ignore[misc]
        goals = {1000: "ci_sync 2 s", 100: "ci_check 0.5 s where bare i --list takes 0.1 s"}
        print(
            f"{count} dirs, layout {layout}: ci_sync {wrote:.2f} s, ci_check {checked:.2f} s, bare"
            f" i --list {bare:.2f} s (goal: {goals.get(count, 'none')})"
        )


def _rewrite(root: Path) -> None:
    for path in (root / ".github" / "workflows").glob("*.yml"):
        path.unlink()
    _i(root, "ci_sync")


def _measure_plan(root: Path, repeats: int) -> None:
    write_files(root, {"apps/app500/file1.txt": "changed\n"})
    commit_all(root)
    why = ("dirs_why", "--dir", "apps/app500", "--changed-since", "HEAD~1")
    plans, whys = [], []
    for _ in range(repeats):
        whys.append(_median(lambda: _i(root, *why), 1))
        plans.append(_median(lambda: _i(root, "ci_plan", "--base", "HEAD~1"), 1))
    plan, reason = statistics.median(plans), statistics.median(whys)
    files = len(git(root, "ls-files").splitlines())
    print(
        f"1000 dirs, {files} files: ci_plan {plan:.2f} s (goal 0.5 s), beside i dirs_why"
        f" {reason:.2f} s: {plan / reason:.2f} (goal 1.3)"
    )


def _measure_job(root: Path, act: str, repeats: int) -> None:
    _i(root, "ci_sync")
    text = (root / ".github/workflows/ci.yml").read_text()
    actions = set(re.findall(r"uses: (actions/\S+)", text))
    checkout = next(one for one in actions if one.startswith("actions/checkout@"))
    alone = {"empty.yml": "{run: 'true'}", "checkout.yml": f"{{uses: {checkout}}}"}
    write_files(root, {name: _JOB % step for name, step in alone.items()})
    commit_all(root)
    for clone in (root, root / "helpers_root"):
        git(clone, "repack", "-a", "-d", "--quiet")  # as in a clone: act copies each file
    event = root.parent / "event.json"
    event.write_text(
        '{"ref": "refs/heads/main", "before": "' + git(root, "rev-parse", "HEAD") + '"}'
    )
    command = [act, "push", "-e", event, "-P", "ubuntu-latest=-self-hosted", "--no-cache-server"]
    stand_in = root.parent / "stand_in"
    step = "runs: {using: composite, steps: [{run: 'true', shell: bash}]}\n"
    write_files(stand_in, {f"{part}action.yml": step for part in ("", "restore/", "save/")})
    for used in actions:
        name, _, commit = used.partition("@")
        repo = "/".join(name.split("/")[:2])
        command += ["--local-repository", f"{repo}@{commit}={stand_in}"]
    jobs = {name.partition(".")[0]: [*map(str, command), "-W", name] for name in alone}
    jobs["plan"] = [*map(str, command), "-j", "plan"]
    above = _seconds_above("empty", jobs, root, repeats)
    print(
        f"plan under act: {statistics.median(above['plan']):.2f} s above an empty job, at most"
        f" {max(above['plan']):.2f} s in {repeats} turns (goal 1.5 s); of it act's own checkout"
        f" {statistics.median(above['checkout']):.2f} s; load {os.getloadavg()[0]:.1f}"
    )


def _seconds_above(
    least: str, jobs: Mapping[str, Sequence[str]], root: Path, repeats: int
) -> dict[str, list[float]]:
    """What each job takes above the least one in the same turn, so that both have the same load.

    Act copies the checkout into its cache and removes it again. That cache is in memory where that
    is possible: a file system without a journal makes files slowly for a minute after others were
    removed, ten times so after act has run a few times.
    """
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as cache:
        turns = [
            {
                name: _median(lambda c=c: _run(c, root, XDG_CACHE_HOME=cache), 1)  # type: ignore[misc]
                for name, c in jobs.items()
            }
            for _ in range(repeats + 1)
        ]
    # The first one finds nothing in the caches of the disk.
    return {name: [turn[name] - turn[least] for turn in turns[1:]] for name in jobs}


def _compare(root: Path, edits: int) -> None:
    """The plan and the run choose the same dirs, whatever was edited."""
    chance = random.Random(1)
    repo = load_repo(root)
    base = git(root, "rev-parse", "HEAD")
    for number in range(edits):
        _edit(root, chance)
        if number % 50 == 49:
            git(root, "checkout", "--quiet", "--", ".")
            git(root, "clean", "--quiet", "-d", "--force")
        planned, chosen = _planned(repo, base), _chosen(repo, base)
        assert planned == chosen, (number, planned, chosen)
    print(f"{edits} random edits: the plan equals main_pytest.py --changed-since")


def _planned(repo: Repo, base: str) -> list[str]:
    plan = plan_since(repo, ci_config_of(repo), base)
    return sorted(name for part in plan.parts for name in part.dirs)


def _chosen(repo: Repo, base: str) -> list[str]:
    every = tuple(discover_dirs(repo))
    request = TestRequest(dirs=every, every_dir=every, since=base)
    return sorted(item.name for item in choose(request, read_repo_inputs(repo)).dirs)


def _edit(root: Path, chance: random.Random) -> None:
    name = f"apps/app{chance.randrange(14)}"
    kind = chance.choice(["change", "add", "remove", "shared", "depend", "outside", "dir"])
    text = f"{chance.random()}\n"
    if kind == "remove":
        (root / name / "file0.txt").unlink(missing_ok=True)
    elif kind == "depend":
        target = f"shared/s{chance.randrange(3)}"
        write_files(root, {f"{name}/devops/config.yaml": f"depends_on: [{target}]\n"})
    elif kind == "dir":
        version = f"# app-1.0.{chance.randrange(9)}\n- 2026-01-02\n- Change\n"
        write_files(root, {f"{name}/changelog.txt": version})
    else:
        places = {"shared": f"shared/s{chance.randrange(3)}/x.txt", "outside": "README.md"}
        added = f"{name}/new{chance.randrange(5)}.txt" if kind == "add" else f"{name}/file1.txt"
        write_files(root, {places.get(kind, added): text})


def _make(root: Path, toolchain: Path, count: int, files: int, layout: str = "one") -> Path:
    """A repo with so many dirs, each with so many files besides those that make it one."""
    repo = make_repo(root, config=f"name: bench\nci: {{layout: {layout}}}\n")
    for number in range(count):
        content = {f"file{one}.txt": f"{number} {one}\n" for one in range(files)}
        content["devops/config.yaml"] = f"depends_on: [shared/s{number % 3}]\n"
        make_runnable_dir(repo, f"apps/app{number}", content)
    write_files(root, {f"shared/s{number}/x.txt": "1\n" for number in range(3)})
    write_files(root, {".gitignore": "tmp.*\n", **adopted_files()})
    commit_all(root)
    add_submodule(root, "helpers_root", toolchain)
    return root


def _i(root: Path, *words: str) -> None:
    toolchain = root / "helpers_root" if (root / "helpers_root").is_dir() else root
    _run([toolchain / "dev_scripts" / "path" / "i", *words], root)


def _run(command: Sequence[str | Path], root: Path, **env: str) -> None:
    env = {**os.environ, **env}
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _median(job: Callable[[], None], repeats: int) -> float:
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        job()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
