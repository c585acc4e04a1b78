from pathlib import Path

import pytest

from helpers.vcs.file_history import (
    changed_between,
    changed_in_index,
    changed_on_disk,
    has_commits,
    read_blobs,
    read_history,
)
from tests.builders import commit_all, git, make_repo, write_files

_ALL = (":(glob)**",)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Two commits of a file and one of another."""
    make_repo(tmp_path, {"a/x": "one\n", "y": "why\n"})
    write_files(tmp_path, {"a/x": "two\n"})
    commit_all(tmp_path)
    return tmp_path


def test_the_states_of_a_file_are_told_oldest_first(root: Path) -> None:
    history = read_history(root, ["a/x", "y", "missing"])
    texts = read_blobs(root, [state.blob for states in history.values() for state in states])
    shown = {path: [texts[state.blob] for state in states] for path, states in history.items()}
    assert shown == {"a/x": ["one\n", "two\n"], "y": ["why\n"]}
    newest = history["a/x"][-1]
    assert newest.commit == git(root, "rev-parse", "HEAD")
    assert newest.tree == git(root, "rev-parse", "HEAD^{tree}")


def test_what_a_merge_brings_is_the_merges(root: Path) -> None:
    git(root, "switch", "--quiet", "--create", "work")
    for text in ("three\n", "four\n"):
        write_files(root, {"a/x": text})
        commit_all(root)
    git(root, "switch", "--quiet", "main")
    git(root, "merge", "--quiet", "--no-ff", "--message", "Merge", "work")
    states = read_history(root, ["a/x"])["a/x"]
    assert len(states) == 3
    assert states[-1].commit == git(root, "rev-parse", "HEAD")


def test_a_file_that_was_removed_and_came_back_has_the_states_that_it_had(root: Path) -> None:
    (root / "y").unlink()
    commit_all(root)
    write_files(root, {"y": "again\n"})
    commit_all(root)
    assert len(read_history(root, ["y"])["y"]) == 2


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"no end", b"\xff\x00\n\x01 missing\n", b"a missing"]
)
def test_objects_are_read_whatever_stands_in_them(root: Path, content: bytes) -> None:
    write_files(root, {"odd": content})
    commit_all(root)
    names = ["HEAD:y", "HEAD:odd", "HEAD:nowhere", "HEAD:a/x"]
    found = read_blobs(root, names)
    assert (found["HEAD:y"], "HEAD:nowhere" in found) == ("why\n", False)
    assert found["HEAD:odd"] == content.decode(errors="replace")
    assert found["HEAD:a/x"] == "two\n"


def test_trees_are_compared_in_one_go(root: Path) -> None:
    write_files(root, {"new": "n\n"})
    (root / "y").unlink()
    commit_all(root)
    first, second, third = git(root, "log", "--format=%T", "--reverse").splitlines()
    old, why = read_history(root, ["a/x"])["a/x"][0].blob, git(root, "rev-parse", "HEAD~1:y")
    pairs = [(first, second), (second, third), (third, third)]
    assert changed_between(root, pairs, _ALL) == {
        (first, second): {"a/x": old},
        (second, third): {"new": "0" * 40, "y": why},
        (third, third): {},
    }


def test_the_disk_and_the_index_differ_from_a_commit_each_in_its_way(root: Path) -> None:
    write_files(root, {"a/x": "three\n", "new": "n\n", ".gitignore": "ignored\n", "ignored": ""})
    git(root, "add", "a/x")
    (root / "y").unlink()
    assert changed_in_index(root, "HEAD", _ALL) == {"a/x"}
    assert changed_on_disk(root, "HEAD", _ALL) == {"a/x", "new", ".gitignore", "y"}
    assert changed_on_disk(root, "HEAD", (":(glob)**/x",)) == {"a/x"}


def test_a_repo_that_was_just_made_has_no_commits(root: Path, tmp_path: Path) -> None:
    assert has_commits(root)
    assert not has_commits(make_repo(tmp_path / "other", commit=False).root)
