from datetime import date

import pytest

from helpers.model.errors import HelpersError
from helpers.model.packages.installed import Package, PackageKind
from helpers.model.packages.licences import Licensed, check_names, judge_licences
from helpers.model.settings.config import parse_repo_config
from helpers.model.settings.licence_config import LicenceException, LicencePolicy

TODAY = date(2026, 5, 10)


def package(name: str, licence: str, version: str = "1", place: str = "/a") -> Package:
    return Package(PackageKind.PYTHON, name, version, licence=licence, place=place)


def test_what_nothing_allows_is_a_finding_once_and_unknown_is_one() -> None:
    packages = [
        package("Foo_Bar", "GPL-3.0"),
        package("foo.bar", "GPL-3.0", place="/b"),
        package("fine", "MIT"),
        package("odd", ""),
    ]
    assert judge_licences(packages, LicencePolicy(), TODAY) == (
        [Licensed("foo-bar", "1", "GPL-3.0-only"), Licensed("odd", "1", "unknown")],
        [],
    )


@pytest.mark.parametrize(
    ("licence", "until", "allowed"),
    [
        ("mpl-2.0", TODAY, True),
        ("MPL-2.0", date(2026, 5, 9), False),
        ("GPL-3.0-only", TODAY, False),
    ],
)
def test_an_exception_holds_for_its_licence_up_to_its_day(
    licence: str, until: date, allowed: bool
) -> None:
    exception = LicenceException("certifi", licence, until, "data alone")
    policy = LicencePolicy(exceptions=(exception,))
    found = Licensed("certifi", "1", "MPL-2.0")
    expected = ([], [(found, exception)]) if allowed else ([found], [])
    assert judge_licences([package("certifi", "MPL-2.0")], policy, TODAY) == expected


def test_the_settings_of_a_repo_are_read() -> None:
    text = """\
name: shop
licenses:
  allowed: [mit, ISC]
  exceptions:
    Foo_Bar: {license: my  words, until: 2026-12-31, reason: bought}
"""
    policy = check_names(parse_repo_config(text, "repo_config.yaml").licenses, "repo_config.yaml")
    exception = LicenceException("foo-bar", "my words", date(2026, 12, 31), "bought")
    assert policy == LicencePolicy(("MIT", "ISC"), (exception,))


@pytest.mark.parametrize("name", ["MITT", "MIT OR ISC", "MIT AND", ""])
def test_what_is_allowed_is_a_licence_by_its_name(name: str) -> None:
    with pytest.raises(HelpersError, match="not the SPDX name of a licence") as caught:
        check_names(LicencePolicy((name,)), "repo_config.yaml")
    assert caught.value.fix


@pytest.mark.parametrize(
    ("below", "what"),
    [
        ("allow: [MIT]", "unknown key 'allow'"),
        ("allowed: MIT", "expected a list of texts"),
        ("exceptions: {foo: {license: MIT, until: 2026-01-01}}", "key 'reason' is missing"),
        ("exceptions: {foo: {license: MIT, until: soon, reason: r}}", "expected a date"),
        (
            "exceptions: {a-b: {license: X, until: 2026-01-01, reason: r},"
            " a_b: {license: X, until: 2026-01-01, reason: r}}",
            "the package a-b occurs twice",
        ),
    ],
)
def test_malformed_settings_name_the_key_and_the_line(below: str, what: str) -> None:
    with pytest.raises(HelpersError, match=what) as caught:
        parse_repo_config(f"name: shop\nlicenses:\n  {below}\n", "repo_config.yaml")
    assert str(caught.value.where).startswith("repo_config.yaml:")
    assert caught.value.fix
