"""Read the output of a container's first process."""

from collections.abc import Callable, Iterator

from helpers.engine.client import Client
from helpers.engine.frames import take_frames


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
    with client.reading(f"/containers/{container}/logs", **query) as answer:
        if has_terminal:
            # It has one output.
            for piece in answer.pieces():
                write(False, piece)
        else:
            for is_error, data in split_outputs(answer.pieces()):
                write(is_error, data)


def split_outputs(pieces: Iterator[bytes]) -> Iterator[tuple[bool, bytes]]:
    """What came on the two outputs, from their one stream; whether it is an error's comes first."""
    buffer = bytearray()
    for piece in pieces:
        buffer += piece
        yield from take_frames(buffer)
