import pytest

from helpers.model.images.files import FileEntry, FileKind, FolderDiff, diff_files

FOLDER = FileEntry("/opt", kind=FileKind.FOLDER)


def test_files_are_compared_by_path_and_all_that_is_known_of_them() -> None:
    before = [FileEntry("/opt/a", 10), FileEntry("/opt/b", 5, checksum="x"), FileEntry("/c", 1)]
    after = [FileEntry("/opt/b", 5, checksum="y"), FileEntry("/c", 1), FileEntry("/usr/d/e", 7)]
    found = diff_files(before, after)
    assert found.removed == (FileEntry("/opt/a", 10),)
    assert found.added == (FileEntry("/usr/d/e", 7),)
    assert found.changed == ((before[1], after[0]),)
    assert (found.size_before, found.size_after) == (16, 13)
    assert found.folders == (
        FolderDiff("/opt", added=0, removed=1, changed=1, size_before=15, size_after=5),
        FolderDiff("/usr", added=1, removed=0, changed=0, size_before=0, size_after=7),
    )


def test_the_same_files_in_another_order_do_not_differ() -> None:
    files = [FileEntry("/opt/a", 10), FileEntry("/b", 5)]
    found = diff_files([FOLDER, *files], reversed(files))
    assert (found.added, found.removed, found.changed, found.folders) == ((), (), (), ())


@pytest.mark.parametrize(
    ("entry", "top"),
    [
        (FileEntry("/usr/lib/x"), "/usr"),
        (FileEntry("/hello"), "/"),
        (FileEntry("/bin", kind=FileKind.LINK, target="usr/bin"), "/"),
        (FOLDER, "/opt"),
    ],
)
def test_the_top_folder_is_the_first_below_the_root(entry: FileEntry, top: str) -> None:
    assert entry.top == top


def test_a_link_that_leads_elsewhere_has_changed() -> None:
    old, new = (FileEntry("/bin", kind=FileKind.LINK, target=target) for target in ("a", "b"))
    assert diff_files([old], [new]).changed == ((old, new),)
