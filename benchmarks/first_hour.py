#!/usr/bin/env python3
"""What the first hour of a new user costs, beside the raw commands, all in one run.

usage: <thin environment's python> benchmarks/first_hour.py [--repeats N] [--foreign]

Needs a Docker Engine, and a machine that does nothing else. What is made is made anew each time:
packages that no layer has, an environment in a folder of its own. `--foreign` builds an image
for the other architecture too, with nothing cached, which takes minutes. The very first command is
timed by hand, since it is measured on a machine that has nothing: README.md names it.
"""

import argparse
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "dev_scripts"), str(TOP / "benchmarks")]

import thin_env  # noqa: E402 - the path comes first
from busy_engine import busy_engine  # noqa: E402
from main_job import Figure, commit, in_turns, write  # noqa: E402

from helpers.engine.client import Client  # noqa: E402
from helpers.engine.endpoint import find_endpoint  # noqa: E402
from helpers.images.base.archive import whole_recipe  # noqa: E402
from helpers.images.base.find import find_base_image  # noqa: E402
from helpers.images.base.recipe import PACKAGES  # noqa: E402
from helpers.images.building.request import build_secrets  # noqa: E402
from helpers.model.settings.config import DEFAULT_BASE_IMAGE  # noqa: E402
from helpers.system.host import read_host  # noqa: E402
from helpers.system.repo_files import load_repo  # noqa: E402

_PYTEST = (TOP / "tests" / "integration" / "pytest_requirements.txt").read_text()
# Of a size that real dirs have, and all of it wheels; with some, so that no layer holds the same.
_PACKAGES = ("numpy==2.3.4", "pillow==12.0.0", "pydantic==2.12.3", "requests==2.32.5")
_VARIED = {
    "idna": ("3.4", "3.6", "3.7", "3.8", "3.9", "3.10"),
    "packaging": ("23.0", "23.1", "23.2", "24.0", "24.1", "24.2", "25.0"),
    "certifi": ("2024.7.4", "2024.8.30", "2024.12.14", "2025.1.31", "2025.4.26", "2025.6.15"),
    "urllib3": ("2.0.7", "2.1.0", "2.2.0", "2.2.1", "2.2.2", "2.2.3", "2.3.0", "2.4.0"),
}
_MEGABYTE = 1e6
_FOREIGN = {"linux/amd64": "linux/arm64", "linux/arm64": "linux/amd64"}
_DONE = re.compile(r"#(?P<step>\d+) DONE (?P<seconds>[\d.]+)s")
_OS_PACKAGES = re.compile(r"#(?P<step>\d+) \[\w+ \d+/\d+\] RUN .*install_packages\.sh")


class Bench:
    """A scratch repo, and the commands that a new user types in it."""

    def __init__(self) -> None:
        self.root = TOP / "tmp.helpers" / "bench" / secrets.token_hex(3)
        self.python = thin_env.ensure() / "bin" / "python"
        self.host = read_host()
        self.made = 0
        write(self.root / "repo_config.yaml", "name: hour\n")
        write(self.root / ".gitignore", "tmp.*\n")
        commit(self.root)

    def i(self, *args: str) -> None:
        """A task."""
        invoke = [self.python, "-I", self.python.parent / "invoke", "--search-root", TOP]
        self.run([*map(str, invoke), *args])

    def run(self, command: list[str], **variables: str) -> str:
        """Run a command that must succeed; what it said."""
        done = subprocess.run(
            command, cwd=self.root, env=os.environ | variables, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            sys.exit(f"{command}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return done.stdout

    def template(self) -> None:
        """A dir of a template: made, built, and tested."""
        name = self._name()
        self.i("runnable_dir_create", "--dir", name, "--template", "library", "--yes")
        self.run([str(TOP / "main_pytest.py"), "--dir", name])

    def second_dir(self) -> None:
        """A dir with other packages: its image."""
        name = self._name()
        self._dir(name, _requirements())
        self.i("docker_build_local_image", "--dir", name)

    def raw_install(self) -> None:
        """As many with uv in a container of the base image, byte code included."""
        write(self.root / "raw" / "requirements.txt", _requirements())
        repo = load_repo(self.root)
        client = Client(find_endpoint(os.environ))
        base = find_base_image(repo, client, repo.config.base_image, self.host.platform)
        assert base, "the images were built on it"
        script = (
            "set -a; [ ! -f /run/secrets/install_settings ] || . /run/secrets/install_settings\n"
            "UV_CACHE_DIR=/cache UV_LINK_MODE=copy\n"
            "uv venv --quiet /opt/venv && uv pip install --quiet --compile-bytecode"
            " --python /opt/venv --requirement /raw/requirements.txt"
        )
        with build_secrets(repo, self.host) as (secret_files, _):
            mounts = [f"{shutil.which('uv')}:/usr/local/bin/uv:ro", f"{self.root}/raw:/raw:ro"]
            mounts += [f"{self.root}/cache:/cache"]
            mounts += [f"{file}:/run/secrets/{name}:ro" for name, file in secret_files.items()]
            options = [part for mount in mounts for part in ("--volume", mount)]
            network = ["--network", "host"]
            self.run(
                ["docker", "run", "--rm", *network, *options, base.reference, "sh", "-c", script]
            )

    def thin_environment(self) -> None:
        """The environment in which `i` runs, with uv where there is one."""
        root = self.root / "thin" / secrets.token_hex(3)
        self.run(
            [sys.executable, str(TOP / "dev_scripts" / "thin_env.py"), "ensure", f"--root={root}"]
        )

    def sizes(self) -> tuple[float, float]:
        """Bytes of all files: of the image of an app without packages, and of its base."""
        name = self._name()
        self._dir(name, _PYTEST)
        self.i("docker_build_local_image", "--dir", name)
        found = json.loads(self.run(["docker", "image", "inspect", self._image(name)]))[0]
        base = found["Config"]["Labels"]["org.opencontainers.image.base.name"]
        return self._size(self._image(name)), self._size(base)

    def built(self, platform: str) -> tuple[float, float]:
        """Seconds of a build with nothing cached, and those of installing OS packages in it."""
        name = self._name()
        self._dir(name, _requirements())
        build = ["docker_build_local_image", "--dir", name, "--platform", platform, "--no-cache"]
        (seconds,) = in_turns(1, (None, lambda: self.i(*build)))
        log = max((self.root / "tmp.helpers" / "builds").glob("*.log"), key=os.path.getmtime)
        lines = log.read_text().splitlines()
        steps = {match["step"] for line in lines if (match := _OS_PACKAGES.match(line))}
        done = [match for line in lines if (match := _DONE.match(line))]
        return seconds, sum(float(one["seconds"]) for one in done if one["step"] in steps)

    def base_image(self, platform: str) -> tuple[float, float]:
        """Seconds of making a base image anew, and of `mmdebstrap` alone with the same packages."""
        recipe = whole_recipe(load_repo(self.root), DEFAULT_BASE_IMAGE, platform)
        kept = f"hour/kept:{recipe.key}"
        self.run(["docker", "tag", recipe.tag, kept])
        self.run(["docker", "rmi", recipe.tag])
        build = ["docker_build_base_image", "--platform", platform]
        (ours,) = in_turns(1, (None, lambda: self.i(*build)))
        archive = self.root / "tmp.base.tar"
        bare = ["mmdebstrap", "--variant=minbase", f"--arch={recipe.architecture}"]
        bare += [f"--include={','.join(PACKAGES)}", recipe.suite, str(archive)]

        def bootstrap() -> None:
            self.run([*bare, *recipe.sources])

        (raw,) = in_turns(1, (None, bootstrap))
        return ours, raw

    def remove(self) -> None:
        """Leave nothing behind."""
        self.i("docker_kill", "--all")
        listed = self.run(["docker", "images", "--quiet", "--filter", "reference=hour/*"]).split()
        if listed:
            self.run(["docker", "rmi", "--force", *sorted(set(listed))])
        shutil.rmtree(self.root)

    def _name(self) -> str:
        self.made += 1
        return f"app{self.made}"

    def _image(self, name: str) -> str:
        return f"hour/{name}:local-{self.host.user.name}-1.0.0"

    def _dir(self, name: str, requirements: str) -> None:
        folder = self.root / name
        write(folder / "changelog.txt", f"# {name}-1.0.0\n- 2026-01-01\n")
        write(folder / "devops" / "os_packages.txt", "")
        write(folder / "requirements.txt", f"{requirements}\n")

    def _size(self, image: str) -> float:
        script = "du --summarize --bytes --one-file-system / | cut -f1"
        command = ["docker", "run", "--rm", "--user=0", "--entrypoint=sh", image, "-c", script]
        return float(self.run(command))


def _requirements() -> str:
    varied = (f"{name}=={secrets.choice(versions)}" for name, versions in _VARIED.items())
    return "\n".join([*_PACKAGES, *varied])


def measure(bench: Bench, repeats: int) -> Iterator[Figure]:
    """Setting up, dirs, images."""
    bench.template()  # what all dirs share is there
    bench.second_dir()
    bench.raw_install()
    template, second, raw, thin = in_turns(
        repeats,
        (None, bench.template),
        (None, bench.second_dir),
        (None, bench.raw_install),
        (None, bench.thin_environment),
    )
    yield Figure("a template's dir: created, built, tested", template, 0.0, "10 s")
    yield Figure("a dir with other packages / uv pip install of them", second, raw, "1.2")
    yield Figure("the thin environment", thin, 0.0, "3 s, with uv")


def measure_foreign(bench: Bench) -> Iterator[Figure]:
    """An image for the other architecture beside one for this."""
    own, foreign = bench.host.platform, _FOREIGN[bench.host.platform]
    bench.i("docker_build_base_image", "--platform", f"{own},{foreign}")
    seconds, packages = bench.built(own)
    far, far_packages = bench.built(foreign)
    allowed = 2 * seconds + far_packages
    yield Figure(f"the base image of {foreign} / mmdebstrap", *bench.base_image(foreign), "1.1")
    yield Figure(f"{own} with nothing cached", seconds, 0.0, "")
    yield Figure("  of it OS packages", packages, 0.0, "")
    yield Figure(f"{foreign} / 2 x {own} + its OS packages", far, allowed, "1")
    yield Figure("  of it OS packages", far_packages, 0.0, "")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description="Measure the first hour against raw commands.")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--foreign", action="store_true")
    parsed = parser.parse_args()
    if not shutil.which("uv"):
        parser.error("uv is not on PATH")
    bench = Bench()
    try:
        with busy_engine():
            figures = list(measure(bench, parsed.repeats))
            ours, base = bench.sizes()
            figures += list(measure_foreign(bench)) if parsed.foreign else []
    finally:
        bench.remove()
    print(f"{'':58} {'ours ms':>8} {'raw ms':>8} {'ratio':>6}   goal: at most")
    for figure in figures:
        print(figure)
    what = "an app of the standard library: image beyond its base, MB"
    print(f"{what:58} {(ours - base) / _MEGABYTE:8.0f} {'':15}   120")


if __name__ == "__main__":
    main()
