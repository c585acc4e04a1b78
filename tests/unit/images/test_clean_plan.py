from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.engine.layers import Layers
from helpers.images.clean import freed_by_layers
from helpers.images.clean_plan import (
    Facts,
    StoredImage,
    Verdict,
    Wishes,
    parse_age,
    plan_clean,
    removed_images,
)
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.version import Version

_NOW = datetime(2026, 3, 1, tzinfo=UTC)
_FIVE = [f"1.0.{patch}" for patch in range(5)]


def _image(
    id: str, *tags: str, dir: str = "a", days: int = 0, version: str = "", base: str = ""
) -> StoredImage:
    found = {labels.DIR: dir, labels.VERSION: version, labels.OCI_BASE_DIGEST: base}
    named = {key: value for key, value in found.items() if value}
    return StoredImage(id, tags, named, _NOW - timedelta(days=days), 100)


def _locals(dir: str = "a", user: str = "ann") -> list[StoredImage]:
    return [
        _image(
            f"{dir}-{version}", f"{dir}:local-{user}-{version}", dir=dir, days=10, version=version
        )
        for version in _FIVE
    ]


def _goes(images: list[StoredImage], wishes: Wishes | None = None, **facts: object) -> set[str]:
    given = Facts(_NOW, **facts)  # type: ignore[arg-type]
    return {one.name for one in plan_clean(images, wishes or Wishes(), given) if one.goes}


def _why(
    images: list[StoredImage], wishes: Wishes | None = None, **facts: object
) -> dict[str, str]:
    given = Facts(_NOW, **facts)  # type: ignore[arg-type]
    return {one.name: one.why for one in plan_clean(images, wishes or Wishes(), given)}


def test_the_newest_three_versions_of_each_dir_and_stage_stay() -> None:
    images = [*_locals("a"), *_locals("b"), _image("d", "r.example/a:dev-0.1.0", days=90)]
    assert _goes(images) == {f"{dir}:local-ann-1.0.{n}" for dir in "ab" for n in (0, 1)}


def test_versions_are_compared_as_versions() -> None:
    images = [_image(v, f"a:local-ann-{v}") for v in ("1.2.0", "1.9.0", "1.10.0", "1.11.0")]
    assert _goes(images) == {"a:local-ann-1.2.0"}


def test_a_name_of_before_the_namespace_changed_goes_beside_the_one_of_today() -> None:
    former = [_image(f"f{n}", f"demo/a:local-ann-1.{n}.0", days=n) for n in range(2)]
    today = _image("t", "shop/a:local-ann-1.1.0")
    names = {"a": ("shop/a", "a")}
    known: dict[str, object] = {"current": {"a": Version(1, 1, 0)}, "names": names}
    # What was not built under the new name stays, as do other dirs' and what a container uses.
    found = _why([*former, today, _image("b", "demo/b:local-ann-1.1.0", dir="b")], None, **known)
    assert found["demo/a:local-ann-1.1.0"] == "it is shop/a:local-ann-1.1.0 today"
    assert _goes([*former, today], None, **known) == {"demo/a:local-ann-1.1.0"}
    assert not _goes([*former, today], None, **known, in_use=frozenset({"f1"}))
    assert not _goes(former, None, **known)


def test_what_no_tag_names_goes() -> None:
    assert _goes([_image("sha256:0123456789abcdef")]) == {"untagged 0123456789ab"}


def test_with_an_age_everything_older_goes_and_nothing_younger() -> None:
    images = [_image("x", "a:local-ann-1.0.0", days=31), _image("y", "a:local-ann-1.1.0", days=29)]
    images += [_image("sha256:aaaaaaaaaaaa", days=31), _image("sha256:bbbbbbbbbbbb", days=29)]
    month = Wishes(older_than=timedelta(days=30))
    assert _goes(images, month) == {"a:local-ann-1.0.0", "untagged aaaaaaaaaaaa"}
    assert _goes(images, Wishes(older_than=timedelta(days=30), keep=2)) == {"untagged aaaaaaaaaaaa"}


def test_a_stage_and_a_dir_leave_all_others_alone() -> None:
    images = [*_locals("a"), *_locals("b"), *(_image(v, f"a:dev-{v}") for v in _FIVE)]
    assert _goes(images, Wishes(stage=Stage.DEV, keep=4)) == {"a:dev-1.0.0"}
    assert _goes(images, Wishes(dir="b", keep=4)) == {"b:local-ann-1.0.0"}


@pytest.mark.parametrize(
    ("image", "facts", "why"),
    [
        (_image("i", "a:local-ann-1.0.0"), {"in_use": frozenset({"i"})}, "a container uses it"),
        (_image("i"), {"in_use": frozenset({"i"})}, "a container uses it"),
        (
            _image("i", "a:local-ann-1.0.0"),
            {"current": {"a": Version(1, 0, 0)}},
            "the changelog's version",
        ),
        (_image("i", "a:dev", "a:dev-1.0.0"), {}, "it is what dev names"),
        (_image("i", "r.example:5000/a:prod", "a:local-ann-1.0.0"), {}, "it is what prod names"),
        (_image("i", "a:releasing-1.0.0-x", "a:dev-1.0.0"), {}, "it is being released"),
        (_image("i", "a:mine"), {}, "the toolchain did not name it"),
        (
            _image("i", "helpers-service-db:0123"),
            {"current": {"a": Version(1, 0, 0)}},
            "the newest of its kind",
        ),
    ],
)
def test_some_images_stay_whatever_is_asked(
    image: StoredImage, facts: dict[str, object], why: str
) -> None:
    wishes = Wishes(older_than=timedelta(0), keep=0)
    assert set(_why([image], wishes, **facts).values()) == {why}
    assert _goes([image], wishes, **facts) == set()


def test_a_release_that_was_given_up_goes_after_a_day() -> None:
    tag = "a:releasing-prod-1.0.0-test"
    assert _goes([_image("i", tag, days=0)]) == set()
    assert _why([_image("i", tag, days=2)]) == {tag: "left by an abandoned release"}


@pytest.mark.parametrize(
    "pattern",
    [
        *("a:prod-ann-{}a1b2c3d4e5", "a:1.3.0.dev0-g{}123456789ab-0a1b2c"),
        *("helpers-builder:{}123456789ab", "a:dev-1.0.{}-arm64"),
    ],
    ids=["candidates", "candidates by version", "builder images", "another architecture"],
)
def test_the_newest_three_of_each_kind_stay(pattern: str) -> None:
    tags = [pattern.format(number) for number in range(5)]
    images = [_image(tag, tag, days=5 - number) for number, tag in enumerate(tags)]
    others = [_image(f"a-{tag}", tag, days=9) for tag in ("a:dev-2.0.0", "a:prod-2.0.0")]
    assert _goes([*images, *others]) == set(tags[:2])


def test_the_images_that_wrote_locks_of_one_dir_each_go() -> None:
    former = _image("i", "a:builder-ann-1.0.0")
    current = {"a": Version(1, 0, 0)}
    assert _goes([former], current=current) == {"a:builder-ann-1.0.0"}
    assert _goes([former], current=current, in_use=frozenset({"i"})) == set()


def test_what_an_image_that_stays_is_built_on_stays() -> None:
    images = [_image("base", "a:local-ann-1.0.0"), _image("top", "a:local-ann-1.1.0", base="base")]
    assert _goes(images, Wishes(keep=1)) == set()
    assert _goes(images, Wishes(keep=0)) == {"a:local-ann-1.0.0", "a:local-ann-1.1.0"}


def test_old_images_of_a_service_go_and_its_newest_stays() -> None:
    images = [_image(f"s{n}", f"helpers-service-db:{n}", days=n) for n in range(5)]
    assert _goes(images) == {"helpers-service-db:3", "helpers-service-db:4"}
    assert len(_goes(images, Wishes(keep=0))) == 4


def test_an_image_is_gone_when_its_last_name_is() -> None:
    image = _image("i", "a:local-ann-1.0.0", "a:dev-1.0.0")
    half = [Verdict(image, image.tags[0], True, ""), Verdict(image, image.tags[1], False, "")]
    assert removed_images(half) == []
    assert removed_images([Verdict(image, tag, True, "") for tag in image.tags]) == [image]


_TAGS = st.one_of(
    st.builds("a:local-{}-1.0.{}".format, st.sampled_from(["ann", "b-1.0.0"]), st.integers(0, 9)),
    st.builds("a:{}-1.{}.0".format, st.sampled_from(["dev", "prod"]), st.integers(0, 9)),
    st.sampled_from(["a:dev", "a:prod", "a:releasing-1", "a:x", "helpers-service-q:1"]),
)
_IMAGES = st.lists(
    st.builds(
        lambda name, tags, days: _image(name, *tags, days=days),
        st.uuids().map(str),
        st.lists(_TAGS, max_size=3, unique=True),
        st.integers(0, 99),
    ),
    max_size=12,
    unique_by=lambda image: image.id,
)
_WISHES = st.builds(
    Wishes,
    st.none() | st.integers(0, 90).map(lambda days: timedelta(days=days)),
    st.none() | st.integers(0, 4),
    st.none() | st.sampled_from(Stage),
)


@given(_IMAGES, _WISHES, st.data())
def test_nothing_goes_that_is_always_kept_and_keeping_more_removes_less(
    images: list[StoredImage], wishes: Wishes, data: st.DataObject
) -> None:
    used = data.draw(st.frozensets(st.sampled_from([i.id for i in images] or ["none"])))
    verdicts = plan_clean(images, wishes, Facts(_NOW, used, {"a": Version(1, 0, 3)}))
    for one in (verdict for verdict in verdicts if verdict.goes):
        assert one.image.id not in used
        assert not {"a:dev", "a:prod"} & set(one.image.tags)
        under_way = _NOW - one.image.created < timedelta(days=1)
        assert "a:releasing-1" not in one.image.tags or not under_way
        assert not one.tag.endswith("-1.0.3")
        assert wishes.older_than is None or _NOW - one.image.created > wishes.older_than
        assert wishes.stage is None or not one.tag or f":{wishes.stage}-" in one.tag
    more = Wishes(wishes.older_than, wishes.kept_versions + 1, wishes.stage)
    fewer = plan_clean(images, more, Facts(_NOW, used, {"a": Version(1, 0, 3)}))
    assert {one.name for one in fewer if one.goes} <= {one.name for one in verdicts if one.goes}


def test_layers_that_stay_free_nothing_and_shared_ones_count_once() -> None:
    layers = {
        "stays": Layers(("base",), (100,)),
        "x": Layers(("base", "deps", "x"), (100, 50, 7)),
        "y": Layers(("base", "deps", "y"), (100, 50, 5)),
    }
    assert freed_by_layers(layers, {"x": 157, "y": 155}) == 62
    assert freed_by_layers(layers, {"x": 157}) == 7
    # 10 bytes are no layer's.
    assert freed_by_layers(layers, {"x": 167}) == 17
    assert freed_by_layers({}, {"x": 157}) == 157


@pytest.mark.parametrize(
    ("text", "age"),
    [("12h", timedelta(hours=12)), ("30d", timedelta(days=30)), (" 2w", timedelta(days=14))],
)
def test_an_age_is_hours_days_or_weeks(text: str, age: timedelta) -> None:
    assert parse_age(text) == age


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1y", "9" * 30 + "d"])
def test_what_is_no_age_is_an_error(text: str) -> None:
    with pytest.raises(HelpersError):
        parse_age(text)
