import re

import pytest

from helpers.model.errors import HelpersError
from helpers.tasks.test_command import _parse
from helpers.tasks.test_options import command_line_parser


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--jobs", "0"], "'0' is not a number from 1"),
        (["--jobs", "many"], "'many' is not a number from 1"),
        (["--retries", "-1"], "'-1' is not a number from 0"),
        (["--timeout", "0"], "'0' is not a number of seconds above 0"),
        (["--timeout", "soon"], "'soon' is not a number of seconds above 0"),
    ],
)
def test_a_number_that_makes_no_sense_is_refused_in_words(args: list[str], said: str) -> None:
    with pytest.raises(HelpersError, match=re.escape(said)):
        command_line_parser("main_pytest.py").parse_args(args)


def test_numbers_are_read() -> None:
    parsed = command_line_parser("m").parse_args(
        ["--jobs", "3", "--retries", "0", "--timeout", ".5"]
    )
    assert (parsed.jobs, parsed.retries, parsed.timeout) == (3, 0, 0.5)


def test_places_may_stand_anywhere() -> None:
    parsed = _parse("main_pytest.py", ["apps/a", "--suite", "all", "apps/b/tests::x"], [])
    assert (parsed.places, parsed.suite) == (["apps/a", "apps/b/tests::x"], "all")


@pytest.mark.parametrize(
    ("ours", "theirs", "fix"),
    [
        (["-k", "name"], [], "./main_pytest.py -- -k name"),
        (["apps/a", "-x"], ["-q"], "./main_pytest.py apps/a -- -x -q"),
        (["--maxfail=1", "--suite", "all"], [], "./main_pytest.py --suite all -- --maxfail=1"),
        (["--nosuch"], [], "./main_pytest.py -- --nosuch   (./main_pytest.py --help lists ours)"),
        (["--changed-sinse", "main"], [], "--changed-since"),
    ],
)
def test_an_option_of_pytests_is_shown_where_it_belongs(
    ours: list[str], theirs: list[str], fix: str
) -> None:
    with pytest.raises(HelpersError) as caught:
        _parse("./main_pytest.py", ours, theirs)
    assert "is not an option of ./main_pytest.py" in caught.value.what
    assert caught.value.fix == fix
