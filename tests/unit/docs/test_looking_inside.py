"""The files that the page on looking inside images shows must be read as it says."""

from datetime import date
from pathlib import Path

from helpers.images.contents.advisories import find_in_database
from helpers.model.packages.audit import Pin, judge, parse_allowances
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.pages import blocks

_PAGE = TOOLCHAIN_ROOT / "docs" / "looking_inside.md"


def test_the_record_and_the_allow_list_that_are_shown_are_well_formed(tmp_path: Path) -> None:
    records, allowances = (block.text for block in blocks(_PAGE, "text"))
    database = tmp_path / "records.json"
    database.write_text(records)
    found = find_in_database(database, [Pin("foo", "1.3"), Pin("foo", "1.4")]).vulnerabilities
    assert [(one.pin.version, one.id) for one in found] == [("1.3", "SHOP-1")]
    listed = parse_allowances(allowances, "list.yaml")
    assert judge(found, listed, date(2026, 12, 31)).vulnerabilities == ()
    assert judge(found, listed, date(2027, 1, 1)).vulnerabilities == found
