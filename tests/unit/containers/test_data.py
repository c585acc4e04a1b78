import os
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.containers.data import (
    DataDiffersError,
    checked_mounts,
    compare_data,
    data_mounts,
    present_version,
    read_version,
    version_path,
)
from helpers.containers.plan import DataMount
from helpers.model.data import version_text
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import DirConfig
from helpers.system.host import Host
from helpers.system.repo_files import read_dir_config
from tests.builders import commit_all, git, make_host, make_repo, make_runnable_dir, write_files

_CONFIG = 'reuse: true\ndata:\n  prices:\n    path: "${DATA_DIR}/prices"\n'


class _Scene:
    """A dir with data outside of its repo, in a path with a space and an umlaut."""

    def __init__(self, tmp_path: Path, config: str = _CONFIG) -> None:
        self.outside = tmp_path / "dä ta"
        write_files(self.outside, {"prices/a.csv": "1\n", "prices/b/c.csv": "22\n"})
        self.repo: Repo = make_repo(tmp_path / "repo", commit=False)
        self.item: RunnableDir = make_runnable_dir(
            self.repo, "apps/app", {"devops/config.yaml": config}
        )
        commit_all(self.repo.root)

    @property
    def config(self) -> DirConfig:
        return read_dir_config(self.item)

    @property
    def host(self) -> Host:
        return make_host(self.repo.root, {"DATA_DIR": str(self.outside)})

    def note(self, *, full: bool = False) -> None:
        data = self.config.data["prices"]
        version = present_version(self.repo, self.item, data, self.host, full=full)
        write_files(self.item.root, {data.version: version_text("prices", version)})

    def compare(self, *, full: bool = True) -> None:
        compare_data(self.repo, self.item, self.config.data["prices"], self.host, full=full)


@pytest.fixture
def scene(tmp_path: Path) -> _Scene:
    return _Scene(tmp_path)


def test_containers_see_data_by_its_name(scene: _Scene) -> None:
    folder = scene.outside / "prices"
    mount = DataMount(str(folder), "/data/prices", folder.stat().st_ino)
    assert data_mounts(scene.repo, scene.item, scene.config, scene.host) == (mount,)


@pytest.mark.parametrize("value", [None, ""])
def test_a_variable_that_is_not_set_is_named_with_its_line(
    scene: _Scene, value: str | None
) -> None:
    host = make_host(scene.repo.root, {} if value is None else {"DATA_DIR": value})
    with pytest.raises(HelpersError) as caught:
        data_mounts(scene.repo, scene.item, scene.config, host)
    error = caught.value
    assert error.what == "key 'data': prices: the variable DATA_DIR is not set"
    assert error.where == "apps/app/devops/config.yaml:4"
    assert error.fix is not None
    assert error.fix.startswith("export DATA_DIR=...")
    assert "list DATA_DIR in 'environment' of repo_config.yaml" in error.fix


def test_a_folder_that_is_not_there_is_named(scene: _Scene) -> None:
    host = make_host(scene.repo.root, {"DATA_DIR": "/no where"})
    with pytest.raises(HelpersError, match="/no where/prices is not there") as caught:
        data_mounts(scene.repo, scene.item, scene.config, host)
    assert caught.value.where == "apps/app/devops/config.yaml:4"
    assert (
        caught.value.fix == "mkdir -p '/no where/prices', with the data in it; or correct the path"
    )


def test_a_container_that_does_not_see_a_folder_mounts_it_and_cannot_compare_it(
    scene: _Scene,
) -> None:
    host = replace(make_host(scene.repo.root, {"DATA_DIR": "/no where"}), in_container=True)
    (mount,) = data_mounts(scene.repo, scene.item, scene.config, host)
    assert (mount.source, mount.inode) == ("/no where/prices", 0)
    scene.note()
    with pytest.raises(HelpersError, match="does not see the data prices") as caught:
        compare_data(scene.repo, scene.item, scene.config.data["prices"], host, full=False)
    assert caught.value.where == "/data/prices"


def test_data_in_the_repo_must_be_ignored_so_that_it_is_no_input(tmp_path: Path) -> None:
    scene = _Scene(tmp_path, "data: {prices: {path: data/prices}}\n")
    write_files(scene.item.root, {"data/prices/a.csv": "1\n"})
    with pytest.raises(HelpersError, match="git does not ignore apps/app/data/prices") as caught:
        data_mounts(scene.repo, scene.item, scene.config, scene.host)
    assert caught.value.fix == f"echo /apps/app/data/prices/ >> {scene.repo.root}/.gitignore"
    write_files(scene.repo.root, {".gitignore": "/apps/app/data/prices/\n"})
    (mount,) = data_mounts(scene.repo, scene.item, scene.config, scene.host)
    assert mount.source == str(scene.item.root / "data/prices")


def test_the_repo_itself_is_no_data(tmp_path: Path) -> None:
    scene = _Scene(tmp_path, "data: {prices: {path: ../../..}}\n")
    with pytest.raises(HelpersError, match="holds the repo itself"):
        data_mounts(scene.repo, scene.item, scene.config, scene.host)


def test_data_that_is_noted_fits_until_it_changes(scene: _Scene) -> None:
    scene.note()
    scene.compare()
    write_files(scene.outside, {"prices/new.csv": "4"})
    with pytest.raises(DataDiffersError, match="count: 3 files, not 2; bytes: 6, not 5") as caught:
        scene.compare()
    assert caught.value.where == "apps/app/data/prices.version"
    assert caught.value.fix is not None
    assert caught.value.fix.startswith("i data_version --name prices --dir apps/app   (or")


def test_other_contents_of_the_same_size_are_seen_where_they_are_hashed(scene: _Scene) -> None:
    scene.note(full=True)
    write_files(scene.outside, {"prices/a.csv": "9\n"})
    scene.compare(full=False)
    with pytest.raises(DataDiffersError, match="contents of files") as caught:
        scene.compare()
    assert "--dir apps/app --full" in str(caught.value.fix)


def test_what_is_recorded_needs_a_version_that_is_an_input(scene: _Scene) -> None:
    def look() -> None:
        checked_mounts(scene.repo, scene.item, scene.config, scene.host)

    with pytest.raises(HelpersError, match="nothing says which version") as caught:
        look()
    assert caught.value.fix == "i data_version --name prices --dir apps/app"
    scene.note()
    look()
    write_files(scene.repo.root, {".gitignore": "data/\n"})
    with pytest.raises(HelpersError, match="would be no input") as caught:
        look()
    assert caught.value.fix == (
        f"git add --force -- {scene.repo.root}/apps/app/data/prices.version"
    )
    git(scene.repo.root, "add", "--force", "--", "apps/app/data/prices.version")
    look()


def test_links_count_by_what_they_lead_to(tmp_path: Path) -> None:
    write_files(tmp_path, {"store/1": "abc", "data/x": ""})
    (tmp_path / "data/link").symlink_to("../store/1")
    (tmp_path / "data/nowhere").symlink_to("missing")
    (tmp_path / "data/folder").symlink_to("../store")
    before = read_version(tmp_path / "data", full=True)
    assert before.files == 4
    (tmp_path / "store/1").write_text("abd")
    after = read_version(tmp_path / "data", full=True)
    assert (after.names, after.contents != before.contents) == (before.names, True)


@pytest.mark.skipif(os.getuid() == 0, reason="root reads everything")
def test_what_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "data/closed").mkdir(parents=True)
    (tmp_path / "data/closed").chmod(0)
    with pytest.raises(HelpersError, match="cannot be read"):
        read_version(tmp_path / "data", full=False)


def test_the_version_file_stands_where_the_settings_say(tmp_path: Path) -> None:
    scene = _Scene(tmp_path, "data: {p: {path: /x, version: notes/p.version}}\n")
    assert version_path(scene.item, scene.config.data["p"]) == scene.item.root / "notes/p.version"
