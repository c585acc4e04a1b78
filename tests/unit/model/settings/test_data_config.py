from datetime import date

import pytest

from helpers.model.errors import HelpersError
from helpers.model.settings.config import parse_dir_config, parse_repo_config

_TEXT = (
    "suites: {unit: tests/unit, slow_io: tests/io}\noffline: [unit]\n"
    'data:\n  prices: {path: "${DATA_DIR}/prices"}\n'
    "  news:\n    version: notes/news.version\n    path: /srv/news\n"
)


def _missing(name: str) -> HelpersError:
    return HelpersError(name)


def test_every_key_is_read() -> None:
    config = parse_dir_config(_TEXT, "c")
    assert config.suites == {"unit": "tests/unit", "slow_io": "tests/io"}
    assert config.offline == ("unit",)
    prices, news = config.data.values()
    assert (prices.version, prices.line) == ("data/prices.version", 4)
    assert (news.version, news.line) == ("notes/news.version", 7)


def test_variables_stand_for_their_values() -> None:
    (data, *_) = parse_dir_config(_TEXT, "c").data.values()
    assert data.folder({"DATA_DIR": "/a $b\\1"}, _missing) == "/a $b\\1/prices"


@pytest.mark.parametrize(
    ("text", "where", "what", "fix"),
    [
        ("suites: {fast: tests}\n", "c:1", "'fast' is no name of a suite", "every dir has"),
        ("suites: {Unit: tests}\n", "c:1", "'Unit' is no name", "small letters"),
        ("suites: {unit: ../x}\n", "c:1", "is not a path below the dir", "tests/unit"),
        ("suites: {unit: .}\n", "c:1", "is not a path below the dir", "tests/unit"),
        ("suites: {unit: [tests]}\n", "c:1", "expected names with texts", "names with texts"),
        ("offline: [unit]\n", "c:1", "there is no suite 'unit'", "suites: {unit: tests/unit}"),
        (
            "suites: {unit: t, io: u}\noffline: [unti]\n",
            "c:2",
            "there is no suite 'unti' among 'suites'",
            "perhaps you meant unit",
        ),
        (
            "data:\n  Prices: {path: /x}\n",
            "c:1",
            "key 'data': 'Prices' is no name of data",
            "small",
        ),
        ("data:\n  a/b: {path: /x}\n", "c:1", "key 'data': 'a/b' is no name", "small"),
        ("data:\n  p: {version: x}\n", "c:2", "key 'path' is missing", "add a line"),
        ("data:\n  p: {path: /x, version: /y}\n", "c:2", "is not a path below the dir", "below"),
        ("data:\n  p:\n    path: $HOME/x\n", "c:3", "a $ that begins no variable", "${DATA_DIR}"),
        ("data:\n  p:\n    path: x$\n", "c:3", "a $ that begins no variable", "${DATA_DIR}"),
        ("data: [p]\n", "c:1", "expected names", "give 'data'"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(
    text: str, where: str, what: str, fix: str
) -> None:
    with pytest.raises(HelpersError) as caught:
        parse_dir_config(text, "c")
    assert what in caught.value.what
    assert caught.value.where == where
    if fix != "below":
        assert fix in str(caught.value.fix)


def test_large_files_are_allowed_by_name_and_date() -> None:
    text = 'name: a\nlarge_files:\n  docs/film.mp4: {until: 2027-01-31, reason: "the logo"}\n'
    assert parse_repo_config(text, "c").large_files == {"docs/film.mp4": date(2027, 1, 31)}
    with pytest.raises(HelpersError, match="key 'until' is missing"):
        parse_repo_config("name: a\nlarge_files:\n  x: {reason: y}\n", "c")
