import os
from pathlib import Path

from helpers.testing.view import View, changed_meanwhile
from helpers.vcs.snapshot import Snapshot, read_work_tree
from tests.builders import make_repo, write_files


def _view(tmp_path: Path, files: dict[str, str]) -> tuple[View, Path, Path]:
    repo = make_repo(tmp_path / "repo", files)
    inside = tmp_path / "in_container"
    write_files(inside, {"plugin.py": "x = 1\n"})
    return View(tmp_path / "view"), repo.root, inside


def _wanted(root: Path, below: str) -> Snapshot:
    found = read_work_tree(root)
    return {path: content for path, content in found.items() if path.startswith(below)}


def _tree(view: View) -> set[str]:
    found = set()
    for folder, _, files in os.walk(view.tree):
        found |= {str((Path(folder) / name).relative_to(view.tree)) for name in files}
    return found


def test_it_holds_what_is_wanted_and_the_toolchains_part(tmp_path: Path) -> None:
    view, root, inside = _view(tmp_path, {"a/x.py": "x\n", "b/y.py": "y\n"})
    assert view.fill(root, _wanted(root, "a/"), inside, {}).exact
    assert _tree(view) == {"a/x.py", "tmp.helpers/in_container/plugin.py"}
    view.fill(root, _wanted(root, "b/"), inside, {})
    assert _tree(view) == {"b/y.py", "tmp.helpers/in_container/plugin.py"}


def test_what_tests_did_to_it_is_undone(tmp_path: Path) -> None:
    view, root, inside = _view(tmp_path, {"a/x.py": "x = 1\n", "a/y.py": "y\n"})
    wanted = _wanted(root, "a/")
    view.fill(root, wanted, inside, {})
    changed = view.tree / "a/x.py"
    times = changed.stat()
    changed.write_text("x = 2\n")
    os.utime(changed, ns=(times.st_atime_ns, times.st_mtime_ns))
    (view.tree / "a/y.py").unlink()
    write_files(view.tree, {"a/more/made.txt": "m\n", "a/__pycache__/x.cpython-313.pyc": "old"})
    view.fill(root, wanted, inside, {})
    assert _tree(view) == {"a/x.py", "a/y.py", "tmp.helpers/in_container/plugin.py"}
    assert changed.read_text() == "x = 1\n"
    assert not (view.tree / "a/more").exists()


def test_a_file_that_is_not_what_git_said_is_noticed(tmp_path: Path) -> None:
    view, root, inside = _view(tmp_path, {"a/x.py": "x = 1\n"})
    wanted = _wanted(root, "a/")
    write_files(root, {"a/x.py": "x = 2\n"})
    assert not view.fill(root, wanted, inside, {}).exact


def test_line_ends_that_git_changes_are_no_difference(tmp_path: Path) -> None:
    files = {".gitattributes": "* text=auto eol=crlf\n", "a/x.py": "x = 1\r\n"}
    view, root, inside = _view(tmp_path, files)
    assert view.fill(root, _wanted(root, "a/"), inside, {}).exact


def test_a_change_after_filling_is_noticed_also_when_it_is_taken_back(tmp_path: Path) -> None:
    view, root, inside = _view(tmp_path, {"a/x.py": "x = 1\n", "a/y.py": "y\n"})
    filled = view.fill(root, _wanted(root, "a/"), inside, {})
    assert changed_meanwhile(root, filled) == []
    write_files(root, {"a/x.py": "x = 2\n"})
    write_files(root, {"a/x.py": "x = 1\n"})
    assert changed_meanwhile(root, filled) == ["a/x.py"]


def test_what_was_written_is_moved_and_caches_are_not(tmp_path: Path) -> None:
    view, root, inside = _view(tmp_path, {"a/x.py": "x = 1\n"})
    wanted = _wanted(root, "a/")
    view.fill(root, wanted, inside, {})
    write_files(
        view.tree, {"a/new/report.txt": "r", "a/.pytest_cache/v": "", "a/__pycache__/c": ""}
    )
    (view.tree / "a/x.py").write_text("x = 3\n")
    written = view.take_written(wanted, tmp_path / "kept")
    assert written == ["a/new/report.txt", "a/x.py"]
    assert (tmp_path / "kept/a/new/report.txt").read_text() == "r"


def test_modes_and_links_are_kept(tmp_path: Path) -> None:
    view, root, inside = _view(tmp_path, {"a/run.sh": "#!/bin/sh\n"})
    (root / "a/run.sh").chmod(0o755)
    (root / "a/link").symlink_to("run.sh")
    view.fill(root, _wanted(root, "a/"), inside, {})
    assert os.access(view.tree / "a/run.sh", os.X_OK)
    assert (view.tree / "a/link").readlink() == Path("run.sh")


def test_a_new_view_has_the_folder_in_which_its_container_starts(tmp_path: Path) -> None:
    # Of a folder that a mount lacks the engine makes one as root, where no other user may write.
    view, _, inside = _view(tmp_path, {"apps/one/x.py": "x\n"})
    view.make(inside, "apps/one")
    assert (view.tree / "apps/one").is_dir()
