import os
import py_compile
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import cache_from_source
from pathlib import Path

import pytest

from helpers.containers.inputs_view import View, changed_meanwhile
from helpers.vcs.snapshot import Snapshot, read_work_tree
from tests.builders import make_repo, write_files


def _view(tmp_path: Path, files: Mapping[str, str | bytes]) -> tuple[View, Path, Path]:
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


def test_another_content_that_git_stores_alike_is_shown(tmp_path: Path) -> None:
    files = {".gitattributes": b"* text=auto\n", "a/x.txt": b"x\r\n"}
    view, root, inside = _view(tmp_path, files)
    view.fill(root, _wanted(root, "a/"), inside, {})
    assert (view.tree / "a/x.txt").read_bytes() == b"x\r\n"
    write_files(root, {"a/x.txt": b"x\n"})
    assert view.fill(root, _wanted(root, "a/"), inside, {}).exact
    assert (view.tree / "a/x.txt").read_bytes() == b"x\n"


def test_a_copy_that_was_not_exact_is_made_again(tmp_path: Path) -> None:
    view, root, inside = _view(tmp_path, {"a/x.py": "x = 1\n"})
    (root / "a/link").symlink_to("one")
    wanted = _wanted(root, "a/")
    write_files(root, {"a/x.py": "x = 2\n"})
    (root / "a/link").unlink()
    (root / "a/link").symlink_to("two")
    assert not view.fill(root, wanted, inside, {}).exact
    write_files(root, {"a/x.py": "x = 1\n"})
    assert not view.fill(root, wanted, inside, {}).exact, "the link alone"
    (root / "a/link").unlink()
    (root / "a/link").symlink_to("one")
    assert view.fill(root, wanted, inside, {}).exact
    assert (view.tree / "a/x.py").read_text() == "x = 1\n"
    assert (view.tree / "a/link").readlink() == Path("one")


@pytest.mark.parametrize("untouched", [True, False])
def test_byte_code_of_an_earlier_run_is_never_used(tmp_path: Path, untouched: bool) -> None:
    view, root, inside = _view(tmp_path, {"a/x.py": "print(1)\n", "a/y.py": "import x\n"})
    view.fill(root, _wanted(root, "a/"), inside, {})
    source = view.tree / "a/x.py"
    times = source.stat()
    if untouched:
        # Of another source of the same size and time, put where that of this one is looked for.
        other = tmp_path / "x.py"
        other.write_text("print(3)\n")
        os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
        py_compile.compile(str(other), cfile=cache_from_source(str(source)))
    else:
        py_compile.compile(str(source))
        write_files(root, {"a/x.py": "print(2)\n"})
    view.fill(root, _wanted(root, "a/"), inside, {})
    os.utime(source, ns=(times.st_atime_ns, times.st_mtime_ns))
    command = [sys.executable, "-B", str(view.tree / "a/y.py")]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert shown == ("1\n" if untouched else "2\n")


def test_nothing_that_tests_left_is_there_in_the_next_run(tmp_path: Path) -> None:
    view, root, inside = _view(tmp_path, {"a/x.py": "x = 1\n", "a/b/y.py": "y\n"})
    wanted = _wanted(root, "a/")
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("c\n")
    view.fill(root, wanted, inside, {"certificates.pem": bundle})
    before = _tree(view)
    times = (view.tree / "tmp.helpers/certificates.pem").stat()
    left = {"a/__pycache__/state.json": "", "tmp.helpers/left": "", "a/z.pyc": "", "new/d/e": ""}
    own = {"tmp.helpers/certificates.pem": "d\n", "tmp.helpers/in_container/plugin.py": "x = 2\n"}
    write_files(view.tree, {**left, **own})
    for name in own:
        os.utime(view.tree / name, ns=(times.st_atime_ns, times.st_mtime_ns))
    os.link(view.tree / "a/x.py", view.tree / "a/again.py")
    (view.tree / "a/x.py").chmod(0o777)
    (view.tree / "a").chmod(0o777)
    (view.tree / "a/b").chmod(0)
    (view.tree / "out").symlink_to("/")
    assert view.fill(root, wanted, inside, {"certificates.pem": bundle}).exact
    assert _tree(view) == before
    assert (view.tree / "tmp.helpers/certificates.pem").read_text() == "c\n"
    assert (view.tree / "tmp.helpers/in_container/plugin.py").read_text() == "x = 1\n"
    modes = {name: (view.tree / name).stat().st_mode & 0o777 for name in ("a", "a/b", "a/x.py")}
    assert modes == {"a": 0o755, "a/b": 0o755, "a/x.py": 0o644}


def test_the_users_umask_is_not_seen(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        view, root, inside = _view(tmp_path, {"a/b/run.sh": "", "a/x": ""})
        (root / "a/b/run.sh").chmod(0o700)
        view.make(inside, "a")
        view.fill(root, _wanted(root, "a/"), inside, {})
    finally:
        os.umask(before)
    names = (".", "a", "a/b", "a/b/run.sh", "a/x", "tmp.helpers/out")
    modes = [oct((view.tree / name).stat().st_mode & 0o777) for name in names]
    assert modes == ["0o755", "0o755", "0o755", "0o755", "0o644", "0o755"]


def test_every_name_that_a_file_can_have_is_there(tmp_path: Path) -> None:
    names = [os.fsdecode(b"caf\xe9.txt"), "new\nline", "-dash", "'\"quo\\ted", "x" * 250, "täb\t"]
    view, root, inside = _view(tmp_path, {"a/x.py": "x = 1\n"})
    for name in names:
        (root / "a" / name).write_text(repr(name))
    for content in ("1", "2"):
        (root / "a" / names[0]).write_text(content)
        assert view.fill(root, _wanted(root, "a/"), inside, {}).exact
        assert {path.name for path in (view.tree / "a").iterdir()} == {"x.py", *names}
        assert (view.tree / "a" / names[0]).read_text() == content
    (view.tree / "a" / names[0]).write_text("3")
    written = view.take_written(_wanted(root, "a/"), tmp_path / "kept")
    assert written == [f"a/{names[0]}"]


def test_what_a_container_starts_with_is_left_when_its_view_is_filled(tmp_path: Path) -> None:
    # It is started before: a script that is replaced while its shell opens it ends the container.
    view, root, inside = _view(tmp_path, {"a/x.py": "x\n"})
    view.make(inside, "a")
    started = view.tree / "tmp.helpers/in_container/plugin.py"
    before = started.stat()
    view.fill(root, _wanted(root, "a/"), inside, {})
    assert (started.stat().st_ino, started.stat().st_ctime_ns) == (
        before.st_ino,
        before.st_ctime_ns,
    )
