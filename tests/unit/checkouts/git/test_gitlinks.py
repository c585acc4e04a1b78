"""Which commits of submodules are recorded, found without a submodule being there."""

from pathlib import Path

import pytest

from helpers.checkouts.git.gitlinks import Gitlink, peel, recorded_in, recorded_since
from helpers.vcs.submodules import recorded_in_commit, recorded_in_index
from tests.builders import commit_all, git, make_repo, write_files

_MODULES = '[submodule "x"]\n\tpath = li b\n\turl = u\n'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return make_repo(tmp_path, {".gitmodules": _MODULES}).root


def _record(root: Path, letter: str, path: str = "li b") -> str:
    git(root, "update-index", "--add", "--cacheinfo", f"160000,{letter * 40},{path}")
    git(root, "commit", "--quiet", "--message", f"Record {letter}")
    return git(root, "rev-parse", "HEAD")


def _found(root: Path, *known: str) -> list[Gitlink]:
    tip = git(root, "rev-parse", "HEAD")
    return recorded_since(root, [tip], known, "")


def test_each_commit_that_was_recorded_is_found_oldest_first(root: Path) -> None:
    first = _record(root, "a")
    second = _record(root, "b")
    assert _found(root) == [
        Gitlink("li b", "a" * 40, "", first),
        Gitlink("li b", "b" * 40, "a" * 40, second),
    ]
    assert _found(root, first) == [Gitlink("li b", "b" * 40, "a" * 40, second)]


def test_what_a_remote_has_is_not_looked_at(root: Path) -> None:
    first = _record(root, "a")
    git(root, "update-ref", "refs/remotes/origin/main", first)
    second = _record(root, "b")
    wanted = [Gitlink("li b", "b" * 40, "a" * 40, second)]
    assert recorded_since(root, [second], [], "origin") == wanted
    assert recorded_since(root, [second], [], "") == wanted
    assert len(recorded_since(root, [second], [], "another")) == 2
    git(root, "update-ref", "refs/remotes/origin/main", second)
    assert _found(root) == []


def test_files_and_removals_record_nothing(root: Path) -> None:
    first = _record(root, "a")
    git(root, "rm", "--quiet", "--cached", "li b")
    git(root, "commit", "--quiet", "--message", "Remove")
    write_files(root, {"file": "text"})
    commit_all(root)
    assert _found(root, first) == []


def test_a_file_that_becomes_a_submodule_had_no_commit_before(root: Path) -> None:
    write_files(root, {"li b": "text"})
    before = commit_all(root)
    git(root, "rm", "--quiet", "--cached", "li b")
    after = _record(root, "a")
    assert _found(root, before) == [Gitlink("li b", "a" * 40, "", after)]


def test_a_merge_records_only_what_neither_side_had(root: Path) -> None:
    base = _record(root, "a")
    git(root, "switch", "--quiet", "--create", "topic")
    theirs = _record(root, "b")
    git(root, "switch", "--quiet", "main")
    write_files(root, {"ours": ""})
    git(root, "add", "ours")
    git(root, "commit", "--quiet", "--message", "Ours")
    git(root, "merge", "--quiet", "--no-ff", "--message", "Merge", "topic")
    assert _found(root, base, theirs) == []
    git(root, "update-index", "--cacheinfo", f"160000,{'c' * 40},li b")
    git(root, "commit", "--quiet", "--amend", "--no-edit")
    (found,) = _found(root, base, theirs)
    assert (found.path, found.commit, found.before) == ("li b", "c" * 40, "a" * 40)


@pytest.mark.parametrize("path", ['ö "quoted"\nline: x', "no text: \udcff"])
def test_paths_are_read_whatever_they_are(root: Path, path: str) -> None:
    commit = _record(root, "a", path)
    assert [link.path for link in _found(root)] == [path]
    assert recorded_in_index(root) == recorded_in_commit(root, commit) == {path: "a" * 40}


def test_a_tree_is_compared_with_an_earlier_one(root: Path) -> None:
    first = _record(root, "a")
    second = _record(root, "b")
    _record(root, "c", "not declared")
    tip = git(root, "rev-parse", "HEAD")
    assert recorded_in(root, tip, first) == [Gitlink("li b", "b" * 40, "a" * 40, tip)]
    assert recorded_in(root, tip, second) == []
    assert recorded_in(root, tip, "") == recorded_in(root, tip, "0" * 40)
    assert recorded_in(root, tip, "") == [Gitlink("li b", "b" * 40, "", tip)]


def test_names_are_peeled_to_commits_and_others_left_out(root: Path) -> None:
    commit = _record(root, "a")
    git(root, "tag", "--annotate", "--message", "v1", "v1")
    names = ["v1", commit, "0" * 40, "HEAD^{tree}", "nothing"]
    assert peel(root, names) == {"v1": commit, commit: commit}
