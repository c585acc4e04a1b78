#!/usr/bin/env python3
"""`i release` with nothing to build, beside its uploads by the tools that are made for each.

usage: benchmarks/release.py [--repeats N] [--mbit N]

Each time there are a new repo, registry and index. A release is killed as it begins to push: wheel
and image are built, and tested. The same command then ends it. Beside it `docker push`, `uv
publish` and `git push` bring the same image, wheel and tag to another registry, index and remote.
Both registries take as many megabits in a second as `--mbit` says, as one elsewhere does.
Needs an engine, and a package index for what the image holds. Goal: at most 1.2.
"""

import argparse
import contextlib
import json
import os
import secrets
import socket
import socketserver
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP)]

from helpers.model import labels  # noqa: E402
from helpers.system.process import run  # noqa: E402
from tests import engine  # noqa: E402
from tests.builders import commit_all, git, make_repo, make_runnable_dir  # noqa: E402
from tests.package_indexes import (  # noqa: E402
    PASSWORD,
    USER,
    RunningIndex,
    make_environment,
    serve_index,
)
from tests.registries import Registry, serve_registry  # noqa: E402
from tests.servers import LOOPBACK, InThread  # noqa: E402
from tests.wheel_repos import package  # noqa: E402

_GOAL = 1.2
_DIR = "apps/forecast"
_PYTEST = (TOP / "tests/integration/pytest_requirements.txt").read_text()
# What a model needs, so that there is something to upload.
_HEAVY = "numpy==2.2.6\nscipy==1.15.3\npandas==2.3.0\npython-dateutil\npytz\nsix\ntzdata\n"
_APP = package("forecast", "flit") | {
    "requirements.txt": _PYTEST,
    "requirements_prod.txt": _HEAVY,
    "pytest.ini": "[pytest]\n",
    "src/forecast/__main__.py": "print('serving')\n",
    "tests/test_it.py": "import forecast\n\n\ndef test_it():\n    assert forecast.NAME\n",
    "devops/config.yaml": "entrypoint: [python, -m, forecast]\n",
}


class SlowRelay(InThread):
    """Hands connections on to a registry; all of them together send no more than so much."""

    def __init__(self, registry: Registry, mbit: int) -> None:
        host, _, port = registry.address.partition(":")
        free_at, lock = time.monotonic(), threading.Lock()

        def wait(size: int) -> None:
            nonlocal free_at
            with lock:
                free_at = max(free_at, time.monotonic()) + size * 8 / mbit / 1e6
                left = free_at - time.monotonic()
            time.sleep(max(0.0, left))

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection((host, int(port))) as other:
                    threading.Thread(target=copy, args=(other, self.request, None)).start()
                    copy(self.request, other, wait)

        server = socketserver.ThreadingTCPServer((LOOPBACK, 0), Handler)
        server.daemon_threads = True
        super().__init__(server)
        self.registry = Registry(f"{LOOPBACK}:{self.port}", registry.storage)


def copy(source: socket.socket, target: socket.socket, wait: Callable[[int], None] | None) -> None:
    """Copy until the source ends, and tell the target that it did."""
    with contextlib.suppress(OSError):
        while block := source.recv(1 << 16):
            if wait:
                wait(len(block))
            target.sendall(block)
        target.shutdown(socket.SHUT_WR)


def make(folder: Path, registry: Registry, index: RunningIndex) -> tuple[Path, str]:
    """A repo whose dir is ready to be released, and its name."""
    name = f"bench{secrets.token_hex(4)}"
    config = f"name: {name}\nregistry: {registry.address}/team\nrelease: {{}}\n{index.settings}"
    repo = make_repo(folder / "repo", {".gitignore": "tmp.*\n"}, config=config)
    make_runnable_dir(repo, _DIR, _APP)
    project = repo.root / _DIR / "pyproject.toml"
    project.write_text(project.read_text().replace('version = "1.2"', 'version = "0.0.0"'))
    commit_all(repo.root, "feat: begin")
    for remote in ("origin", "other"):
        git(folder, "init", "--quiet", "--bare", remote)
        git(repo.root, "remote", "add", remote, str(folder / remote))
        git(repo.root, "push", "--quiet", remote, "HEAD:main")
    git(repo.root, "fetch", "--quiet", "origin")
    return repo.root, name


def release(root: Path, until: str = "") -> float:
    """Seconds of `i release`; it is killed once it says that a step begins.

    Args:
        until: how that begins; empty: it goes to its end.
    """
    thin = run([sys.executable, "-I", TOP / "dev_scripts/thin_env.py", "ensure"])
    programs = Path(thin.stdout.strip()) / "bin"
    start = TOP / "helpers" / "tasks" / "start.py"  # as `i` does
    command: list[str | Path] = [programs / "python", "-I", start]
    command += ["--search-root", TOP, "release", "--dir", _DIR]
    command += ["--username", USER, "--password-stdin"]
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "DOCKER_CONFIG": str(root.parent)},
    )
    assert process.stdin
    assert process.stderr
    process.stdin.write(f"{PASSWORD}\n")
    process.stdin.close()
    said = []
    for line in process.stderr:
        said.append(line)
        if until and f"{_DIR}: {until}" in line:
            process.kill()
    status = process.wait()
    assert status == (-9 if until else 0), "".join(said[-20:])
    return time.perf_counter() - began


def upload(root: Path, image: str, registry: Registry, index: RunningIndex) -> float:
    """Seconds of the same uploads to elsewhere."""
    (wheel,) = root.glob("tmp.*/release_wheels/*/*.whl")
    other = f"{registry.address}/bench/forecast:v0.1.0"
    run(["docker", "tag", image, other])
    login = ("--username", USER, "--password", PASSWORD)
    began = time.perf_counter()
    run(["uv", "publish", "--quiet", "--publish-url", index.publish, *login, wheel])
    run(["docker", "push", "--quiet", other])
    run(["git", "push", "--quiet", "other", "forecast-v0.1.0"], cwd=root)
    taken = time.perf_counter() - began
    run(["docker", "rmi", "--no-prune", other])
    return taken


def main() -> int:
    """Print both times and their ratio; 1 where the goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--mbit", type=int, default=100)
    options = parser.parse_args()
    ours, theirs = [], []
    with TemporaryDirectory() as above:
        python = make_environment(Path(above).resolve() / "environment")
        for number in range(options.repeats):
            folder = Path(above).resolve() / str(number)
            with ExitStack() as running:
                start = running.enter_context
                served = [start(serve_registry(folder / f"registry{n}")) for n in range(2)]
                registries = [start(SlowRelay(one, options.mbit)).registry for one in served]
                indexes = [start(serve_index(python, folder / f"index{n}")) for n in range(2)]
                root, name = make(folder, registries[0], indexes[0])
                running.callback(engine.remove_images, {labels.REPO: name})
                release(root, until="push ")
                ours.append(release(root))
                image = f"{registries[0].address}/team/forecast:v0.1.0"
                theirs.append(upload(root, image, registries[1], indexes[1]))
    ratio = statistics.median(ours) / statistics.median(theirs)
    print(json.dumps({"release": ours, "uploads": theirs, "ratio": ratio, "goal": _GOAL}))
    return int(ratio > _GOAL)


if __name__ == "__main__":
    sys.exit(main())
