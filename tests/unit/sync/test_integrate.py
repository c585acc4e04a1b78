"""What becomes of each file that two checkouts share, decided and written with real repos."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.sync.integrate import Integration, bring_here, find_parts, integrate, overlap
from helpers.system.process import run
from tests.builders import GIT_ENVIRONMENT, commit_all, git, make_repo

_LINES = "".join(f"line {number}\n" for number in range(9))
_NO_LINK = b"no text \xff"


def _edited(text: str, number: int) -> str:
    return text.replace(f"line {number}\n", f"line {number} changed\n")


# By what is said: the file as both had it, as it is here, and as it is there; None: it is not
# there; `-> x`: a link; `+x ...`: it may run.
_CASES: dict[str, tuple[str | None, str | None, str | None, str]] = {
    "same": ("a", "a", "a", ""),
    "both the same": ("a", "b", "b", ""),
    "ours": ("a", "b", "a", "stays"),
    "theirs ü": ("a", "a", "b", "comes in"),
    "new here": (None, "a", None, "stays"),
    "new there": (None, None, "a", "comes in"),
    "new on both": (None, "a", "b", "conflict: 1 part"),
    "gone there": ("a", "a", None, "goes"),
    "gone here": ("a", None, "a", "stays"),
    "gone here, changed there": ("a", None, "b", "conflict: gone here, changed there"),
    "gone there, changed here": ("a", "b", None, "conflict: gone there, changed here"),
    "merged": (_LINES, _edited(_LINES, 1), _edited(_LINES, 7), "merges"),
    "fought": (_LINES, _edited(_LINES, 4), _LINES.replace("line 4", "x"), "conflict: 1 part"),
    "link": ("-> a", "-> a", "-> b", "comes in"),
    "no text link": (None, None, "-> no text", "comes in"),
    "links": ("-> a", "-> b", "-> c", "conflict: one of them is a link"),
    "runs": ("a", "a", "+x a", "comes in"),
    "runs here": ("+x a", "+x a", "a", "comes in"),
    "binary": ("\0a", "\0b", "\0c", "conflict: not a text file, so it cannot be merged"),
}


def _put(file: Path, state: str | None) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    if state is None:
        return
    if state.startswith("-> "):
        target = state.removeprefix("-> ")
        file.symlink_to(os.fsdecode(_NO_LINK) if target == "no text" else target)
        return
    file.write_text(state.removeprefix("+x "))
    file.chmod(0o755 if state.startswith("+x ") else 0o644)


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two checkouts whose `my lib` has a file for each case, that no test changes."""
    folder = tmp_path_factory.mktemp("o'brien")
    here = make_repo(folder / "here", {"my lib/other": ""}).root
    for name, (base, *_) in _CASES.items():
        _put(here / "my lib" / name, base)
    commit_all(here)
    git(folder, "clone", "--quiet", "here", "there")
    for number, root in enumerate((here, folder / "there"), start=1):
        for name, case in _CASES.items():
            state = case[number]
            assert state is None or isinstance(state, str)
            _put(root / "my lib" / name, state)
        commit_all(root)
    return here, folder / "there"


def _compared(sides: tuple[Path, Path]) -> Integration:
    return integrate(*find_parts(*sides, "my lib"))


@pytest.fixture
def copies(sides: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """The same two, to be changed."""
    here, there = (shutil.copytree(root, tmp_path / root.name, symlinks=True) for root in sides)
    return here, there


def test_what_becomes_of_each_file_is_told(sides: tuple[Path, Path]) -> None:
    found = _compared(sides)
    assert {row.path: row.merge for row in found.rows} == {
        name: said for name, (*_, said) in _CASES.items() if said
    }
    assert found.same == 3
    assert {one.path for one in found.conflicts} == {
        name for name, (*_, said) in _CASES.items() if said.startswith("conflict")
    }


def test_what_is_merged_is_shown_and_what_is_only_replaced_is_not(sides: tuple[Path, Path]) -> None:
    shown = {one.path: one for one in overlap(_compared(sides))}
    assert set(shown) == {"merged", "fought", "new on both"}
    assert shown["merged"].after == _edited(_edited(_LINES, 1), 7)
    assert "<<<<<<< here" in (shown["fought"].after or "")


def test_files_are_written_with_their_modes_and_links_and_nothing_else(
    copies: tuple[Path, Path],
) -> None:
    here, _ = copies
    bring_here(_compared(copies))
    lib = here / "my lib"
    for name in ("theirs ü", "new there", "gone there", "link", "no text link", "runs"):
        theirs = _CASES[name][2]
        _put(here / "wanted", theirs)
        assert _state(lib / name) == _state(here / "wanted"), name
    assert not lib.joinpath("runs here").stat().st_mode & stat.S_IXUSR
    for name in ("ours", "new here", "links", "binary", "gone there, changed here"):
        _put(here / "wanted", _CASES[name][1])
        assert _state(lib / name) == _state(here / "wanted"), name
    assert not (lib / "gone here").exists()
    assert (lib / "merged").read_text() == _edited(_edited(_LINES, 1), 7)


def _state(file: Path) -> tuple[str, bytes, int]:
    if file.is_symlink():
        return "link", os.fsencode(file.readlink()), 0
    if not file.exists():
        return "gone", b"", 0
    return "file", file.read_bytes(), file.stat().st_mode & stat.S_IXUSR


def test_the_next_comparison_begins_where_the_trailer_says(copies: tuple[Path, Path]) -> None:
    here, there = copies
    found = _compared(copies)
    bring_here(found)
    git(here, "add", "--all")
    message = f"Integrate\n\n{found.trailer}\n"
    run(["git", "commit", "--quiet", "--file=-"], cwd=here, env=GIT_ENVIRONMENT, stdin=message)
    again = _compared(copies)
    head = git(there, "rev-parse", "HEAD")
    assert again.last.there == head
    assert again.last.said.startswith(f"{head[:12]} came here in ")
    assert {row.merge for row in again.rows} == {"stays"}


@pytest.mark.parametrize("name", ["theirs ü", "link", "runs"])
def test_what_no_commit_has_is_never_written_over(copies: tuple[Path, Path], name: str) -> None:
    here, _ = copies
    _put(here / "my lib" / name, "mine")
    found = _compared(copies)
    before = git(here, "status", "--porcelain")
    if any(one.path == name for one in found.incoming if one.content is not None):
        with pytest.raises(HelpersError, match="not committed, and would be changed"):
            bring_here(found)
        assert git(here, "status", "--porcelain") == before
    assert (here / "my lib" / name).read_text() == "mine"


def test_what_the_other_has_not_committed_cannot_be_noted_so_it_is_not_brought(
    sides: tuple[Path, Path], copies: tuple[Path, Path]
) -> None:
    here, there = copies
    aside = there.rename(there.parent / "it's there")
    (aside / "my lib" / "loose").write_text("")
    with pytest.raises(HelpersError, match=r"not committed: my lib/loose") as caught:
        bring_here(_compared((here, aside)))
    git(aside, "add", "--all")
    run(["bash", "-c", f"{caught.value.fix} --quiet -m x"], env=GIT_ENVIRONMENT)
    bring_here(_compared((here, aside)))
    assert (here / "my lib" / "loose").is_file()


@pytest.mark.parametrize(
    ("other", "subdir", "what"),
    [
        ("there", "../there", "is outside the repo"),
        (".", "my lib", "the same checkout"),
        ("there", "no such", "no such"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    sides: tuple[Path, Path], other: str, subdir: str, what: str
) -> None:
    here, there = sides
    with pytest.raises(HelpersError, match=what):
        find_parts(here, there if other == "there" else here, subdir)
