"""How long a note has to stand before its writer may rely on it.

A registry has no lock and no write that fails when another came first. What it has is tags that are
read and written one at a time, which is enough for Fischer's algorithm (Lamport, "A Fast Mutual
Exclusion Algorithm", 1987): who finds a tag free writes a note there, waits, and relies on the note
only if it still stands. Of all rivals who found the tag free, the last to write then wins, and the
others see its note. So the wait, from the end of the own write, must be longer than the slowest
rival takes from the beginning of its read to the end of its write.

Nobody knows what a rival takes, but all ask one registry for the same, so each judges by itself:
it waits `_TIMES` of what it took, and `_SHORTEST` at least, since on a near registry a rival loses
more time to its own machine than to its requests. Nobody waits more than `_LONGEST`, which is well
before a note expires. Two assumptions are left:

- A rival takes no more than either of them. One that was slower (a far network, a request that was
  tried again, a machine that slept) knows it, as `is_late` says: others may have relied on their
  notes before its own replaced them. It must look once more, after its wait, whether what the note
  guards has changed since it read the tag.
- What a rival does next is done when the late one looks. The late one took more than `_TIMES` of
  the rival's time and waits `_TIMES` of its own, so the rival has 25 times what its read and write
  took for one more of each: half a second at least, and `_LONGEST` at most.
"""

import time

_TIMES = 5.0
_SHORTEST, _LONGEST = 0.1, 60.0


def settling(took: float) -> float:
    """Seconds to wait after a note was written.

    Args:
        took: seconds from the beginning of the read that found the tag free to the end of the
            write.
    """
    return min(_LONGEST, max(_SHORTEST, _TIMES * took))


def is_late(took: float) -> bool:
    """Whether a rival may have relied on its note before ours was written.

    Args:
        took: as for `settling`.
    """
    return took > _SHORTEST


def wait_for_rivals(read_at: float, written_at: float) -> None:
    """Wait until all who found a tag free with us have written their notes there.

    Args:
        read_at: when the read began that found it free, by the monotonic clock.
        written_at: when our write had ended.
    """
    time.sleep(max(0.0, written_at + settling(written_at - read_at) - time.monotonic()))
