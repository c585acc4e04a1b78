"""What a container's first process wrote."""

import http.client
import struct
from collections.abc import Callable
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
    has_terminal = ((client.get(f"/containers/{container}/json") or {}).get("Config") or {}).get(
        "Tty"
    )
    query = {"stdout": "1", "stderr": "1", "follow": "1" if follow else "0"}
    query["tail"] = "all" if tail is None else str(tail)
    connection = http.client.HTTPConnection("engine")
    path = f"/containers/{container}/logs"
    try:
        connection.sock = client.connect(None)
        connection.request("GET", f"{path}?{urlencode(query)}")
        response = connection.getresponse()
        if response.status >= _FIRST_ERROR:
            raise EngineError(
                "the engine has no logs of it", status=response.status, where=f"GET {path}"
            )
        _hand_on(response, write, raw=bool(has_terminal))
    except (OSError, http.client.HTTPException) as error:
        raise client.unavailable(error) from error
    finally:
        connection.close()


def _hand_on(
    response: http.client.HTTPResponse, write: Callable[[bool, bytes], None], *, raw: bool
) -> None:
    buffer = bytearray()
    while chunk := response.read1(_CHUNK):
        if raw:
            write(False, chunk)
            continue
        buffer += chunk
        while len(buffer) >= _HEAD.size:
            stream, length = _HEAD.unpack_from(buffer)
            end = _HEAD.size + length
            if len(buffer) < end:
                break
            write(stream == _STDERR, bytes(buffer[_HEAD.size : end]))
            del buffer[:end]
