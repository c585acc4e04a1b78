from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.model.changelog.parse import bump_changelog, parse_changelog, rename_image
from helpers.model.errors import HelpersError
from helpers.model.version import Part, Version
from helpers.system.process import run

_TODAY = date(2026, 3, 1)
_PLAIN = "# app-1.1.0\n- 2026-02-01\n- Add pandas\n\n# app-1.0.0\n- 2026-01-01\n- First\n"


def test_the_newest_entry_is_the_container_version() -> None:
    changelog = parse_changelog(_PLAIN, "changelog.txt")
    assert (changelog.image_name, str(changelog.version)) == ("app", "1.1.0")
    assert [entry.line for entry in changelog.entries] == [1, 5]


@pytest.mark.parametrize(
    "text",
    [
        _PLAIN.replace("\n", "\r\n"),
        _PLAIN.rstrip("\n"),
        "\n\n" + _PLAIN,
        "\ufeff" + _PLAIN,
        _PLAIN.replace("- Add pandas", "- Add pandas\n  - nested\n    - deeper\n- more\n\n\n"),
        _PLAIN.replace("# app-1.1.0\n", "# app-1.1.0\n\n"),
        _PLAIN.replace("- Add pandas", "Prose that goes on"),
    ],
    ids=["windows", "no last newline", "blank first", "byte order mark", "nested", "gap", "prose"],
)
def test_forms_that_exist_in_the_wild_are_read(text: str) -> None:
    versions = [str(entry.version) for entry in parse_changelog(text, "c").entries]
    assert versions == ["1.1.0", "1.0.0"]


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("# app-1.0.0\n- 2026-01-01\n# app-1.1.0\n- 2026-01-01\n", 3, "is not below"),
        ("# app-1.0.0\n- 2026-01-01\n# app-1.0.0\n- 2026-01-01\n", 3, "is not below"),
        ("# app-1.0.0\n- 2026-02-30\n", 2, "not a valid date"),
        ("# app-1.0.0\n- first of May\n", 2, "expected '- <YYYY-MM-DD>'"),
        ("# app-1.0.0\n", 1, "without a date"),
        ("# app-1.1.0\n- 2026-01-01\n# other-1.0.0\n- 2026-01-01\n", 3, "differs from"),
        ("# App-1.0.0\n- 2026-01-01\n", 1, "cannot be the name of an image"),
        ("# app-1.0\n- 2026-01-01\n", 1, "is not a version"),
        ("# app\n- 2026-01-01\n", 1, "malformed heading"),
        ("hello\n", 1, "expected a heading"),
    ],
)
def test_what_matters_is_strict_and_names_the_line(text: str, line: int, what: str) -> None:
    with pytest.raises(HelpersError, match=what) as caught:
        parse_changelog(text, "a/changelog.txt")
    assert caught.value.where == f"a/changelog.txt:{line}"


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("# app-1.0.0\n- 2026/2/3\n- x\n", ["# app-1.0.0", "- 2026-02-03", "- x"]),
        ("# app-1.0.0\n2026-02-03\n", ["# app-1.0.0", "- 2026-02-03"]),
        ("# app-1.0.0\n- 2026-02-30\n", ["# app-1.0.0", "- 2026-01-31"]),
        ("# app-1.0.0\n- First\n", ["# app-1.0.0", "- 2026-01-31", "- First"]),
        ("# app-1.0.0\n", ["# app-1.0.0", "- 2026-01-31"]),
        (
            "# app-1.1.0\n- 2026-01-01\n# other-1.0.0\n- 2026-01-01\n",
            ["# app-1.1.0", "- 2026-01-01", "# app-1.0.0", "- 2026-01-01"],
        ),
        (
            "# app-1.1.0\n- 2026-01-01\n# 1.0\n- 2026-01-01\n",
            ["# app-1.1.0", "- 2026-01-01", "# app-1.0.0", "- 2026-01-01"],
        ),
        ("# App-1.0.0\n- 2026-01-01\n", ["# app-1.0.0", "- 2026-01-01"]),
        ("# My App v1.2\n- 2026-01-01\n", ["# my_app-1.2.0", "- 2026-01-01"]),
        ("# gpt-4o-1.0\n- 2026-01-01\n", ["# gpt-4o-1.0.0", "- 2026-01-01"]),
        ("# app-1.0.0-beta\n- 2026-01-01\n", ["# app-1.0.0", "- 2026-01-01"]),
        ("## app-01.0.0\n- 2026-01-01\n", ["# app-1.0.0", "- 2026-01-01"]),
        ("# app\n- 2026-01-01\n", ["# app-1.0.0", "- 2026-01-01"]),
        ("app-1.0.0\n- 2026-01-01\n", ["# app-1.0.0", "- 2026-01-01"]),
        ("hello\n", ["# my_image-1.0.0", "- 2026-01-31", "hello"]),
        ("- 2026-01-01\n- x\n", ["# my_image-1.0.0", "- 2026-01-01", "- x"]),
    ],
)
def test_the_command_that_is_told_makes_it_one_that_can_be_read(
    tmp_path: Path, text: str, right: list[str]
) -> None:
    path = tmp_path / "a b" / "changelog.txt"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(HelpersError) as caught:
        parse_changelog(text, str(path))
    run(["sh", "-c", caught.value.fix.partition("   (")[0]])
    assert path.read_text().splitlines() == right
    assert parse_changelog(path.read_text(), "c")


@pytest.mark.parametrize(
    ("second", "fix"),
    [
        ("1.0.0", "give line 1 a version above 1.0.0"),
        ("1.1.0", "put the entry 1.1.0 above that of 1.0.0"),
    ],
)
def test_versions_that_do_not_decrease_are_told_with_what_to_change(second: str, fix: str) -> None:
    text = f"# app-1.0.0\n- 2026-01-01\n# app-{second}\n- 2026-01-01\n"
    with pytest.raises(HelpersError) as caught:
        parse_changelog(text, "c")
    assert caught.value.fix.startswith(fix)


def test_an_empty_changelog_says_what_to_write() -> None:
    with pytest.raises(HelpersError, match="no entry") as caught:
        parse_changelog("", "c")
    assert "# <image_name>-1.0.0" in caught.value.fix


@given(
    body=st.sampled_from([_PLAIN, _PLAIN.replace("\n", "\r\n"), _PLAIN.rstrip("\n")]),
    part=st.sampled_from(list(Part)),
    message=st.text(min_size=1).filter(str.strip),
)
def test_a_bump_goes_on_top_and_keeps_the_rest_byte_for_byte(
    body: str, part: Part, message: str
) -> None:
    if any(line.strip().startswith("#") for line in message.splitlines()):
        return
    bumped = bump_changelog(body, "c", part, message, _TODAY)
    assert bumped.endswith(body)
    newest = parse_changelog(bumped, "c").entries[0]
    assert (newest.version, newest.date) == (Version(1, 1, 0).bumped(part), _TODAY)


def test_a_bump_uses_the_line_ends_that_the_file_has() -> None:
    bumped = bump_changelog(_PLAIN.replace("\n", "\r\n"), "c", Part.PATCH, "x", _TODAY)
    assert bumped.startswith("# app-1.1.1\r\n- 2026-03-01\r\n- x\r\n\r\n# app-1.1.0\r\n")


def test_a_bump_without_a_message_is_refused() -> None:
    with pytest.raises(HelpersError, match="needs a message"):
        bump_changelog(_PLAIN, "c", Part.PATCH, " \n ", _TODAY)


def test_another_name_of_the_image_stands_in_headings_alone() -> None:
    text = "# app-1.1.0\r\n- 2026-02-01\r\n- The app-1.0.0 was slow\n\n#app-1.0.0\n- 2026-01-01"
    assert rename_image(text, "changelog.txt", "my-app") == (
        "# my-app-1.1.0\r\n- 2026-02-01\r\n- The app-1.0.0 was slow\n\n#my-app-1.0.0\n- 2026-01-01"
    )


def test_a_name_that_no_image_may_have_is_refused() -> None:
    with pytest.raises(HelpersError, match="'My App' cannot be the name"):
        rename_image(_PLAIN, "changelog.txt", "My App")


@pytest.mark.parametrize("name", ["app-2", "gpt-4o", "x-2024-01", "same-492d2c", "2048", "a-1.0"])
def test_a_name_may_have_numbers_after_its_hyphens(name: str) -> None:
    text = f"# {name}-1.2.3\n- 2026-01-01\n- First\n"
    found = parse_changelog(text, "changelog.txt")
    assert (found.image_name, str(found.version)) == (name, "1.2.3")
    bumped = bump_changelog(text, "changelog.txt", Part.MINOR, "More", date(2026, 1, 2))
    assert parse_changelog(bumped, "changelog.txt").image_name == name
