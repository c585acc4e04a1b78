import pytest

from helpers.model.checkouts.integration import Changed, Sides, below, compare, same_files


@pytest.mark.parametrize(
    ("here", "there", "here_then", "there_then", "changed"),
    [
        ("2", "1", "1", "1", Changed.HERE),
        ("1", "2", "1", "1", Changed.THERE),
        ("2", "3", "1", "1", Changed.BOTH),
        ("1", "2", "1", "2", Changed.NEITHER),
        ("", "1", "", "", Changed.THERE),
        ("1", "", "", "", Changed.HERE),
        ("", "1", "1", "1", Changed.HERE),
        ("1", "2", "", "", Changed.BOTH),
        ("1", "1", "0", "0", None),
    ],
)
def test_where_a_file_was_changed(
    here: str, there: str, here_then: str, there_then: str, changed: Changed | None
) -> None:
    files = [{"a": text} if text else {} for text in (here, there, here_then, there_then)]
    sides = Sides(files[0], files[1], files[2], files[3], files[3])
    found = compare(sides)
    assert [difference.changed for difference in found] == ([changed] if changed else [])
    assert same_files(sides) == (0 if changed else 1)


def test_the_files_of_a_folder_are_those_in_it_and_not_in_submodules() -> None:
    files = {"lib/a": "1", "library/b": "2", "lib/inner/c": "3", "d": "4"}
    assert below(files, "lib", {"lib/inner"}) == {"a": "1"}
    assert below(files, "") == files
