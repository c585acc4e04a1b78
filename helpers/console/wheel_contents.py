"""Show the tests and data files of a wheel, as lines."""

from collections.abc import Iterator

from helpers.model.numbers import counted
from helpers.model.wheel import BuiltWheel

_SHOWN = 5


def contents_lines(wheel: BuiltWheel) -> Iterator[str]:
    """How its tests run, how many data files it has, and which it lacks; none if nobody asked."""
    found = wheel.contents
    if found is None:
        return
    if not found.tests and not found.data and not found.left_out:
        yield f"{wheel.dir} has neither tests nor data files in a package: --with-data adds nothing"
        return
    tests = f"tests (python -m pytest --pyargs {found.tests})" if found.tests else "no tests"
    data = counted(found.data, "data file") if found.data else "no data files"
    yield f"with {tests} and {data}"
    if found.left_out:
        shown = ", ".join(found.left_out[:_SHOWN])
        more = len(found.left_out) - _SHOWN
        yield f"left out by its backend's rules: {shown}" + f", and {more} more" * (more > 0)
