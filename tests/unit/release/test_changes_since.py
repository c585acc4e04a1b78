"""How far the history of a checkout is read, and what is read of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.inputs import ROOT
from helpers.release.changes_since import ChangesSince
from helpers.release.released_dirs import find_released
from helpers.system.repo_files import load_repo
from helpers.vcs.commit_log import LoggedCommit, reading_log
from helpers.vcs.discovery import discover_dirs
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files


def _commit(id: str, parents: str, path: str) -> LoggedCommit:
    return LoggedCommit(id, tuple(parents.split()), f"fix: {id}", (path,))


def test_the_history_is_read_until_every_dir_was_released_with_the_rest(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", config="name: demo\nrelease: {}\n")
    for name in ("apps/api", "apps/ui"):
        make_runnable_dir(repo, name)
    commit_all(repo.root, "Begin")
    repo = load_repo(repo.root)
    dirs = find_released(repo, discover_dirs(repo))
    read = []

    def log() -> Iterator[LoggedCommit]:
        """Two branches: `api` was released on one of them, `ui` before they parted."""
        for one in (
            _commit("merge", "left right", "README.md"),
            _commit("left", "base", "apps/api/left.py"),
            _commit("right", "base", "apps/ui/right.py"),
            _commit("base", "old", "apps/ui/base.py"),
            _commit("old", "first", "apps/api/old.py"),
            _commit("first", "", "apps/api/first.py"),
        ):
            read.append(one.id)
            yield one

    releases = {"apps/api": "left", "apps/ui": "base"}
    found = ChangesSince(repo, ROOT, dirs, releases, read_repo_inputs(repo)).read(log())
    assert {name: [one.commit for one in its.touching] for name, its in found.items()} == {
        "apps/api": [],
        "apps/ui": ["right"],
    }
    assert read == ["merge", "left", "right", "base"]


def test_a_log_is_the_same_however_it_comes_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = make_repo(tmp_path / "repo")
    for number in range(3):
        write_files(repo.root, {f"{number}/a name\n.py": str(number)})
        commit_all(repo.root, f"fix: {number}\n\nA body")
    with reading_log(repo.root) as log:
        found = list(log)
    assert [one.message for one in found[:2]] == ["fix: 2\n\nA body\n", "fix: 1\n\nA body\n"]
    assert found[0].parents == (found[1].id,)
    assert found[0].paths == ("2/a name\n.py",)
    monkeypatch.setattr("helpers.system.process._PIPE", 7)
    with reading_log(repo.root) as log:
        assert list(log) == found
