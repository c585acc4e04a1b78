import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.results.results import Suite
from helpers.model.settings.socket_policy import SocketPolicy
from helpers.model.version import Version
from helpers.tasks.test_options import command_line_parser, parse_arguments, request_of
from helpers.testing.request import TestRequest
from tests.builders import make_host


def test_hosts_are_not_asked_to_test_the_work_tree_itself() -> None:
    with pytest.raises(HelpersError, match="hosts do not have") as caught:
        parse_arguments("./main_pytest.py", ["--hosts", "build1", "--no-reuse"], [])
    assert caught.value.fix


def test_hosts_and_a_cluster_exclude_each_other() -> None:
    both = ["--hosts", "build1", "--cluster", "tls://scheduler:8786"]
    with pytest.raises(HelpersError, match="exclude each other") as caught:
        parse_arguments("./main_pytest.py", both, [])
    assert caught.value.fix


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--cluster", "tcp://scheduler:8786"], "is not tls://<host>:<port>"),
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
    parsed = parse_arguments("main_pytest.py", ["apps/a", "--suite", "all", "apps/b/tests::x"], [])
    assert (parsed.places, parsed.suite) == (["apps/a", "apps/b/tests::x"], "all")


@pytest.mark.parametrize(
    ("ours", "theirs", "fix"),
    [
        (["-k", "name"], [], "./main_pytest.py -- -k name"),
        (["apps/a", "-k", "name"], [], "./main_pytest.py apps/a -- -k name"),
        (["apps/a", "-k", "apps/a"], [], "./main_pytest.py apps/a -- -k apps/a"),
        (["apps/a", "-k"], [], "./main_pytest.py apps/a -- -k"),
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
        parse_arguments("./main_pytest.py", ours, theirs)
    assert "is no option of ./main_pytest.py" in caught.value.what
    assert caught.value.fix == fix


@pytest.mark.parametrize(
    ("args", "field", "value"),
    [
        (["--suite", "all"], "suite", Suite.ALL),
        (["--stage", "prod"], "stage", Stage.PROD),
        (["--version", "1.2.0"], "version", Version(1, 2, 0)),
        (["--platform", "linux/amd64"], "platform", ""),
        (["--platform", "linux/arm64"], "platform", "linux/arm64"),
        (["--sibling"], "sibling", SocketPolicy.OWN),
        (["--sibling", "full"], "sibling", SocketPolicy.FULL),
        (["--no-build"], "build", False),
        (["--no-reuse"], "reuse", False),
        (["--reuse-from", "s3://b/r"], "reuse_from", "s3://b/r"),
        (["--reuse-from", "r"], "reuse_from", "/here/r"),
        (["--changed"], "since", ""),
        (["--changed-since", "main"], "since", "main"),
        (["--shard", "2/3"], "shard", (2, 3)),
        (["-n", "auto"], "workers", "auto"),
    ],
)
def test_an_option_becomes_a_field_of_the_request(args: list[str], field: str, value: Any) -> None:
    host = make_host(Path("/here"))
    plain, asked = (
        request_of(parse_arguments("m", given, []), ["-q"], host) for given in ([], args)
    )
    assert getattr(asked, field) == value
    assert type(getattr(asked, field)) is type(value)
    assert replace(asked, **{field: getattr(plain, field)}) == plain
    default = TestRequest(jobs=plain.jobs, pytest_args=("-q",))
    assert plain == default, "the defaults stand in one place"
