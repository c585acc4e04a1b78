#!/usr/bin/env python3
"""Commands on 2,000 dirs in 20 repos, beside bare `invoke --list` in the same run.

usage: <python of the thin environment> benchmarks/many_dirs.py [--repos N] [--dirs N] [--repeats N]

The repos are submodules of one; each has as many dirs, one in ten of which uses another by path.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "dev_scripts"), str(TOP / "benchmarks")]

import thin_env  # noqa: E402 - the path comes first
from main_job import commit, write  # noqa: E402

# Seconds where bare `invoke --list` takes a tenth of one.
_GOAL, _BARE = 3.0, 0.1
_COMMANDS = (
    "i dirs_graph", "i ci_plan", "i dependency_conflicts", "i release_next --all",
    "i sync_check", "i changelog_check", "./main_pytest.py --changed --allow-no-tests",
)  # fmt: skip


def main() -> int:
    """Make the repos, measure in turns, and print seconds and multiples of bare invoke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repos", type=int, default=20)
    parser.add_argument("--dirs", type=int, default=100, help="in each repo")
    parser.add_argument("--repeats", type=int, default=3)
    wanted = parser.parse_args()
    folder = TOP / "tmp.helpers" / "bench" / "many_dirs"
    shutil.rmtree(folder, ignore_errors=True)
    root = _make(folder, wanted.repos, wanted.dirs)
    programs = thin_env.ensure() / "bin"
    found: dict[str, list[float]] = {name: [] for name in ("invoke --list", *_COMMANDS)}
    for _ in range(wanted.repeats):
        for name, times in found.items():
            times.append(_seconds(_command(name, programs, root), root))
    bare = statistics.median(found["invoke --list"])
    print(f"{wanted.repos * wanted.dirs} dirs; goal for each: {_GOAL / _BARE:.0f}")
    for name, times in found.items():
        seconds = statistics.median(times)
        print(f"{name:46} {seconds:6.2f} s {seconds / bare:6.1f}")
    shutil.rmtree(folder)
    return 0


def _command(name: str, programs: Path, root: Path) -> list[str]:
    program, *words = name.split()
    python, search = str(programs / "python"), ("--search-root", str(root))
    if program == "invoke":
        return [str(programs / "invoke"), "--search-root", str(TOP), *words]
    toolchain = root / "tools"
    if program == "i":
        return [python, "-I", str(toolchain / "helpers" / "tasks" / "start.py"), *search, *words]
    return [python, str(toolchain / "main_pytest.py"), *words]


def _make(folder: Path, repos: int, dirs: int) -> Path:
    """The outermost repo: the toolchain, and repos of dirs, as submodules."""
    root = folder / "root"
    write(root / "repo_config.yaml", "name: bench\nrelease: {}\n")
    write(root / ".gitignore", "tmp.*\n")
    commit(root)
    add = ["git", "-c", "protocol.file.allow=always", "submodule", "--quiet", "add"]
    subprocess.run([*add, str(TOP), "tools"], cwd=root, check=True)
    for number in range(repos):
        inner = folder / f"repo{number:02}"
        write(inner / "repo_config.yaml", f"name: repo{number:02}\nrelease: {{}}\n")
        for index in range(dirs):
            _make_dir(inner / f"app{index:03}", f"app{number:02}{index:03}", uses=index % 10 == 1)
        commit(inner)
        subprocess.run([*add, str(inner), inner.name], cwd=root, check=True)
    shutil.copy(root / "tools" / "tasks.py", root / "tasks.py")
    commit(root)
    return root


def _make_dir(folder: Path, name: str, *, uses: bool) -> None:
    before = f"app{int(folder.name[3:]) - 1:03}"
    write(folder / "devops" / "os_packages.txt", "# none\n")
    write(folder / "changelog.txt", f"# {name}-1.0.0\n- 2026-01-02\n- First version\n")
    write(folder / "requirements.txt", f"pytest==8.4.2\n{f'-e ../{before}' if uses else ''}\n")
    write(folder / "app.py", f'"""{name}."""\n')
    write(folder / "test_app.py", "def test_app() -> None:\n    assert True\n")


def _seconds(command: list[str], cwd: Path) -> float:
    began = time.perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):  # a check that finds something ends with 1
        sys.exit(f"{command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
