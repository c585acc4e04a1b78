"""`i integrate_diff` on real clones and on repos that have no history in common."""

from pathlib import Path

import pytest

from tests.builders import add_submodule, commit_all, git, make_repo, write_files
from tests.integration.sync.conftest import invoke

pytestmark = pytest.mark.slow

_LINES = "".join(f"line {number}\n" for number in range(1, 21))


def _changed(number: int, text: str, lines: str = _LINES) -> str:
    return lines.replace(f"line {number}\n", f"{text}\n")


def _commit_as(root: Path, author: str) -> str:
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--author", f"{author} <a@example.org>", "--message", "Work")
    return git(root, "rev-parse", "HEAD")


def _rows(output: str) -> dict[str, list[str]]:
    """The cells of the table by file."""
    lines = output.split("\n\n")[0].splitlines()
    header = next(number for number, line in enumerate(lines) if line.startswith("file  "))
    names = ("file", "changed", "here by", "there by", "merge")
    starts = [lines[header].index(name) for name in names]
    ends = [*starts[1:], None]
    rows = [
        [line[start:end].strip() for start, end in zip(starts, ends, strict=True)]
        for line in lines[header + 1 : -1]
    ]
    return {row[0]: row[1:] for row in rows}


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A repo with shared code in `lib`."""
    files = {f"lib/{name}.txt": _LINES for name in ("ours", "theirs", "both", "fight", "same")}
    files |= {"lib/gone.txt": "old\n", "lib/fought.txt": _LINES, "app.txt": "one\n"}
    return make_repo(tmp_path / "here", files).root


@pytest.fixture
def other(here: Path, tmp_path: Path) -> Path:
    """A clone; both sides changed some of the files."""
    root = tmp_path / "other one"
    git(tmp_path, "clone", "--quiet", str(here), str(root))
    write_files(
        here,
        {
            "lib/ours.txt": _changed(3, "ours"),
            "lib/both.txt": _changed(3, "ours"),
            "lib/fight.txt": _changed(9, "ours"),
            "lib/fought.txt": _changed(9, "ours"),
            "lib/new_here.txt": "new\n",
        },
    )
    _commit_as(here, "Ann")
    (root / "lib/gone.txt").unlink()
    (root / "lib/fought.txt").unlink()
    write_files(
        root,
        {
            "lib/theirs.txt": _changed(17, "theirs"),
            "lib/both.txt": _changed(17, "theirs"),
            "lib/fight.txt": _changed(9, "theirs"),
            "lib/new_there.bin": b"\x00\xff",
            "app.txt": "two\n",
        },
    )
    _commit_as(root, "Bob")
    return root


def test_what_differs_is_told_with_who_changed_it(here: Path, other: Path) -> None:
    done = invoke(here, "integrate_diff", "--other", str(other), "--subdir", "lib")
    assert done.status == 1, done.stderr
    assert "last integration: the histories diverged at " in done.stdout
    assert _rows(done.stdout) == {
        "both.txt": ["on both sides", "Ann", "Bob", "merges"],
        "fight.txt": ["on both sides", "Ann", "Bob", "conflict: 1 part"],
        "fought.txt": ["on both sides", "Ann", "Bob", "conflict: gone there, changed here"],
        "gone.txt": ["only there", "-", "Bob", "goes"],
        "new_here.txt": ["only here", "Ann", "-", "stays"],
        "new_there.bin": ["only there", "-", "Bob", "comes in"],
        "ours.txt": ["only here", "Ann", "-", "stays"],
        "theirs.txt": ["only there", "-", "Bob", "comes in"],
    }
    assert "1 file the same, 8 not" in done.stdout
    head = git(other, "rev-parse", "--short=12", "HEAD")
    shown = f"+<<<<<<< here\n ours\n+=======\n+theirs\n+>>>>>>> there ({head})\n"
    assert shown in done.stdout
    assert git(here, "status", "--porcelain") == ""


def test_what_was_changed_there_is_merged_into_the_files_here(here: Path, other: Path) -> None:
    head = git(here, "rev-parse", "HEAD")
    done = invoke(here, "integrate_diff", "--other", str(other), "--subdir", "lib", "--apply")
    assert done.status == 1
    assert (here / "lib/theirs.txt").read_text() == _changed(17, "theirs")
    assert (here / "lib/both.txt").read_text() == _changed(17, "theirs", _changed(3, "ours"))
    assert (here / "lib/ours.txt").read_text() == _changed(3, "ours")
    assert (here / "lib/new_there.bin").read_bytes() == b"\x00\xff"
    assert (here / "lib/fought.txt").read_text() == _changed(9, "ours")
    assert not (here / "lib/gone.txt").exists()
    assert (
        "<<<<<<< here\nours\n=======\ntheirs\n>>>>>>> there" in (here / "lib/fight.txt").read_text()
    )
    assert (here / "app.txt").read_text() == "one\n"
    assert git(here, "rev-parse", "HEAD") == head
    assert git(here, "diff", "--cached", "--name-only") == ""
    assert git(other, "status", "--porcelain") == ""


def test_nothing_that_is_not_committed_is_written_over(here: Path, other: Path) -> None:
    write_files(here, {"lib/theirs.txt": "mine\n", "lib/new_there.bin": "mine too\n"})
    done = invoke(here, "integrate_diff", "--other", str(other), "--apply")
    assert done.status == 2
    assert "not committed, and would be changed: lib/theirs.txt" in done.stderr
    assert (here / "lib/theirs.txt").read_text() == "mine\n"
    assert (here / "lib/new_there.bin").read_text() == "mine too\n"
    assert (here / "lib/gone.txt").exists()


def test_what_the_other_has_not_committed_is_shown_and_not_brought(here: Path, other: Path) -> None:
    write_files(other, {"lib/ours.txt": "loose\n"})
    shown = invoke(here, "integrate_diff", "--other", str(other), "--subdir", "lib")
    assert _rows(shown.stdout)["ours.txt"][2] == "not committed"
    done = invoke(here, "integrate_diff", "--other", str(other), "--apply")
    assert (done.status, "the other checkout has changes" in done.stderr) == (2, True)
    assert git(here, "status", "--porcelain") == ""


def test_the_next_comparison_starts_from_the_recorded_integration(
    here: Path, tmp_path: Path
) -> None:
    """Two repos that have the same code, and no history in common."""
    other = make_repo(
        tmp_path / "other", {"lib/a.txt": _changed(3, "theirs"), "lib/b.txt": "b\n"}
    ).root
    write_files(here, {"lib/a.txt": _LINES})
    commit_all(here)
    options = ("integrate_diff", "--other", str(other), "--subdir", "lib")
    first = invoke(here, *options, "--apply")
    assert "they have no common history, and no integration yet" in first.stdout
    assert first.status == 1
    assert "<<<<<<< here\nline 3\n=======\ntheirs\n>>>>>>>" in (here / "lib/a.txt").read_text()
    (trailer,) = [line for line in first.stdout.splitlines() if "--trailer" in line]
    assert trailer.endswith(f"'Integrated-with: {git(other, 'rev-parse', 'HEAD')} lib'")
    write_files(here, {"lib/a.txt": _LINES})
    git(here, "add", "--all")
    git(here, "commit", "--quiet", "--message", "Take", "--trailer", trailer.split("'")[1])
    write_files(here, {"lib/a.txt": _changed(10, "ours")})
    _commit_as(here, "Ann")
    write_files(
        other, {"lib/a.txt": _changed(18, "new", _changed(3, "theirs")), "lib/b.txt": "B\n"}
    )
    _commit_as(other, "Bob")
    second = invoke(here, *options, "--apply")
    rows = _rows(second.stdout)
    assert (rows["a.txt"], second.status) == (["on both sides", "Ann", "Bob", "merges"], 0)
    assert rows["b.txt"] == ["only there", "-", "Bob", "comes in"]
    assert rows["ours.txt"] == ["on neither side", "-", "-", "stays"]
    assert (here / "lib/a.txt").read_text() == _changed(18, "new", _changed(10, "ours"))
    commit_all(here)
    back = invoke(other, "integrate_diff", "--other", str(here), "--subdir", "lib")
    assert "went there in" in back.stdout
    assert _rows(back.stdout)["a.txt"][3] == "merges"


def test_a_mark_of_another_folder_says_nothing(here: Path, tmp_path: Path) -> None:
    other = make_repo(tmp_path / "other", {"lib/a.txt": "a\n"}).root
    head = git(other, "rev-parse", "HEAD")
    git(
        here,
        "commit",
        "--quiet",
        "--allow-empty",
        "-m",
        "x",
        "--trailer",
        f"Integrated-with: {head} elsewhere",
    )
    done = invoke(here, "integrate_diff", "--other", str(other), "--subdir", "lib")
    assert "no integration yet" in done.stdout


def test_two_checkouts_of_a_submodule_are_compared(tmp_path: Path) -> None:
    library = make_repo(tmp_path / "library", {"a.txt": _LINES}).root
    roots = []
    for name in ("one", "two"):
        root = make_repo(tmp_path / name).root
        add_submodule(root, "shared lib", library)
        write_files(root / "shared lib", {"a.txt": _changed(3 if name == "one" else 17, name)})
        _commit_as(root / "shared lib", name)
        roots.append(root)
    done = invoke(
        roots[0], "integrate_diff", "--other", str(roots[1]), "--subdir", "shared lib", "--apply"
    )
    assert (done.status, _rows(done.stdout)) == (
        0,
        {"a.txt": ["on both sides", "one", "two", "merges"]},
    )
    merged = (roots[0] / "shared lib" / "a.txt").read_text()
    assert merged == _changed(17, "two", _changed(3, "one"))


def test_a_shallow_clone_without_a_common_commit_says_what_to_type(
    here: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{here}", str(tmp_path / "old"))
    write_files(tmp_path / "old", {"app.txt": "old\n"})
    commit_all(tmp_path / "old")
    write_files(here, {"app.txt": "three\n"})
    commit_all(here)
    git(tmp_path, "clone", "--quiet", "--depth", "1", f"file://{here}", str(tmp_path / "new"))
    done = invoke(tmp_path / "new", "integrate_diff", "--other", str(tmp_path / "old"))
    assert (done.status, "fetch --unshallow" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (".", "this is the same checkout"),
        ("../nowhere", "there is no directory"),
        ("..", "this is not a git checkout"),
    ],
)
def test_what_cannot_be_compared_is_an_error(here: Path, other: str, said: str) -> None:
    done = invoke(here, "integrate_diff", "--other", other)
    assert (done.status, said in done.stderr) == (2, True), done.stderr
