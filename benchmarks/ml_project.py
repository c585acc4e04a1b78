#!/usr/bin/env python3
"""A model project from nothing to a passed test, beside the raw install of what it depends on.

usage: <thin environment's python> benchmarks/ml_project.py [--repeats N]

Ours is all that a person types: create, build, train, test, each in the dir's own container. Raw is
`uv pip install` of the very packages that the project locks, in one container of the same base
image, byte code included, and the same with pip, and nothing else: no training, no test.

Both are cold: no package of either is in any cache. So that nobody else's caches are emptied for
it, ours builds by a copy of the toolchain whose builds of environments have a cache of their own;
the base image and what all dirs have in common are there, as where one project was built before.
Needs a Docker Engine, uv, and a machine that does nothing else.
"""

import argparse
import os
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "dev_scripts"), str(TOP / "benchmarks")]

import thin_env  # noqa: E402 - the path comes first
from main_job import commit, write  # noqa: E402

from helpers.engine.client import Client  # noqa: E402
from helpers.engine.endpoint import find_endpoint  # noqa: E402
from helpers.images.base.find import find_base_image  # noqa: E402
from helpers.images.installing.install_settings import install_variables  # noqa: E402
from helpers.model.labels import REPO  # noqa: E402
from helpers.model.repo import Repo  # noqa: E402
from helpers.model.settings.config import DEFAULT_BASE_IMAGE, RepoConfig  # noqa: E402
from helpers.system.host import read_host  # noqa: E402
from tests.toolchains import copy_toolchain  # noqa: E402

_GOAL = 1.1
# Where the Dockerfile begins to make environments, and the cache that it has for them.
_ENVIRONMENTS, _CACHE = "FROM uv AS dev_wheels", "id=helpers-uv,"
# What begins each of its steps.
_STEP = "UV_CACHE_DIR=/root/.cache/uv"
_BUNDLE = "/run/ca.pem"
_VENV = "python3 -m venv /opt/venv"
_UV = f"{_VENV} && uv pip install --quiet --python /opt/venv/bin/python --compile-bytecode"
_PIP = f"{_VENV} && /opt/venv/bin/python -m pip install --quiet --no-cache-dir --no-deps"


class Bench:
    """A repo with a toolchain of its own, whose caches are empty."""

    def __init__(self) -> None:
        self.uv = shutil.which("uv") or sys.exit("uv is not on PATH")
        self.token = f"bench-{secrets.token_hex(3)}"
        self.root = TOP / "tmp.helpers" / "bench" / self.token
        self.toolchain = copy_toolchain(self.root / "toolchain")
        dockerfile = self.toolchain / "devops" / "Dockerfile"
        shared, begin, own = dockerfile.read_text().partition(_ENVIRONMENTS)
        own = own.replace(_CACHE, f"id={self.token},")
        # Another cache alone is the same step to BuildKit, whose result it has from other builds.
        own = own.replace(_STEP, f"BENCH={self.token} {_STEP}")
        dockerfile.write_text(f"{shared}{begin}{own}")
        commit(self.toolchain)
        self.repo = self.root / "repo"
        write(self.repo / "repo_config.yaml", f"name: {self.token}\n")
        write(self.repo / ".gitignore", "tmp.*\n")
        commit(self.repo)
        self.python = str(thin_env.ensure() / "bin" / "python")
        self.parts: dict[str, float] = {}

    def ours(self) -> None:
        """Create, build, train, test."""
        train = "python -m churn.run train --model olsr --seed 7 --out artifacts"
        create = ["runnable_dir_create", "--template", "ml", "--dir", "apps/churn", "--yes"]
        at = ["--dir", "apps/churn"]
        self._part("create", lambda: self._task(*create))
        self._part("build", lambda: self._task("docker_build_local_image", *at))
        self._part("train", lambda: self._task("docker_cmd", *at, "--cmd", train))
        tests = [self.python, str(self.toolchain / "main_pytest.py"), *at, "--suite", "all"]
        self._part("test", lambda: run(tests, self.repo))

    def by_uv(self) -> None:
        """The same packages by uv."""
        self._in_container(f"{_UV} --require-hashes --requirement /run/requirements.txt")

    def by_pip(self) -> None:
        """The same packages by pip."""
        self._in_container(f"{_PIP} --require-hashes --requirement /run/requirements.txt")

    def write_requirements(self) -> None:
        """What the project locks, for both raw ways; its pip form has the same packages."""
        create = ["--template", "ml", "--dir", "apps/by_pip", "--data", "lock=pip", "--yes"]
        self._task("runnable_dir_create", *create)
        folder = self.repo / "apps" / "by_pip" / "requirements"
        texts = [(folder / f"{name}.txt").read_text() for name in ("default", "dev")]
        write(self.root / "requirements.txt", _once("".join(texts)))
        shutil.rmtree(folder.parent)

    def end(self) -> None:
        """Remove what was made, the cache included."""
        found = ["docker", "images", "--quiet", "--filter", f"label={REPO}={self.token}"]
        self._task("docker_kill", "--all")
        for image in sorted(set(run(found, self.root).split())):
            run(["docker", "rmi", "--force", image], self.root)
        used = run(["docker", "buildx", "du", "--verbose"], self.root)
        for record in used.split("\n\n"):
            name = re.search(r"^ID:\s+(\S+)", record, re.MULTILINE)
            if name and self.token in record:
                # All: layers of an image that is gone are shared ones to BuildKit still.
                prune = ["docker", "buildx", "prune", "--all", "--force"]
                run([*prune, "--filter", f"id={name[1]}"], self.root)
        shutil.rmtree(self.root, ignore_errors=True)

    def _part(self, name: str, work: Callable[[], object]) -> None:
        self.parts[name] = _seconds(work)

    def _task(self, *words: str) -> str:
        start = str(self.toolchain / "helpers" / "tasks" / "start.py")
        command = [self.python, "-I", start, "--search-root", str(self.toolchain), *words]
        return run(command, self.repo)

    def _in_container(self, script: str) -> None:
        bundle = os.environ.get("SSL_CERT_FILE", "")
        variables = install_variables(read_host())
        mounts = {
            self.uv: "/usr/local/bin/uv",
            str(self.root / "requirements.txt"): "/run/requirements.txt",
        }
        if bundle:
            mounts[bundle] = _BUNDLE
            names = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE")
            variables |= dict.fromkeys(names, _BUNDLE)
        command = ["docker", "run", "--rm", "--entrypoint", "sh"]
        command += [f"--volume={source}:{target}:ro" for source, target in mounts.items()]
        command += [f"--env={name}={value}" for name, value in variables.items()]
        run([*command, self._base(), "-ec", script], self.root)

    def _base(self) -> str:
        """The base image of the project, which is there once it was built."""
        host = read_host()
        client = Client(find_endpoint(host.environment))
        repo = Repo(self.repo, self.toolchain, RepoConfig(self.token))
        found = find_base_image(repo, client, DEFAULT_BASE_IMAGE, host.platform)
        assert found
        return found.reference


def run(command: Sequence[str], cwd: Path) -> str:
    """Run a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return done.stdout


def _once(text: str) -> str:
    """Requirements with each package once."""
    joined = re.sub(r"\\\n\s*", " ", text)
    lines = {one.partition("==")[0]: one for one in joined.splitlines() if "==" in one}
    return "\n".join(lines.values()) + "\n"


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def main() -> None:
    """Measure in turns, and print medians and the median of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    rows = []
    for _ in range(parser.parse_args().repeats):
        bench = Bench()
        try:
            bench.write_requirements()
            rows.append(tuple(map(_seconds, (bench.ours, bench.by_uv, bench.by_pip))))
            parts = ", ".join(f"{name} {taken:.1f} s" for name, taken in bench.parts.items())
            print(f"{parts}; uv {rows[-1][1]:.1f} s, pip {rows[-1][2]:.1f} s", flush=True)
        finally:
            bench.end()
    ours, *raw = (statistics.median(row[side] for row in rows) for side in range(3))
    print(f"create, build, train, test, cold: {ours:.1f} s")
    for side, (name, taken) in enumerate(zip(("uv", "pip"), raw, strict=True), start=1):
        ratio = statistics.median(row[0] / row[side] for row in rows)
        print(f"  {name} pip install, cold: {taken:.1f} s; ratio {ratio:.2f} (goal {_GOAL})")


if __name__ == "__main__":
    main()
