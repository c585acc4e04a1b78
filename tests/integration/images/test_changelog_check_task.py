"""`i changelog_check` as it is typed: what it prints, and its exit status."""

from pathlib import Path

import pytest

from helpers.system.process import ProcessError, printable
from tests.builders import (
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow


def test_what_is_wrong_is_told_with_file_line_and_fix(workplace: Workplace) -> None:
    made = make_runnable_dir(workplace.repo, "app", {"uv.lock": "one\n"}, image_name="never-built")
    commit_all(workplace.repo.root)
    fine = workplace.invoke("changelog_check")
    assert (fine.status, fine.stderr) == (0, "")
    assert "app/changelog.txt:1: notice: 1.0.0 is not built yet" in fine.stdout
    assert fine.stdout.endswith("in order: 1 changelog\n")
    write_files(made.root, {"uv.lock": "two\n"})
    git(workplace.repo.root, "add", "--all")
    for args in ((), ("--staged",), ("--since", "HEAD"), ("--dir", "app")):
        found = workplace.invoke("changelog_check", *args)
        assert found.status == 1, found.stderr
        assert "app/changelog.txt:1: bump: the image's inputs changed" in found.stdout
        assert "  fix: i docker_build_local_image --dir app --bump minor" in found.stdout


@pytest.mark.parametrize(
    "args", [("--since", "nowhere"), ("--dir", "nowhere"), ("--since", "HEAD", "--staged")]
)
def test_what_cannot_be_checked_is_an_error(workplace: Workplace, args: tuple[str, ...]) -> None:
    done = workplace.invoke("changelog_check", *args)
    assert (done.status, "fix:" in done.stderr) == (2, True)


def test_no_engine_is_needed(workplace: Workplace) -> None:
    make_runnable_dir(workplace.repo, "app")
    commit_all(workplace.repo.root)
    nowhere = {"DOCKER_HOST": "unix:///nowhere.sock"}
    done = workplace.invoke("changelog_check", env=nowhere)
    assert (done.status, done.stdout) == (0, "in order: 1 changelog\n")


@pytest.mark.parametrize("in_worktree", [False, True])
def test_a_hook_stops_a_commit_that_lacks_an_entry(
    workplace: Workplace, workspace: Path, in_worktree: bool
) -> None:
    root = workplace.repo.root
    make_runnable_dir(workplace.repo, "app", {"uv.lock": "one\n"})
    commit_all(root)
    library = make_repo(workspace / "library")
    make_runnable_dir(library, "tool")
    commit_all(library.root)
    add_submodule(root, "lib", library.root)
    hook = root / ".git/hooks/pre-commit"
    hook.write_text(
        f"#!/bin/sh\n{printable(workplace.invoke_command())} changelog_check --staged\n"
    )
    hook.chmod(0o755)
    if in_worktree:
        git(root, "worktree", "add", "--quiet", str(workspace / "worktree"))
        root = workspace / "worktree"
    write_files(root, {"app/uv.lock": "two\n", "app/main.py": "\n"})
    git(root, "add", "app/main.py")
    git(root, "commit", "--quiet", "--message", "Only code")
    with pytest.raises(ProcessError, match="bump: the image's inputs changed"):
        git(root, "commit", "--quiet", "--all", "--message", "Its environment")
    changelog = root / "app/changelog.txt"
    changelog.write_text("# app-1.1.0\n- 2026-01-03\n- More\n\n" + changelog.read_text())
    git(root, "commit", "--quiet", "--all", "--message", "Its environment")
    assert git(root, "status", "--porcelain") == ""
