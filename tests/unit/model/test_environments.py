"""What ran in an environment: what stands, what never happened, what came by other means."""

from datetime import UTC, datetime, timedelta

import pytest

from helpers.model.environments import Promoted, Record, running


def moves(text: str) -> tuple[Promoted, ...]:
    """`AB` for two promotions, `a` for the way back to A."""
    return tuple(
        Promoted(one.upper(), f"prod-{one}", str(at), "ann", back=one.islower())
        for at, one in enumerate(text)
    )


def digests(found: tuple[Promoted, ...] | list[Promoted]) -> str:
    return "".join(one.digest for one in found)


@pytest.mark.parametrize(
    ("moved", "stands"),
    [("", ""), ("A", "A"), ("AB", "AB"), ("AA", "A"), ("ABb", "AB"), ("ABa", "A"), ("ABCb", "AB"),
     ("ABCba", "A"), ("ABaC", "AC"), ("ABABa", "ABA"), ("ABAb", "AB"), ("Aa", "A"), ("b", "B")],
)  # fmt: skip
def test_who_goes_back_takes_away_what_came_after(moved: str, stands: str) -> None:
    assert digests(running(moves(moved))) == stands


@pytest.mark.parametrize(
    ("moved", "named", "happened"),
    [
        ("", "", ""),
        ("AB", "B", "AB"),
        ("AB", "A", "A"),  # killed before the tag was moved
        ("A", "", ""),
        ("ABa", "B", "AB"),
        ("", "X", "X"),
        ("AB", "X", "ABX"),
        ("AB", "", "AB"),  # somebody removed the tag
    ],
)
def test_the_tag_says_what_happened(moved: str, named: str, happened: str) -> None:
    assert digests(Record(moves(moved), key="k").happened(named)) == happened


def test_once_it_has_ended_a_tag_that_names_the_one_before_was_moved_by_other_means() -> None:
    found = Record(moves("ABa")).happened("B")
    assert (digests(found), found[-1].when, found[-1].by) == (
        "ABAB", "", "by other means than this toolchain",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("key", "moved", "named", "half"),
    [
        ("k", "AB", "B", False),
        ("k", "AB", "A", True),
        ("", "AB", "A", False),  # it ended, so the tag was moved since
        ("k", "AB", "X", False),
        ("k", "A", "", True),
        ("k", "AB", "", False),
        ("k", "ABa", "B", True),
        ("k", "", "", False),
    ],
)
def test_a_tag_that_names_what_ran_before_the_last_move_is_half_way(
    key: str, moved: str, named: str, half: bool
) -> None:
    assert Record(moves(moved), key).is_half_done(named) is half


def test_a_record_is_open_for_a_while() -> None:
    now = datetime.now(UTC)
    until = (now + timedelta(minutes=1)).isoformat()
    assert Record(moves("A"), "k", until).is_open(now)
    assert not Record(moves("A"), "k", until).is_open(now + timedelta(minutes=2))
    assert not Record(moves("A"), "", until).is_open(now)
    assert not Record(moves("A"), "k", "2026-01-01").is_open(now)


def test_it_keeps_the_newest() -> None:
    many = moves("AB" * 300)
    kept = Record().with_move(many, "k", "").moves
    assert (len(kept), kept[-1]) == (200, many[-1])


def test_the_newest_of_a_tag_or_digest_is_found() -> None:
    record = Record(moves("ABA"))
    assert record.find("A") == record.moves[2]
    assert record.find(tag="prod-B") == record.moves[1]
    assert record.find("C") is record.find(tag="v1") is record.find() is None
