from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.images.installing.working_copy import WorkingCopy, working_copy
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from tests.builders import make_repo, make_runnable_dir

NAMES = ("poetry.lock", "pyproject.toml")
PROJECT = b"a = 1\r\n"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path, commit=False)
    make_runnable_dir(made, "app", {"pyproject.toml": PROJECT, "src/a.py": "", ".venv/x": ""})
    (tmp_path / "app" / "link").symlink_to("../elsewhere")
    return made


@pytest.fixture
def copy(repo: Repo) -> Iterator[WorkingCopy]:
    with working_copy(repo, repo.runnable_dir("app"), repo.root / "app", NAMES) as made:
        yield made


def test_it_stands_at_the_dirs_own_path_with_all_else_mounted(
    repo: Repo, copy: WorkingCopy
) -> None:
    targets = {Path(one["Target"]): Path(one["Source"]) for one in copy.mounts}
    app = repo.root / "app"
    assert targets[repo.root] == repo.root
    assert targets[app] == copy.folder
    assert {path.name for path in targets if path.parent == app} == {
        "changelog.txt",
        "devops",
        "src",
    }
    assert (copy.folder / "link").readlink() == Path("../elsewhere")
    assert (copy.folder / "pyproject.toml").read_bytes() == PROJECT


def test_only_what_differs_is_replaced(repo: Repo, copy: WorkingCopy) -> None:
    copy.folder.joinpath("poetry.lock").write_bytes(b"b = 2\n")
    assert copy.take_over() == ("poetry.lock",)
    app = repo.root / "app"
    assert (app / "poetry.lock").read_bytes() == b"b = 2\n"
    assert (app / "pyproject.toml").read_bytes() == PROJECT


@pytest.mark.parametrize("content", [b"", b"half = [", b"\xff"])
def test_an_incomplete_result_changes_nothing(
    repo: Repo, copy: WorkingCopy, content: bytes
) -> None:
    copy.folder.joinpath("pyproject.toml").write_bytes(b"a = 2\n")
    copy.folder.joinpath("poetry.lock").write_bytes(content)
    with pytest.raises(HelpersError, match="nothing is changed"):
        copy.take_over()
    assert (repo.root / "app" / "pyproject.toml").read_bytes() == PROJECT
    assert not (repo.root / "app" / "poetry.lock").exists()


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(
    repo: Repo, copy: WorkingCopy
) -> None:
    copy.folder.joinpath("poetry.lock").write_bytes(b"b = 2\n")
    (repo.root / "app" / "pyproject.toml").write_bytes(b"theirs = 1\n")
    with pytest.raises(HelpersError, match="changed in the meantime"):
        copy.take_over()
    assert (repo.root / "app" / "pyproject.toml").read_bytes() == b"theirs = 1\n"
    assert not (repo.root / "app" / "poetry.lock").exists()


def test_when_the_second_file_cannot_be_written_the_first_is_as_it_was(repo: Repo) -> None:
    # A name that is too long once something is put beside it.
    names = ("poetry.lock", "p" * 250)
    app = repo.root / "app"
    (app / names[1]).write_bytes(PROJECT)
    with working_copy(repo, repo.runnable_dir("app"), repo.root / "app", names) as copy:
        copy.folder.joinpath("poetry.lock").write_bytes(b"b = 2\n")
        copy.folder.joinpath(names[1]).write_bytes(b"a = 2\n")
        with pytest.raises(OSError, match="too long"):
            copy.take_over()
    assert not (app / "poetry.lock").exists()
    assert (app / names[1]).read_bytes() == PROJECT


def test_nothing_of_it_stays(repo: Repo) -> None:
    with working_copy(repo, repo.runnable_dir("app"), repo.root / "app", NAMES) as copy:
        assert copy.folder.is_dir()
    assert not copy.folder.exists()
    assert (repo.root / "app" / "src" / "a.py").exists()
