import pytest

from helpers.model.errors import HelpersError
from helpers.model.version import Part, Version


@pytest.mark.parametrize(
    ("part", "expected"),
    [(Part.MAJOR, "2.0.0"), (Part.MINOR, "1.3.0"), (Part.PATCH, "1.2.4")],
)
def test_a_bump_raises_its_part_and_resets_what_is_below(part: Part, expected: str) -> None:
    assert str(Version.parse("1.2.3").bumped(part)) == expected


def test_versions_are_ordered_by_number_and_not_by_text() -> None:
    assert Version.parse("1.10.0") > Version.parse("1.9.9")


@pytest.mark.parametrize("text", ["", "1", "1.2", "1.2.3.4", "v1.2.3", "01.2.3", "1.2.x"])
def test_what_is_no_version_is_refused(text: str) -> None:
    with pytest.raises(HelpersError, match="is not a version"):
        Version.parse(text)
