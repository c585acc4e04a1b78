import struct
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from helpers.engine.logs import split_outputs

_FRAMES = st.lists(st.tuples(st.booleans(), st.binary(min_size=1, max_size=30)), max_size=6)


def _cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


@given(_FRAMES, st.integers(1, 40))
def test_the_two_outputs_are_told_apart_however_they_arrive(
    frames: list[tuple[bool, bytes]], size: int
) -> None:
    sent = b"".join(
        struct.pack(">BxxxL", 2 if bad else 1, len(data)) + data for bad, data in frames
    )
    assert list(split_outputs(_cut(sent, size))) == frames
