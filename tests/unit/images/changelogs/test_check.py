"""On real git repos; no engine."""

import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from helpers.images.changelogs.check import (
    Comparison,
    Images,
    Order,
    check_changelogs,
    latest_day,
)
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.vcs.discovery import discover_dirs
from tests import polylith
from tests.builders import (
    add_submodule,
    commit_all,
    git,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.projects import UV_WORKSPACE, uv_workspace_lock

_TODAY = date(2026, 3, 1)
_LOCK = {"poetry.lock": "one\n"}


def _check(repo: Repo, since: str = "", *, staged: bool = False) -> Order:
    return check_changelogs(repo, discover_dirs(repo), _TODAY, Comparison(since, staged))


def _told(order: Order) -> list[tuple[str, str]]:
    return [(finding.dir, finding.what.partition(":")[0]) for finding in order.findings]


def _bump(repo: Repo, name: str, version: str) -> None:
    path = repo.root / name / "changelog.txt"
    path.write_text(f"# {name}-{version}\n- 2026-02-01\n- More\n\n" + path.read_text())


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """Two dirs, committed."""
    made = make_repo(tmp_path / "repo")
    for name in ("a", "b"):
        make_runnable_dir(made, name, _LOCK)
    commit_all(made.root)
    return made


def test_what_was_just_committed_is_in_order(repo: Repo) -> None:
    assert _check(repo) == Order(2, ())
    assert _check(repo, staged=True) == Order(2, ())


@pytest.mark.parametrize("file", ["poetry.lock", "devops/os_packages.txt", "devops/new.sh"])
@pytest.mark.parametrize("committed", [True, False])
def test_a_change_of_the_image_without_an_entry_is_told(
    repo: Repo, file: str, committed: bool
) -> None:
    write_files(repo.root / "a", {file: "two\n"})
    if committed:
        commit_all(repo.root)
    assert _told(_check(repo)) == [("a", "bump")]


@pytest.mark.parametrize("file", ["main.py", "devops/config.yaml", "tests/poetry.lock"])
def test_a_change_of_other_files_needs_no_entry(repo: Repo, file: str) -> None:
    write_files(repo.root / "a", {file: "reuse: true\n"})
    assert _check(repo).in_order
    commit_all(repo.root)
    assert _check(repo).in_order


def test_a_new_entry_answers_for_what_was_changed_with_it_or_before(repo: Repo) -> None:
    write_files(repo.root / "a", {"poetry.lock": "two\n"})
    commit_all(repo.root)
    _bump(repo, "a", "1.1.0")
    assert _check(repo).in_order
    commit_all(repo.root)
    assert _check(repo).in_order
    write_files(repo.root / "a", {"poetry.lock": "three\n"})
    assert _told(_check(repo)) == [("a", "bump")]


def test_a_change_that_was_taken_back_needs_no_entry(repo: Repo) -> None:
    write_files(repo.root / "a", {"poetry.lock": "two\n", "devops/extra": "x\n"})
    commit_all(repo.root)
    write_files(repo.root / "a", _LOCK)
    (repo.root / "a/devops/extra").unlink()
    assert _check(repo).in_order
    commit_all(repo.root)
    assert _check(repo).in_order


def test_a_change_of_comments_alone_needs_no_entry(repo: Repo) -> None:
    path = repo.root / "a/devops/os_packages.txt"
    path.write_text("# Nothing so far.\n")
    git(repo.root, "add", "--all")
    for order in (_check(repo), _check(repo, staged=True), _check(repo, "HEAD")):
        assert order.in_order
    path.write_text("curl\n")
    assert _told(_check(repo)) == [("a", "bump")]
    assert _check(repo, staged=True).in_order


def test_before_a_commit_the_index_counts_and_not_the_disk(repo: Repo) -> None:
    write_files(repo.root / "a", {"poetry.lock": "two\n"})
    assert _check(repo, staged=True).in_order
    git(repo.root, "add", "a/poetry.lock")
    assert _told(_check(repo, staged=True)) == [("a", "bump")]
    _bump(repo, "a", "1.1.0")
    assert _told(_check(repo, staged=True)) == [("a", "bump")]
    git(repo.root, "add", "a/changelog.txt")
    assert _check(repo, staged=True).in_order


def test_an_entry_that_is_edited_in_the_index_is_told(repo: Repo) -> None:
    path = repo.root / "a/changelog.txt"
    path.write_text(path.read_text().replace("Change", "Changed"))
    git(repo.root, "add", "--all")
    assert _told(_check(repo, staged=True)) == [
        ("a", "the entry 1.0.0 was edited after it was committed")
    ]


def test_a_branch_is_compared_with_where_it_left_the_other(repo: Repo) -> None:
    git(repo.root, "switch", "--quiet", "--create", "work")
    write_files(repo.root / "a", {"poetry.lock": "two\n"})
    commit_all(repo.root)
    git(repo.root, "switch", "--quiet", "main")
    write_files(repo.root / "b", {"poetry.lock": "three\n"})
    commit_all(repo.root)
    git(repo.root, "switch", "--quiet", "--detach", "work")
    assert _told(_check(repo, "main")) == [("a", "bump")]
    # An entry of the branch's own is not settled yet: it may be edited until the branch is merged.
    _bump(repo, "a", "1.1.0")
    commit_all(repo.root)
    path = repo.root / "a/changelog.txt"
    path.write_text(path.read_text().replace("More", "Add pandas"))
    commit_all(repo.root)
    assert _check(repo, "main").in_order


def test_what_a_merge_brings_with_its_entry_is_in_order(repo: Repo) -> None:
    git(repo.root, "switch", "--quiet", "--create", "work")
    _bump(repo, "a", "1.1.0")
    commit_all(repo.root)
    write_files(repo.root / "a", {"poetry.lock": "two\n"})
    commit_all(repo.root)
    assert _told(_check(repo)) == [("a", "bump")]
    git(repo.root, "switch", "--quiet", "main")
    git(repo.root, "merge", "--quiet", "--no-ff", "--message", "Merge", "work")
    assert _check(repo).in_order


def test_a_branch_without_commits_has_no_history_to_be_kept(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, commit=False)
    make_runnable_dir(repo, "a", {"changelog.txt": "# broken\n"})
    for staged in (False, True):
        git(repo.root, "add", "--all")
        assert "malformed heading" in _check(repo, staged=staged).findings[0].what


def test_a_shallow_clone_says_so(repo: Repo, tmp_path: Path) -> None:
    write_files(repo.root / "a", {"poetry.lock": "two\n"})
    commit_all(repo.root)
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repo.root}", str(clone))
    order = _check(Repo(clone, repo.toolchain, repo.config))
    assert order.in_order
    assert "shallow" in order.limits[0]


def test_dirs_of_a_submodule_are_compared_with_its_own_history(repo: Repo, tmp_path: Path) -> None:
    library = make_repo(tmp_path / "library")
    make_runnable_dir(library, "tool", _LOCK)
    commit_all(library.root)
    add_submodule(repo.root, "lib", library.root)
    base = git(repo.root, "rev-parse", "HEAD")
    assert _check(repo).checked == 3
    write_files(repo.root / "lib/tool", {"poetry.lock": "two\n"})
    commit_all(repo.root / "lib")
    commit_all(repo.root)
    for order in (_check(repo), _check(repo, base)):
        (finding,) = order.findings
        assert (finding.dir, finding.where) == ("lib/tool", "lib/tool/changelog.txt:1")
    assert _check(repo, staged=True) == Order(2, ())


def test_a_submodule_that_lacks_the_commit_it_is_compared_with_is_named(
    repo: Repo, tmp_path: Path
) -> None:
    library = make_repo(tmp_path / "library")
    make_runnable_dir(library, "tool", _LOCK)
    commit_all(library.root)
    add_submodule(repo.root, "my lib", library.root)
    git(repo.root, "update-index", "--cacheinfo", f"160000,{'1' * 40},my lib")
    git(repo.root, "commit", "--quiet", "--message", "A commit that was never pushed")
    base = git(repo.root, "rev-parse", "HEAD")
    order = _check(repo, base)
    assert order.in_order
    (limit,) = order.limits
    assert f"git -C 'my lib' fetch origin {'1' * 40}" in limit
    # Before it was a submodule there was nothing to compare it with.
    before = git(repo.root, "rev-parse", "HEAD~2")
    assert _check(repo, before) == Order(3, ())


def test_names_with_blanks_and_umlauts_are_names_like_any_other(tmp_path: Path) -> None:
    repo = make_repo(tmp_path)
    make_runnable_dir(repo, "my äpp [1]", _LOCK, image_name="app")
    commit_all(repo.root)
    write_files(repo.root / "my äpp [1]", {"poetry.lock": "two\n"})
    assert _told(_check(repo)) == [("my äpp [1]", "bump")]
    git(repo.root, "add", "--all")
    assert _told(_check(repo, staged=True)) == [("my äpp [1]", "bump")]
    assert _told(_check(repo, "HEAD")) == [("my äpp [1]", "bump")]


def test_what_was_built_and_released_is_compared_where_it_is_known(repo: Repo) -> None:
    dirs = discover_dirs(repo)
    released = {"a": {Stage.DEV: frozenset({Version(2, 0, 0)})}}
    built = {"b": frozenset({Version(1, 0, 0)})}
    order = check_changelogs(repo, dirs, _TODAY, Comparison(), Images(released, built))
    assert {finding.dir for finding in order.findings} == {"a"}
    assert not order.in_order
    notices = check_changelogs(repo, dirs, _TODAY, Comparison(), Images({}, built))
    assert [(f.dir, f.what) for f in notices.findings] == [("a", "1.0.0 is not built yet")]
    assert notices.in_order


def test_a_commit_that_is_not_there_is_an_error(repo: Repo) -> None:
    with pytest.raises(HelpersError, match="there is no commit 'nowhere'"):
        _check(repo, "nowhere")


def test_a_day_has_begun_when_it_has_begun_anywhere() -> None:
    assert latest_day(datetime(2026, 3, 1, 9, 59, tzinfo=UTC)) == date(2026, 3, 1)
    assert latest_day(datetime(2026, 3, 1, 10, 0, tzinfo=UTC)) == date(2026, 3, 2)


def test_a_hundred_dirs_take_well_under_a_second(tmp_path: Path) -> None:
    repo = make_repo(tmp_path)
    for number in range(100):
        make_runnable_dir(repo, f"d{number}", _LOCK)
        if number % 10 == 9:
            commit_all(repo.root)
    began = time.perf_counter()
    assert _check(repo) == Order(100, ())
    assert time.perf_counter() - began < 1


def test_a_project_of_polyliths_answers_for_its_part_of_the_lock_file(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", polylith.workspace(), commit=False)
    for name in ("projects/api", "projects/old"):
        make_runnable_dir(repo, name)
    commit_all(repo.root)
    assert _check(repo).in_order
    changed = {**polylith.PACKAGES, "pysocks": ("1.7.2", ""), "flask": ("3.0", "")}
    (repo.root / "poetry.lock").write_text(polylith.lock(changed))
    assert _told(_check(repo)) == [("projects/old", "bump")]
    commit_all(repo.root)
    assert _told(_check(repo, "HEAD~1")) == [("projects/old", "bump")]


def test_a_member_of_a_workspace_answers_for_its_part_of_the_lock_file(tmp_path: Path) -> None:
    lock = uv_workspace_lock({"a": "x", "b": "y"}, {"x": "1", "y": "1"})
    repo = make_repo(tmp_path / "repo", {**UV_WORKSPACE, "uv.lock": lock}, commit=False)
    for name in ("libs/a", "libs/b"):
        make_runnable_dir(repo, name)
    commit_all(repo.root)
    assert _check(repo).in_order
    changed = uv_workspace_lock({"a": "x", "b": "y"}, {"x": "1", "y": "2"})
    (repo.root / "uv.lock").write_text(changed)
    assert _told(_check(repo)) == [("libs/b", "bump")]
    git(repo.root, "add", "--all")
    assert _told(_check(repo, staged=True)) == [("libs/b", "bump")]
    commit_all(repo.root)
    assert _told(_check(repo)) == [("libs/b", "bump")]
    assert _told(_check(repo, "HEAD~1")) == [("libs/b", "bump")]
