"""What git does not keep is listed by its real names, and removed one by one."""

import os
from pathlib import Path

import pytest

from helpers.checkouts.git.untracked import Untracked, list_untracked, remove_untracked
from tests.builders import git, make_repo, write_files

_ODD = ("-rf", " blank ", "a\nb", "quo\"te's", "tab\t", "ü\u2028", "[x]*?", ":(top)")


def test_names_are_told_as_they_are(root: Path) -> None:
    names = [*_ODD, os.fsdecode(b"no text \xff"), "deep/er/" + _ODD[2]]
    write_files(root, dict.fromkeys(names, ""))
    assert list_untracked(root, ignored=False) == Untracked(tuple(sorted(names)), ())
    assert remove_untracked(root, tuple(sorted(names))) == {}
    assert git(root, "status", "--short") == ""
    assert not (root / "deep").exists()


def test_what_git_ignores_is_told_where_it_is_asked_for(root: Path) -> None:
    write_files(root, {".git/info/exclude": "*.log\nbuild/\n", "a.log": "", "build/b/c": ""})
    assert list_untracked(root, ignored=False).files == ()
    assert list_untracked(root, ignored=True).files == ("a.log", "build/b/c")


@pytest.mark.parametrize("ignored", [False, True])
def test_a_repo_of_its_own_is_never_looked_into(root: Path, ignored: bool) -> None:
    make_repo(root / "plain" / "own", {"file": ""})
    make_repo(root / "hidden" / "own", {"file": ""})
    write_files(root, {".git/info/exclude": "hidden/\n", "plain/beside": ""})
    found = list_untracked(root, ignored=ignored)
    assert found.files == ("plain/beside",)
    assert found.repos == (("hidden/own",) * ignored + ("plain/own",))


def test_a_repo_without_commits_is_one_too(root: Path) -> None:
    make_repo(root / "own", {"file": ""}, commit=False)
    assert list_untracked(root, ignored=False) == Untracked((), ("own",))


def test_what_git_keeps_meanwhile_and_what_is_gone_is_told(root: Path) -> None:
    write_files(root, {"kept": "", "here": "", "folder/inside": ""})
    git(root, "add", "kept")
    assert remove_untracked(root, ("kept", "gone", "here", "folder")) == {
        "kept": "git keeps it by now",
        "gone": "No such file or directory",
        "folder": "Is a directory",
    }
    assert (root / "kept").is_file()
    assert (root / "folder" / "inside").is_file()
    assert not (root / "here").exists()


def test_a_link_goes_and_not_what_it_leads_to(root: Path, tmp_path: Path) -> None:
    write_files(tmp_path, {"far/file": ""})
    (root / "file").symlink_to(tmp_path / "far" / "file")
    (root / "folder").symlink_to(tmp_path / "far")
    (root / "dead").symlink_to("nothing")
    found = list_untracked(root, ignored=False)
    assert found.files == ("dead", "file", "folder")
    assert remove_untracked(root, found.files) == {}
    assert (tmp_path / "far" / "file").is_file()


def test_a_folder_with_something_in_it_stays(root: Path) -> None:
    write_files(root, {"a/b/one": "", "a/two": ""})
    assert remove_untracked(root, ("a/b/one",)) == {}
    assert [path.name for path in (root / "a").iterdir()] == ["two"]
