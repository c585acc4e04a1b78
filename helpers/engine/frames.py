"""Tell the two outputs of a container apart in the one stream that the engine sends.

https://docs.docker.com/reference/api/engine/version/v1.45/#tag/Container/operation/ContainerAttach
"""

import struct
from collections.abc import Iterator

# One byte that says which output, three unused, four of length.
_HEAD = struct.Struct(">BxxxL")
_STDERR = 2


def take_frames(buffer: bytearray) -> Iterator[tuple[bool, bytes]]:
    """Take what is whole out of a buffer: whether it is of standard error, and the bytes."""
    while len(buffer) >= _HEAD.size:
        stream, length = _HEAD.unpack_from(buffer)
        end = _HEAD.size + length
        if len(buffer) < end:
            return
        data = bytes(buffer[_HEAD.size : end])
        del buffer[:end]
        yield stream == _STDERR, data
