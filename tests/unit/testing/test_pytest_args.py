import shlex

import pytest

from helpers.testing.pytest_args import choosing


@pytest.mark.parametrize(
    ("typed", "chosen"),
    [
        ("-q", ""),
        ("-q -x --tb short -p no:cacheprovider", ""),
        ("--maxfail 3 --cov src", ""),
        ("-k 'no such' -q", "-k 'no such'"),
        ("-kname -m 'not slow'", "-kname -m 'not slow'"),
        ("--deselect test_a.py::test_b", "--deselect test_a.py::test_b"),
        ("--ignore=tests/old -v", "--ignore=tests/old"),
        ("-q tests/test_a.py", "tests/test_a.py"),
        ("--cov tests/test_a.py::test_b", "tests/test_a.py::test_b"),
        ("--lf", "--lf"),
    ],
)
def test_only_what_chooses_tests_is_what_was_asked_for(typed: str, chosen: str) -> None:
    assert shlex.join(choosing(shlex.split(typed))) == chosen
