#!/usr/bin/env python3
"""What the main job costs, as ratios against the raw commands in the same run.

usage: benchmarks/main_job.py [--dirs N] [--repeats N]

Makes a scratch repo of N small runnable dirs below this repo, builds their images, and prints a
table: what was measured, its median, the raw command's median, the ratio, and the goal. A ratio
says more than a time: both sides are taken in turns on the same machine, whose engine has images
and containers of others too. Run it while the machine does nothing else.
"""

import argparse
import os
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "dev_scripts")]

import thin_env  # noqa: E402 - the path comes first
from busy_engine import busy_engine  # noqa: E402

_TEST = "def test_one():\n    assert True\n\n\ndef test_two():\n    assert True\n"
_REQUIREMENTS = TOP / "tests" / "integration" / "pytest_requirements.txt"
_PROGRAM = TOP / "dev_scripts" / "path" / "i"
_TRIVIAL_TASKS = "from invoke import task\n\n@task\ndef nothing(context):\n    '''Nothing.'''\n"


@dataclass(frozen=True)
class Figure:
    """One row of the table; times in seconds."""

    name: str
    ours: float
    raw: float
    goal: str

    def __str__(self) -> str:
        ratio = f"{self.ours / self.raw:6.2f}" if self.raw else "      "
        raw = f"{self.raw * 1000:8.0f}" if self.raw else "        "
        return f"{self.name:58} {self.ours * 1000:8.0f} {raw} {ratio}   {self.goal}"


class Bench:
    """A scratch repo of small runnable dirs, and the commands to be timed in it."""

    def __init__(self, dirs: int, root: Path | None = None) -> None:
        self.root = root or TOP / "tmp.helpers" / "bench" / secrets.token_hex(3)
        self.names = [f"dir{number}" for number in range(dirs)]
        self.images = [f"bench/helpers-bench-{name}:local-{_user()}-1.0.0" for name in self.names]
        self.environment = thin_env.ensure()
        python = self.environment / "bin" / "python"
        self.invoke = [str(python), "-I", str(self.environment / "bin" / "invoke")]
        # As `source setenv.sh` says it.
        os.environ.update(
            HELPERS_ACTIVE=str(_PROGRAM),
            HELPERS_ACTIVE_ROOT=str(TOP),
            HELPERS_ACTIVE_ENV=str(self.environment),
            HELPERS_ACTIVE_BLOCK="env --block-signal=INT",
        )

    def make(self) -> None:
        """Write and commit the repo, and build its images."""
        for name in self.names:
            write(
                self.root / name / "changelog.txt", f"# helpers-bench-{name}-1.0.0\n- 2026-01-01\n"
            )
            write(self.root / name / "devops" / "os_packages.txt", "")
            write(self.root / name / "requirements.txt", _REQUIREMENTS.read_text())
            write(self.root / name / "pytest.ini", "[pytest]\n")
            write(self.root / name / "test_it.py", _TEST)
        write(self.root / "repo_config.yaml", "name: bench\n")
        commit(self.root)
        self.run([*self.invoke, "--search-root", str(TOP), "docker_build_local_image", "--all"])

    def run(self, command: Sequence[str], cwd: Path | None = None) -> None:
        """Run a command that must succeed."""
        done = subprocess.run(
            command, cwd=cwd or self.root, capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")

    def main_pytest(self) -> None:
        """All dirs through the toolchain."""
        self.run([str(TOP / "main_pytest.py"), "--no-reuse"])

    def loop(self) -> None:
        """All dirs with `docker run`, one by one."""
        for name, image in zip(self.names, self.images, strict=True):
            self.run(self._docker_run(name, image))

    def xargs(self) -> None:
        """All dirs with `docker run`, as many at once as there are cores."""
        run = f"docker run --rm {self._places()} python -m pytest -q"
        self._side_by_side(run, zip(self.names, self.images, strict=True))

    def start_containers(self) -> None:
        """A container of each dir for `xargs_exec`."""
        start = f"docker run --detach --init --name bench-$0 {self._places()} sleep 1d"
        self._side_by_side(start, zip(self.names, self.images, strict=True))

    def xargs_exec(self) -> None:
        """All dirs with `docker exec` where containers run, as many at once as there are cores."""
        self._side_by_side("docker exec bench-$0 python -m pytest -q", ((n,) for n in self.names))

    def _places(self) -> str:
        return '-v "$PWD:$PWD" -w "$PWD/$0" "$1"'

    def _side_by_side(self, command: str, rows: Iterable[tuple[str, ...]]) -> None:
        """Run it once for each row, whose words are $0, $1 and so on."""
        xargs = ["xargs", f"-P{len(os.sched_getaffinity(0))}", "-L1", "sh", "-c", command]
        lines = "\n".join(" ".join(row) for row in rows)
        subprocess.run(
            xargs, input=lines, text=True, cwd=self.root, check=True, capture_output=True
        )

    def docker_cmd(self) -> None:
        """One command in a dir's container, by the program that `source setenv.sh` puts on PATH."""
        self.run([str(_PROGRAM), "docker_cmd", "--cmd", "true"], self.root / self.names[0])

    def docker_run(self) -> None:
        """The same with `docker run`."""
        self.run(["docker", "run", "--rm", self.images[0], "true"])

    def list_tasks(self) -> None:
        """The list of our tasks, from the program that `source setenv.sh` puts on PATH."""
        self.run([str(_PROGRAM), "--list"])

    def bare_list(self) -> None:
        """The list of one trivial task."""
        folder = self.root / "bare"
        write(folder / "tasks.py", _TRIVIAL_TASKS)
        self.run([*self.invoke, "--search-root", str(folder), "--list"])

    def forget_containers(self) -> None:
        """As after a reboot: no container is kept."""
        self.run(self.task("docker_kill"))

    def remove(self) -> None:
        """Leave nothing behind."""
        self.forget_containers()
        started = [f"bench-{name}" for name in self.names]
        subprocess.run(["docker", "rm", "--force", *started], capture_output=True, check=False)
        subprocess.run(["docker", "rmi", *self.images], capture_output=True, check=False)
        shutil.rmtree(self.root)

    def task(self, *args: str) -> list[str]:
        """The command of a task."""
        return [*self.invoke, "--search-root", str(TOP), *args]

    def _docker_run(self, name: str, image: str) -> list[str]:
        mount = f"{self.root}:{self.root}"
        place = ["-v", mount, "-w", str(self.root / name)]
        return ["docker", "run", "--rm", *place, image, "python", "-m", "pytest", "-q"]


def measure_tests(bench: Bench, repeats: int) -> list[Figure]:
    """`main_pytest.py` against the loop and against xargs."""
    bench.start_containers()
    cold, warm, loop, xargs, xargs_exec = in_turns(
        repeats,
        (bench.forget_containers, bench.main_pytest),
        (None, bench.main_pytest),
        (None, bench.loop),
        (None, bench.xargs),
        (None, bench.xargs_exec),
    )
    count = len(bench.names)
    return [
        Figure(f"main_pytest.py, {count} dirs, cold / docker run one by one", cold, loop, "0.35"),
        Figure(f"main_pytest.py, {count} dirs, warm / docker run one by one", warm, loop, "0.27"),
        Figure(f"main_pytest.py, {count} dirs, cold / xargs -P docker run", cold, xargs, "0.90"),
        Figure(f"main_pytest.py, {count} dirs, warm / xargs -P docker run", warm, xargs, ""),
        Figure(
            f"main_pytest.py, {count} dirs, warm / xargs -P docker exec", warm, xargs_exec, "1.15"
        ),
    ]


def measure_commands(bench: Bench, repeats: int) -> list[Figure]:
    """`i docker_cmd` and `i --list` against what they stand for."""
    cold, warm, raw, listed, bare = in_turns(
        repeats,
        (bench.forget_containers, bench.docker_cmd),
        (None, bench.docker_cmd),
        (None, bench.docker_run),
        (None, bench.list_tasks),
        (None, bench.bare_list),
    )
    return [
        Figure("docker_cmd true, cold / docker run true + bare invoke", cold, raw + bare, "1.10"),
        Figure("docker_cmd true, warm / docker run true + bare invoke", warm, raw + bare, ""),
        Figure("docker_cmd true, warm, beyond bare invoke", warm - bare, 0.0, "100 ms"),
        Figure("i --list / bare invoke --list", listed, bare, "1.25"),
    ]


def measure_discovery(repeats: int) -> Figure:
    """1,000 runnable dirs among 30,000 files."""
    from helpers.system.repo_files import load_repo
    from helpers.vcs.discovery import discover_dirs

    root = TOP / "tmp.helpers" / "bench" / f"discovery-{secrets.token_hex(3)}"
    for number in range(1000):
        folder = root / f"group{number // 50}" / f"app{number}"
        write(folder / "changelog.txt", f"# app{number}-1.0.0\n- 2026-01-01\n")
        write(folder / "devops" / "os_packages.txt", "")
        for file in range(28):
            write(folder / "src" / f"module{file}.py", "")
    write(root / "repo_config.yaml", "name: bench\n")
    commit(root)
    repo = load_repo(root)
    (seconds,) = in_turns(repeats, (None, lambda: _expect(len(discover_dirs(repo)), 1000)))
    shutil.rmtree(root)
    return Figure("discovery, 1,000 dirs among 30,000 files", seconds, 0.0, "500 ms")


def in_turns(
    repeats: int, *jobs: tuple[Callable[[], None] | None, Callable[[], object]]
) -> list[float]:
    """Median seconds of each job; they take turns, so that what else happens hits all alike."""
    times: list[list[float]] = [[] for _ in jobs]
    for _ in range(repeats):
        for (prepare, job), taken in zip(jobs, times, strict=True):
            if prepare:
                prepare()
            began = time.perf_counter()
            job()
            taken.append(time.perf_counter() - began)
    return [statistics.median(taken) for taken in times]


def _expect(found: int, wanted: int) -> None:
    if found != wanted:
        sys.exit(f"found {found}, not {wanted}")


def _user() -> str:
    import pwd

    return pwd.getpwuid(os.getuid()).pw_name


def write(path: Path, content: str) -> None:
    """Write a file, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)


def commit(root: Path) -> None:
    """Make a repo of a folder, with one commit."""
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "Bench"]):
        author = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"]
        subprocess.run(["git", *author, *command], cwd=root, check=True, capture_output=True)


def main() -> None:
    """Measure everything and print the table."""
    parser = argparse.ArgumentParser(description="Measure the main job against raw commands.")
    parser.add_argument("--dirs", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=5)
    parsed = parser.parse_args()
    bench = Bench(parsed.dirs)
    try:
        bench.make()
        with busy_engine():
            figures = measure_tests(bench, parsed.repeats) + measure_commands(bench, parsed.repeats)
    finally:
        if bench.root.exists():
            bench.remove()
    figures.append(measure_discovery(parsed.repeats))
    print(f"{'':58} {'ours ms':>8} {'raw ms':>8} {'ratio':>6}   goal: at most")
    for figure in figures:
        print(figure)


if __name__ == "__main__":
    main()
