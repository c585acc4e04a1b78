"""Which index a command means."""

import pytest

from helpers.model.errors import HelpersError
from helpers.model.packages.index import PackageIndex, choose_index

TEAM = PackageIndex("team", "https://h/simple", "https://h/upload")
OTHER = PackageIndex("other", "https://o/simple", "https://o/upload")
PUBLIC = PackageIndex("public", "https://p/simple")


def test_the_only_one_that_takes_files_is_meant_where_none_is_named() -> None:
    assert choose_index({"public": PUBLIC, "team": TEAM}, "", "c") is TEAM
    assert choose_index({"public": PUBLIC}, "", "c", publishes=False) is PUBLIC
    assert choose_index({"team": TEAM, "other": OTHER}, "other", "c") is OTHER


@pytest.mark.parametrize(
    ("indexes", "name", "what", "fix"),
    [
        ((), "", "names no index", "indexes:"),
        ((TEAM, OTHER), "nobody", "there is no index 'nobody'", "--index team"),
        ((TEAM, OTHER), "", "--index is required", "--index team"),
        ((TEAM, PUBLIC), "public", "has no 'publish'", "--index team"),
        ((PUBLIC,), "", "'public' has no 'publish'", "add 'publish"),
    ],
)
def test_an_index_that_will_not_do_is_told_with_those_that_there_are(
    indexes: tuple[PackageIndex, ...], name: str, what: str, fix: str
) -> None:
    with pytest.raises(HelpersError, match=what) as caught:
        choose_index({one.name: one for one in indexes}, name, "repo_config.yaml")
    assert fix in caught.value.fix
    assert all(one.name in caught.value.where + str(caught.value) for one in indexes)
