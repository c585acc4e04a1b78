#!/usr/bin/env python3
"""What a new repo costs before its image, beside its raw steps: git, copier, uv lock.

usage: <thin environment's python> benchmarks/repo_create.py [--repeats N]

Needs a Docker Engine, uv, and a machine that does nothing else. Image and tests are left out: they
are timed by benchmarks/images.py. The builder image, which locks, is there before the first turn.
Neither side has asked the index before: a new repo has no cache, so the raw lock gets none either.
"""

import argparse
import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TOP), str(TOP / "dev_scripts"), str(TOP / "benchmarks")]

from main_job import Figure, in_turns  # noqa: E402 - the path comes first

from helpers.adoption.from_template.copier import find_copier  # noqa: E402
from helpers.adoption.from_template.source import present_template  # noqa: E402
from helpers.engine.client import Client  # noqa: E402
from helpers.engine.endpoint import find_endpoint  # noqa: E402
from helpers.model.labels import REPO  # noqa: E402
from helpers.model.new_repo import Answers  # noqa: E402
from helpers.model.repo import Repo  # noqa: E402
from helpers.model.settings.config import RepoConfig  # noqa: E402
from helpers.new_repo.plan import make_plan, new_repo  # noqa: E402
from helpers.new_repo.steps import carry_out  # noqa: E402
from helpers.system.host import read_host  # noqa: E402

_HEADER = f"{'':58} {'ours ms':>8} {'raw ms':>8} {'ratio':>6}   goal"
_ON_THE_ENGINE = ("image", "tests")
_GIT = {
    "GIT_CONFIG_COUNT": "1",
    "GIT_CONFIG_KEY_0": "protocol.file.allow",
    "GIT_CONFIG_VALUE_0": "always",
    **{f"GIT_{who}_NAME": "bench" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "bench@localhost" for who in ("AUTHOR", "COMMITTER")},
}


class Bench:
    """A clone of the toolchain, from which repos are made."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.remote = folder / "toolchain.git"
        self.toolchain = folder / "tool"
        folder.mkdir(parents=True)
        run(["git", "clone", "--quiet", "--bare", str(TOP), str(self.remote)], folder)
        run(["git", "clone", "--quiet", str(self.remote), str(self.toolchain)], folder)
        name = f"bench_{secrets.token_hex(3)}"
        answers = Answers(name, "Bench", "uv", "3.13", "service", "none")
        host, today = read_host(), date(2026, 1, 2)
        self.new = new_repo(folder / "new", answers, self.toolchain, host, today, lambda _: None)
        self.raw_root = folder / "raw"
        repo = Repo(self.toolchain, self.toolchain, RepoConfig(name))
        self.copier = [*find_copier(repo, lambda _: None), "copy", "--defaults", "--quiet"]
        self.copier += [f"--data=image_name={name}", f"--data=package={name}", "--data=lock=uv"]
        self.copier += ["--data=description=A service."]
        for path, content in present_template(self.toolchain, "service").items():
            target = folder / "template" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)

    def begin(self) -> None:
        """As before the first command; nothing is removed, which would go on during a turn."""
        turn = secrets.token_hex(3)
        self.new = replace(self.new, root=self.folder / f"new_{turn}")
        self.raw_root = self.folder / f"raw_{turn}"

    def ours(self) -> None:
        """All steps but those of the image."""
        steps = [one for one in make_plan(self.new).local if one.name not in _ON_THE_ENGINE]
        carry_out(steps, lambda _: None)

    def raw(self) -> None:
        """The commands that nobody is spared."""
        root = self.raw_root
        root.mkdir()
        run(["git", "init", "--quiet", "--initial-branch=main"], root)
        run(["git", "submodule", "--quiet", "add", str(self.remote), "helpers_root"], root)
        run([*self.copier, str(self.folder / "template"), str(root)], root)
        run(["uv", "lock", "--quiet", "--cache-dir", str(root) + ".cache"], root)
        run(["git", "add", "--all"], root)
        run(["git", "commit", "--quiet", "--message", "feat: begin"], root)

    def ours_again(self) -> None:
        """The same where all is done."""
        self.ours()

    def end(self) -> None:
        """Remove the images and files."""
        client = Client(find_endpoint(os.environ))
        label = f'{{"label": ["{REPO}={self.new.names.repo}"]}}'
        for image in client.get("/images/json", filters=label) or ():
            run(["docker", "rmi", "--force", str(image["Id"])], self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def run(command: Sequence[str], cwd: Path) -> None:
    """Run a command that must succeed."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def main() -> None:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(description="Measure a new repo against raw commands.")
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    os.environ.update(_GIT)
    bench = Bench(TOP / "tmp.helpers" / "bench" / secrets.token_hex(3))
    try:
        bench.begin()
        bench.ours()
        jobs: list[tuple[Callable[[], None] | None, Callable[[], object]]] = [
            (bench.begin, bench.ours),
            (None, bench.ours_again),
            (None, bench.raw),
        ]
        ours, again, raw = in_turns(repeats, *jobs)
    finally:
        bench.end()
    print(_HEADER)
    print(Figure("repo_create, no remote / git, copier, uv lock", ours, raw, "1.3"))
    print(Figure("the same again, where all is done", again, raw, ""))


if __name__ == "__main__":
    main()
