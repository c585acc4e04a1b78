"""Which dirs a release of all of them is about: the repo's own."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.events import Event, Notice
from helpers.release.released_dirs import find_released, without_nested
from helpers.system.repo_files import load_repo
from helpers.vcs.discovery import discover_dirs
from tests.builders import add_submodule, commit_all, make_repo, make_runnable_dir


def _inner(folder: Path, name: str, config: str) -> Path:
    repo = make_repo(folder / name)
    make_runnable_dir(repo, "apps/quotes", {"../../repo_config.yaml": f"name: {name}\n{config}"})
    commit_all(repo.root)
    return repo.root


def test_of_all_dirs_those_of_repos_within_are_left_out_and_named(tmp_path: Path) -> None:
    outer = make_repo(tmp_path / "shop", config="name: shop\nrelease: {}\n")
    make_runnable_dir(outer, "apps/web")
    commit_all(outer.root)
    # The middle one is not released, and the settings of the last one cannot be read.
    for name, config in (("pricing", "release: {}\n"), ("plain", ""), ("broken", "relaese: {}\n")):
        add_submodule(outer.root, f"my libs/{name}", _inner(tmp_path, name, config))
    # A submodule that is no repo of the toolchain's is a part of the one around it.
    data = make_repo(tmp_path / "data")
    make_runnable_dir(data, "rows")
    (data.root / "repo_config.yaml").unlink()
    commit_all(data.root)
    add_submodule(outer.root, "data", data.root)
    repo = load_repo(outer.root)
    told: list[Event] = []
    with pytest.raises(HelpersError, match="broken"):
        find_released(repo, discover_dirs(repo))

    own = without_nested(repo, discover_dirs(repo), told.append)

    assert [one.name for one in find_released(repo, own)] == ["apps/web", "data/rows"]
    (notice,) = told
    assert isinstance(notice, Notice)
    assert notice.dir == "my libs/pricing/apps/quotes"
    assert "left out: its tags are those of my libs/pricing, a repo of its own" in notice.text
    assert "(i release --dir 'my libs/pricing/apps/quotes')" in notice.text
