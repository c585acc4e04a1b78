"""How shared files are looked at: on the disk and in a commit, and what is refused."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.managed_files.repo_record import RECORD_FILE_NAME
from helpers.managed_files.written import apply_changes
from helpers.model.errors import HelpersError
from helpers.model.managed_file import Drift
from helpers.sync.shared_files import check_nothing_is_lost, look
from helpers.sync.synced_checkout import SyncPlace
from helpers.system.process import run
from tests.builders import GIT_ENVIRONMENT, commit_all, git, make_repo, write_files

_LIST = """\
- {path: a b.txt, owner: team, mode: identical, source: one.txt}
- {path: deep/it's.txt, owner: team, mode: identical, source: two.txt}
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_repo(tmp_path_factory.mktemp("made") / "root", {".gitignore": "tools\n"}).root
    files = {"sync.yaml": _LIST, "one.txt": "one\n", "two.txt": "two\n"}
    make_repo(root / "tools", files)
    return root


@pytest.fixture
def place(made: Path, tmp_path: Path) -> SyncPlace:
    """A repo whose toolchain, which shares two files, is a repo in it."""
    root = shutil.copytree(made, tmp_path / "o'brien")
    return SyncPlace(root, "tools", git(root / "tools", "rev-parse", "HEAD"))


def _moved_on(place: SyncPlace, files: dict[str, str | bytes]) -> SyncPlace:
    write_files(place.toolchain, files)
    return replace(place, commit=commit_all(place.toolchain))


def _applied(place: SyncPlace) -> SyncPlace:
    apply_changes(place.root, look(place).changes)
    commit_all(place.root)
    return place


def _drifts(place: SyncPlace) -> dict[str, Drift]:
    return {one.item.path: one.drift for one in look(place).standings}


def test_the_record_is_written_last_so_who_is_interrupted_begins_again(place: SyncPlace) -> None:
    found = look(place)
    assert [one.path for one in found.changes] == ["a b.txt", "deep/it's.txt", RECORD_FILE_NAME]
    assert not found.in_step
    assert look(_applied(place)).in_step
    assert look(place).changes == ()


def test_a_commit_says_what_the_work_tree_says(place: SyncPlace) -> None:
    _applied(place)
    write_files(place.root, {"a b.txt": "one\nmine\n"})
    place = _moved_on(place, {"two.txt": "two\nnew\n"})
    committed = replace(place, at=commit_all(place.root))
    assert _drifts(place) == _drifts(committed)
    assert _drifts(place) == {"a b.txt": Drift.HERE, "deep/it's.txt": Drift.UPSTREAM}
    assert look(place).changes == look(committed).changes
    write_files(place.root, {"a b.txt": "loose\n", "deep/it's.txt": "loose\n"})
    assert _drifts(committed)["deep/it's.txt"] is Drift.UPSTREAM
    assert look(committed).notices == ()


def test_what_the_toolchain_has_not_committed_is_noticed_and_not_looked_at(
    place: SyncPlace,
) -> None:
    _applied(place)
    write_files(place.toolchain, {"one.txt": "loose\n", "other.txt": ""})
    found = look(place)
    assert found.in_step
    assert found.notices == ("not committed in the toolchain, so not looked at: one.txt",)


def test_an_opt_out_of_nothing_is_noticed(place: SyncPlace) -> None:
    record = "opt_out:\n  gone.txt: ours\n  a b.txt: ours\n  other.toml#key: ours\n"
    write_files(place.root, {RECORD_FILE_NAME: record})
    found = look(place)
    assert [notice.partition(" ")[0] for notice in found.notices] == ["gone.txt", "other.toml"]
    assert _drifts(place) == {"a b.txt": Drift.OPTED_OUT, "deep/it's.txt": Drift.NEW}


def test_a_file_that_is_shared_no_longer_is_told_once(place: SyncPlace) -> None:
    _applied(place)
    place = _moved_on(place, {"sync.yaml": _LIST.splitlines()[0] + "\n"})
    assert _drifts(place)["deep/it's.txt"] is Drift.DROPPED
    assert _drifts(_applied(place)) == {"a b.txt": Drift.IN_STEP}
    assert (place.root / "deep" / "it's.txt").read_text() == "two\n"


def test_some_files_are_looked_at_where_they_are_named(place: SyncPlace) -> None:
    assert [one.item.path for one in look(place, ["deep/it's.txt"]).standings] == ["deep/it's.txt"]
    with pytest.raises(HelpersError, match=r"'one\.txt' is not among the shared files") as caught:
        look(place, ["a b.txt", "one.txt"])
    assert caught.value.where == "they are: a b.txt, deep/it's.txt"


@pytest.mark.parametrize(
    ("files", "what"),
    [
        (
            {"sync.yaml": _LIST.replace("one.txt", "none.txt")},
            "is not a text file of the toolchain",
        ),
        ({"one.txt": b"\xff\xfe"}, "is not a text file of the toolchain: one.txt"),
        ({"sync.yaml": _LIST.replace("one.txt", "folder")}, "is not a text file"),
    ],
)
def test_a_source_that_is_no_text_is_refused(
    place: SyncPlace, files: dict[str, str | bytes], what: str
) -> None:
    with pytest.raises(HelpersError, match=what):
        look(_moved_on(place, {"folder/x": "", **files}))


def test_a_toolchain_that_shares_nothing_says_so_with_a_command_that_works(
    place: SyncPlace, tmp_path: Path
) -> None:
    git(place.toolchain, "rm", "--quiet", "sync.yaml")
    bare = replace(place, commit=commit_all(place.toolchain))
    with pytest.raises(HelpersError, match="shares no files") as caught:
        look(bare)
    git(place.toolchain, "clone", "--quiet", "--bare", ".", str(tmp_path / "far.git"))
    git(place.toolchain, "remote", "add", "origin", str(tmp_path / "far.git"))
    git(place.toolchain, "fetch", "--quiet", "origin")
    git(place.toolchain, "branch", "--quiet", "--set-upstream-to=origin/main")
    run(["bash", "-c", caught.value.fix], env=GIT_ENVIRONMENT)


def test_a_folder_that_is_elsewhere_is_not_looked_into(place: SyncPlace, tmp_path: Path) -> None:
    (tmp_path / "far").mkdir()
    (place.root / "deep").symlink_to(tmp_path / "far")
    with pytest.raises(HelpersError, match=r"deep/it's\.txt is not in this repo"):
        look(place)
    (place.root / "deep").unlink()
    make_repo(place.root / "deep")
    with pytest.raises(HelpersError, match=r"deep/it's\.txt is not in this repo"):
        look(place)


@pytest.mark.parametrize("in_commit", [False, True])
def test_what_is_no_text_here_is_refused(place: SyncPlace, in_commit: bool) -> None:
    write_files(place.root, {"a b.txt": b"\xff\xfe"})
    at = commit_all(place.root) if in_commit else ""
    with pytest.raises(HelpersError, match=r"a b\.txt"):
        look(replace(place, at=at))


def test_what_would_be_lost_is_named_and_the_command_keeps_it(place: SyncPlace) -> None:
    _applied(place)
    place = _moved_on(place, {"one.txt": "one\nnew\n", "two.txt": "two\nnew\n"})
    git(place.root, "rm", "--quiet", "--cached", "deep/it's.txt")
    write_files(place.root, {".git/info/exclude": "*.txt\n", "other": ""})
    found = look(place)
    with pytest.raises(HelpersError, match=r"would be changed: deep/it's\.txt\n"):
        check_nothing_is_lost(found)
    git(place.root, "commit", "--quiet", "--message", "Keep it no longer")
    with pytest.raises(HelpersError, match=r"would be changed: deep/it's\.txt\n") as caught:
        check_nothing_is_lost(found)
    run(["bash", "-c", f"{caught.value.fix} -m Keep"], env=GIT_ENVIRONMENT)
    check_nothing_is_lost(look(place))
    assert git(place.root, "status", "--porcelain") == "?? other"


def test_a_base_that_is_gone_is_fetched_by_the_command(place: SyncPlace) -> None:
    _applied(place)
    write_files(place.root, {"a b.txt": "mine\n"})
    record = (place.root / RECORD_FILE_NAME).read_text()
    blob = git(place.toolchain, "rev-parse", "HEAD:one.txt")
    write_files(place.root, {RECORD_FILE_NAME: record.replace(blob, "1" * 40)})
    git(place.toolchain, "remote", "add", "origin", "../tools.git")
    with pytest.raises(HelpersError, match=r"last applied to a b\.txt is not in the history") as it:
        look(place)
    assert it.value.fix.endswith(f"fetch origin {place.commit}")
