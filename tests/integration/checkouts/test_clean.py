"""Untracked files of many checkouts go only after they were shown, and nothing else ever."""

from helpers.checkouts.clean import find_litter, grouped, remove_litter
from helpers.model.checkouts.move_outcomes import MoveStatus
from tests.builders import git, make_repo, write_files
from tests.scenes import Scene


def _found(scene: Scene, *, ignored: bool = False) -> dict[str, tuple[str, ...]]:
    found, others = find_litter(scene.root, ignored=ignored)
    assert others == []
    return {one.path: one.files for one in found}


def test_untracked_files_of_every_checkout_are_found(scene: Scene) -> None:
    write_files(scene.root, {"a b.txt": "", "folder/one.txt": "", "folder/two.txt": "2"})
    write_files(scene.deep, {"deep_new.txt": ""})
    assert _found(scene) == {
        ".": ("a b.txt", "folder/one.txt", "folder/two.txt"),
        "my lib/deep": ("deep_new.txt",),
    }


def test_they_are_shown_by_topmost_folder(scene: Scene) -> None:
    write_files(scene.root, {"a b.txt": "", "folder/one.txt": "1", "folder/x/two.txt": "22"})
    litter = find_litter(scene.root, ignored=False)[0][0]
    assert (grouped(litter), litter.size) == ([("a b.txt", 1), ("folder/", 2)], 3)


def test_only_what_was_shown_goes_with_folders_that_are_empty_then(scene: Scene) -> None:
    write_files(scene.root, {"folder/one.txt": "", "other/sub/one.txt": ""})
    found, _ = find_litter(scene.root, ignored=False)
    write_files(scene.root, {"folder/later.txt": "mine"})
    told = remove_litter(scene.root, found)
    assert [(one.path, one.status, one.what) for one in told] == [
        (".", MoveStatus.MOVED, "2 files removed")
    ]
    assert not (scene.root / "other").exists()
    assert [path.name for path in (scene.root / "folder").iterdir()] == ["later.txt"]


def test_what_git_came_to_keep_meanwhile_stays(scene: Scene) -> None:
    write_files(scene.root, {"one.txt": "mine"})
    found, _ = find_litter(scene.root, ignored=False)
    git(scene.root, "add", "one.txt")
    told = remove_litter(scene.root, found)
    assert told[0].status is MoveStatus.FAILED
    assert told[0].what == "0 files removed, not one.txt: git keeps it by now"
    assert (scene.root / "one.txt").read_text() == "mine"


def test_changed_and_staged_files_stay(scene: Scene) -> None:
    write_files(scene.lib, {"lib.txt": "mine", "staged.txt": "s"})
    git(scene.lib, "add", "staged.txt")
    assert _found(scene, ignored=True) == {}


def test_repos_that_are_no_submodules_are_never_gone_into(scene: Scene) -> None:
    make_repo(scene.root / "cloned", {"work.txt": "mine"})
    write_files(scene.root, {".git/info/exclude": "ignored/\n"})
    make_repo(scene.root / "ignored" / "cloned", {"work.txt": "mine"})
    git(scene.root, "worktree", "add", "--quiet", "-b", "second", "linked")
    (litter,), _ = find_litter(scene.root, ignored=True)
    assert litter.files == ()
    assert litter.repos == ("cloned", "ignored/cloned", "linked")


def test_what_git_ignores_is_found_only_when_asked_for(scene: Scene) -> None:
    write_files(scene.lib, {"a.secret": "mine"})
    assert _found(scene) == {}
    assert _found(scene, ignored=True) == {"my lib": ("a.secret",)}


def test_results_and_locks_of_the_toolchain_stay(scene: Scene) -> None:
    ours = {"tmp.helpers/lock": "", "tmp.main_pytest/latest/log.txt": ""}
    write_files(scene.root, ours)
    write_files(scene.lib, ours)
    assert _found(scene, ignored=True) == {}


def test_files_where_a_submodule_is_not_checked_out_stay(scene: Scene) -> None:
    git(scene.root, "submodule", "--quiet", "deinit", "my lib")
    write_files(scene.root, {"my lib/mine.txt": "mine"})
    assert _found(scene, ignored=True) == {}


def test_a_link_goes_and_what_it_leads_to_stays(scene: Scene) -> None:
    outside = scene.folder / "outside"
    write_files(outside, {"mine.txt": "mine"})
    (scene.root / "link").symlink_to(outside)
    found, _ = find_litter(scene.root, ignored=False)
    assert found[0].files == ("link",)
    remove_litter(scene.root, found)
    assert not (scene.root / "link").is_symlink()
    assert (outside / "mine.txt").read_text() == "mine"


def test_an_unborn_repo_can_be_cleaned(scene: Scene) -> None:
    git(scene.lib, "switch", "--quiet", "--orphan", "fresh")
    write_files(scene.lib, {"new.txt": ""})
    assert _found(scene)["my lib"] == ("new.txt",)
