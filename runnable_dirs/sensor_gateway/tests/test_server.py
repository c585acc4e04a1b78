"""The gateway over real connections on loopback."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import pytest
from sensor_gateway.alarms import Alarm, Limits, Site
from sensor_gateway.server import MAX_LINE_BYTES, Gateway

from tests.builders import make_message

Receipts = list[dict[str, Any]]
T = TypeVar("T")


async def _with_gateway(site: Site, use: Callable[[int], Awaitable[T]]) -> tuple[T, list[Alarm]]:
    """Run `use(port)` against a gateway; return its result and the alarms raised."""
    alarms: list[Alarm] = []
    server = await Gateway(site, alarms.append).serve("127.0.0.1", 0)
    async with server:
        return await use(server.sockets[0].getsockname()[1]), alarms


async def _send(port: int, lines: Iterable[str]) -> Receipts:
    """Send each line on one connection, waiting for its receipt."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    receipts = []
    for line in lines:
        writer.write(line.encode() + b"\n")
        receipts.append(json.loads(await reader.readline()))
    writer.close()
    await writer.wait_closed()
    return receipts


def _talk(site: Site, lines: Iterable[str]) -> tuple[Receipts, list[Alarm]]:
    return asyncio.run(_with_gateway(site, lambda port: _send(port, lines)))


def test_bad_message_is_explained_and_the_next_one_is_taken() -> None:
    receipts, _ = _talk(Site(Limits()), [make_message(celsius="21.5"), make_message()])
    assert receipts == [
        {"taken": False, "errors": ["temperature.celsius: Input should be a valid number"]},
        {"taken": True, "errors": []},
    ]


def test_alarm_is_handed_on() -> None:
    _, alarms = _talk(Site(Limits()), [make_message(celsius=35.0)])
    assert [(alarm.sensor, alarm.reason) for alarm in alarms] == [("hall-1", "temperature high")]


def test_line_that_never_ends_is_refused() -> None:
    receipts, _ = _talk(Site(Limits()), ["x" * (MAX_LINE_BYTES + 1)])
    assert receipts[0]["errors"] == [f"a line is longer than {MAX_LINE_BYTES} bytes"]


@pytest.mark.slow
def test_a_hundred_sensors_at_once_lose_no_reading() -> None:
    site = Site(Limits())

    async def all_sensors(port: int) -> None:
        lines = ([make_message(sensor=f"hall-{number}")] * 400 for number in range(100))
        await asyncio.gather(*(_send(port, sensor) for sensor in lines))

    asyncio.run(_with_gateway(site, all_sensors))
    assert {state.readings for state in site.sensors.values()} == {400}
    assert len(site.sensors) == 100


@pytest.mark.slow
def test_sensor_that_hangs_up_in_the_middle_disturbs_no_other() -> None:
    async def rude_then_polite(port: int) -> Receipts:
        for _ in range(2_000):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(make_message().encode()[:40])
            writer.transport.abort()
        return await _send(port, [make_message()])

    receipts, _ = asyncio.run(_with_gateway(Site(Limits()), rude_then_polite))
    assert receipts == [{"taken": True, "errors": []}]


@pytest.mark.superslow
def test_receipts_stay_quick_under_seconds_of_load() -> None:
    """A sensor among 20 that never pause gets each receipt within a second."""

    async def load_and_probe(port: int) -> list[float]:
        load = [asyncio.create_task(_send_for(port, seconds=3)) for _ in range(20)]
        waits = [await _seconds_for_receipt(port) for _ in range(30)]
        await asyncio.gather(*load)
        return waits

    waits, _ = asyncio.run(_with_gateway(Site(Limits()), load_and_probe))
    assert max(waits) < 1


async def _send_for(port: int, seconds: float) -> None:
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        await _send(port, [make_message()] * 20)


async def _seconds_for_receipt(port: int) -> float:
    loop = asyncio.get_running_loop()
    start = loop.time()
    await _send(port, [make_message()])
    return loop.time() - start
