"""What grimp is asked at once: each top-level name stands for one place."""

from hypothesis import given
from hypothesis import strategies as st

from helpers.imports.graph import group_places, owner_of
from helpers.imports.places import Place

_NAMES = st.sampled_from(["app", "log", "shop.api", "shop.log", "shop", "util"])
_PLACES = st.lists(st.tuples(st.sets(_NAMES, min_size=1), st.booleans()), max_size=12).map(
    lambda drawn: [
        Place(f"p{number}", is_brick=brick, modules={name: f"p{number}/{name}" for name in names})
        for number, (names, brick) in enumerate(drawn)
    ]
)


@given(_PLACES)
def test_each_place_is_in_one_group_in_which_its_names_are_its_own(places: list[Place]) -> None:
    groups = group_places(places)
    assert sorted(one.folder for group in groups for one in group) == sorted(
        one.folder for one in places
    )
    for group in groups:
        # Bricks alone have a name in common: the namespace that they are in.
        users: dict[str, list[bool]] = {}
        for place in group:
            for top in {module.partition(".")[0] for module in place.modules}:
                users.setdefault(top, []).append(place.is_brick)
        assert all(len(bricks) == 1 or all(bricks) for bricks in users.values())


@given(_PLACES)
def test_nothing_is_read_apart_without_a_reason(places: list[Place]) -> None:
    groups = group_places(places)
    plain = sum(not one.is_brick for one in places)
    assert len(groups) <= max(1, plain + 1)
    assert all(groups)


def test_a_module_is_of_the_longest_name_that_is_known() -> None:
    owners = {"shop": "a", "shop.log": "b"}
    modules = ("shop", "shop.log.deep.er", "shop.logs", "shopping", "")
    assert [owner_of(owners, one) for one in modules] == ["a", "b", "a", "", ""]
