"""What git tells a pre-push hook is read, and what needs no look at submodules costs none."""

from pathlib import Path

import pytest

from helpers.checkouts.pre_push import PushedRef, check_push, parse_refs
from helpers.model.errors import HelpersError
from tests.builders import commit_all, make_repo

_ZEROS = "0" * 40


def test_each_line_is_a_ref() -> None:
    first = f"HEAD@{{1 day ago}} {'a' * 40} refs/heads/b {'b' * 40}"
    assert parse_refs(f"{first}\n(delete) {_ZEROS} refs/tags/c {'c' * 40}\n") == [
        PushedRef("a" * 40, "b" * 40),
        PushedRef(_ZEROS, "c" * 40),
    ]
    assert parse_refs("") == []


@pytest.mark.parametrize("name", ["refs/heads/li\u2028ne", "HEAD@{1 day ago}", "refs/heads/\x85"])
def test_a_line_ends_where_git_ends_it(name: str) -> None:
    line = f"{name} {'a' * 40} {name.replace(' ', '-')} {_ZEROS}\n"
    assert parse_refs(line * 2) == [PushedRef("a" * 40, _ZEROS)] * 2


def test_something_else_is_one_clear_error() -> None:
    with pytest.raises(HelpersError, match="not the input that git gives a pre-push hook"):
        parse_refs("what is this\n")


@pytest.mark.parametrize("remote", ["origin", "https://git.example/app.git"])
def test_a_repo_without_submodules_and_without_remotes_passes(tmp_path: Path, remote: str) -> None:
    root = make_repo(tmp_path).root
    commit = commit_all(root)
    told: list[str] = []
    check_push(root, remote, [PushedRef(commit, _ZEROS)], told.append)
    check_push(root, remote, [PushedRef(_ZEROS, commit)], told.append)
    check_push(root, remote, [], told.append)
    assert told == []
