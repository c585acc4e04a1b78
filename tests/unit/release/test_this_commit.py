"""What a branch says of releases: which one it has, and which is still to be made."""

from pathlib import Path
from typing import Any, cast

import pytest

from helpers.model.descriptor import OCI_INDEX
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.release import targets, unreleased
from helpers.release.lock import Lock
from helpers.release.owner import Owner, Releaser
from helpers.release.promotion.this_commit import releases_of_commit
from helpers.release.targets import targets_of
from helpers.release.unreleased import find_new
from helpers.system.repo_files import load_repo
from helpers.vcs.discovery import discover_dirs
from tests.builders import (
    add_submodule,
    commit_all,
    git,
    make_host,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.memory_registry import MemoryRepository

_RELEASED = {"devops/config.yaml": "release: {}\n"}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Two dirs: the code of one is released, of the other its container."""
    made = make_repo(tmp_path / "repo", config="name: demo\nregistry: r.example/team\n")
    make_runnable_dir(made, "apps/api", _RELEASED)
    make_runnable_dir(made, "apps/ui")
    commit_all(made.root, "feat: begin")
    return made


def _releases(repo: Repo) -> dict[str, str]:
    repo = load_repo(repo.root)
    found = releases_of_commit(repo, discover_dirs(repo), lambda _: None)
    return {name: str(one) for name, one in found.items()}


def test_a_commit_has_the_newest_release_in_its_history_or_its_changelogs_version(
    repo: Repo,
) -> None:
    for version in ("1.0.0", "1.2.0"):
        write_files(repo.root, {"apps/api/more.py": version})
        commit_all(repo.root, "feat: more")
        git(repo.root, "tag", f"api-v{version}")
    assert _releases(repo) == {"apps/api": "v1.2.0", "apps/ui": "prod-1.0.0"}
    git(repo.root, "checkout", "--quiet", "api-v1.0.0")
    assert _releases(repo) == {"apps/api": "v1.0.0", "apps/ui": "prod-1.0.0"}


def test_a_release_that_was_merged_by_a_squash_is_told_as_missing(repo: Repo) -> None:
    git(repo.root, "checkout", "--quiet", "-b", "develop")
    write_files(repo.root, {"apps/api/more.py": ""})
    commit_all(repo.root, "feat: more")
    git(repo.root, "tag", "api-v1.0.0")
    git(repo.root, "checkout", "--quiet", "-B", "main", "api-v1.0.0~1")
    git(repo.root, "merge", "--quiet", "--squash", "develop")
    commit_all(repo.root, "feat: more (#1)")
    loaded = load_repo(repo.root)
    (found,) = releases_of_commit(loaded, [loaded.runnable_dir("apps/api")], print).values()
    assert isinstance(found, HelpersError)
    assert "apps/api: the history of this commit has no release of it" in found.what
    assert "without squashing it" in found.fix


class TestNew:
    """Dirs whose version no release made yet."""

    @pytest.fixture(autouse=True)
    def _memory(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(MemoryRepository, "every", {})
        monkeypatch.setattr(targets, "Repository", MemoryRepository)
        monkeypatch.setattr(unreleased, "open_access", lambda *_: None)

    def _new(self, repo: Repo, stage: Stage = Stage.PROD) -> list[str]:
        repo = load_repo(repo.root)
        releaser = Releaser(cast("Any", None), repo, make_host(repo.root), lambda _: None)
        return [item.name for item in find_new(releaser, discover_dirs(repo), stage, ())]

    def test_a_version_is_new_until_the_registry_has_it(self, repo: Repo) -> None:
        there = MemoryRepository("r.example/team/ui")
        assert self._new(repo) == ["apps/ui"]
        there.put_manifest(b"{}", OCI_INDEX, "prod-1.0.0")
        assert self._new(repo) == []
        # Production images of released code come with it; environments do not.
        assert self._new(repo, Stage.DEV) == ["apps/api", "apps/ui"]

    def test_a_release_that_was_killed_is_not_ended(self, repo: Repo) -> None:
        there = MemoryRepository("r.example/team/ui")
        there.put_manifest(b"{}", OCI_INDEX, "prod-1.0.0")
        loaded = load_repo(repo.root)
        (target,) = targets_of(loaded, cast("Any", None), loaded.runnable_dir("apps/ui"))
        Lock(target, Stage.PROD, Owner("key", "ann@here"), "ui prod-1.0.0")._write()
        assert self._new(repo) == ["apps/ui"]

    def test_dirs_of_a_repo_within_are_that_repos_own_business(
        self, repo: Repo, tmp_path: Path
    ) -> None:
        inner = make_repo(tmp_path / "inner", config="name: inner\nregistry: r.example/inner\n")
        make_runnable_dir(inner, "tool")
        commit_all(inner.root)
        add_submodule(repo.root, "inner", inner.root)
        names = [item.name for item in discover_dirs(load_repo(repo.root))]
        assert "inner/tool" in names
        assert self._new(repo) == ["apps/ui"]
