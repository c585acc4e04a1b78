"""What a sensor may send; strictness of this kind holds for pydantic 2 alone."""

import json
from typing import Any

import pydantic
import pytest
from pydantic import ValidationError
from sensor_gateway.readings import Door, Temperature, decode_reading

from tests.builders import TAKEN_AT, make_door_message, make_message


def _error_types(message: str) -> list[tuple[tuple[int | str, ...], str]]:
    with pytest.raises(ValidationError) as caught:
        decode_reading(message)
    return [(item["loc"], item["type"]) for item in caught.value.errors()]


def test_installed_pydantic_is_of_major_version_2() -> None:
    assert pydantic.VERSION.split(".")[0] == "2"


def test_kind_decides_which_reading_it_is() -> None:
    assert isinstance(decode_reading(make_message()), Temperature)
    assert isinstance(decode_reading(make_door_message(is_open=True)), Door)


def test_errors_are_those_of_the_kind_that_was_named_and_no_other() -> None:
    assert _error_types(make_message(celsius=None)) == [(("temperature", "celsius"), "missing")]


def test_unknown_kind_is_one_error() -> None:
    assert _error_types(make_message(kind="pressure")) == [((), "union_tag_invalid")]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"celsius": "21.5"}, "float_type"),
        ({"battery_percent": "80"}, "int_type"),
        ({"battery_percent": 80.0}, "int_type"),
        ({"sensor": 7}, "string_type"),
        ({"colour": "red"}, "extra_forbidden"),
        ({"taken_at": "2026-11-20T08:30:00"}, "timezone_aware"),
        ({"celsius": 1000}, "less_than_equal"),
    ],
)
def test_nothing_is_coerced_or_guessed(changes: dict[str, Any], error: str) -> None:
    assert [kind for _, kind in _error_types(make_message(**changes))] == [error]


def test_strict_mode_still_reads_times_from_json() -> None:
    assert decode_reading(make_message()).taken_at.isoformat() == TAKEN_AT


def test_computed_fields_are_written_with_the_rest() -> None:
    written = json.loads(decode_reading(make_message(battery_percent=9)).model_dump_json())
    assert (written["fahrenheit"], written["battery_low"]) == (70.7, True)


def test_what_is_not_json_is_an_error_of_validation() -> None:
    assert _error_types("{") == [((), "json_invalid")]
