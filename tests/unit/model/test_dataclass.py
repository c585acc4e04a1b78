"""Ours do as the standard library's: the same classes, made by each of the two."""

import dataclasses
from collections.abc import Callable
from dataclasses import field
from functools import cached_property
from typing import Any

import pytest

from helpers.model import dataclass as quick

_KINDS = [
    {"frozen": frozen, "slots": slots, "order": order}
    for frozen in (False, True)
    for slots in (False, True)
    for order in (False, True)
]


def _classes(make: Callable[..., Any], **kind: bool) -> dict[str, Any]:
    @make(**kind)
    class Plain:
        """Required fields, defaults, and one that is made anew for each."""

        name: str
        size: int = 3
        tags: list[str] = field(default_factory=list)

    @make(**kind)
    class Derived(Plain):
        """With a field of its own."""

        more: str = "more"

    @make(**kind)
    class Quiet:
        """Fields that are not given, shown, compared or hashed."""

        name: str
        secret: str = field(default="s", repr=False)
        beside: str = field(default="b", compare=False)
        unhashed: tuple[str, ...] = field(default=(), hash=False)
        count: int = field(default=5, init=False)
        seen: tuple[str, ...] = field(default_factory=tuple, init=False)

    @make(**kind)
    class Empty:
        """No field."""

    @make(**kind)
    class Checked:
        """It looks at what it is given."""

        size: int

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("below zero")

    @make(**kind)
    class Own:
        """With methods of its own."""

        name: str

        def __repr__(self) -> str:
            return f"own {self.name}"

        def __hash__(self) -> int:
            return 1

    return {c.__name__: c for c in (Plain, Derived, Quiet, Empty, Checked, Own)}


def _is_refused(call: Callable[[], object]) -> bool:
    """Whether it is; the standard library's own error for a class with slots is about `super()`."""
    try:
        call()
    except (AttributeError, TypeError):
        return True
    return False


_CALLS: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("positions", lambda c: c["Plain"]("a", 1, ["x"])),
    ("names", lambda c: c["Plain"](size=1, name="a")),
    ("defaults", lambda c: c["Plain"]("a")),
    ("derived", lambda c: c["Derived"]("a", more="b")),
    ("missing", lambda c: c["Plain"]()),
    ("too many", lambda c: c["Plain"]("a", 1, [], 4)),
    ("twice", lambda c: c["Plain"]("a", name="b")),
    ("unknown", lambda c: c["Plain"]("a", colour="b")),
    ("not to be given", lambda c: c["Quiet"]("a", count=1)),
    ("quiet", lambda c: [(q, q.unhashed, q.count, q.seen) for q in (c["Quiet"]("a"),)]),
    ("empty", lambda c: c["Empty"]()),
    ("checked", lambda c: c["Checked"](-1)),
    ("own", lambda c: (c["Own"]("a"), hash(c["Own"]("a")))),
    ("a list for each", lambda c: c["Plain"]("a").tags is c["Plain"]("a").tags),
    ("equal", lambda c: c["Plain"]("a") == c["Plain"]("a")),
    ("unequal", lambda c: c["Plain"]("a") == c["Plain"]("b")),
    ("of another class", lambda c: c["Plain"]("a") == c["Derived"]("a")),
    ("not compared", lambda c: c["Quiet"]("a", beside="x") == c["Quiet"]("a", beside="y")),
    ("compared, not hashed", lambda c: c["Quiet"]("a", unhashed=("x",)) == c["Quiet"]("a")),
    ("one hash", lambda c: len({c["Checked"](1), c["Checked"](1), c["Checked"](2)})),
    ("hash leaves out", lambda c: len({hash(c["Quiet"]("a", unhashed=(x,))) for x in "xy"})),
    ("hash of a list", lambda c: hash(c["Plain"]("a"))),
    ("less", lambda c: c["Plain"]("a") < c["Plain"]("b")),
    ("at least", lambda c: c["Plain"]("a", 2) >= c["Plain"]("a", 1)),
    ("less than another", lambda c: c["Plain"]("a") < 3),
    ("sorted", lambda c: sorted([c["Checked"](2), c["Checked"](1)])),
    ("replaced", lambda c: dataclasses.replace(c["Plain"]("a", 1), name="b")),
    ("as dict", lambda c: dataclasses.asdict(c["Derived"]("a"))),
    ("fields", lambda c: [f.name for f in dataclasses.fields(c["Derived"])]),
    ("set", lambda c: setattr(c["Plain"]("a"), "name", "b")),
    ("deleted", lambda c: delattr(c["Plain"]("a"), "name")),
    ("set another", lambda c: _is_refused(lambda: setattr(c["Plain"]("a"), "other", "b"))),
    ("slots", lambda c: hasattr(c["Plain"]("a"), "__dict__")),
    ("matched", lambda c: c["Derived"].__match_args__),
]


@pytest.mark.parametrize("kind", _KINDS, ids=str)
@pytest.mark.parametrize("call", [call for _, call in _CALLS], ids=[name for name, _ in _CALLS])
def test_the_same_comes_of_both(call: Callable[[Any], Any], kind: dict[str, bool]) -> None:
    outcomes = []
    for make in (dataclasses.dataclass, quick.dataclass):
        try:
            outcomes.append(repr(call(_classes(make, **kind))))
        except Exception as error:
            outcomes.append(repr(type(error)))
    assert outcomes[0] == outcomes[1]


def test_what_contains_itself_is_shown() -> None:
    @quick.dataclass
    class Node:
        """A knot."""

        children: list[Any] = field(default_factory=list)

    node = Node()
    node.children.append(node)
    assert "..." in repr(node)


def test_what_is_worked_out_once_is_kept() -> None:
    @quick.dataclass(frozen=True)
    class Square:
        """Of a number."""

        side: int

        @cached_property
        def area(self) -> list[int]:
            return [self.side**2]

    square = Square(3)
    assert square.area is square.area
    assert square.area == [9]
