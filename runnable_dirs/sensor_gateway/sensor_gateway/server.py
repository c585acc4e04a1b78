"""The TCP side: a line in is a reading, a line out is its receipt."""

import asyncio
from collections.abc import Callable

from pydantic import BaseModel, ConfigDict, ValidationError

from sensor_gateway.alarms import Alarm, Site
from sensor_gateway.readings import decode_reading

MAX_LINE_BYTES = 4096


class Receipt(BaseModel):
    """What a sensor is told: taken, or what is wrong with its message."""

    model_config = ConfigDict(frozen=True)

    taken: bool
    errors: list[str] = []


class Gateway:
    """Serves any number of sensors at once and hands alarms to `on_alarm`."""

    def __init__(self, site: Site, on_alarm: Callable[[Alarm], None]) -> None:
        self._site = site
        self._on_alarm = on_alarm

    async def serve(self, host: str, port: int) -> asyncio.Server:
        """Start to listen; port 0 takes a free one."""
        return await asyncio.start_server(self._talk, host, port, limit=MAX_LINE_BYTES)

    def receive(self, line: bytes) -> Receipt:
        """Take one message."""
        try:
            reading = decode_reading(line)
        except ValidationError as error:
            return Receipt(taken=False, errors=_describe(error))
        for alarm in self._site.take(reading):
            self._on_alarm(alarm)
        return Receipt(taken=True)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one sensor until it hangs up, or sends a line that is too long."""
        try:
            while line := await reader.readline():
                await _send(writer, self.receive(line))
        except ValueError:
            message = f"a line is longer than {MAX_LINE_BYTES} bytes"
            await _send(writer, Receipt(taken=False, errors=[message]))
        except ConnectionError:
            pass  # The sensor went away; it will call again.
        finally:
            writer.close()


async def _send(writer: asyncio.StreamWriter, receipt: Receipt) -> None:
    writer.write(receipt.model_dump_json().encode() + b"\n")
    await writer.drain()


def _describe(error: ValidationError) -> list[str]:
    return [
        f"{'.'.join(str(part) for part in item['loc']) or 'message'}: {item['msg']}"
        for item in error.errors(include_url=False)
    ]
