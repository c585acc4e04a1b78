import pytest

from helpers.model.packages.licence_names import BY_CLASSIFIER, BY_TEXT
from helpers.model.packages.spdx import Licence, canonical, is_allowed, read_licence
from helpers.model.settings.licence_config import PERMISSIVE


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mit", "MIT"),
        ("apache-2.0 OR bsd-2-clause", "Apache-2.0 OR BSD-2-Clause"),
        ("GPL-3.0", "GPL-3.0-only"),
        ("LGPL-2.1+ AND MIT", "LGPL-2.1-or-later AND MIT"),
        ("gpl-2.0+ with classpath-exception-2.0", "GPL-2.0-or-later WITH Classpath-exception-2.0"),
        ("LicenseRef-Ours", "LicenseRef-Ours"),
        ("", ""),
        ("MIT/X", ""),
        ("MIT OR", ""),
        ("(MIT", ""),
        ("MIT WITH MIT", ""),
        ("__import__('os')", ""),
        ("(" * 400 + "MIT" + ")" * 400, ""),
        ("MIT AND " * 500 + "MIT", ""),
    ],
)
def test_an_expression_is_written_as_spdx_does_or_refused(text: str, found: str) -> None:
    assert canonical(text) == found


@pytest.mark.parametrize(
    ("expression", "allowed", "holds"),
    [
        ("MIT", ["MIT"], True),
        ("MIT", ["ISC"], False),
        ("MIT OR GPL-3.0-only", ["MIT"], True),
        ("MIT AND GPL-3.0-only", ["MIT"], False),
        ("MIT OR ISC AND Zlib", ["MIT"], True),
        ("(MIT OR ISC) AND Zlib", ["MIT"], False),
        ("(MIT OR ISC) AND Zlib", ["ISC", "Zlib"], True),
        ("GPL-2.0-or-later", ["GPL-2.0-only"], True),
        ("GPL-2.0-only", ["GPL-2.0-or-later"], False),
        ("MPL-1.1+", ["MPL-1.1"], True),
        ("GPL-3.0-only WITH GCC-exception-3.1", ["GPL-3.0-only"], True),
        ("GPL-3.0-only WITH GCC-exception-3.1", ["GPL-3.0-only WITH GCC-exception-3.1"], True),
        ("GPL-3.0-only", ["GPL-3.0-only WITH GCC-exception-3.1"], False),
        ("", ["MIT"], False),
    ],
)
def test_an_expression_holds_if_what_is_allowed_suffices(
    expression: str, allowed: list[str], holds: bool
) -> None:
    assert is_allowed(expression, allowed) is holds


@pytest.mark.parametrize(
    ("text", "classifiers", "found"),
    [
        ("MIT", [], Licence("MIT", "MIT")),
        ("The MIT License", [], Licence("MIT", "MIT")),
        ("", ["MIT License"], Licence("MIT", "MIT")),
        # The classifier comes first: the text is another.
        ("GPL-3.0", ["MIT License"], Licence("MIT", "MIT")),
        ("", ["BSD License"], Licence("BSD License", "BSD-2-Clause AND BSD-3-Clause")),
        ("BSD 3-Clause License", ["BSD License"], Licence("BSD-3-Clause", "BSD-3-Clause")),
        (
            "MIT OR Apache-2.0",
            ["MIT License", "Apache Software License"],
            Licence("MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        ),
        ("", ["MIT License", "ISC License (ISCL)"], Licence("MIT AND ISC", "MIT AND ISC")),
        (
            "",
            ["MIT License", "Other/Proprietary License"],
            Licence("MIT License, Other/Proprietary License"),
        ),
        ("Use as you like", [], Licence("Use as you like")),
        ("", [], Licence("unknown")),
    ],
)
def test_classifiers_come_before_the_text_which_says_what_they_leave_open(
    text: str, classifiers: list[str], found: Licence
) -> None:
    assert read_licence(text, classifiers, is_expression=False) == found


def test_an_expression_comes_before_all_else_and_an_invalid_one_is_no_licence() -> None:
    valid = read_licence("isc or mit", ["BSD License"], is_expression=True)
    assert valid == Licence("ISC OR MIT", "ISC OR MIT")
    assert read_licence("my own", ["MIT License"], is_expression=True) == Licence("my own")


def test_the_names_that_we_know_are_spdx_s_own() -> None:
    of_classifiers = [name for names in BY_CLASSIFIER.values() for name in names]
    for name in (*PERMISSIVE, *of_classifiers, *BY_TEXT.values()):
        assert canonical(name) == name
    assert all(text == text.casefold() for text in BY_TEXT)
