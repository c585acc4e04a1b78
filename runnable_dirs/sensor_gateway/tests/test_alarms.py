"""When somebody is told, and when not again."""

import pytest
from sensor_gateway.alarms import Limits, Site
from sensor_gateway.readings import decode_reading

from tests.builders import make_door_message, make_message


@pytest.fixture
def site() -> Site:
    """A place with the usual limits."""
    return Site(Limits())


def _reasons(site: Site, *messages: str) -> list[list[str]]:
    """The reasons of the alarms that each message raised."""
    return [[alarm.reason for alarm in site.take(decode_reading(it))] for it in messages]


def test_alarm_is_raised_once_while_it_lasts(site: Site) -> None:
    hot = make_message(celsius=35.0)
    assert _reasons(site, hot, hot) == [["temperature high"], []]


def test_alarm_is_raised_again_after_it_was_over(site: Site) -> None:
    opened, closed = make_door_message(is_open=True), make_door_message(is_open=False)
    assert _reasons(site, opened, closed, opened) == [["door open"], [], ["door open"]]


def test_sensors_do_not_hide_each_others_alarms(site: Site) -> None:
    first, second = (make_message(sensor=name, celsius=35.0) for name in ("hall-1", "hall-2"))
    assert _reasons(site, first, second) == [["temperature high"], ["temperature high"]]


def test_one_reading_may_raise_two_alarms(site: Site) -> None:
    message = make_message(celsius=35.0, battery_percent=1)
    assert _reasons(site, message) == [["battery low", "temperature high"]]


def test_late_reading_is_counted_and_raises_nothing(site: Site) -> None:
    late = make_message(celsius=35.0, taken_at="2026-11-20T08:29:59+00:00")
    assert _reasons(site, make_message(), late) == [[], []]
    assert site.sensors["hall-1"].readings == 2
