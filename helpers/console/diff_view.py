"""Show how two images differ, as tables."""

from helpers.console.sizes import readable_size
from helpers.console.tables import print_table
from helpers.model.images.diff import ImageDiff
from helpers.model.images.files import FileEntry, FilesDiff


def print_diff(diff: ImageDiff, *, paths: bool) -> None:
    """Print packages, then files by top folder, then sizes.

    Args:
        paths: each file that differs, too.
    """
    print(f"from {diff.before}\nto   {diff.after}\n")
    _print_packages(diff)
    print()
    _print_folders(diff.files)
    if paths:
        print()
        for line in sorted(_lines(diff.files), key=lambda line: line[2:]):
            print(line)
    print(f"\nsize: {_change(diff.files.size_before, diff.files.size_after)}")


def _print_packages(diff: ImageDiff) -> None:
    if not diff.packages:
        print("packages: the same")
        return
    rows = [
        (change.kind.value, change.name, _versions(change.before), _versions(change.after))
        for change in diff.packages
    ]
    print_table(("kind", "package", "from", "to"), rows)


def _print_folders(files: FilesDiff) -> None:
    if not files.folders:
        print("files: the same")
        return
    rows = [
        (
            folder.folder,
            str(folder.added),
            str(folder.removed),
            str(folder.changed),
            _change(folder.size_before, folder.size_after),
        )
        for folder in files.folders
    ]
    print_table(("folder", "added", "removed", "changed", "size of its files"), rows)


def _lines(files: FilesDiff) -> list[str]:
    return [
        *(f"+ {_path(entry)}  {_size(entry.size)}" for entry in files.added),
        *(f"- {_path(entry)}  {_size(entry.size)}" for entry in files.removed),
        *(f"~ {_path(new)}  {_size(old.size)} -> {_size(new.size)}" for old, new in files.changed),
    ]


def _path(entry: FileEntry) -> str:
    """Without characters that would draw on the terminal."""
    return "".join(char if char.isprintable() else "?" for char in entry.path)


def _versions(versions: tuple[str, ...]) -> str:
    return ", ".join(versions) or "-"


def _change(before: int, after: int) -> str:
    if before == after:
        return _size(before)
    sign = "+" if after > before else "-"
    return f"{_size(before)} -> {_size(after)} ({sign}{_size(abs(after - before))})"


def _size(size: int) -> str:
    return readable_size(size, exact=True)
