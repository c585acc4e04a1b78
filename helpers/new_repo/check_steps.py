"""The steps that show that a new repo works, and keep it so: image, tests, CI, hooks."""

import sys
from pathlib import Path

from helpers.adoption.adopting.shims import MAIN_PYTEST
from helpers.ci.emitted import compare
from helpers.ci.pre_commit import plan_repo_hooks
from helpers.ci.read_repo import wanted_files
from helpers.ci.read_settings import ci_config_of
from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.images.building.out_of_date import ImageState
from helpers.images.inventory import list_dirs
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.results.results import DirState
from helpers.model.runnable_dir import ROOT
from helpers.model.shell_words import quoted
from helpers.new_repo.request import NewRepo
from helpers.new_repo.steps import Step, writing_step
from helpers.system.process import attach
from helpers.testing.history import last_results

_START = Path("helpers", "tasks", "start.py")


def engine_steps(new: NewRepo) -> tuple[Step, ...]:
    """The root's image, and its tests in it where it has some."""
    image = Step(
        "image",
        f"{new.names.image}, built here" if new.answers.has_template else "that of the root",
        lambda: new.has_commit or _has_image(new),
        lambda: _build(new),
    )
    if not new.answers.has_template:
        return (image,)
    tests = Step(
        "tests",
        "all of the root passed in their container",
        lambda: new.has_commit or _is_tested(new),
        lambda: _test(new),
    )
    return (image, tests)


def sync_steps(new: NewRepo) -> tuple[Step, ...]:
    """The workflows of CI, and the hooks before a commit."""
    return (
        writing_step(new, "workflows", "what i ci_sync writes", lambda: _workflows(new)),
        writing_step(new, "hooks", "what i pre_commit_sync writes", lambda: _hooks(new)),
    )


def _has_image(new: NewRepo) -> bool:
    client = Client(find_endpoint(new.host.environment))
    listed = {one.name: one.state for one in list_dirs(client, new.loaded(), new.host)}
    return listed.get(ROOT) == ImageState.THERE


def _build(new: NewRepo) -> None:
    # By the repo's own toolchain, as everybody who has the repo will.
    toolchain, task = new.loaded().toolchain, "docker_build_local_image"
    start = [sys.executable, "-I", str(toolchain / _START), "--search-root", str(new.root)]
    _run(new, [*start, task, "--dir", ROOT], f"i {task}")


def _is_tested(new: NewRepo) -> bool:
    last = last_results(new.root).get(ROOT)
    return last is not None and last.state == DirState.PASSED.value


def _test(new: NewRepo) -> None:
    _run(new, [str(new.root / MAIN_PYTEST), "--dir", ROOT], f"./{MAIN_PYTEST}")


def _run(new: NewRepo, command: list[str], typed: str) -> None:
    # It may name the repo that this command was typed in.
    status = attach(command, cwd=new.root, env={"HELPERS_REPO_ROOT": str(new.root)})
    if status:
        raise HelpersError(
            f"it ended with status {status}, as it says above",
            where=str(new.root),
            fix=f"cd {quoted(new.root)} && {typed} --dir {ROOT}",
        )


def _workflows(new: NewRepo) -> tuple[FileChange, ...]:
    repo = new.loaded()
    return compare(new.root, wanted_files(repo, ci_config_of(repo))).changes


def _hooks(new: NewRepo) -> list[FileChange]:
    change = plan_repo_hooks(new.loaded()).change
    return [change] if change else []
