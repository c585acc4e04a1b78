from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.model.results.results import DirResult, DirState
from helpers.model.settings.resources import Stock, parse_size, shown_amount
from helpers.testing.schedule import Schedule, longest_first, run_all, shards

_seconds = st.dictionaries(
    st.sampled_from([f"d{n}" for n in range(30)]), st.floats(0.1, 1000), max_size=30
)


def test_the_longest_starts_first_and_the_unknown_before() -> None:
    assert longest_first(["a", "b", "c"], {"a": 1.0, "b": 2.0}) == ["c", "b", "a"]


@given(_seconds, st.integers(1, 9))
def test_parts_are_all_dirs_each_once(seconds: dict[str, float], count: int) -> None:
    names = [f"d{number}" for number in range(30)]
    parts = shards(names, seconds, count)
    assert len(parts) == count
    assert sorted(name for part in parts for name in part) == sorted(names)


def test_parts_take_about_as_long() -> None:
    seconds = {"a": 9.0, "b": 5.0, "c": 4.0, "d": 1.0, "e": 1.0}
    loads = [sum(seconds[n] for n in part) for part in shards(list(seconds), seconds, 2)]
    assert sorted(loads) == [10.0, 10.0]


def _schedule(needs: dict[str, dict[str, int]], whole: dict[str, int], most: int = 9) -> Schedule:
    return Schedule(list(needs), needs, Stock(whole), most)


def test_no_more_start_than_may() -> None:
    schedule = _schedule({"a": {}, "b": {}, "c": {}}, {}, most=2)
    assert [schedule.next(), schedule.next(), schedule.next()] == ["a", "b", None]
    schedule.ended("a")
    assert schedule.next() == "c"


def test_one_that_needs_more_than_is_free_is_passed_over() -> None:
    schedule = _schedule({"a": {"db": 1}, "b": {"db": 1}, "c": {"memory": 5}}, {"memory": 8})
    assert [schedule.next(), schedule.next(), schedule.next()] == ["a", "c", None]
    schedule.ended("a")
    assert schedule.next() == "b"


def test_what_there_will_never_be_is_known_at_once() -> None:
    stock = Stock({"memory": 8, "licence": 2})
    assert stock.lacks({"memory": 9}) == "memory"
    assert stock.lacks({"licence": 2, "other": 1}) == ""
    assert stock.lacks({"other": 2}) == "other"


def test_every_dir_is_done_once() -> None:
    names = [f"d{number}" for number in range(40)]
    needs = {name: {"db": 1} if number % 3 else {} for number, name in enumerate(names)}
    done: list[str] = []
    with ThreadPoolExecutor(4) as executor:
        run_all(
            executor,
            _schedule(needs, {"db": 2}, most=4),
            lambda name: DirResult(name, DirState.PASSED),
            lambda result: done.append(result.dir),
        )
    assert sorted(done) == sorted(names)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512m", 1 << 29),
        ("4g", 4 << 30),
        ("4GiB", 4 << 30),
        ("1.5g", 3 << 29),
        ("7", 7),
        ("x", None),
    ],
)
def test_sizes_are_read_as_docker_reads_them(text: str, size: int | None) -> None:
    assert parse_size(text) == size


def test_amounts_are_shown_as_people_write_them() -> None:
    assert shown_amount("memory", 64 << 20) == "64m of memory"
    assert shown_amount("gpu", 2) == "2 gpu"
