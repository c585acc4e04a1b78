"""Versions of code from tags and commits."""

import pytest

from helpers.model.code_version import (
    Change,
    CodeTag,
    NextVersion,
    development_version,
    is_environment,
    raise_version,
    read_tags,
)
from helpers.model.commits import read_message
from helpers.model.errors import HelpersError
from helpers.model.settings.config import parse_dir_config, parse_repo_config
from helpers.model.settings.release_config import DependencyBump, ReleaseConfig
from helpers.model.version import Part, Version

A, B, C = (letter * 40 for letter in "abc")
PREFIX = "shop-v"


def _next(
    last: str, *messages: str, config: ReleaseConfig | None = None, own: bool = True
) -> NextVersion:
    """The next version; messages from the newest to the oldest."""
    tag = CodeTag(f"{PREFIX}{last}", A, Version.parse(last)) if last else None
    changes = [
        Change(f"{at:040x}", read_message(one), own) for at, one in enumerate(messages, start=1)
    ]
    plain = NextVersion("apps/shop", "shop", PREFIX, tag, None)
    asking = [one for one in changes if one.meaning.release_as]
    return raise_version(
        plain, changes, config or ReleaseConfig(), asking, lambda text: text.startswith("other-v")
    )


@pytest.mark.parametrize(
    ("last", "messages", "version"),
    [
        ("", (), "0.1.0"),
        ("", ("feat!: a",), "0.1.0"),
        ("1.2.3", (), None),
        ("1.2.3", ("fix: a",), "1.2.4"),
        ("1.2.3", ("words",), "1.2.4"),
        ("1.2.3", ("fix: a", "feat: b", "docs: c"), "1.3.0"),
        ("1.2.3", ("feat: b", "fix!: a"), "2.0.0"),
        ("0.4.1", ("feat: a",), "0.5.0"),
        ("0.4.1", ("feat!: a",), "1.0.0"),
        ("1.2.3", ("fix: a\n\nRelease-As: 3.0.0", "feat: b"), "3.0.0"),
        ("1.2.3", ("fix: a\n\nRelease-As: shop-v3.0.0",), "3.0.0"),
        ("1.2.3", ("fix: a\n\nRelease-As: other-v3.0.0",), "1.2.4"),
        ("1.2.3", ("fix: a\n\nRelease-As: v3.0.0",), "3.0.0"),
        ("1.2.3", ("fix: a\n\nRelease-As: other-v3.0.0\nRelease-As: shop-v2.0.0",), "2.0.0"),
        ("1.2.3", ("fix: a\n\nRelease-As: 3.0.0\nRelease-As: shop-v3.0.0",), "3.0.0"),
        ("1.2.3", ("fix: a\n\nRelease-As: 3.0.0", "fix: b\n\nRelease-As: zwei"), "3.0.0"),
        ("", ("fix: a\n\nRelease-As: 3.0.0",), "3.0.0"),
        ("1.2.3", ("chore: v\n\nRelease-Version: shop-v1.3.0", "feat: b"), "1.3.0"),
        ("1.2.3", ("chore: v\n\nRelease-Version: shop-v1.3.0",), None),
    ],
)
def test_the_version_follows_from_the_commits(
    last: str, messages: tuple[str, ...], version: str | None
) -> None:
    found = _next(last, *messages)
    assert (str(found.version) if found.version else None) == version
    assert found.tag == (f"{PREFIX}{version}" if version else "")


def test_below_one_a_breaking_change_may_raise_the_minor_part() -> None:
    config = ReleaseConfig(breaking_below_one=Part.MINOR)
    assert _next("0.4.1", "feat!: a", config=config).version == Version(0, 5, 0)
    assert _next("1.4.1", "feat!: a", config=config).version == Version(2, 0, 0)


@pytest.mark.parametrize(
    ("dependencies", "version"),
    [
        (DependencyBump.PATCH, Version(1, 2, 4)),
        (DependencyBump.SAME, Version(1, 3, 0)),
        (DependencyBump.NONE, None),
    ],
)
def test_commits_of_what_it_depends_on_count_as_the_settings_say(
    dependencies: DependencyBump, version: Version | None
) -> None:
    config = ReleaseConfig(dependencies=dependencies)
    found = _next("1.2.3", "feat: a", config=config, own=False)
    assert found.version == version
    assert bool(found.newest) == (version is not None)


@pytest.mark.parametrize(
    "asked",
    ["1.2.3", "1.0.0", "2.0", "shop-v1.x", "zwei", "the next", "offen-v4.0.0", "", "v", "shop-v"],
)
def test_a_commit_that_asks_for_what_cannot_be_is_named(asked: str) -> None:
    with pytest.raises(HelpersError) as caught:
        _next("1.2.3", f"fix: a\n\nRelease-As: {asked}")
    assert f"Release-As: {asked}" in caught.value.what
    assert "Release-As: shop-v1.2.4" in caught.value.fix
    # Dirs that the commit does not touch go on.
    if not asked.startswith("shop-v1"):
        assert _next("1.2.3", f"fix: a\n\nRelease-As: {asked}", own=False).version is not None


def test_a_commit_that_asks_for_two_versions_of_a_dir_is_named() -> None:
    with pytest.raises(HelpersError, match=r"Release-As: 2\.0\.0 and shop-v3\.0\.0, but a dir has"):
        _next("1.2.3", "fix: a\n\nRelease-As: 2.0.0\nRelease-As: shop-v3.0.0")


def test_between_two_releases_the_version_names_the_commit_and_what_is_not_committed() -> None:
    config = ReleaseConfig()
    clean = _next("1.2.3")
    assert clean.between(config) == ("1.2.3", "1.2.3")
    assert clean.between(config, "f" * 64) == ("1.2.4.dev0+dffffffff", "1.2.4.dev0-dffffffff")
    ahead = _next("1.2.3", "feat: a")
    commit = f"{1:040x}"[:12]
    assert ahead.between(config) == (f"1.3.0.dev0+g{commit}", f"1.3.0.dev0-g{commit}")
    assert ahead.between(config, "e" * 64)[0] == f"1.3.0.dev0+g{commit}.deeeeeeee"
    new = _next("")
    assert new.between(config)[0] == "0.1.0.dev0"


def test_a_version_between_is_one_that_installers_order_before_the_release() -> None:
    from packaging.version import Version as Pep440

    made = development_version(Version(1, 3, 0), "g012345678901.d00000001")
    assert str(Pep440(made)) == made
    assert Pep440("1.2.9") < Pep440(made) < Pep440("1.3.0")


def test_what_was_taken_back_is_no_release_and_still_other_code() -> None:
    revert = f'Revert "feat: a"\n\nThis reverts commit {2:040x}.'
    found = _next("1.2.3", revert, "feat: a")
    assert found.version is None
    assert found.between(ReleaseConfig())[0].startswith("1.2.4.dev0+g")


def test_tags_that_are_no_version_are_ignored_and_known() -> None:
    names = ("shop-v1.0.0", "shop-v1.10.0", "shop-v1.9.0", "shop-v1.x", "shop-v2.0.0-rc.1")
    others = ("shop-version", "other-v3.0.0", "shop-v")
    found = read_tags(PREFIX, [(name, A) for name in (*names, *others)], "apps/shop")
    assert [str(one.version) for one in found.released] == ["1.10.0", "1.9.0", "1.0.0"]
    assert found.ignored == ("shop-v1.x", "shop-v2.0.0-rc.1")


def test_two_tags_of_one_version_on_two_commits_are_refused() -> None:
    tags = [("shop-v1.0.0", A), ("shop-v1.0.0+build.2", A)]
    assert len(read_tags(PREFIX, tags, "").released) == 1
    with pytest.raises(HelpersError) as caught:
        read_tags(PREFIX, [*tags, ("shop-v1.0.0+build.3", B)], "apps/shop")
    assert A[:12] in caught.value.what
    assert B[:12] in caught.value.what


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("apps/shop/changelog.txt", True),
        ("apps/shop/devops/Dockerfile", True),
        ("apps/shop/poetry.lock", True),
        ("apps/shop/shop/devops/a.py", False),
        ("apps/shop/pyproject.toml", False),
        ("apps/shop/shop/changelog.txt", False),
    ],
)
def test_what_is_of_the_environment_raises_no_version_of_the_code(
    path: str, expected: bool
) -> None:
    assert is_environment("apps/shop", path) is expected


def test_a_dir_s_settings_stand_above_those_of_its_repo() -> None:
    repo = parse_repo_config("name: a\nrelease: {initial: 1.0.0, tag: 'v{version}'}\n", "r")
    own = parse_dir_config("release: {initial: 2.0.0}\n", "d")
    found = own.released(repo)
    assert found
    assert (found.initial, found.tag_prefix("shop")) == (Version(2, 0, 0), "v")
    plain = parse_repo_config("name: a\n", "r")
    assert parse_dir_config("", "d").released(plain) is None
    assert parse_dir_config("release: {}\n", "d").released(plain) == ReleaseConfig()


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("release: {tag: v1}", "is no pattern of tags"),
        ('release: {tag: "{image}-{version}"}', "is no pattern of tags"),
        ('release: {tag: "-{version}"}', "is no pattern of tags"),
        ('release: {tag: "a..b{version}"}', "is no pattern of tags"),
        ('release: {initial: "1.0"}', "is no version of three numbers"),
        ("release: {dependencies: all}", "expected one of patch, same, none"),
        ("release: {version_in: changelog}", "expected one of tag, pyproject"),
        ("release: {breaking_below_one: patch}", "expected one of major, minor"),
        ("release: true", "expected a mapping"),
        ("release: {tags: x}", "unknown key 'tags'"),
    ],
)
def test_settings_that_cannot_be_are_refused(text: str, wrong: str) -> None:
    for parse in (
        lambda: parse_repo_config(f"name: a\n{text}\n", "r"),
        lambda: parse_dir_config(f"{text}\n", "d"),
    ):
        with pytest.raises(HelpersError, match=wrong):
            parse()


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("floating: [prod]", "write for instance  floating: [latest, stable]"),
        ('initial: "1"', "write for instance  initial: 0.1.0"),
        ("branches: [a b]", "write for instance  branches: [develop, master]"),
    ],
)
def test_what_settings_may_be_is_shown_as_a_line(text: str, fix: str) -> None:
    with pytest.raises(HelpersError) as caught:
        parse_dir_config(f"release: {{{text}}}\n", "d")
    assert caught.value.fix == fix


def test_a_release_moves_no_tag_of_an_environment() -> None:
    repo = parse_repo_config("name: r\nregistry: example.org/r\nenvironments: [live]\n", "r")
    own = parse_dir_config("release: {floating: [latest, live]}\n", "d")
    with pytest.raises(HelpersError, match="'live' is an environment"):
        own.released(repo)
