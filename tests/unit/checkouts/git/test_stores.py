"""Where the repo of a submodule is, and which commits its remote has, with and without it."""

from pathlib import Path

import pytest

from helpers.checkouts.git.submodule_store import (
    RemoteError,
    SubmoduleStore,
    branches_with,
    declared_address,
    find_store,
    is_head,
    is_here,
    lacking,
    make_store,
    open_checkout,
)
from helpers.system.process import ProcessError
from helpers.vcs.submodules import declared_on_disk
from tests.builders import add_submodule, commit_all, git

_PATH = "li b"


@pytest.fixture
def parent(root: Path, tmp_path: Path) -> Path:
    """A repo that has a clone of `lib.git` as its submodule."""
    git(tmp_path, "clone", "--quiet", "--bare", "repo", "lib.git")
    add_submodule(root, _PATH, tmp_path / "lib.git")
    return root


def _store(parent: Path) -> SubmoduleStore | None:
    return find_store(open_checkout(parent), _PATH, declared_on_disk(parent)[_PATH])


def _found(parent: Path) -> SubmoduleStore:
    found = _store(parent)
    assert found is not None
    return found


def test_a_submodule_is_asked_where_it_is_checked_out(parent: Path, tmp_path: Path) -> None:
    found = _found(parent)
    assert (found.folder, found.kept) == (parent / _PATH, parent / ".git" / "modules" / _PATH)
    assert (found.remote, found.address) == ("origin", str(tmp_path / "lib.git"))


@pytest.mark.parametrize("gone", [".git", ""])
def test_where_it_is_not_checked_out_git_may_have_kept_it(parent: Path, gone: str) -> None:
    git(parent, "submodule", "--quiet", "deinit", "--force", _PATH)
    if not gone:
        (parent / _PATH).rmdir()
    found = _found(parent)
    assert found.folder == found.kept == parent / ".git" / "modules" / _PATH
    assert is_here(found, "HEAD")
    assert found.remote == "origin"


def test_of_one_that_never_was_here_there_is_nothing(parent: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "repo", "clone")
    assert _store(tmp_path / "clone") is None


def test_another_repo_at_its_path_is_not_taken_for_it(parent: Path, tmp_path: Path) -> None:
    git(parent, "submodule", "--quiet", "deinit", "--force", _PATH)
    (parent / _PATH).rmdir()
    git(parent, "clone", "--quiet", str(tmp_path / "repo"), _PATH)
    assert _found(parent).folder == parent / ".git" / "modules" / _PATH


def test_a_folder_that_is_no_repo_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(ProcessError):
        open_checkout(tmp_path)


def test_the_address_of_this_checkout_counts_before_the_declared_one(parent: Path) -> None:
    declared = declared_on_disk(parent)[_PATH]
    git(parent, "config", f"submodule.{_PATH}.url", "https://own.example/lib")
    assert declared_address(open_checkout(parent), declared) == "https://own.example/lib"
    git(parent, "config", "--unset", f"submodule.{_PATH}.url")
    assert declared_address(open_checkout(parent), declared) == declared.url


@pytest.mark.parametrize(
    ("remotes", "wanted", "name"),
    [
        ({}, "", "ADDRESS"),
        ({"far": "x"}, "", "far"),
        ({"far": "x", "origin": "y"}, "", "origin"),
        ({"far": "x", "origin": "y", "own": "ADDRESS"}, "", "own"),
        ({"far": "x", "origin": "y"}, "far", "far"),
        ({"far": "x", "origin": "y"}, "no such", "origin"),
        ({"my.far": "x"}, "", "my.far"),
    ],
)
def test_the_remote_that_others_get_it_from_is_chosen(
    parent: Path, remotes: dict[str, str], wanted: str, name: str
) -> None:
    address = declared_on_disk(parent)[_PATH].url
    git(parent / _PATH, "remote", "remove", "origin")
    for one, url in remotes.items():
        git(parent / _PATH, "config", f"remote.{one}.url", url.replace("ADDRESS", address))
    if wanted:
        assert open_checkout(parent / _PATH, wanted).remote == name
    else:
        assert _found(parent).remote == name.replace("ADDRESS", address)


def test_a_remote_lacks_what_nobody_pushed(parent: Path, tmp_path: Path) -> None:
    lib, far = parent / _PATH, str(tmp_path / "lib.git")
    pushed, tagged, mine = (commit_all(lib, word) for word in ("pushed", "tagged", "mine"))
    git(lib, "push", "--quiet", far, f"{pushed}:refs/heads/x", f"{tagged}:refs/tags/v1")
    found = _found(parent)
    assert lacking(found, [pushed, tagged, mine], tmp_path) == {mine}
    assert lacking(found, [], tmp_path) == set()


def test_what_is_not_here_the_remote_is_asked_for(parent: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "lib.git", "theirs")
    theirs = commit_all(tmp_path / "theirs")
    git(tmp_path / "theirs", "push", "--quiet", "origin", "HEAD")
    nobodys = "1" * 40
    assert lacking(_found(parent), [theirs, nobodys], tmp_path / "scratch") == {nobodys}
    asking = make_store(tmp_path / "asked", str(tmp_path / "lib.git"), theirs)
    assert lacking(asking, [theirs, nobodys], tmp_path) == {nobodys}


def test_a_remote_that_is_gone_has_not_answered(parent: Path, tmp_path: Path) -> None:
    commit = commit_all(parent / _PATH)
    (tmp_path / "lib.git").rename(tmp_path / "moved.git")
    with pytest.raises(RemoteError, match=r"lib\.git"):
        lacking(_found(parent), [commit], tmp_path)


@pytest.mark.parametrize(("digits", "kind"), [(40, "sha1"), (64, "sha256")])
def test_what_asks_has_ids_of_the_same_kind(tmp_path: Path, digits: int, kind: str) -> None:
    made = make_store(tmp_path / "a" / "b", "https://far.example/x", "1" * digits)
    assert git(made.folder, "rev-parse", "--show-object-format") == kind
    assert made.scratch
    assert not is_here(made, "HEAD")


def test_branches_that_have_a_commit_begin_with_the_one_checked_out(parent: Path) -> None:
    lib = parent / _PATH
    commit = commit_all(lib)
    for name in ("a", "line\u2028end", "z"):
        git(lib, "branch", name)
    git(lib, "branch", "older", "HEAD~1")
    git(lib, "switch", "--quiet", "--create", "m")
    store = _found(parent)
    assert branches_with(store, commit) == ["m", "a", "line\u2028end", "main", "z"]
    assert branches_with(store, "1" * 40) == []
    assert is_head(store, commit)
    assert not is_head(store, git(lib, "rev-parse", "older"))
