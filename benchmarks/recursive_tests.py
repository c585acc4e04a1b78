#!/usr/bin/env python3
"""What it costs to run only what must run, and to run it: each goal with its figure.

usage: benchmarks/recursive_tests.py [--repeats N] [--only NAME]...

The names are nothing_changed, affected, makespan and overhead; `main_job.py` has the figures of ten
small dirs against `docker run`. Repos are made below this repo and removed. Where a figure needs
many dirs, their images have the same layers, and their recorded passes are written by the
toolchain's own code; what is timed is the real command. Run it while the machine does nothing else.

nothing_changed leaves 1,100 images on the engine: give it one to throw away, by DOCKER_HOST.
"""

import argparse
import hashlib
import json
import os
import resource
import secrets
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "dev_scripts"), str(TOP / "benchmarks")]

from busy_engine import busy_engine  # noqa: E402 - the path comes first
from main_job import Bench, Figure, commit, write  # noqa: E402

from helpers.model import labels  # noqa: E402

_IMAGE = "app0"
_REQUIREMENTS = TOP / "tests" / "integration" / "pytest_requirements.txt"
_FILES_OF_A_DIR = 30
# Seconds that the tests of 30 dirs sleep: a few long ones, many short ones.
_LENGTHS = [3.0, 2.5, 2.0, 1.5] + [1.0] * 4 + [0.5] * 8 + [0.2] * 14


@contextmanager
def scratch_repo(tests: list[str], files: int = 5) -> Iterator[Path]:
    """A repo with a dir for each of the test files; the image of the first is built."""
    root = TOP / "tmp.helpers" / "bench" / secrets.token_hex(3)
    for number, text in enumerate(tests):
        folder = root / f"group{number // 50}" / f"app{number}"
        write(folder / "changelog.txt", f"# app{number}-1.0.0\n- 2026-01-01\n- First\n")
        write(folder / "devops" / "os_packages.txt", "")
        write(folder / "requirements.txt", _REQUIREMENTS.read_text())
        write(folder / "pytest.ini", "[pytest]\n")
        write(folder / "test_it.py", text)
        for module in range(files - 5):
            write(folder / "src" / f"module{module}.py", f"x = {module}\n")
    write(root / "repo_config.yaml", "name: bench\n")
    commit(root)
    bench = Bench(0, root)
    try:
        bench.run(bench.task("docker_build_local_image", "--dir", "group0/app0"))
        yield root
    finally:
        bench.forget_containers()
        # A thousand images that nobody needs make each command of an engine slower.
        own = f"--filter=label={labels.REPO}=bench"
        _output(["docker", "image", "prune", "--all", "--force", own])
        shutil.rmtree(root)


def measure_nothing_changed(repeats: int) -> list[Figure]:
    """The whole process, where every result is reused, against bare invoke."""
    figures = []
    for count, goal in ((100, "6"), (1000, "15")):
        with scratch_repo(["def test_a(): pass\ndef test_b(): pass\n"] * count) as root:
            _give_each_dir_its_image(root)
            _record_passes(root)
            taken = []
            for _ in range(repeats):
                began = time.perf_counter()
                shown = _main_pytest(root)
                taken.append(time.perf_counter() - began)
                _expect(shown.count(": passed (reused"), count * 2)
            name = f"nothing changed, {count} dirs, whole process"
            figures.append(Figure(name, statistics.median(taken), _bare_invoke(repeats), goal))
    return figures


def _bare_invoke(repeats: int) -> float:
    """Seconds of `invoke --list` where there is one task and nothing of ours."""
    taken = []
    with tempfile.TemporaryDirectory() as empty:
        write(Path(empty, "tasks.py"), "import invoke\n@invoke.task\ndef one(c): pass\n")
        for _ in range(repeats):
            began = time.perf_counter()
            command = [sys.executable, "-m", "invoke", "--list"]
            subprocess.run(command, cwd=empty, check=True, capture_output=True)
            taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def measure_affected(repeats: int) -> list[Figure]:
    """From one edit to the affected dirs, in a process that has imported what it needs."""
    from helpers.inputs.affected_dirs import changes_since
    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.system.repo_files import load_repo

    with scratch_repo(["def test_a(): pass\n"] * 1000, _FILES_OF_A_DIR) as root:
        repo = load_repo(root)
        (root / "group0" / "app0" / "test_it.py").write_text("def test_b(): pass\n")
        read_repo_inputs(repo)
        taken = []
        for _ in range(repeats):
            began = time.perf_counter()
            dirs = changes_since(repo, "HEAD", read_repo_inputs(repo)).dirs
            taken.append(time.perf_counter() - began)
            _expect(len(dirs), 1)
    name = "affected, 1,000 dirs and 30,000 files, warm"
    return [Figure(name, statistics.median(taken), 0.0, "300 ms")]


def measure_makespan(repeats: int) -> list[Figure]:
    """Wall time against max(longest dir, total work / slots); each from the run itself.

    A dir's work is what its tests take; the start of its container is ours to hide.
    """
    slots = len(os.sched_getaffinity(0))
    tests = [f"import time\ndef test_a(): time.sleep({seconds})\n" for seconds in _LENGTHS]
    walls, bounds = [], []
    with scratch_repo(tests) as root:
        _main_pytest(root, "--no-reuse")  # times are recorded
        for _ in range(repeats):
            began = time.perf_counter()
            _main_pytest(root, "--no-reuse")
            wall = time.perf_counter() - began
            summary = json.loads((root / "tmp.main_pytest/latest/summary.json").read_text())
            work = [_testing(item) for item in summary["dirs"].values()]
            walls.append(wall)
            bounds.append(max(*work, sum(work) / slots))
    name = "makespan, 30 uneven dirs / max(longest, work / slots)"
    return [Figure(name, statistics.median(walls), statistics.median(bounds), "1.10")]


def measure_overhead(repeats: int) -> list[Figure]:
    """What a dir costs beyond the calls of the engine that it cannot do without.

    Both sides do one dir after another: create, start, one command that runs pytest, remove. The
    raw side makes these calls with the same bodies and nothing else; ours is `--jobs 1` without
    the process itself, which is the time of a run of no dir. Ours starts the next container while
    a dir tests, so its wall time may be less; what it adds in any case is its own processor time.
    """
    count = 10
    with scratch_repo(["def test_a(): pass\n"] * count) as root:
        _main_pytest(root)  # images are built
        bench = Bench(0, root)
        ours, raw, empty, busy = [], [], [], []
        for _ in range(repeats):
            bench.forget_containers()
            raw.append(_timed(lambda: _raw_dirs(root, count)))
            before = _busy()
            ours.append(_timed(lambda: _main_pytest(root, "--no-reuse", "--jobs", "1")))
            between = _busy()
            empty.append(_timed(lambda: _main_pytest(root, "--changed")))
            busy.append((between - before) - (_busy() - between))
    per_dir = (statistics.median(ours) - statistics.median(empty)) / count
    raw_dir = statistics.median(raw) / count
    own = statistics.median(busy) / count
    return [
        Figure("one dir, ours / raw engine calls, one by one", per_dir, raw_dir, ""),
        Figure(
            "what we add to each dir, wall time beyond raw calls", per_dir - raw_dir, 0.0, "40 ms"
        ),
        Figure("what we add to each dir, processor time", own, 0.0, "40 ms"),
    ]


def _raw_dirs(root: Path, count: int) -> None:
    from helpers.containers.host_files import read_surroundings
    from helpers.containers.plan import Given, Options, Role, plan_container
    from helpers.engine.client import Client
    from helpers.engine.containers import create_container, remove_container, start_container
    from helpers.engine.endpoint import find_endpoint
    from helpers.engine.execs import run_command
    from helpers.images.resolve import choose_image
    from helpers.system.host import read_host
    from helpers.system.repo_files import load_repo, read_changelog

    repo, host = load_repo(root), replace(read_host(), is_terminal=False)
    client = Client(find_endpoint(host.environment))
    given = Given(host, Options(), read_surroundings(repo, host, client.endpoint))
    for number in range(count):
        item = repo.runnable_dir(f"group0/app{number}")
        chosen = choose_image(client, repo, read_changelog(item), host)
        plan = plan_container(repo, item, chosen, given, Role.TEST)
        made = create_container(client, f"bench-{secrets.token_hex(4)}", plan.body)
        assert made is not None
        start_container(client, made)
        command = ["sh", "-c", f"cd '{item.root}' && python -m pytest -q"]
        status, _ = run_command(client, made, command, f"{plan.user.uid}:{plan.user.gid}")
        _expect(status, 0)
        remove_container(client, made)


def _give_each_dir_its_image(root: Path) -> None:
    """As if the image of every dir had been built: all have the layers of the first one's.

    An archive of them all is loaded at once, since building a thousand takes ten minutes.
    """
    saved = root / "tmp.helpers" / "saved"
    saved.mkdir(parents=True)
    listed = ["docker", "image", "ls", f"--filter=reference=bench/{_IMAGE}"]
    reference = _output([*listed, "--format={{.Repository}}:{{.Tag}}"]).split()[0]
    subprocess.run(["docker", "save", "--output", saved / "first.tar", reference], check=True)
    subprocess.run(["tar", "--extract", "--file", "first.tar"], cwd=saved, check=True)
    (saved / "first.tar").unlink()
    index = json.loads((saved / "index.json").read_text())
    first = json.loads(_blob(saved, index["manifests"][0]["digest"]).read_text())
    if "manifests" in first:
        first = json.loads(_blob(saved, first["manifests"][0]["digest"]).read_text())
    config = json.loads(_blob(saved, first["config"]["digest"]).read_text())
    for folder in sorted(root.glob("group*/app*")):
        name = str(folder.relative_to(root))
        config["config"]["Labels"][labels.DIR] = name
        first["config"] |= _keep_blob(saved, config)
        own = reference.replace(_IMAGE, folder.name)
        index["manifests"].append(
            {
                "mediaType": first["mediaType"],
                **_keep_blob(saved, first),
                "annotations": {"io.containerd.image.name": f"docker.io/{own}"},
            }
        )
    (saved / "index.json").write_text(json.dumps(index))
    (saved / "manifest.json").unlink(missing_ok=True)
    _output(["sh", "-c", f"cd '{saved}' && tar --create . | docker load --quiet"])
    shutil.rmtree(saved)


def _blob(saved: Path, digest: str) -> Path:
    return saved / "blobs" / digest.replace(":", "/")


def _keep_blob(saved: Path, content: Any) -> dict[str, Any]:
    text = json.dumps(content).encode()
    digest = f"sha256:{hashlib.sha256(text).hexdigest()}"
    _blob(saved, digest).write_bytes(text)
    return {"digest": digest, "size": len(text)}


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _record_passes(root: Path) -> None:
    """As if the tests of every dir had passed before."""
    from helpers.containers.host_files import read_surroundings
    from helpers.engine.client import Client
    from helpers.engine.endpoint import find_endpoint
    from helpers.images.resolve import choose_image
    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.model.results.results import DirResult, DirState, TestCase, TestOutcome
    from helpers.system.host import read_host
    from helpers.system.repo_files import load_repo, read_changelog, read_dir_config
    from helpers.testing.request import TestRequest
    from helpers.testing.reuse.passes import Passes
    from helpers.testing.reuse.store import open_results

    repo, host = load_repo(root), read_host()
    inputs = read_repo_inputs(repo)
    client = Client(find_endpoint(host.environment))
    surroundings = read_surroundings(repo, host, client.endpoint)
    results = open_results(repo.root)
    passes = Passes(repo, host, TestRequest(), inputs, results, surroundings)
    tests = tuple(TestCase(f"test_it.py::test_{name}", TestOutcome.PASSED, 0.01) for name in "ab")
    for name in inputs.tree.dirs:
        item = repo.runnable_dir(name)
        chosen = choose_image(client, repo, read_changelog(item), host)
        passed = DirResult(name, DirState.PASSED, chosen.reference, 0.5, tests, version="1.0.0")
        parts = passes.parts(item, read_dir_config(item), chosen, "")
        passes.keep(parts, passed, "20260101-000000-000000")


def _testing(item: dict[str, Any]) -> float:
    phases = item["phases"]
    return float(sum(p["ended"] - p["began"] for p in phases if p["state"] == "testing"))


def _main_pytest(root: Path, *args: str) -> str:
    done = subprocess.run(
        [str(TOP / "main_pytest.py"), *args], cwd=root, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{args}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def _busy() -> float:
    """Processor seconds of all processes that were started and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _timed(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def _expect(found: object, wanted: object) -> None:
    if found != wanted:
        sys.exit(f"found {found}, not {wanted}")


_MEASURES: dict[str, Callable[[int], list[Figure]]] = {
    "nothing_changed": measure_nothing_changed,
    "affected": measure_affected,
    "makespan": measure_makespan,
    "overhead": measure_overhead,
}


def main() -> None:
    """Measure what is asked for, and print the table."""
    parser = argparse.ArgumentParser(description="Measure recursive tests against their goals.")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", action="append", choices=list(_MEASURES))
    parsed = parser.parse_args()
    print(f"{'':58} {'ours ms':>8} {'raw ms':>8} {'ratio':>6}   goal: at most")
    with busy_engine():
        for name in parsed.only or _MEASURES:
            for figure in _MEASURES[name](parsed.repeats):
                print(figure, flush=True)


if __name__ == "__main__":
    main()
