"""What is typed as the values of options, read into types."""

import pytest

from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import Stage
from helpers.tasks import values


def test_a_variable_has_a_value_or_the_hosts() -> None:
    found = values.read_variables(["A=1=2", "B", "C="], {"B": "own"})
    assert found == {"A": "1=2", "B": "own", "C": ""}


@pytest.mark.parametrize(
    ("item", "what"), [("1x=2", "is not NAME=value"), ("GONE", "the host has no such variable")]
)
def test_a_variable_that_cannot_be_set_is_refused(item: str, what: str) -> None:
    with pytest.raises(HelpersError, match=what):
        values.read_variables([item], {})


def test_a_port_is_completed() -> None:
    given = ["8080", "8080:80", "127.0.0.2:8080:80"]
    assert values.read_ports(given) == ("8080:8080", "8080:80", "127.0.0.2:8080:80")


@pytest.mark.parametrize("item", ["", "x", "0", "65536", "80:", "a:b:c", "1:2:3:4"])
def test_what_is_no_port_is_refused(item: str) -> None:
    with pytest.raises(HelpersError, match="is not a port"):
        values.read_ports([item])


@pytest.mark.parametrize("text", ["", "-1", "1.5", "x", "9999999999"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(HelpersError, match=r"--tail .* is not a number from 0"):
        values.read_number(text, "--tail")
    assert values.read_number("12", "--tail") == 12


def test_platforms_are_read_from_a_list() -> None:
    assert values.read_platforms("") == ()
    assert values.read_platforms("linux/arm64, linux/amd64") == ("linux/arm64", "linux/amd64")
    with pytest.raises(HelpersError, match="is not a supported platform"):
        values.read_platforms("linux/amd46")


def test_options_that_exclude_each_other_are_refused_together() -> None:
    values.not_both("--all", "--dir", "")
    with pytest.raises(HelpersError, match="--all and --dir exclude each other"):
        values.not_both("--all", "--dir", "apps/a")


def test_production_images_alone_have_code() -> None:
    assert values.read_code("wheel", Stage.PROD) is CodeKind.WHEEL
    assert values.read_code("", Stage.LOCAL) is None
    with pytest.raises(HelpersError, match="takes one of copy, wheel, index; not 'wheels'"):
        values.read_code("wheels", Stage.PROD)
    with pytest.raises(HelpersError, match="a dev image has no code"):
        values.read_code("wheel", Stage.DEV)
