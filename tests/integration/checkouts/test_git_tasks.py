"""The tasks of git as their users type them."""

import pytest

from helpers.system.process import ProcessResult, run
from tests.builders import commit_all, git, write_files
from tests.scenes import Scene, branch, head
from tests.toolchains import invoke_command


@pytest.fixture(scope="module")
def invoke() -> list[str]:
    """What `i` stands for."""
    return invoke_command()


def _i(invoke: list[str], scene: Scene, *args: str) -> ProcessResult:
    return run([*invoke, *args], cwd=scene.lib, check=False)


def test_pull_shows_a_table_and_what_fixes_the_rest(invoke: list[str], scene: Scene) -> None:
    old, new = head(scene.root), scene.release("top")
    scene.remote("lib").rename(scene.remote("gone"))
    done = _i(invoke, scene, "git_pull")
    assert done.status == 1
    assert f".            moved   main: {old[:12]}..{new[:12]}, 1 commit\n" in done.stdout
    assert "\nmy lib/deep  same    at what is recorded on main\n" in done.stdout
    assert "\n  fix: i git_fetch\n" in done.stdout
    assert done.stderr == ""


def test_fetch_and_the_tasks_of_submodules_end_well(invoke: list[str], scene: Scene) -> None:
    commit = scene.release("lib")
    assert _i(invoke, scene, "git_fetch").status == 0
    assert _i(invoke, scene, "submodule_pull", "--submodule", "my lib").status == 0
    assert head(scene.lib) == commit
    assert _i(invoke, scene, "submodule_sync").status == 0
    assert head(scene.lib) != commit


def test_an_unknown_submodule_is_an_error_without_traceback(
    invoke: list[str], scene: Scene
) -> None:
    done = _i(invoke, scene, "submodule_pull", "--submodule", "nope")
    assert done.status == 2
    assert done.stderr.startswith("error: there is no submodule 'nope'\n")


def test_a_roll_that_is_dry_shows_the_message(invoke: list[str], scene: Scene) -> None:
    old, new = head(scene.lib), scene.release("lib")
    done = _i(invoke, scene, "submodule_roll_forward", "--dry-run")
    assert done.status == 0
    assert done.stdout.endswith(
        "\nRoll my lib forward\n\n"
        f"my lib (origin/main): {old[:12]}..{new[:12]}, 1 commit\n  {new[:7]} More of lib\n"
    )
    assert head(scene.lib) == old


def test_a_repo_without_runnable_dirs_rolls_without_tests(invoke: list[str], scene: Scene) -> None:
    new = scene.release("lib")
    done = _i(invoke, scene, "submodule_roll_forward", "--submodule", "my lib")
    assert (done.status, done.stdout.splitlines()[0]) == (
        0,
        "no runnable dir: there is nothing to test",
    )
    assert git(scene.root, "rev-parse", "HEAD:my lib") == new


def test_a_branch_is_made_from_where_it_is_told(invoke: list[str], scene: Scene) -> None:
    commit = head(scene.lib)
    commit_all(scene.lib)
    args = ("git_branch_create", "--name", "topic", "--from", "origin/main", "--all")
    assert _i(invoke, scene, *args).status == 0
    assert (branch(scene.lib), head(scene.lib)) == ("topic", commit)


def test_merged_branches_are_not_deleted_where_nobody_can_be_asked(
    invoke: list[str], scene: Scene
) -> None:
    git(scene.lib, "branch", "topic")
    done = _i(invoke, scene, "git_branch_delete_merged")
    assert done.status == 2
    assert "fix:   add --yes" in done.stderr
    assert "git -C 'my lib' branch topic" in done.stdout
    assert _i(invoke, scene, "git_branch_delete_merged", "--dry-run").status == 0
    assert git(scene.lib, "branch", "--list", "topic")
    assert _i(invoke, scene, "git_branch_delete_merged", "--yes").status == 0
    assert git(scene.lib, "branch", "--list", "topic") == ""


def test_a_clean_only_shows_where_nobody_can_be_asked(invoke: list[str], scene: Scene) -> None:
    write_files(scene.lib, {"folder/new.txt": "12345"})
    done = _i(invoke, scene, "git_clean")
    assert done.status == 0
    assert "my lib  folder/    1 file\n" in done.stdout
    assert "nothing was removed; to do so: i git_clean --yes" in done.stdout
    assert (scene.lib / "folder" / "new.txt").is_file()
    assert _i(invoke, scene, "git_clean", "--yes").status == 0
    assert not (scene.lib / "folder").exists()
