#!/usr/bin/env python3
"""A dir of conda packages beside rattler itself: locked, built cold, built again, and its size.

usage: <python with the development packages> benchmarks/conda.py [--repeats N]

The packages are those of the template of model projects, made of its wheels, in a channel that this
program serves; byte code is in them, as in those of real channels. Raw is `rattler.solve`, and
`rattler.install` of the very records that are locked, in a container that has rattler and nothing
cached; and `docker buildx build` of the same Dockerfile where nothing changed. Cold means that no
package is in any cache; what all dirs have in common is built. Needs a Docker Engine, uv, an engine
that reaches this machine's address, and a machine that does nothing else.
"""

import argparse
import functools
import http.server
import json
import re
import secrets
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "dev_scripts"), str(TOP / "benchmarks")]

import thin_env  # noqa: E402 - the path comes first
from main_job import commit, write  # noqa: E402

from helpers.adoption.from_template.source import FOLDER  # noqa: E402
from helpers.engine.client import Client  # noqa: E402
from helpers.engine.endpoint import find_endpoint  # noqa: E402
from helpers.images.base.base_image import ensure_base_image  # noqa: E402
from helpers.images.dependencies.builder_image import plan_builder_image  # noqa: E402
from helpers.images.installing.certificates import bundle_content  # noqa: E402
from helpers.images.installing.install_settings import install_settings  # noqa: E402
from helpers.lockers import conda  # noqa: E402
from helpers.lockers.locked import Wishes  # noqa: E402
from helpers.model.labels import REPO  # noqa: E402
from helpers.model.settings.config import DEFAULT_BASE_IMAGE  # noqa: E402
from helpers.system.host import read_host  # noqa: E402
from helpers.system.repo_files import load_repo  # noqa: E402
from tests.conda_channels import make_channel  # noqa: E402
from tests.engine_relay import own_address  # noqa: E402
from tests.servers import InThread  # noqa: E402
from tests.toolchains import copy_toolchain  # noqa: E402

_NEEDS = ("python", "joblib", "numpy", "pandas", "scikit-learn", "sqlalchemy", "pytest")
_DIR = "app"
# The caches of the steps that link, and what begins each of those.
_CACHES = ("id=helpers-conda,", "id=helpers-uv,")
_STAGES = re.compile(
    r"(?s)^FROM os_packages AS dev_wheels_conda\n.*?(?=^FROM scratch AS dev_activation$)", re.M
)
_STEP = "sh /run/in_build/with_settings.sh python3 /run/in_build/conda_environment.py"
_END = "${ALLOW_LINK_SCRIPTS}\n"
_BEGIN = "import asyncio, os, sys; sys.path.insert(0, '/opt/conda_tool/lib'); import rattler\n"
_SOLVE = """\
async def main():
    gateway = rattler.Gateway()
    for platform in {platforms}:
        await rattler.solve([rattler.Channel({channel!r})], {specs}, gateway=gateway,
            platforms=[rattler.Subdir(platform), rattler.Subdir("noarch")],
            virtual_packages=rattler.VirtualPackage.detect())
asyncio.run(main()); os._exit(0)
"""
_INSTALL = """\
(_, found), = rattler.LockFile.from_path("pixi.lock").environments()
(platform,) = found.platforms()
records = found.conda_repodata_records_for_platform(platform)
asyncio.run(rattler.install(records, "/opt/env", cache_dir="/tmp/cache", show_progress=False))
os._exit(0)
"""
# What the engine alone needs: the same records, installed and copied into an image.
_BARE = """\
FROM {builder} AS made
WORKDIR /work
COPY pixi.lock install.py ./
RUN : {once} && python3 install.py && echo {once} > /opt/env/bench
FROM {base}
COPY --link --from=made /opt/env /opt/env
"""


class Bench:
    """A repo with a toolchain of its own, and a channel."""

    def __init__(self, repeats: int) -> None:
        self.repeats = repeats
        self.token = f"bench{secrets.token_hex(3)}"
        self.root = TOP / "tmp.helpers" / "bench" / self.token
        self.toolchain = copy_toolchain(self.root / "toolchain")
        self.dockerfile = self.toolchain / "devops" / "Dockerfile"
        self.written = self.dockerfile.read_text()
        self.repo = self.root / "repo"
        self.dir = self.repo / _DIR
        self.python = str(thin_env.ensure() / "bin" / "python")
        self.host = read_host()

    def make(self) -> Path:
        """The channel's folder."""
        base = self._base()
        locked = [TOP / FOLDER / "ml" / "requirements" / f"{one}.txt" for one in ("default", "dev")]
        make_channel(self.root / "channel", base, *locked)
        return self.root / "channel" / "channel"

    def begin(self, channel: str) -> None:
        """A dir that asks for packages; its builder image is made."""
        self.channel = channel
        needs = json.dumps([*_NEEDS])
        write(self.repo / "repo_config.yaml", f"name: {self.token}\n")
        write(self.repo / ".gitignore", "tmp.*\n")
        write(self.dir / "environment.yml", f"channels: ['{channel}']\ndependencies: {needs}\n")
        write(self.dir / "changelog.txt", f"# {self.token}_app-1.0.0\n- 2026-01-01\n- First.\n")
        write(self.dir / "app.py", "print('hello')\n")
        write(self.dir / "devops" / "config.yaml", "entrypoint: [python, app.py]\n")
        # A repo of its own from now on, and none of the repo around it.
        commit(self.repo)
        self._task("dependency_lock")
        commit(self.repo)

    def lock(self) -> None:
        """What locks, and a bare solve; both in the builder image, which has nothing cached."""
        (asked,) = conda.asks(self.dir, Wishes((), self.host.platform), {})
        platforms = json.loads(asked)["platforms"]
        specs = [*_NEEDS]
        raw = _BEGIN + _SOLVE.format(platforms=platforms, channel=self.channel, specs=specs)
        ours = ["python3", "/opt/conda_tool/conda_lock.py", "lock", asked]
        found = self._in_turns(
            lambda: self._in_builder(*ours), lambda: self._in_builder("python3", "-c", raw)
        )
        _tell("lock / rattler.solve, 1 platform", found, 1.1)

    def cold(self) -> None:
        """The image, of which no package is cached, beside a bare install and an image of it."""
        raw = ("python3", "-c", _BEGIN + _INSTALL)
        found = [
            (
                _seconds(lambda: self._task("docker_build_local_image")),
                _seconds(lambda: self._in_builder(*raw)),
                _seconds(lambda: run(self._bare_image(), self.root)),
            )
            for _ in self._each_cold()
        ]
        _tell("image, cold / rattler.install", [(ours, bare) for ours, bare, _ in found], 1.15)
        what = "image, cold / rattler.install in a Dockerfile of three steps"
        _tell(what, [(ours, built) for ours, _, built in found], 1.15)

    def unchanged(self) -> None:
        """Nothing changed, beside bare buildx."""
        files = conda.read(self.dir).files
        for name, text in files.items():
            write(self.root / "requirements" / name, text)
        bare = self._bare_build()
        run(bare, self.root)
        found = self._in_turns(
            lambda: self._task("docker_build_local_image"), lambda: run(bare, self.root)
        )
        _tell("nothing changed / docker buildx build", found, 1.15)

    def size(self) -> None:
        """What the production image has beyond its base, beside the installed prefix."""
        image = self._task("docker_build_prod_image").rpartition("docker run --rm ")[2].strip()
        label = '{{index .Config.Labels "org.opencontainers.image.base.name"}}'
        base = run(["docker", "image", "inspect", "--format", label, image], self.root).strip()
        prefix = _bytes(image, "/opt/env")
        beyond = _bytes(image, "/") - _bytes(base, "/")
        print(
            f"(image - base) / prefix: {beyond / prefix:.3f} (goal 1.02);"
            f" prefix {prefix / 1e6:.0f} MB"
        )

    def end(self) -> None:
        """Remove what was made, the caches included."""
        found = ["docker", "images", "--quiet", "--filter", f"label={REPO}={self.token}"]
        for image in sorted({*run(found, TOP).split()}):
            run(["docker", "rmi", "--force", image], TOP)
        for record in run(["docker", "buildx", "du", "--verbose"], TOP).split("\n\n"):
            name = re.search(r"^ID:\s+(\S+)", record, re.MULTILINE)
            if name and self.token in record:
                run(["docker", "buildx", "prune", "--force", "--filter", f"id={name[1]}"], TOP)
        shutil.rmtree(self.root, ignore_errors=True)

    def _each_cold(self) -> Iterator[None]:
        for _ in range(self.repeats):
            self._empty_caches()
            yield

    def _empty_caches(self) -> None:
        """Builds have caches of their own from now on: nobody else's are emptied for it."""
        once = f"{self.token}{secrets.token_hex(3)}"
        stages = _STAGES.search(self.written)
        assert stages, "the shared Dockerfile links conda packages"
        own = stages[0]
        for cache in _CACHES:
            own = own.replace(cache, f"{cache[:-1]}-{once},")
        # Another cache alone is the same step to BuildKit, whose result it has from other builds.
        own = own.replace(_STEP, f"BENCH={once} {_STEP}")
        # And what is made the same is the same layer, which the engine has as well.
        mark = f"&& echo {once} > /opt/env/bench"
        own = own.replace(_END, f"{_END.rstrip()} {mark}\n")
        self.dockerfile.write_text(self.written.replace(stages[0], own))

    def _bare_image(self) -> list[str]:
        folder = self.root / "bare"
        values = {"builder": self._builder(), "base": self._base(), "once": secrets.token_hex(3)}
        write(folder / "Dockerfile", _BARE.format(**values))
        write(folder / "install.py", _BEGIN + _INSTALL)
        write(folder / "pixi.lock", (self.dir / "pixi.lock").read_text())
        output = "--output=type=image,compression=zstd,compression-level=1"
        command = ["docker", "buildx", "build", "--builder=default", "--provenance=false", output]
        return [*command, f"--tag={self.token}:raw", f"--label={REPO}={self.token}", str(folder)]

    def _base(self) -> str:
        repo, client = load_repo(TOP), Client(find_endpoint(self.host.environment))
        return ensure_base_image(
            repo, self.host.platform, lambda _: None, client, DEFAULT_BASE_IMAGE
        )

    def _builder(self) -> str:
        repo = load_repo(self.repo, self.toolchain)
        item = repo.runnable_dir(self.dir.relative_to(self.repo).as_posix())
        plan = plan_builder_image(repo, item, self.host, self.host.platform, conda.BUILDER)
        return plan.reference

    def _in_builder(self, *words: str) -> None:
        image = self._builder()
        here = [f"--volume={self.root}:{self.root}", f"--workdir={self.dir}"]
        run(["docker", "run", "--rm", *here, "--entrypoint=", image, *words], self.root)

    def _bare_build(self) -> list[str]:
        base, repo = self._base(), load_repo(TOP)
        command = ["docker", "buildx", "build", "--builder=default", "--progress=plain", "--load"]
        command += ["--provenance=false", f"--file={self.dockerfile}", f"--tag={self.token}:bare"]
        command += [f"--build-context=toolchain={self.toolchain}", f"--label={REPO}={self.token}"]
        command += [f"--build-context=requirements={self.root / 'requirements'}"]
        values = {"BASE_IMAGE": base, "LOCKER": "conda", "ENVIRONMENT": "conda"}
        command += [f"--build-arg={name}={value}" for name, value in values.items()]
        certificates = bundle_content(repo, self.host)
        settings = install_settings(self.host, with_certificates=bool(certificates))
        for name, content in (
            ("ca_bundle", certificates),
            ("install_settings", settings.encode()),
        ):
            if content:
                (self.root / name).write_bytes(content)
                command.append(f"--secret=id={name},src={self.root / name}")
        return [*command, "--target=dev", str(self.dir)]

    def _task(self, *words: str) -> str:
        start = str(self.toolchain / "helpers" / "tasks" / "start.py")
        command = [self.python, "-I", start, "--search-root", str(self.toolchain), *words]
        return run([*command, "--dir", _DIR], self.repo)

    def _in_turns(
        self,
        ours: Callable[[], object],
        raw: Callable[[], object],
    ) -> list[tuple[float, float]]:
        return [(_seconds(ours), _seconds(raw)) for _ in range(self.repeats)]


def run(command: Sequence[str], cwd: Path) -> str:
    """Run a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout[-2000:]}\n{done.stderr[-3000:]}")
    return done.stdout


def _seconds(work: Callable[[], object]) -> float:
    began = time.monotonic()
    work()
    return time.monotonic() - began


def _tell(what: str, found: Sequence[tuple[float, float]], goal: float) -> None:
    ratio = statistics.median(ours / raw for ours, raw in found)
    ours, raw = (statistics.median(one[side] for one in found) for side in (0, 1))
    print(f"{what}: {ours:.2f} s / {raw:.2f} s = {ratio:.2f} (goal {goal})", flush=True)


def _bytes(image: str, folder: str) -> int:
    script = (
        "import os,sys; print(sum(os.lstat(os.path.join(d, f)).st_size"
        " for d, _, files in os.walk(sys.argv[1]) if not d.startswith(('/proc', '/sys', '/dev'))"
        " for f in files))"
    )
    command = ["docker", "run", "--rm", "--user=0", "--entrypoint=/usr/bin/python3", image, "-c"]
    return int(run([*command, script, folder], TOP))


def main() -> None:
    """Measure in turns, and print the medians of the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    bench = Bench(parser.parse_args().repeats)
    try:
        serve = functools.partial(_Quiet, directory=str(bench.make()))
        with InThread(http.server.ThreadingHTTPServer(("0.0.0.0", 0), serve)) as server:
            bench.begin(f"http://{own_address()}:{server.port}")
            bench.lock()
            bench.cold()
            bench.unchanged()
            bench.size()
    finally:
        bench.end()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    main()
