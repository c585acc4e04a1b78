"""Read the output of a container's first process."""

import http.client
import struct
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from helpers.engine.client import Client, EngineError

# The multiplexed stream: one byte that says which output, three unused, four of length.
_HEAD = struct.Struct(">BxxxL")
_STDERR = 2
_FIRST_ERROR = 400
_CHUNK = 1 << 16


def read_logs(
    client: Client,
    container: str,
    write: Callable[[bool, bytes], None],
    *,
    tail: int | None = None,
    follow: bool = False,
) -> None:
    """Hand the outputs of a container on as they come, with whether they are errors.

    Args:
        tail: only so many of the last lines.
        follow: until the container ends.

    Raises:
        EngineError: the engine does not answer, or the container is gone.
    """
    found = client.get(f"/containers/{container}/json") or {}
    has_terminal = (found.get("Config") or {}).get("Tty")
    query = {"stdout": "1", "stderr": "1", "follow": "1" if follow else "0"}
    query["tail"] = "all" if tail is None else str(tail)
    connection = http.client.HTTPConnection("engine")
    try:
        response = _ask(client, connection, f"/containers/{container}/logs?{urlencode(query)}")
        chunks = _chunks(client, response)
        for is_error, data in _raw(chunks) if has_terminal else split_outputs(chunks):
            write(is_error, data)
    finally:
        connection.close()


def _ask(
    client: Client, connection: http.client.HTTPConnection, target: str
) -> http.client.HTTPResponse:
    try:
        connection.sock = client.connect(None)
        connection.request("GET", target)
        response = connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise client.unavailable(error) from error
    if response.status >= _FIRST_ERROR:
        where = f"GET {target.partition('?')[0]}"
        raise EngineError("the engine has no logs of it", status=response.status, where=where)
    return response


def _chunks(client: Client, response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            chunk = response.read1(_CHUNK)
        except (OSError, http.client.HTTPException) as error:
            raise client.unavailable(error) from error
        if not chunk:
            return
        yield chunk


def _raw(chunks: Iterator[bytes]) -> Iterator[tuple[bool, bytes]]:
    """A terminal has one output."""
    return ((False, chunk) for chunk in chunks)


def split_outputs(chunks: Iterator[bytes]) -> Iterator[tuple[bool, bytes]]:
    """What came on the two outputs, from their one stream; whether it is an error's comes first."""
    buffer = bytearray()
    for chunk in chunks:
        buffer += chunk
        while len(buffer) >= _HEAD.size:
            stream, length = _HEAD.unpack_from(buffer)
            end = _HEAD.size + length
            if len(buffer) < end:
                break
            yield stream == _STDERR, bytes(buffer[_HEAD.size : end])
            del buffer[:end]
