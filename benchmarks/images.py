#!/usr/bin/env python3
"""What the life of an image costs, beside the raw commands, all in one run.

usage: <thin environment's python> benchmarks/images.py [--repeats N]

Needs a Docker Engine and the program `docker-registry`, and a machine that does nothing else.
"""

import argparse
import json
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from busy_engine import busy_engine  # noqa: E402 - the path comes first

from helpers.system.lease import working_folder  # noqa: E402
from tests.builders import commit_all, make_repo, make_runnable_dir  # noqa: E402
from tests.registries import serve_registry  # noqa: E402

REQUIREMENTS = (ROOT / "tests" / "integration" / "pytest_requirements.txt").read_text()
DIRS = 20


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    folder = working_folder(ROOT) / "benchmark" / secrets.token_hex(4)
    folder.mkdir(parents=True)
    try:
        with busy_engine(), serve_registry(folder / "registry") as registry:
            bench = Bench(folder, registry.address, repeats)
            rows = [*bench.one_dir(), *bench.source_change(), *bench.sizes(), *bench.twenty_dirs()]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    width = max(len(row[0]) for row in rows)
    for what, figure, goal in rows:
        print(f"{what:{width}}  {figure:>12}  {goal}")


class Bench:
    """A repo with a service, and the commands that are measured."""

    def __init__(self, folder: Path, registry: str, repeats: int) -> None:
        self.folder = folder
        self.registry = registry
        self.repeats = repeats
        self.repo = self._make_repo("one", ["app"])

    def one_dir(self) -> Iterator[tuple[str, str, str]]:
        """Nothing changed: ours beside the same build with bare buildx."""
        self._i(self.repo, "docker_build_local_image", "--dir", "app")
        bare = self._bare_build(self.repo, "app")
        _run(bare)
        ours, raw = self._in_turns(
            lambda: self._i(self.repo, "docker_build_local_image", "--dir", "app"),
            lambda: _run(bare),
        )
        yield "nothing changed, one dir / bare buildx", f"{ours / raw:.2f}", "1.15"
        yield "  ours, bare", f"{ours:.2f} {raw:.2f} s", ""

    def source_change(self) -> Iterator[tuple[str, str, str]]:
        """One line of source: the production image rebuilt and pushed, beside a raw push."""
        source = self.repo / "app" / "svc" / "__init__.py"
        self._i(self.repo, "docker_create_candidate_image", "--dir", "app")
        ours, raw = [], []
        for number in range(self.repeats):
            source.write_text(f"ANSWER = {number}\n{secrets.token_hex(8)!r}\n")
            commit_all(self.repo)
            began = time.monotonic()
            done = self._i(self.repo, "docker_create_candidate_image", "--dir", "app")
            ours.append(time.monotonic() - began)
            reference = done.stdout.split()[-1]
            fresh = f"{self.registry}/raw/app:{number}"
            # A repository that has the layers of the one before, as a release finds them.
            _run(["docker", "tag", reference, fresh])
            began = time.monotonic()
            _run(["docker", "push", "--quiet", fresh])
            raw.append(time.monotonic() - began)
        # The first raw push sends everything.
        beyond = statistics.median(ours) - statistics.median(raw[1:])
        yield "one line of source: rebuilt and pushed, beyond a raw push", f"{beyond:.2f} s", "3 s"

    def sizes(self) -> Iterator[tuple[str, str, str]]:
        """The example service: its production image, and what is sent to build it."""
        clone = self.folder / "example"
        _run(["git", "clone", "--quiet", str(ROOT), str(clone)])
        with (clone / "large.bin").open("wb") as file:
            file.truncate(1 << 30)
        service = "runnable_dirs/sensor_gateway"
        (clone / "tmp.large").mkdir()
        self._i(clone, "docker_build_prod_image", "--dir", service, "--no-cache")
        name = "sensor_gateway:prod"
        inspected = json.loads(_run(["docker", "image", "inspect", name]).stdout)[0]
        base = inspected["Config"]["Labels"]["org.opencontainers.image.base.name"]
        parts = _size_of(base) + _size_in(name, "/opt/venv") + _size_in(name, "/app")
        yield (
            "example's production image / base + dependencies + code",
            f"{_size_of(name) / parts:.2f}",
            "1.1",
        )
        logs = sorted((clone / "tmp.helpers" / "builds").glob("*.log"))
        sent = sum(_sent(line) for line in logs[-1].read_text().splitlines())
        yield "sent to build it, from a repo with 1 GB more", f"{sent / 1e6:.2f} MB", "1 MB"

    def twenty_dirs(self) -> Iterator[tuple[str, str, str]]:
        """Many dirs that share most layers."""
        names = [f"app{number}" for number in range(DIRS)]
        repo = self._make_repo("many", names)
        began = time.monotonic()
        self._i(repo, "docker_build_local_image", "--all")
        ours = time.monotonic() - began
        unchanged = self._median(lambda: self._i(repo, "docker_build_local_image", "--all"))
        yield "twenty dirs, nothing changed", f"{unchanged:.2f} s", "3 s"
        (repo / "app3" / "requirements.txt").write_text(REQUIREMENTS + "# more\n")
        done = self._i(repo, "docker_build_local_image", "--all")
        rebuilt = sum(" built " in line for line in done.stderr.splitlines())
        yield "one dependency in one of them: images built", str(rebuilt), "1"
        # The same dirs anew, one by one with bare buildx, what they share built already as before.
        other = self._make_repo("others", names)
        commands = [self._bare_build(other, name) for name in names]
        began = time.monotonic()
        for command in commands:
            _run(command)
        raw = time.monotonic() - began
        yield "twenty dirs, cold / one by one with bare buildx", f"{ours / raw:.2f}", "0.6"
        yield "  ours, one by one", f"{ours:.1f} {raw:.1f} s", ""

    def _make_repo(self, name: str, dirs: Sequence[str]) -> Path:
        config = f"name: bench{name}\nregistry: {self.registry}/bench\n"
        repo = make_repo(self.folder / name, {".gitignore": "tmp.*\n"}, config=config)
        once = secrets.token_hex(4)
        for item in dirs:
            files = {
                # Different for each dir and run, so that no cache has it.
                "requirements.txt": f"{REQUIREMENTS}# {once} {item}\n",
                "requirements_prod.txt": f"# {once}\n",
                "svc/__init__.py": "ANSWER = 42\n",
                "svc/__main__.py": "print(42)\n",
                "devops/config.yaml": "entrypoint: [python, -m, svc]\n",
            }
            make_runnable_dir(repo, item, files, image_name=f"bench-{name}-{item}-x")
        commit_all(repo.root)
        return repo.root

    def _bare_build(self, repo: Path, name: str) -> list[str]:
        """The command that a user without the toolchain would type, cache and settings the same."""
        folder = repo / name
        base = self._i(repo, "docker_build_base_image").stdout.split()[-1]
        return [
            "docker", "buildx", "build", "--builder=default", "--progress=plain",
            "--provenance=false", f"--file={ROOT}/devops/Dockerfile", "--load",
            f"--build-context=toolchain={ROOT}", f"--build-arg=BASE_IMAGE={base}",
            "--build-arg=LOCKER=pip", *self._secrets(), f"--tag=bare-{repo.name}-{name}:1",
            "--target=dev", str(folder),
        ]  # fmt: skip

    def _secrets(self) -> list[str]:
        from helpers.images.installing.certificates import bundle_content
        from helpers.images.installing.install_settings import install_settings
        from helpers.system.host import read_host
        from helpers.system.repo_files import load_repo

        host = read_host()
        certificates = bundle_content(load_repo(ROOT), host)
        settings = install_settings(host, with_certificates=bool(certificates))
        found = []
        for name, content in (("ca_bundle", certificates), ("install_settings", settings.encode())):
            if content:
                path = self.folder / name
                path.write_bytes(content)
                found.append(f"--secret=id={name},src={path}")
        return found

    def _in_turns(
        self, first: Callable[[], object], second: Callable[[], object]
    ) -> tuple[float, float]:
        times: tuple[list[float], list[float]] = ([], [])
        for _ in range(self.repeats):
            for action, kept in zip((first, second), times, strict=True):
                began = time.monotonic()
                action()
                kept.append(time.monotonic() - began)
        return statistics.median(times[0]), statistics.median(times[1])

    def _median(self, action: Callable[[], object]) -> float:
        return self._in_turns(action, lambda: None)[0]

    def _i(self, repo: Path, *args: str) -> "subprocess.CompletedProcess[str]":
        python = Path(sys.executable)
        command = [python, "-I", python.parent / "invoke", "--search-root", ROOT, *args]
        return _run([str(part) for part in command], cwd=repo)


def _run(args: Sequence[str], cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run(args, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(args)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done


def _size_of(reference: str) -> int:
    """Bytes of all files of an image."""
    return _size_in(reference, "/")


def _size_in(reference: str, folder: str) -> int:
    script = (
        "import os,sys; print(sum(os.lstat(os.path.join(d, f)).st_size"
        " for d, _, files in os.walk(sys.argv[1]) if not d.startswith(('/proc', '/sys', '/dev'))"
        " for f in files))"
    )
    command = ["docker", "run", "--rm", "--user=0", "--entrypoint=python3", reference, "-c", script]
    return int(_run([*command, folder]).stdout)


def _sent(line: str) -> float:
    """Bytes that a line of a build's log says were sent."""
    _, found, rest = line.partition("transferring context: ")
    _, dockerfile, more = line.partition("transferring dockerfile: ")
    text = (rest if found else more if dockerfile else "").split()
    if not text or "done" not in line:
        return 0
    units = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}
    number = text[0].rstrip("kMGB")
    return float(number) * units[text[0][len(number) :]]


if __name__ == "__main__":
    main()
