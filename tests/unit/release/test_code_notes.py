"""Notes and histories of releases in real git repos."""

import random
from pathlib import Path

import pytest

from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.release.code_history import read_code_history
from helpers.release.code_notes import find_notes, notes_since
from helpers.release.released_dirs import ReleasedDir, find_released
from helpers.system.repo_files import load_repo
from helpers.vcs.discovery import discover_dirs
from tests.builders import commit_all, git, make_repo, make_runnable_dir, write_files

LIB = '[project]\nname = "lib"\nversion = "0.0.0"\n'
USES = (
    '[project]\nname = "shop"\nversion = "0.0.0"\n[tool.poetry.dependencies]\n'
    'lib = {path = "../../libs/lib"}\n'
)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A dir that was released once, and what came since."""
    made = make_repo(
        tmp_path / "repo",
        {"libs/lib/pyproject.toml": LIB},
        config="name: demo\nrelease: {}\n",
    )
    make_runnable_dir(made, "apps/shop", {"pyproject.toml": USES})
    commit_all(made.root, "feat: begin")
    git(made.root, "tag", "shop-v1.0.0")
    return made


def _change(repo: Repo, message: str, path: str = "apps/shop/shop.py") -> str:
    write_files(repo.root, {path: f"# {random.random()}\n"})
    return commit_all(repo.root, message)[:12]


def _dir(repo: Repo) -> ReleasedDir:
    (found,) = find_released(repo, discover_dirs(repo))
    return found


def _notes(repo: Repo, version: str = "") -> str:
    repo = load_repo(repo.root)
    wanted = Version.parse(version) if version else None
    inputs = read_repo_inputs(repo)
    return find_notes(repo, _dir(repo), inputs, wanted, lambda _: None).text


def test_the_next_version_has_its_commits_by_what_they_are(repo: Repo) -> None:
    fix = _change(repo, "fix: round up")
    feature = _change(repo, "feat(api): prices <b> of @all")
    words = _change(repo, "Say it better")
    library = _change(repo, "feat: more words", "libs/lib/lib.py")
    broken = _change(
        repo, "feat!: names\n\nWhy so.\n\nBREAKING CHANGE: `name` is\nwanted now\nRefs: #12"
    )
    assert _notes(repo) == "\n".join(
        [
            "## shop 2.0.0",
            "",
            "### Breaking changes",
            "",
            f"- names ({broken})",
            "  `name` is wanted now",
            "",
            "### Features",
            "",
            f"- **api**: prices \\<b> of @all ({feature})",
            "",
            "### Fixes",
            "",
            f"- round up ({fix})",
            "",
            "### Other changes",
            "",
            f"- Say it better ({words})",
            "",
            "### Changes of what it depends on",
            "",
            f"- more words ({library})",
        ]
    )


def test_a_released_version_has_what_came_between_it_and_the_one_before(repo: Repo) -> None:
    _change(repo, "feat: one")
    git(repo.root, "tag", "shop-v1.1.0")
    two = _change(repo, "fix: two")
    git(repo.root, "tag", "shop-v1.1.1")
    _change(repo, "feat: three")
    assert _notes(repo, "1.1.1") == f"## shop 1.1.1\n\n### Fixes\n\n- two ({two})"
    assert "begin" in _notes(repo, "1.0.0")
    assert "three" in _notes(repo, "1.2.0")
    with pytest.raises(HelpersError, match=r"no version 7\.0\.0") as caught:
        _notes(repo, "7.0.0")
    assert "1.1.1" in caught.value.where
    assert "1.2.0 is next" in caught.value.where


def test_a_version_of_another_branch_says_where_its_notes_are(repo: Repo) -> None:
    git(repo.root, "switch", "-qc", "old")
    _change(repo, "fix: there")
    git(repo.root, "tag", "shop-v1.0.1")
    git(repo.root, "switch", "-q", "main")
    with pytest.raises(HelpersError, match="released from another branch") as caught:
        _notes(repo, "1.0.1")
    assert "git switch --detach shop-v1.0.1" in caught.value.fix


def test_notes_since_a_commit_are_of_all_that_touches_the_dir(repo: Repo) -> None:
    first = _change(repo, "feat: one")
    two = _change(repo, "fix: two")
    _change(repo, "docs: elsewhere", "README.md")
    repo = load_repo(repo.root)
    found = notes_since(repo, _dir(repo), read_repo_inputs(repo), first)
    assert found.text == f"## shop since {first}\n\n### Fixes\n\n- two ({two})"
    with pytest.raises(HelpersError, match="no such branch, tag or commit"):
        notes_since(repo, _dir(repo), read_repo_inputs(repo), "nowhere")


def test_without_a_commit_since_it_is_said(repo: Repo) -> None:
    assert _notes(repo) == "## shop unreleased\n\nNo commit since shop-v1.0.0."


def test_the_history_has_the_container_version_of_each_release_also_before_a_move(
    repo: Repo,
) -> None:
    git(repo.root, "mv", "apps/shop", "apps/store")
    write_files(
        repo.root,
        {"apps/store/changelog.txt": "# shop-1.1.0\n- 2026-01-31\n- Pandas\n"},
    )
    commit = commit_all(repo.root, "feat: move")
    git(repo.root, "tag", "--annotate", "--message", "It", "shop-v1.1.0")
    git(repo.root, "tag", "shop-v1.x")
    repo = load_repo(repo.root)
    told: list[object] = []
    found, errors = read_code_history(repo, [_dir(repo)], None, told.append)
    assert not errors
    assert len(told) == 1  # the tag that is no version
    assert [(one.version, one.tag, one.container_version) for one in found] == [
        ("1.1.0", "shop-v1.1.0", "1.1.0"),
        ("1.0.0", "shop-v1.0.0", "1.0.0"),
    ]
    assert found[0].commit == commit
    assert all(one.when[:2] == "20" for one in found)


def test_two_tags_of_one_version_on_two_commits_are_an_error_of_the_history(repo: Repo) -> None:
    _change(repo, "fix: more")
    git(repo.root, "tag", "shop-v1.0.0+again")
    found, errors = read_code_history(repo, [_dir(repo)], None, lambda _: None)
    assert not found
    assert "shop-v1.0.0 on" in errors[0].what
    assert "shop-v1.0.0+again on" in errors[0].what
