"""What people name on the command line of `main_pytest.py`."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.testing.hints.spelled_alike import hints_on_tests
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
    places = find_places(repo, repo.root / start, wanted, discover_dirs(repo), {})
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
    ("wanted", "start", "meant"),
    [
        ("apps/a/tests/test_ti.py", ".", "apps/a/tests/test_it.py"),
        ("apps/a/tests/test_ti.py::test_x", ".", "apps/a/tests/test_it.py::test_x"),
        ("apps/a/test/test_it.py", "apps/b b", "apps/a/tests/test_it.py"),
        ("tests/tst_it.py", "apps/a", "tests/test_it.py"),
        ("apps/aa", ".", "--dir apps/a"),
    ],
)
def test_a_misspelled_file_or_dir_is_answered_with_the_one_that_is_meant(
    repo: Repo, wanted: str, start: str, meant: str
) -> None:
    with pytest.raises(HelpersError) as caught:
        _found(repo, wanted, start=start)
    assert caught.value.fix == f"perhaps you meant {meant}"
    if not meant.startswith("--dir"):
        assert _found(repo, meant, start=start)


@pytest.mark.parametrize(
    ("wanted", "hints"),
    [
        ("test_a.py::test_tow", ["perhaps you meant test_a.py::test_two"]),
        ("test_a.py::TestIt::test_tree", ["perhaps you meant test_a.py::TestIt::test_three"]),
        ("test_a.py::zzz", ["test_a.py has: test_one, test_two, TestIt::test_three"]),
        ("test_a.py::test_one[x]", []),
        ("test_a.py::TestIt", []),
        ("test_a.py", []),
        ("test_broken.py::test_one", []),
        ("test_gone.py::test_one", []),
    ],
)
def test_a_misspelled_test_is_answered_with_the_one_that_is_meant(
    repo: Repo, wanted: str, hints: list[str]
) -> None:
    methods = "class TestIt:\n    def test_three(self): ...\n    def help(self): ...\n"
    tests = f"def test_one(): ...\nasync def test_two(): ...\n{methods}"
    made = make_runnable_dir(repo, "app", {"test_a.py": tests, "test_broken.py": "def ("})
    assert list(hints_on_tests(made, [wanted])) == hints


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
    assert caught.value.fix
