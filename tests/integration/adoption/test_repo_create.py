"""A new repo with a real engine: its plan made anew before every step, as after a cut."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pexpect
import pytest

from helpers.engine.client import Client
from helpers.model import labels
from helpers.model.new_repo import Answers, PlanStep
from helpers.new_repo.plan import check_needs, make_plan, new_repo
from helpers.new_repo.request import NewRepo
from helpers.new_repo.steps import carry_out
from helpers.system.host import read_host
from tests import engine
from tests.adopters import CLONES_FROM_DISK
from tests.builders import GIT_ENVIRONMENT, TEST_REPO, git, write_files
from tests.conda_channels import serve_channel, session_channel

pytestmark = [pytest.mark.slow, pytest.mark.superslow, pytest.mark.timeout(600)]

# Names that tell whose images these are.
_NAME = f"{TEST_REPO}-template-test"
_DEFAULTS = f"""\
names: {{repo: '{TEST_REPO}-{{dashed}}', package: '{TEST_REPO}-{{dashed}}'}}
license: MIT
index: http://127.0.0.1:1/nobody
"""
_ANSWERS = Answers("template_test", "Ann Müller", "uv", "3.13", "service", "none")


@pytest.fixture(autouse=True)
def _settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**GIT_ENVIRONMENT, **CLONES_FROM_DISK}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def toolchain(remote: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company's copy of the toolchain, with names of its own."""
    folder = tmp_path_factory.mktemp("company")
    git(folder, "clone", "--quiet", "--bare", str(remote), "theirs.git")
    git(folder, "clone", "--quiet", "theirs.git", "tool")
    write_files(folder / "tool", {"repo_defaults.yaml": _DEFAULTS})
    git(folder / "tool", "commit", "--quiet", "--all", "--message", "Names")
    git(folder / "tool", "push", "--quiet", "origin", "HEAD")
    return folder / "tool"


@pytest.fixture
def new(client: Client, workspace: Path, toolchain: Path) -> Iterator[NewRepo]:
    root = workspace / "ä new one"
    shutil.rmtree(root, ignore_errors=True)
    yield new_repo(root, _ANSWERS, toolchain, read_host(), date(2026, 1, 2), lambda _: None)
    engine.remove_images({labels.REPO: _NAME})


def _leave_remains(new: NewRepo, before: str) -> None:
    """What a process that was killed in a step may have left of it."""
    if before == "toolchain":
        write_files(new.root, {".git/modules/helpers_root/HEAD": "ref: x\n"})
        write_files(new.root, {"helpers_root/.git": "gitdir: ../.git/modules/helpers_root\n"})
        write_files(new.root, {"tmp.helpers/create/ahead/pyproject.toml": "[proj"})
    elif before == "root dir":
        write_files(new.root, {"devops/config.yaml": "entrypoint: [python, -m, template_test]\n"})
    elif before == "licence":
        (new.root / "LICENSE").write_text("of my own\n")


def test_a_plan_that_is_cut_after_every_step_goes_on_with_the_next(new: NewRepo) -> None:
    names = [step.name for step in make_plan(new).local]
    for number, name in enumerate(names):
        if new.root.exists():
            _leave_remains(new, name)
        told: list[PlanStep] = []
        plan = make_plan(new)
        check_needs(plan)
        carry_out(plan.local[: number + 1], told.append)
        assert [step.name for step in told if step.there] == names[:number]
        assert [step.name for step in told if step.ended and not step.there] == [name]

    root = new.root
    commit = git(root, "rev-parse", "HEAD")
    assert (git(root, "status", "--porcelain"), git(root, "branch", "--show-current")) == (
        "",
        "main",
    )
    assert git(root, "rev-parse", "HEAD:helpers_root") == git(new.toolchain, "rev-parse", "HEAD")
    assert git(root / "helpers_root", "branch", "--show-current") == ""
    assert f'name = "{_NAME}"' in (root / "pyproject.toml").read_text()
    assert (root / "LICENSE").read_text() == "of my own\n"
    source = (root / "template_test" / "server.py").read_text()
    assert source.startswith("# Copyright (c) 2026 Ann Müller\n# SPDX-License-Identifier: MIT\n")
    tracked = git(root, "ls-files").splitlines()
    assert {"uv.lock", "LICENSE", ".github/workflows/ci.yml", ".pre-commit-config.yaml"} <= {
        *tracked
    }
    assert not any(name.startswith("tmp.") for name in tracked)

    told = []
    carry_out(make_plan(new).local, told.append)
    assert [step.name for step in told if step.there] == names
    assert (git(root, "status", "--porcelain"), git(root, "rev-parse", "HEAD")) == ("", commit)
    other = replace(new, names=replace(new.names, repo="other"))
    with pytest.raises(Exception, match="another repo than other"):
        make_plan(other)


def test_a_repo_whose_root_conda_locks(
    new: NewRepo, client: Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    answers = replace(_ANSWERS, lock="conda", start="library")
    channel = session_channel(tmp_path_factory, client)
    with serve_channel(channel.folder, "conda-forge") as served:
        settings = {**new.host.environment, "CONDA_CHANNEL_ALIAS": served.alias}
        wanted = replace(new, answers=answers, host=replace(new.host, environment=settings))
        steps = make_plan(wanted).local
        until_lock = [step.name for step in steps].index("lock") + 1
        carry_out(steps[:until_lock], lambda _: None)
    assert 'channels: ["conda-forge"]\n' in (new.root / "environment.yml").read_text()
    lock = (new.root / "pixi.lock").read_text()
    assert f"{served.url}/noarch/pytest-" in lock
    assert f"{served.url}/linux-64/python-3.13." in lock
    assert served.token not in lock


def test_what_is_locked_while_the_toolchain_is_cloned_is_what_the_repo_locks(new: NewRepo) -> None:
    def lock() -> str:
        steps = make_plan(new).local
        names = [step.name for step in steps]
        told: list[PlanStep] = []
        carry_out(steps[: names.index("lock") + 1], told.append)
        assert told[-1] == PlanStep("lock", told[-1].makes, ended=True)
        assert not (new.root / "tmp.helpers" / "create" / "ahead").exists()
        return (new.root / "uv.lock").read_text()

    ahead = lock()
    assert f'name = "{_NAME}"' in ahead
    (new.root / "uv.lock").unlink()
    assert lock() == ahead


def test_on_a_terminal_a_wrong_answer_is_asked_again(toolchain: Path) -> None:
    script = toolchain / "dev_scripts" / "repo_create.sh"
    asked = pexpect.spawn(
        str(script), ["--into", "../asked"], cwd=str(toolchain), encoding="utf-8", timeout=60
    )
    asked.expect_exact("project name: ")
    asked.sendline("my repo!")
    asked.expect_exact("--data name=my_repo")
    asked.expect_exact("project name: ")
    asked.sendline("my_repo")
    for title in ("author", "lock tool", "Python", "starts with", "owner"):
        asked.expect_exact(title)
        asked.expect_exact("]: ")
        asked.sendline("")
    asked.expect_exact(f"package  {TEST_REPO}-my-repo")
    asked.expect_exact("make it? [y/N] ")
    asked.sendline("n")
    asked.expect_exact("nothing was made")
    asked.expect(pexpect.EOF)
    assert not (toolchain.parent / "asked").exists()
