"""Branches of many checkouts: made in all or none, deleted only where nothing is lost."""

from pathlib import Path

import pytest

from helpers.checkouts.branch_create import NewBranch, create_branches
from helpers.checkouts.branch_delete import (
    DeleteOptions,
    delete_merged,
    find_merged,
    how_to_get_back,
    why_it_goes,
)
from helpers.model.checkouts.move_outcomes import MoveStatus
from helpers.model.errors import HelpersError
from tests.builders import commit_all, git, write_files
from tests.scenes import Scene, branch, head


def _create(
    scene: Scene, name: str = "topic", start: str = "", **how: bool
) -> dict[str, MoveStatus]:
    wanted = NewBranch(name, start, everywhere=how.get("everywhere", False))
    told = create_branches(scene.root, wanted, dry_run=how.get("dry_run", False))
    return {one.path: one.status for one in told}


def _branches(checkout: Path) -> list[str]:
    return git(checkout, "for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split()


def _everywhere(scene: Scene) -> list[Path]:
    return [scene.root, scene.lib, scene.deep]


def test_all_checkouts_get_the_branch(scene: Scene) -> None:
    commits = [head(one) for one in _everywhere(scene)]
    assert set(_create(scene, everywhere=True).values()) == {MoveStatus.MOVED}
    assert [branch(one) for one in _everywhere(scene)] == ["topic"] * 3
    assert [head(one) for one in _everywhere(scene)] == commits


def test_checkouts_with_changes_get_the_branch_and_those_that_record_them(scene: Scene) -> None:
    write_files(scene.lib, {"new.txt": "mine"})
    assert _create(scene) == {".": MoveStatus.MOVED, "my lib": MoveStatus.MOVED}
    assert [branch(one) for one in _everywhere(scene)] == ["topic", "topic", "main"]
    assert (scene.lib / "new.txt").read_text() == "mine"


def test_commits_without_a_branch_count_as_changes(scene: Scene) -> None:
    git(scene.lib, "checkout", "--quiet", "--detach")
    mine = commit_all(scene.lib)
    assert _create(scene) == {".": MoveStatus.MOVED, "my lib": MoveStatus.MOVED}
    assert (branch(scene.lib), head(scene.lib)) == ("topic", mine)


def test_without_changes_anywhere_the_option_is_told(scene: Scene) -> None:
    with pytest.raises(HelpersError) as caught:
        _create(scene)
    assert caught.value.fix == "i git_branch_create --name topic --all"


@pytest.mark.parametrize("name", ["two words", "a..b", "-x", "", "x.lock", "@{1}"])
def test_what_is_no_name_is_refused(scene: Scene, name: str) -> None:
    with pytest.raises(HelpersError, match="is not a valid branch name"):
        _create(scene, name, everywhere=True)


@pytest.mark.parametrize("existing", ["topic", "topic/part"])
def test_a_name_that_one_has_already_stops_all(scene: Scene, existing: str) -> None:
    git(scene.deep, "branch", existing)
    told = _create(scene, everywhere=True)
    assert told == {
        ".": MoveStatus.LEFT,
        "my lib": MoveStatus.LEFT,
        "my lib/deep": MoveStatus.REFUSED,
    }
    assert [branch(one) for one in _everywhere(scene)] == ["main"] * 3
    assert "topic" not in _branches(scene.root)


def test_a_start_that_one_does_not_have_stops_all(scene: Scene) -> None:
    git(scene.lib, "tag", "v1")
    told = _create(scene, start="v1", everywhere=True)
    assert told == {
        ".": MoveStatus.REFUSED,
        "my lib": MoveStatus.LEFT,
        "my lib/deep": MoveStatus.REFUSED,
    }
    assert _branches(scene.lib) == ["main"]
    wanted = NewBranch("topic", "v1", everywhere=True)
    fixes = [one.fix for one in create_branches(scene.root, wanted, dry_run=True)]
    deep = "git -C 'my lib/deep' fetch --tags --force origin '+refs/heads/*:refs/remotes/origin/*'"
    assert any(fix.startswith(deep) for fix in fixes), fixes


def test_a_changed_file_that_the_start_has_otherwise_stops_all(scene: Scene) -> None:
    scene.release("deep")
    git(scene.deep, "fetch", "--quiet")
    write_files(scene.deep, {"deep.txt": "mine\n"})
    told = _create(scene, start="origin/main", everywhere=True)
    assert told["my lib/deep"] is MoveStatus.REFUSED
    assert _branches(scene.root) == ["main"]
    assert (scene.deep / "deep.txt").read_text() == "mine\n"


def test_it_begins_where_it_is_told(scene: Scene) -> None:
    lib = scene.release("lib")
    git(scene.lib, "fetch", "--quiet")
    assert set(_create(scene, start="origin/main", everywhere=True).values()) == {MoveStatus.MOVED}
    assert (branch(scene.lib), head(scene.lib)) == ("topic", lib)
    assert git(scene.lib, "config", "--default", "", "--get", "branch.topic.remote") == ""


def test_commits_that_no_branch_has_are_not_left_for_another_start(scene: Scene) -> None:
    git(scene.lib, "checkout", "--quiet", "--detach")
    mine = commit_all(scene.lib)
    assert _create(scene, start="origin/main", everywhere=True)["my lib"] is MoveStatus.REFUSED
    assert head(scene.lib) == mine
    assert _branches(scene.root) == ["main"]


def test_one_that_git_refuses_after_all_takes_the_others_back(scene: Scene) -> None:
    git(scene.root, "checkout", "--quiet", "--detach")
    kept = Path(git(scene.deep, "rev-parse", "--absolute-git-dir"))
    (kept / "refs" / "heads" / "topic.lock").touch()
    told = _create(scene, everywhere=True)
    assert told == {
        ".": MoveStatus.LEFT,
        "my lib": MoveStatus.LEFT,
        "my lib/deep": MoveStatus.FAILED,
    }
    assert [branch(one) for one in _everywhere(scene)] == ["", "main", "main"]
    assert [_branches(one) for one in _everywhere(scene)] == [["main"]] * 3


def test_one_in_the_midst_of_a_merge_stops_all(scene: Scene) -> None:
    git(scene.lib, "switch", "--quiet", "--create", "other")
    commit_all(scene.lib)
    git(scene.lib, "switch", "--quiet", "main")
    git(scene.lib, "merge", "--quiet", "--no-ff", "--no-commit", "other")
    assert _create(scene, everywhere=True)["my lib"] is MoveStatus.REFUSED
    assert _branches(scene.root) == ["main"]


def test_a_dry_run_makes_nothing(scene: Scene) -> None:
    assert set(_create(scene, everywhere=True, dry_run=True).values()) == {MoveStatus.LEFT}
    assert [_branches(one) for one in _everywhere(scene)] == [["main"]] * 3


def _found(scene: Scene, wish: DeleteOptions | None = None) -> list[tuple[str, str]]:
    merged, others = find_merged(scene.root, wish or DeleteOptions())
    assert others == []
    return [(one.state.path, one.branch.name) for one in merged]


def _topic(checkout: Path, name: str = "topic") -> str:
    """A branch with a commit of its own; `main` is checked out."""
    git(checkout, "switch", "--quiet", "--create", name)
    write_files(checkout, {f"{name}.txt": name})
    commit = commit_all(checkout, name)
    git(checkout, "switch", "--quiet", "main")
    return commit


def test_what_was_merged_is_found_everywhere_and_deleted(scene: Scene) -> None:
    for checkout in (scene.lib, scene.deep):
        _topic(checkout)
        git(checkout, "merge", "--quiet", "--no-ff", "topic")
    commit = git(scene.lib, "rev-parse", "topic")
    merged, _ = find_merged(scene.root, DeleteOptions())
    assert how_to_get_back(merged[0]) == f"git -C 'my lib' branch topic {commit[:12]}"
    told = delete_merged(scene.root, merged, DeleteOptions())
    assert [(one.path, one.status) for one in told] == [
        ("my lib", MoveStatus.MOVED),
        ("my lib/deep", MoveStatus.MOVED),
    ]
    assert _branches(scene.lib) == _branches(scene.deep) == ["main"]


def test_what_only_the_remote_merged_is_found(scene: Scene) -> None:
    commit = _topic(scene.lib)
    git(scene.lib, "push", "--quiet", "origin", f"{commit}:refs/heads/main")
    assert _found(scene) == [("my lib", "topic")]


def test_what_has_commits_of_its_own_stays(scene: Scene) -> None:
    _topic(scene.lib)
    assert _found(scene) == []
    assert _found(scene, DeleteOptions(squashed=True)) == []


def test_the_current_and_the_main_branch_stay(scene: Scene) -> None:
    git(scene.lib, "switch", "--quiet", "--create", "current")
    git(scene.lib, "branch", "other")
    merged, _ = find_merged(scene.root, DeleteOptions(into="other"))
    assert merged == []


def test_what_another_worktree_has_checked_out_stays(scene: Scene) -> None:
    git(scene.lib, "worktree", "add", "--quiet", "-b", "topic", str(scene.folder / "linked"))
    assert _found(scene) == []


def test_what_was_squashed_is_found_only_when_asked_for(scene: Scene) -> None:
    git(scene.lib, "switch", "--quiet", "--create", "topic")
    for number in (1, 2):
        write_files(scene.lib, {f"{number}.txt": "x"})
        commit_all(scene.lib)
    git(scene.lib, "switch", "--quiet", "main")
    git(scene.lib, "merge", "--quiet", "--squash", "topic")
    commit_all(scene.lib, "Squashed")
    commit_all(scene.lib, "Later")
    assert _found(scene) == []
    assert _found(scene, DeleteOptions(squashed=True)) == [("my lib", "topic")]


def test_what_was_picked_commit_by_commit_counts_as_squashed(scene: Scene) -> None:
    commit = _topic(scene.lib)
    commit_all(scene.lib, "Between")
    git(scene.lib, "cherry-pick", commit)
    assert _found(scene, DeleteOptions(squashed=True)) == [("my lib", "topic")]


def test_a_merge_settled_by_hand_is_not_taken_for_squashed(scene: Scene) -> None:
    commit = _topic(scene.lib)
    git(scene.lib, "cherry-pick", "--no-commit", commit)
    commit_all(scene.lib, "Picked")
    git(scene.lib, "switch", "--quiet", "topic")
    git(scene.lib, "merge", "--quiet", "--no-commit", "--no-ff", "main")
    write_files(scene.lib, {"by_hand.txt": "mine"})
    commit_all(scene.lib, "Merge")
    git(scene.lib, "switch", "--quiet", "main")
    assert _found(scene, DeleteOptions(squashed=True)) == []


def test_a_branch_that_moved_after_it_was_shown_stays(scene: Scene) -> None:
    git(scene.lib, "branch", "topic")
    merged, _ = find_merged(scene.root, DeleteOptions())
    git(scene.lib, "switch", "--quiet", "topic")
    mine = commit_all(scene.lib)
    git(scene.lib, "switch", "--quiet", "main")
    told = delete_merged(scene.root, merged, DeleteOptions())
    assert (told[0].status, told[0].what) == (MoveStatus.REFUSED, "topic moved meanwhile")
    assert git(scene.lib, "rev-parse", "topic") == mine


def test_a_main_branch_that_was_reset_after_it_was_shown_keeps_the_branch(scene: Scene) -> None:
    _topic(scene.lib)
    git(scene.lib, "merge", "--quiet", "topic")
    merged, _ = find_merged(scene.root, DeleteOptions())
    git(scene.lib, "reset", "--quiet", "--hard", "origin/main")
    assert delete_merged(scene.root, merged, DeleteOptions())[0].status is MoveStatus.REFUSED
    assert "topic" in _branches(scene.lib)


def test_branches_of_remotes_go_only_when_asked_for(scene: Scene) -> None:
    commit = _topic(scene.lib)
    git(scene.lib, "push", "--quiet", "--set-upstream", "origin", "topic")
    git(scene.lib, "push", "--quiet", "origin", f"{commit}:refs/heads/main")
    merged, _ = find_merged(scene.root, DeleteOptions())
    assert why_it_goes(merged[0]) == "merged into origin/main"
    merged, _ = find_merged(scene.root, DeleteOptions(remote=True))
    assert why_it_goes(merged[0]) == "merged into origin/main; origin/topic goes too"
    assert (
        delete_merged(scene.root, merged, DeleteOptions(remote=True))[0].status is MoveStatus.MOVED
    )
    assert git(scene.remote("lib"), "branch", "--list", "topic") == ""


def test_a_branch_of_a_remote_that_somebody_moved_stays(scene: Scene) -> None:
    commit = _topic(scene.lib)
    git(scene.lib, "push", "--quiet", "--set-upstream", "origin", "topic")
    git(scene.lib, "push", "--quiet", "origin", f"{commit}:refs/heads/main")
    merged, _ = find_merged(scene.root, DeleteOptions(remote=True))
    git(scene.theirs("lib"), "fetch", "--quiet")
    git(scene.theirs("lib"), "switch", "--quiet", "topic")
    theirs = scene.release("lib")
    told = delete_merged(scene.root, merged, DeleteOptions(remote=True))
    assert told[0].status is MoveStatus.FAILED
    assert git(scene.remote("lib"), "rev-parse", "topic") == theirs


def test_branches_of_a_checkout_with_a_bisect_begun_stay(scene: Scene) -> None:
    git(scene.lib, "branch", "topic")
    git(scene.lib, "bisect", "start")
    merged, others = find_merged(scene.root, DeleteOptions())
    assert (merged, [one.what for one in others]) == ([], ["a bisect was begun and not ended"])


def test_without_a_main_branch_nothing_is_found_and_the_option_told(scene: Scene) -> None:
    with pytest.raises(HelpersError, match="no repo here has a branch 'nope'") as caught:
        find_merged(scene.root, DeleteOptions(into="nope"))
    assert "git branch --all" in caught.value.fix
