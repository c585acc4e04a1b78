"""The licence's text, the first lines of sources, and the project's name."""

import pytest

from helpers.new_repo.sources import (
    copyright_line,
    license_change,
    named_project,
    source_changes,
)

_LINE = copyright_line("Ann Müller", 2026)
_HEAD = f"# {_LINE}\n# SPDX-License-Identifier: MIT\n"


def _changed(text: str) -> str | None:
    found = list(source_changes({"a.py": text}, _LINE, "MIT"))
    return found[0].after if found else None


def test_each_source_begins_with_the_copyright_once() -> None:
    assert _changed('"""Doc."""\n') == f'{_HEAD}"""Doc."""\n'
    assert _changed(f'{_HEAD}"""Doc."""\n') is None
    assert _changed("") is None
    assert _changed("\n") is None


def test_what_must_stay_first_stays_first() -> None:
    assert _changed("#!/usr/bin/env python3\nx = 1\n") == f"#!/usr/bin/env python3\n{_HEAD}x = 1\n"


def test_a_comment_below_is_no_part_of_it() -> None:
    assert _changed("# What it is.\nx = 1\n") == f"{_HEAD}\n# What it is.\nx = 1\n"


def test_the_licence_is_the_companys_text() -> None:
    change = license_change("(c) {year} {author} {other}\n\n", "Ann", 2026)
    assert (change.path, change.after) == ("LICENSE", "(c) 2026 Ann {other}\n")


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        (
            '[project]\nversion = "1"\nname = "shop"\n\n[[tool.x]]\nname = "other"\n',
            '[project]\nversion = "1"\nname = "acme-shop"\n\n[[tool.x]]\nname = "other"\n',
        ),
        # All that TOML may write, and a pattern does not find.
        ("[ project ]\nname='shop' # ours\n", '[ project ]\nname="acme-shop" # ours\n'),
        ('project.name = "shop"\n', 'project.name = "acme-shop"\n'),
        (
            '[project]\r\nkeywords = [\r\n  "a",\r\n]\r\nname = "shop"\r\n',
            '[project]\r\nkeywords = [\r\n  "a",\r\n]\r\nname = "acme-shop"\r\n',
        ),
        (
            '[project]\ndescription = """\nname = "no"\n"""\nname = "shop"\n',
            '[project]\ndescription = """\nname = "no"\n"""\nname = "acme-shop"\n',
        ),
        ('[tool.x]\nname = "other"\n', '[tool.x]\nname = "other"\n'),
        ('[project.scripts]\nname = "other"\n', '[project.scripts]\nname = "other"\n'),
    ],
)
def test_the_project_gets_the_packages_name_and_nothing_else_does(text: str, changed: str) -> None:
    assert named_project(text, "acme-shop") == changed
