"""The work tree as a commit: what is sent, and what comes of it on the other side."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

from helpers.model.errors import HelpersError
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.vcs.snapshot import Snapshot, read_work_tree
from helpers.vcs.work_commit import WorkTree, commit_for, send_commit, write_tree
from tests.builders import add_submodule, commit_all, git, make_repo, write_files


@pytest.fixture
def worker() -> ModuleType:
    """The program that a worker's image begins with."""
    path = TOOLCHAIN_ROOT / "devops" / "in_worker" / "main.py"
    spec = importlib.util.spec_from_file_location("in_worker_main", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _arrived(worker: ModuleType, tree: WorkTree, folder: Path) -> Path:
    """The work tree as a host has it."""
    store, made = folder / "objects.git", folder / "tree"
    git(folder, "init", "--quiet", "--bare", str(store))
    commit = commit_for(tree, "host")
    send_commit(tree, commit, "host", ["git", "receive-pack", store])
    said = {
        "commit": commit,
        "folder": str(made),
        "submodules": dict(tree.submodules),
        "links": {"tmp.helpers": str(folder / "made")},
    }
    worker.lay_out(store, said)
    return made


def test_files_arrive_as_the_disk_has_them(tmp_path: Path, worker: ModuleType) -> None:
    files: dict[str, str | bytes] = {
        ".gitattributes": "*.txt text eol=lf\n*.up filter=upper\n",
        "kept.txt": b"a\r\nb\n",
        "a.up": "lower",
        "name with\nline": "x",
        "run.sh": "true",
    }
    root = make_repo(tmp_path / "repo", files).root
    (root / "run.sh").chmod(0o755)
    (root / "link").symlink_to("kept.txt")
    (root / "untracked").write_text("new")
    (root / "gone").write_text("x")
    commit_all(root)
    git(root, "config", "filter.upper.clean", "tr a-z A-Z")
    (root / "gone").unlink()
    (root / "kept.txt").write_bytes(b"changed\r\n")
    before = read_work_tree(root)
    arrived = _arrived(worker, write_tree(root, before), tmp_path)
    assert read_work_tree(arrived) == before
    assert (arrived / "kept.txt").read_bytes() == b"changed\r\n"
    assert os.access(arrived / "run.sh", os.X_OK)
    assert (arrived / "tmp.helpers").resolve() == tmp_path / "made"


def test_submodules_arrive_as_checkouts(tmp_path: Path, worker: ModuleType) -> None:
    inmost = make_repo(tmp_path / "inmost", {"file": "inmost"})
    inner = make_repo(tmp_path / "inner", {"file": "inner"})
    add_submodule(inner.root, "deep", inmost.root)
    root = make_repo(tmp_path / "repo", {"file": "outer"}).root
    add_submodule(root, "sub", inner.root)
    git(root, "submodule", "--quiet", "update", "--init", "--recursive")
    (root / "sub" / "file").write_text("changed")
    before = read_work_tree(root)
    arrived = _arrived(worker, write_tree(root, before), tmp_path)
    assert read_work_tree(arrived) == before
    assert "/modules/" in (arrived / "sub" / "deep" / ".git").read_text()
    assert (arrived / "sub" / "file").read_text() == "changed"


def test_the_repo_itself_is_left_alone(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "repo", {"file": "x"}).root
    write_files(root, {"new": "new", "file": "changed"})
    before = _kept(root)
    write_tree(root, read_work_tree(root))
    assert _kept(root) == before


def _kept(root: Path) -> dict[str, bytes]:
    files = (path for path in (root / ".git").rglob("*") if path.is_file())
    return {str(path): path.read_bytes() for path in files}


def test_a_second_commit_follows_the_first_and_the_same_tree_makes_none(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "repo", {"file": "x"}).root
    store = tmp_path / "objects.git"
    git(tmp_path, "init", "--quiet", "--bare", str(store))
    first = write_tree(root, read_work_tree(root))
    commit = commit_for(first, "host")
    send_commit(first, commit, "host", ["git", "receive-pack", store])
    assert commit_for(first, "host") == commit
    (root / "file").write_text("y")
    second = write_tree(root, read_work_tree(root))
    assert git(second.store, "rev-parse", f"{commit_for(second, 'host')}^") == commit


def test_a_file_that_changes_meanwhile_is_an_error_and_not_sent(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "repo", {"file": "x"}).root
    (root / "file").write_text("y")
    seen: Snapshot = read_work_tree(root)
    (root / "file").write_text("z")
    with pytest.raises(HelpersError, match="changed while it was read") as caught:
        write_tree(root, seen)
    assert "file" in caught.value.where
