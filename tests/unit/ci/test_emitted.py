"""What is written, and what somebody edited by hand."""

from pathlib import Path

import pytest

from helpers.ci.emitted import compare, with_header
from helpers.managed_files.written import apply_changes
from helpers.model.managed_file import Drift
from tests.builders import write_files

_PATH = ".github/workflows/ci.yml"
_OTHER = ".github/workflows/ci-apps-a.yml"


def _drift(root: Path, body: str) -> list[Drift]:
    found = compare(root, {_PATH: with_header(body)})
    assert bool(found.edits) == any(one.drift is Drift.HERE for one in found.standings)
    return [one.drift for one in found.standings]


def test_a_file_that_was_written_is_in_step_until_it_is_to_be_another(tmp_path: Path) -> None:
    assert _drift(tmp_path, "a: 1\n") == [Drift.NEW]
    apply_changes(tmp_path, compare(tmp_path, {_PATH: with_header("a: 1\n")}).changes)
    assert _drift(tmp_path, "a: 1\n") == [Drift.IN_STEP]
    assert _drift(tmp_path, "a: 2\n") == [Drift.UPSTREAM]


@pytest.mark.parametrize("text", [with_header("a: 1\n") + "b: 2\n", "name: my own\n", ""])
def test_what_was_edited_or_never_ours_is_never_changed(tmp_path: Path, text: str) -> None:
    write_files(tmp_path, {_PATH: text})
    assert _drift(tmp_path, "a: 2\n") == [Drift.HERE]
    assert compare(tmp_path, {_PATH: with_header("a: 2\n")}).changes == ()


def test_line_ends_of_a_checkout_are_no_edit(tmp_path: Path) -> None:
    write_files(tmp_path, {_PATH: with_header("a: 1\n").replace("\n", "\r\n")})
    assert _drift(tmp_path, "a: 1\n") == [Drift.IN_STEP]
    assert _drift(tmp_path, "a: 2\n") == [Drift.UPSTREAM]


def test_what_is_no_longer_made_goes_and_what_was_never_ours_stays(tmp_path: Path) -> None:
    own = ".github/workflows/pages.yml"
    write_files(tmp_path, {_OTHER: with_header("a: 1\n"), own: "name: pages\n"})
    found = compare(tmp_path, {_PATH: with_header("a: 1\n")})
    apply_changes(tmp_path, found.changes)
    assert not (tmp_path / _OTHER).exists()
    assert (tmp_path / own).exists()


def test_one_that_is_no_longer_made_and_was_edited_stays(tmp_path: Path) -> None:
    write_files(tmp_path, {_OTHER: with_header("a: 1\n") + "b: 2\n"})
    found = compare(tmp_path, {_PATH: with_header("a: 1\n")})
    assert [change.path for change in found.edits] == [_OTHER]
    assert [change.path for change in found.changes] == [_PATH]
