"""Jobs in the image of `base_image`: it is built, pushed, pinned, and every job runs in it."""

import json
import os
import secrets
import shlex
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from helpers.system.repo_files import load_repo
from tests import engine
from tests.adopters import CLONES_FROM_DISK
from tests.builders import (
    GIT_ENVIRONMENT,
    TEST_REPO,
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.integration.conftest import PYTEST_REQUIREMENTS
from tests.needs import find_program
from tests.registries import Registry, serve_registry
from tests.toolchains import adopted_files, copy_toolchain

pytestmark = [pytest.mark.slow, pytest.mark.superslow]

_NAME = f"{TEST_REPO}-jobs"
_SOCKET = Path("/var/run/docker.sock")
_TOOLS = """\
import subprocess


def test_its_programs_start() -> None:
    for command in ("docker buildx version", "docker compose version", "git --version", "uv -V"):
        subprocess.run(command.split(), check=True)
"""


@dataclass(frozen=True)
class Runner:
    """A machine that runs jobs: a checkout of its own, as a user who is not root where we may.

    Attributes:
        become: what makes a command that user's.
    """

    checkout: Path
    temporary: Path
    uid: int
    become: tuple[str, ...]

    def job(self, file: str, name: str, known: dict[str, str]) -> list[ProcessResult]:
        """Run the commands of a job as GitHub does, until one fails.

        Args:
            known: what its expressions stand for.
        """
        workflow = yaml.safe_load((self.checkout / ".github" / "workflows" / file).read_text())
        done: list[ProcessResult] = []
        for step in workflow["jobs"][name]["steps"]:
            if "run" in step and not (done and done[-1].status):
                done.append(self._step(step, known))
        return done

    def outputs(self) -> dict[str, str]:
        """What steps said to later jobs."""
        lines = (self.temporary / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)

    def strangers(self) -> list[Path]:
        """Files that do not belong to the user."""
        every = (*self.checkout.rglob("*"), *self.temporary.rglob("*"))
        return [path for path in every if path.lstat().st_uid != self.uid]

    def _step(self, step: dict[str, Any], known: dict[str, str]) -> ProcessResult:
        script = self.temporary / f"{secrets.token_hex(4)}.sh"
        script.write_text(step["run"])
        os.chown(script, self.uid, -1)
        given = {name: _filled(value, known) for name, value in step.get("env", {}).items()}
        files = {"GITHUB_OUTPUT": "output", "GITHUB_STEP_SUMMARY": "summary"}
        env = {
            "CI": "true",
            "GITHUB_WORKSPACE": str(self.checkout),
            "HOME": str(self.temporary),
            "RUNNER_TEMP": str(self.temporary),
            **{name: str(self.temporary / file) for name, file in files.items()},
            **given,
        }
        command = [*self.become, *shlex.split(step["shell"].format(script))]
        return run(command, cwd=self.checkout, env=env, check=False, timeout=300)


def _filled(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(f"${{{{ {name} }}}}", value)
    return text


@pytest.fixture
def folder(client: Client) -> Iterator[Path]:
    """A folder that the engine can mount."""
    made = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    made.mkdir(parents=True)
    yield made
    if (made / "job").is_dir():
        stop_own(client, load_repo(made / "job"), force=True)
    shutil.rmtree(made, ignore_errors=True)
    engine.remove_images({labels.REPO: _NAME})


@pytest.fixture
def registry(folder: Path) -> Iterator[Registry]:
    """A registry that the engine reaches."""
    with serve_registry(folder / "registry") as served:
        yield served


def _typed(root: Path, line: str) -> ProcessResult:
    settings = {**GIT_ENVIRONMENT, **CLONES_FROM_DISK}
    return run(["bash", "-ec", f"source ./setenv.sh; {line}"], cwd=root, env=settings)


def _pinned_repo(folder: Path, registry: Registry) -> Path:
    """A repo whose root has the image of its jobs, which is in the registry and pinned."""
    toolchain = copy_toolchain(folder / "toolchain")
    config = f"name: {_NAME}\nregistry: {registry.address}\n"
    repo = make_repo(folder / "repo", config=config)
    add_submodule(repo.root, "helpers_root", toolchain)
    files = {
        **adopted_files(),
        ".gitignore": "tmp.*\n",
        "devops/ci_packages.txt": "# For the test of the root.\njq\n",
        "pytest.ini": "[pytest]\n",
        "requirements.txt": PYTEST_REQUIREMENTS,
        "test_tools.py": _TOOLS,
    }
    make_runnable_dir(repo, ".", files, image_name=_NAME)
    (repo.root / "main_pytest.py").chmod(0o755)
    commit_all(repo.root)
    built = _typed(repo.root, "i docker_build_ci_image")
    assert "next: i docker_release_dev_image --dir .;" in built.stdout
    _typed(repo.root, "i docker_release_dev_image --dir . --force 'nothing is pushed'")
    image = f"{registry.address}/{_NAME}"
    write_files(repo.root, {"repo_config.yaml": f"{config}ci:\n  base_image: {image}\n"})
    _typed(repo.root, "i ci_sync --update && i ci_check")
    # The runner has to pull it.
    engine.remove_images({labels.REPO: _NAME})
    commit_all(repo.root)
    return repo.root


def _runner(root: Path, folder: Path) -> Runner:
    checkout, temporary = folder / "job", folder / "temporary"
    git(folder, "clone", "--quiet", "--recurse-submodules", str(root), str(checkout))
    temporary.mkdir()
    uid, become = os.getuid(), tuple[str, ...]()
    if uid == 0:
        if "HELPERS_CONTAINER" in os.environ:  # what a run gives its tests is its user's alone
            _SOCKET.chmod(0o660)
            Path(find_program("docker")).parent.chmod(0o755)
        groups = f"--groups={_SOCKET.stat().st_gid}"
        other = (find_program("setpriv", "util-linux"), "--reuid=4321", "--regid=4322", groups)
        if run([*other, "ls", folder], check=False).status == 0:
            uid, become = 4321, other
            for path in (checkout, temporary, *checkout.rglob("*")):
                os.chown(path, 4321, 4322, follow_symlinks=False)
    return Runner(checkout, temporary, uid, become)


def test_all_jobs_pass_in_the_image_and_leave_no_file_of_another_user(
    folder: Path, registry: Registry
) -> None:
    root = _pinned_repo(folder, registry)
    runner = _runner(root, folder)
    base = git(root, "rev-parse", "HEAD")
    event = runner.temporary / "event.json"
    event.write_text(json.dumps({"pull_request": {"base": {"sha": base}}}))
    os.chown(event, runner.uid, -1)
    write_files(runner.checkout, {"test_tools.py": f"# New.\n{_TOOLS}"})
    os.chown(runner.checkout / "test_tools.py", runner.uid, -1)

    known = {"github.event_path": str(event)}
    done = runner.job("ci.yml", "plan", known)
    assert [one.status for one in done] == [0, 0], done[-1].stdout + done[-1].stderr
    outputs = runner.outputs()
    (part,) = json.loads(outputs["plan"])["parts"]
    known |= {"inputs.dirs": part["dirs"], "needs.plan.outputs.brief": outputs["brief"]}
    done += runner.job("ci.yml", "lint", known)
    tested = runner.job("dir.yml", "dir", known)
    known |= {f"needs.{name}.result": "success" for name in ("plan", "lint", "dir")}
    done += [*tested, *runner.job("ci.yml", "gate", known)]

    assert [one.status for one in done] == [0] * 8, "\n".join(
        one.stdout + one.stderr for one in done
    )
    assert "1 passed, 0 failed" in tested[-1].stdout
    # The environment of the tasks was in the image.
    assert list((runner.checkout / "tmp.helpers" / "ci_home").rglob("thin_envs")) == []
    assert runner.strangers() == []
