import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.model.errors import HelpersError
from helpers.model.images.name import ImageName, Stage, plain_name, tag_part
from helpers.model.version import Version

_VERSION = Version(1, 2, 3)


@pytest.mark.parametrize(
    ("stage", "version", "expected"),
    [
        (Stage.LOCAL, _VERSION, "app:local-ann-1.2.3"),
        (Stage.DEV, _VERSION, "app:dev-1.2.3"),
        (Stage.DEV, None, "app:dev"),
        (Stage.PROD, None, "app:prod"),
    ],
)
def test_a_stage_has_its_tag(stage: Stage, version: Version | None, expected: str) -> None:
    assert ImageName("app").tagged(stage, version, "ann") == expected


def test_the_registry_comes_first() -> None:
    name = ImageName("app", "registry.internal:5000/team")
    assert name.tagged(Stage.DEV, None, "") == "registry.internal:5000/team/app:dev"


@pytest.mark.parametrize(
    ("repo", "expected"),
    [
        ("shop", r"shop/app"),
        ("my_shop-2", r"my_shop-2/app"),
        ("My.Shop", r"my-shop-[0-9a-f]{6}/app"),
        ("localhost", r"localhost-[0-9a-f]{6}/app"),
        ("a__b", r"a-b-[0-9a-f]{6}/app"),
    ],
)
def test_a_local_image_is_named_after_its_repo(repo: str, expected: str) -> None:
    name = ImageName("app", repo=repo)
    assert re.fullmatch(
        f"{expected}:local-ann-1\\.2\\.3", name.tagged(Stage.LOCAL, _VERSION, "ann")
    )
    former = name.local_names[-1]
    assert former.tagged(Stage.LOCAL, _VERSION, "ann") == "app:local-ann-1.2.3"
    assert name.tagged(Stage.PROD, _VERSION) == "app:prod-1.2.3"


def test_a_local_image_keeps_its_name_when_the_repo_gets_a_registry() -> None:
    before = ImageName("app", repo="shop")
    after = ImageName("app", "host/team", "shop")
    names = [
        [one.tagged(Stage.LOCAL, _VERSION, "ann").partition(":")[0] for one in name.local_names]
        for name in (before, after)
    ]
    assert names == [["shop/app", "app"], ["host/team/app", "shop/app", "app"]]


def test_a_local_image_always_has_a_version() -> None:
    with pytest.raises(HelpersError):
        ImageName("app").tagged(Stage.LOCAL, None, "ann")


@given(st.text(min_size=1, max_size=200))
def test_every_name_becomes_a_valid_part_of_a_tag(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_.-]{1,67}", tag_part(name))


@pytest.mark.parametrize(("one", "other"), [("a/b", "a-b"), ("ann@x", "ann#x"), ("é", "è")])
def test_different_names_never_share_a_tag(one: str, other: str) -> None:
    assert tag_part(one) != tag_part(other)


def test_any_text_becomes_a_name_that_an_image_may_have() -> None:
    assert plain_name("My Forecast-2 (new)") == "my_forecast_2_new"
    assert plain_name("Grün/Straße Søren") == "grun_strasse_soren"
    assert plain_name("日本") == ""
