from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.model.changelog.history_rules import (
    CheckedDir,
    Committed,
    check_dir,
    check_released,
    commit_of_newest,
    image_file_owner,
    same_but_for_comments,
)
from helpers.model.changelog.parse import bump_changelog, parse_changelog
from helpers.model.images.name import Stage
from helpers.model.settings.config import IMAGE_SETTINGS, DirConfig
from helpers.model.version import Part, Version

_TODAY = date(2026, 3, 1)
_OLD = "# app-1.0.0\n- 2026-01-01\n- First\n"
_NEW = "# app-1.1.0\n- 2026-02-01\n- Add pandas\n\n" + _OLD


def _checked(text: str, *states: str, changed: tuple[str, ...] = ()) -> CheckedDir:
    committed = tuple(Committed(f"{number:040x}", state) for number, state in enumerate(states))
    return CheckedDir("apps/a", "apps/a/changelog.txt", text, committed, changed)


def _told(checked: CheckedDir) -> list[tuple[str, str]]:
    return [(finding.where, finding.what) for finding in check_dir(checked, _TODAY)]


def test_a_changelog_that_only_grew_is_in_order() -> None:
    assert _told(_checked(_NEW, _OLD, _NEW)) == []


def test_a_malformed_one_is_told_with_its_line() -> None:
    ((where, what),) = _told(_checked("# app-1.0\n- 2026-01-01\n"))
    assert where == "apps/a/changelog.txt:1"
    assert "1.0" in what


@pytest.mark.parametrize("order", ["1.0.0", "1.1.0"])
def test_versions_that_do_not_increase_are_told(order: str) -> None:
    ((where, what),) = _told(_checked(f"# app-{order}\n- 2026-02-01\n- x\n{_NEW}"))
    assert where == "apps/a/changelog.txt:4"
    assert "is not below" in what


def test_an_image_file_that_changed_since_the_newest_entry_asks_for_a_bump() -> None:
    (finding,) = check_dir(_checked(_NEW, _OLD, _NEW, changed=("apps/a/poetry.lock",)), _TODAY)
    assert finding.where == "apps/a/changelog.txt:1"
    assert finding.what == "bump: the image's inputs changed since 1.1.0: apps/a/poetry.lock"
    assert finding.fix.startswith("i docker_build_local_image --dir apps/a --bump minor")


def test_a_newer_entry_answers_for_what_changed() -> None:
    assert _told(_checked(_NEW, _OLD, changed=("apps/a/poetry.lock",))) == []


def test_an_edited_entry_is_told_with_the_command_that_shows_how_it_was() -> None:
    edited = _NEW.replace("First", "The first")
    (finding,) = check_dir(_checked(edited, _OLD, _NEW), _TODAY)
    assert finding.what == "the entry 1.0.0 was edited after it was committed: restore it"
    assert finding.where == "apps/a/changelog.txt:5"
    assert finding.fix.startswith(f"git diff {'0' * 12} -- apps/a/changelog.txt")


def test_a_removed_entry_is_told_at_the_line_where_it_stood() -> None:
    assert _told(_checked(_NEW[: _NEW.index("# app-1.0.0")], _OLD, _NEW)) == [
        (
            "apps/a/changelog.txt:1",
            "the entry 1.0.0 of 2026-01-01 was removed after it was committed: put it back",
        )
    ]
    ((where, what),) = _told(_checked(_OLD, _OLD, _NEW))
    assert (where, "1.1.0" in what) == ("apps/a/changelog.txt:1", True)


def test_blank_lines_and_line_ends_may_differ_and_so_may_the_images_name() -> None:
    changed = _NEW.replace("\n", "\r\n\r\n").replace("# app-", "# other-")
    assert _told(_checked(changed, _OLD, _NEW)) == []


def test_a_date_in_the_future_is_told_with_what_corrects_it() -> None:
    (finding,) = check_dir(_checked(_NEW.replace("2026-02-01", "2026-03-02")), _TODAY)
    assert finding.where == "apps/a/changelog.txt:2"
    assert finding.fix == "sed -i '2s/2026-03-02/2026-03-01/' apps/a/changelog.txt"


def test_dates_that_go_backwards_are_told_and_may_be_corrected() -> None:
    backwards = _NEW.replace("2026-02-01", "2025-02-01")
    ((where, what),) = _told(_checked(backwards, backwards))
    assert (where, what.startswith("dates go backwards: 1.1.0")) == ("apps/a/changelog.txt:2", True)
    assert _told(_checked(_NEW, _OLD, backwards)) == []


def test_a_date_that_was_right_stays() -> None:
    ((_, what),) = _told(_checked(_NEW.replace("2026-02-01", "2026-02-02"), _OLD, _NEW))
    assert "edited" in what


def test_what_was_malformed_in_a_commit_says_nothing_that_could_be_kept() -> None:
    assert _told(_checked(_NEW, "# broken\n", _NEW)) == []


_BODIES = st.lists(
    st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=20),
    min_size=1,
    max_size=3,
)


@given(st.lists(st.tuples(st.sampled_from(Part), _BODIES), max_size=5), st.data())
def test_bumps_keep_order_and_every_line_that_is_taken_from_an_old_entry_is_noticed(
    bumps: list[tuple[Part, list[str]]], data: st.DataObject
) -> None:
    states = [_OLD]
    for part, body in bumps:
        day = _TODAY - timedelta(days=len(bumps) - len(states))
        states.append(bump_changelog(states[-1], "c", part, "\n".join(body), day))
    assert _told(_checked(states[-1], *states)) == []
    lines = states[-1].splitlines()
    bullets = [n for n, line in enumerate(lines) if line[:2] == "- " and not line[2:6].isdigit()]
    bullets = [n for n in bullets if lines[n - 1][:2] != "# "]
    gone = data.draw(st.sampled_from(bullets))
    text = "\n".join(lines[:gone] + lines[gone + 1 :]) + "\n"
    assert any("edited" in what for _, what in _told(_checked(text, *states)))


def test_the_commit_of_the_newest_entry_is_the_one_that_brought_it() -> None:
    states = [Committed("a", _OLD), Committed("b", _NEW), Committed("c", _NEW + "- More\n")]
    assert commit_of_newest(_NEW, states) == "b"
    assert commit_of_newest(_OLD, states) == ""
    assert commit_of_newest("broken", states) == ""


def _released(
    text: str, released: dict[Stage, frozenset[Version]] | None, *built: str
) -> list[tuple[str, bool]]:
    local = [Version.parse(version) for version in built] if built else None
    found = check_released("apps/a", parse_changelog(text, "c"), released, local)
    return [(finding.what, finding.notice) for finding in found]


def _versions(*texts: str) -> frozenset[Version]:
    return frozenset(Version.parse(text) for text in texts)


def test_nothing_is_said_of_what_nobody_asked() -> None:
    assert _released(_NEW, None) == []


def test_a_version_that_was_released_without_an_entry_is_told() -> None:
    stages = {Stage.DEV: _versions("1.0.5", "1.1.0"), Stage.PROD: _versions("1.0.5")}
    assert _released(_NEW, stages) == [
        ("1.0.5 was released (dev and prod) and has no entry", False)
    ]


def test_a_changelog_behind_the_registry_is_told() -> None:
    (behind, missing) = _released(_OLD, {Stage.DEV: _versions("1.1.0")})
    assert behind == ("the newest entry is 1.0.0, but 1.1.0 was released", False)
    assert missing[0].startswith("1.1.0 was released (dev)")


@pytest.mark.parametrize(
    ("released", "built", "told"),
    [({}, (), True), (None, ("1.0.0",), True), (None, ("1.1.0",), False), ({}, ("1.1.0",), False)],
)
def test_an_entry_without_an_image_is_only_a_notice(
    released: dict[Stage, frozenset[Version]] | None, built: tuple[str, ...], told: bool
) -> None:
    expected = [("1.1.0 is not built yet", True)] if told else []
    assert _released(_NEW, released, *built) == expected


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("apps/a/devops/os_packages.txt", "apps/a"),
        ("apps/a/devops/deep/x", "apps/a"),
        ("apps/a/devops/config.yaml", "apps/a"),
        ("apps/a/devops/deep/config.yaml", "apps/a"),
        ("apps/a/devops/train.yaml", None),
        ("apps/a/poetry.lock", "apps/a"),
        ("apps/a/requirements-dev.txt", "apps/a"),
        ("apps/a/constraints.txt", "apps/a"),
        ("apps/a/sub/poetry.lock", None),
        ("apps/a/main.py", None),
        ("apps/a/changelog.txt", None),
        ("devops/Dockerfile", "."),
        ("devops/config.yaml", "."),
        ("uv.lock", "."),
        ("devops/in_container/bashrc", None),
        ("other/devops/x", None),
        ("other/poetry.lock", None),
    ],
)
def test_a_file_decides_about_the_image_of_one_dir(path: str, owner: str | None) -> None:
    assert image_file_owner(path, {".", "apps/a"}, ("devops/in_container/",)) == owner


def test_a_key_that_goes_into_an_image_asks_for_a_bump() -> None:
    # A key that does must make a change of it ask for a bump: see `IMAGE_SETTINGS`. Those of
    # production images go with its code, which needs none until it is released.
    tests = {"depends_on", "dind", "resources", "reuse", "sibling", "suites", "offline", "data"}
    production = {"entrypoint", "command", "code", "health_check", "health_times", "prod_exclude"}
    of_ci = {"runner", "environment"}
    of_locks = {"cuda"}
    of_code = {"index", "release"}
    known = tests | production | {"platforms"} | of_code | of_ci | of_locks | set(IMAGE_SETTINGS)
    assert {field.name for field in fields(DirConfig)} == known


def test_the_fix_within_a_submodule_asks_that_submodule() -> None:
    checked = replace(_checked(_OLD, _NEW), git="git -C lib", git_path="a/changelog.txt")
    (finding,) = check_dir(checked, _TODAY)
    assert finding.fix.startswith(f"git -C lib diff {'0' * 12} -- a/changelog.txt")


@pytest.mark.parametrize(
    ("path", "before", "after", "same"),
    [
        ("a/devops/os_packages.txt", "dot  # draws\n", "# Draws:\ndot\n", True),
        ("a/devops/os_packages.txt", "dot\n", "dot\nfont\n", False),
        ("a/requirements.txt", "x @ git+u#egg=x\n", "x @ git+u#egg=y\n", False),
        ("a/devops/Dockerfile", "FROM x\n", "# hadolint ignore=DL1\nFROM x\n\n", True),
        ("a/devops/Dockerfile", "FROM x\n", "# syntax=docker/dockerfile:1\nFROM x\n", False),
        ("a/devops/Dockerfile", "RUN a  # b\n", "RUN a  # c\n", False),
        ("a/devops/Dockerfile", "RUN <<E\n# a\nE\n", "RUN <<E\n# b\nE\n", False),
        ("a/devops/compose.yaml", "a:\n  b: 1\n", "a:\n  # why\n  b: 1\n", True),
        ("a/devops/compose.yaml", "a:\n  b: 1\n", "a:\nb: 1\n", False),
        ("a/devops/tool.py", "# a\n", "# b\n", False),
        ("a/poetry.lock", "# a\n", "# b\n", False),
        ("a/devops/config.yaml", "", "reuse: false\n", True),
        ("a/devops/config.yaml", "", 'python: "3.11"\n', False),
        ("a/devops/config.yaml", "python: 3.11\n", "base_image: python:3.11-slim-bookworm\n", True),
        ("a/devops/config.yaml", "python: 3.11\n", "python: [\n", False),
    ],
)
def test_comments_decide_about_no_image(path: str, before: str, after: str, same: bool) -> None:
    assert same_but_for_comments(path, before, after) == same
