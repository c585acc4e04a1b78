"""Random lists of edits, for tests that hold something after each edit."""

from collections.abc import Callable, Iterable
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

_IN_A_ROW = 50


def try_edits(
    edits: st.SearchStrategy[Any], number: int, hold: Callable[[Iterable[Any]], None]
) -> None:
    """Call `hold` with lists of edits, which are so many in all."""

    @settings(
        max_examples=max(1, number // _IN_A_ROW),
        suppress_health_check=list(HealthCheck),
        database=None,
        # Making a failing list shorter takes minutes; what it prints is enough to repeat it.
        phases=(Phase.explicit, Phase.generate),
    )
    @given(st.lists(edits, min_size=_IN_A_ROW, max_size=_IN_A_ROW))
    def held(found: list[Any]) -> None:
        hold(found)

    held()
