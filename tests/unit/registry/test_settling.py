"""How long notes stand before they are relied on: rivals of all speeds, whoever begins first."""

from itertools import product

import pytest

from helpers.registry.settling import is_late, settling

# Seconds from the read to the end of the write: on this machine, far away, tried again.
TOOK = (0.002, 0.03, 0.1, 0.11, 0.3, 1.0, 4.0, 70.0)


def test_a_slow_registry_is_waited_for_longer() -> None:
    assert settling(0.001) == settling(0.02)
    assert settling(2.0) == 10.0
    assert settling(50.0) == settling(500.0) < 180  # a note of a promotion expires


@pytest.mark.parametrize(("one", "other"), [*product(TOOK, TOOK)])
def test_of_two_who_found_a_tag_free_the_first_to_rely_is_seen_or_done_in_time(
    one: float, other: float
) -> None:
    for read in (one * part / 100 for part in range(100)):
        # The other reads while the first has not written yet.
        (written, took), (last, slow) = sorted([(one, one), (read + other, other)])
        relies = written + settling(took)
        if relies < last:
            assert is_late(slow)
            assert last + settling(slow) - relies >= min(4.9 * settling(took), 60.0)
