"""What people name on the command line of `main_pytest.py`."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.testing.places import find_places
from helpers.vcs.discovery import discover_dirs
from tests.builders import commit_all, make_repo, make_runnable_dir


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path / "repo", {"libs/plain/code.py": "", "README.md": ""}, commit=False)
    for name in ("apps/a", "apps/b b", "apps/a/inner"):
        make_runnable_dir(made, name, {"tests/test_it.py": "def test_x(): pass\n"})
    commit_all(made.root)
    return made


def _found(repo: Repo, *wanted: str, start: str = ".") -> list[tuple[str, str]]:
    places = find_places(repo, repo.root / start, wanted, discover_dirs(repo))
    return [(place.dir.name, place.node) for place in places]


@pytest.mark.parametrize(
    ("wanted", "start", "found"),
    [
        ("apps/a", ".", [("apps/a", "")]),
        ("apps/a/", ".", [("apps/a", "")]),
        ("a", "apps", [("apps/a", "")]),
        (".", "apps/a", [("apps/a", "")]),
        ("apps", ".", [("apps/a", ""), ("apps/a/inner", ""), ("apps/b b", "")]),
        (".", ".", [("apps/a", ""), ("apps/a/inner", ""), ("apps/b b", "")]),
        ("apps/*", ".", [("apps/a", ""), ("apps/b b", "")]),
        ("apps/a/tests", ".", [("apps/a", "tests")]),
        ("tests/test_it.py", "apps/a", [("apps/a", "tests/test_it.py")]),
        ("apps/a/inner/tests/test_it.py", ".", [("apps/a/inner", "tests/test_it.py")]),
        ("apps/b b/tests/test_it.py::test_x", ".", [("apps/b b", "tests/test_it.py::test_x")]),
        ("apps/a/tests/test_it.py", "apps/b b", [("apps/a", "tests/test_it.py")]),
    ],
)
def test_a_place_is_found_as_people_type_it(
    repo: Repo, wanted: str, start: str, found: list[tuple[str, str]]
) -> None:
    assert _found(repo, wanted, start=start) == found


def test_each_is_there_once_in_the_order_given(repo: Repo) -> None:
    assert _found(repo, "apps/b b", "apps/a", "apps/*") == [("apps/b b", ""), ("apps/a", "")]


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("apps/none", "there is no 'apps/none'"),
        ("none/*", "there is no 'none/*'"),
        ("libs/plain", "is not a runnable dir"),
        ("libs/plain/code.py", "is in no runnable dir"),
        ("README.md", "is in no runnable dir"),
        ("/", "is outside the repo"),
        ("../..", "is outside the repo"),
    ],
)
def test_what_names_nothing_is_an_error_that_helps(repo: Repo, wanted: str, said: str) -> None:
    with pytest.raises(HelpersError) as caught:
        _found(repo, wanted)
    assert said in caught.value.what
    assert caught.value.where.count(str(repo.root)) <= 1
    assert caught.value.mend
