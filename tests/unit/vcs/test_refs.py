from pathlib import Path

import pytest

from helpers.system.process import ProcessError
from helpers.vcs.refs import choose_remote, is_in_any
from tests.builders import commit_all, git, make_repo


def test_a_commit_is_in_a_branch_that_has_it_or_what_comes_after_it(tmp_path: Path) -> None:
    root = make_repo(tmp_path, {"a": "1\n"}).root
    first = git(root, "rev-parse", "HEAD")
    git(root, "update-ref", "refs/remotes/origin/main", first)
    second = commit_all(root, "Mine")
    assert is_in_any(root, first, "refs/remotes", "refs/tags")
    assert not is_in_any(root, second, "refs/remotes", "refs/tags")
    assert is_in_any(root, second, "refs/heads")
    git(root, "tag", "v1")
    assert is_in_any(root, second, "refs/remotes", "refs/tags")
    with pytest.raises(ProcessError):
        is_in_any(root, "1" * 40, "refs/heads")


@pytest.mark.parametrize(
    ("names", "chosen"), [((), ""), (("b", "origin"), "origin"), (("b", "c"), "b")]
)
def test_origin_is_the_main_remote_or_else_the_first(names: tuple[str, ...], chosen: str) -> None:
    assert choose_remote(names) == chosen
