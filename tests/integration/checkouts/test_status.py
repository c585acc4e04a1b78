"""What the tasks tell of real repos in every state, and that they change nothing."""

import hashlib
import json
from pathlib import Path

import pexpect
import pytest

from tests.builders import add_submodule, commit_all, git, make_repo, write_files
from tests.nested_repos import GIT_SETTINGS, copy_top, make_top, type_i
from tests.toolchains import invoke_command

pytestmark = pytest.mark.slow

_ENVIRONMENT = {**GIT_SETTINGS, "TERM": "xterm", "PATH": "/usr/local/bin:/usr/bin:/bin"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    make_top(folder)
    return folder


@pytest.fixture
def top(made: Path, tmp_path: Path) -> Path:
    """A clone of a repo that has `mid dle`, which has `leaf`; all follow `main` of a bare repo."""
    return copy_top(made, tmp_path)


def _rows(output: str) -> dict[str, list[str]]:
    """The cells of the table by path, where two blanks or more stand between them."""
    table = output.partition("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in line.split("  ") if cell.strip()] for line in table[1:]]
    return {row[0]: row[1:] for row in cells}


def _content(root: Path) -> dict[str, str]:
    """Every file below a folder, git's own too, but for the caches of its index."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in root.rglob("*")
        if path.is_file() and path.name != "FETCH_HEAD"
    }


def test_a_clean_tree_is_one_table_without_hints(top: Path) -> None:
    done = type_i(top, "submodule_status")
    assert (done.status, done.stderr) == (0, "")
    rows = _rows(done.stdout)
    assert list(rows) == [".", "mid dle", "mid dle/leaf"]
    commit = git(top / "mid dle", "rev-parse", "HEAD")[:8]
    assert rows["mid dle"] == ["main", commit, "= origin/main", "clean", "same"]
    assert "fix" not in done.stdout


def test_what_is_not_in_order_is_told_with_what_fixes_it(top: Path) -> None:
    middle, leaf = top / "mid dle", top / "mid dle" / "leaf"
    recorded = git(middle, "rev-parse", "HEAD")[:8]
    commit_all(middle)
    write_files(leaf, {"a.txt": "two\n", "new": ""})
    git(leaf, "checkout", "--quiet", "--detach")
    git(leaf, "commit", "--quiet", "--allow-empty", "--message", "Detached")
    done = type_i(top, "submodule_status")
    rows = _rows(done.stdout)
    assert rows["mid dle"][2:] == ["+1 origin/main", "clean", f"{recorded}, here +1"]
    assert rows["mid dle/leaf"][0] == "(detached)"
    assert rows["mid dle/leaf"][2:4] == ["1 not pushed", "1 changed, 1 new"]
    assert "mid dle: 1 commit that no remote has\n  fix: git -C 'mid dle' push" in done.stdout
    assert "fix: git add -- 'mid dle'" in done.stdout
    assert "fix: git -C 'mid dle/leaf' switch --create NAME" in done.stdout
    assert done.status == 0


def test_the_fixes_that_are_told_fix(top: Path) -> None:
    commit_all(top / "mid dle")
    told = json.loads(type_i(top, "submodule_status", "--json").stdout)
    fixes = [hint["fix"] for checkout in told["checkouts"] for hint in checkout["hints"]]
    assert len(fixes) == 2
    for fix in fixes:
        words = fix.replace("'mid dle'", "mid_dle").split()[1:]
        git(top, *(word.replace("mid_dle", "mid dle") for word in words))
    git(top, "commit", "--quiet", "--message", "Record")
    after = type_i(top, "submodule_status")
    assert "fix" not in after.stdout
    assert _rows(after.stdout)["mid dle"][-1] == "same"


def test_from_inside_a_submodule_the_whole_tree_is_told(top: Path) -> None:
    commit_all(top / "mid dle")
    done = type_i(top / "mid dle" / "leaf", "submodule_status")
    assert list(_rows(done.stdout)) == [".", "mid dle", "mid dle/leaf"]
    assert f"commands are meant to be typed in {top}" in done.stdout


def test_a_fetch_tells_what_is_new_at_the_remotes(top: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "mid.git", "other")
    commit_all(tmp_path / "other")
    git(tmp_path / "other", "push", "--quiet", "origin", "main")
    assert _rows(type_i(top, "submodule_status").stdout)["mid dle"][2] == "= origin/main"
    done = type_i(top, "submodule_status", "--fetch")
    assert done.status == 0
    assert _rows(done.stdout)["mid dle"][2] == "-1 origin/main"
    assert "git -C 'mid dle' merge --ff-only origin/main" in done.stdout


def test_a_remote_that_is_gone_is_told_and_the_rest_goes_on(top: Path, tmp_path: Path) -> None:
    (tmp_path / "leaf.git").rename(tmp_path / "elsewhere.git")
    done = type_i(top, "submodule_status", "--fetch")
    assert done.status == 1
    assert "mid dle/leaf: its remote failed: " in done.stdout
    assert "leaf.git' does not appear to be a git repository" in done.stdout
    assert len(_rows(done.stdout)) == 3
    assert "Traceback" not in done.stderr


def test_a_repo_without_a_remote_can_be_fetched(tmp_path: Path) -> None:
    make_repo(tmp_path / "alone")
    done = type_i(tmp_path / "alone", "submodule_status", "--fetch")
    assert (done.status, done.stderr) == (0, "")


def test_every_state_has_a_row(tmp_path: Path) -> None:
    source = make_repo(tmp_path / "source", {"a": "1\n"}).root
    root = make_repo(tmp_path / "rööt repo").root
    for name in ("absent", "broken", "rebasing", "unborn", "lost", "gone from disk"):
        git(root, "submodule", "--quiet", "add", "--name", name, str(source), f"libs/{name}")
    commit_all(root)
    git(root, "submodule", "--quiet", "deinit", "--force", "libs/absent")
    (root / "libs" / "broken" / ".git").write_text("gitdir: nowhere\n")
    git_folder = root / ".git" / "modules"
    (git_folder / "rebasing" / "rebase-merge").mkdir()
    git(root / "libs" / "unborn", "switch", "--quiet", "--orphan", "fresh")
    git(root, "update-index", "--cacheinfo", f"160000,{'9' * 40},libs/lost")
    git(root, "submodule", "--quiet", "deinit", "--force", "libs/gone from disk")
    (root / "libs" / "gone from disk").rmdir()
    done = type_i(root, "submodule_status")
    rows = _rows(done.stdout)
    assert done.status == 1
    assert "Traceback" not in done.stderr
    assert rows["libs/absent"][0] == "not checked out"
    assert "cannot be read" in rows["libs/broken"]
    assert "rebase" in rows["libs/rebasing"]
    assert rows["libs/unborn"][:2] == ["fresh", "none yet"]
    assert rows["libs/lost"][-1] == "99999999, not here, staged"
    assert rows["libs/gone from disk"][0] == "not checked out"
    for words in (("git_status",), ("git_diff", "--stat"), ("submodule_status", "--json")):
        assert "Traceback" not in type_i(root, *words).stderr


def test_json_has_every_field_and_the_hints(top: Path) -> None:
    commit = commit_all(top / "mid dle")
    told = json.loads(type_i(top, "submodule_status", "--json").stdout)
    (middle,) = (one for one in told["checkouts"] if one["path"] == "mid dle")
    assert (middle["commit"], middle["unpushed"], middle["parent"]) == (commit, 1, ".")
    assert middle["recorded"]["relation"] == "ahead"
    assert [hint["fix"] for hint in middle["hints"]] == [
        "git -C 'mid dle' push origin main",
        "git add -- 'mid dle'",
    ]


def test_looking_changes_nothing(top: Path) -> None:
    middle = top / "mid dle"
    commit_all(middle)
    write_files(middle, {"untracked": "u", "a": "b"})
    git(middle, "add", "a")
    git(middle, "stash", "--quiet", "--include-untracked")
    write_files(top, {"untracked": "u"})
    for folder in (top, middle, middle / "leaf"):
        git(folder, "status")  # notes that the copies of files are younger
    before = _content(top)
    for words in (
        ("submodule_status",),
        ("git_status",),
        ("git_diff",),
        ("git_diff", "--names", "--changed-since", "HEAD"),
        ("git_hooks_install", "--dry-run"),
        ("git_hooks_remove", "--dry-run"),
    ):
        assert type_i(top, *words).status == 0
    assert _content(top) == before


def test_a_terminal_gets_colours_and_a_file_none(top: Path) -> None:
    commit_all(top / "mid dle")
    command = invoke_command()
    for task in ("submodule_status", "git_status"):
        assert "\x1b" not in type_i(top, task).stdout
        child = pexpect.spawn(
            command[0], [*command[1:], task], cwd=str(top), env=_ENVIRONMENT, encoding="utf-8",
            dimensions=(40, 140), timeout=60,
        )  # fmt: skip
        shown = child.read()
        assert "\x1b[" in shown
        assert "mid dle" in shown


def test_git_status_tells_what_differs_and_counts_the_rest(top: Path) -> None:
    assert type_i(top, "git_status").stdout == "3 checkouts have nothing to tell\n"
    write_files(top / "mid dle" / "leaf", {"a.txt": "two\n", "neü": ""})
    commit_all(top / "mid dle")
    done = type_i(top, "git_status")
    shown = {b.splitlines()[0]: b.splitlines()[1:] for b in done.stdout.split("\n\n")}
    # That a submodule moved is told where the submodule is.
    assert list(shown) == ["mid dle", "mid dle/leaf", "1 other has nothing to tell"]
    assert shown["mid dle"][0] == "## main...origin/main [ahead 1]"
    assert shown["mid dle"][1].endswith(", here +1")
    assert shown["mid dle/leaf"] == [
        "## main...origin/main",
        " M a.txt",
        '?? "ne\\303\\274"',
    ]


def test_git_diff_compares_with_what_the_repo_recorded(top: Path) -> None:
    middle, leaf = top / "mid dle", top / "mid dle" / "leaf"
    write_files(leaf, {"a.txt": "two\n"})
    commit_all(leaf)
    commit_all(middle)
    write_files(middle, {"untracked ü": ""})
    done = type_i(top, "git_diff")
    assert "--- a/mid dle/leaf/a.txt\t\n+++ b/mid dle/leaf/a.txt\t\n@@ -1 +1 @@\n-one\n+two" in (
        done.stdout
    )
    assert "not known to git: mid dle/untracked ü" in done.stdout
    assert "1 file changed" in type_i(top, "git_diff", "--stat").stdout
    names = type_i(top, "git_diff", "--names")
    assert names.stdout.splitlines() == ["mid dle/leaf/a.txt", "mid dle/untracked ü"]
    # Once all is recorded, nothing differs from the newest commit.
    (middle / "untracked ü").unlink()
    commit_all(top)
    assert type_i(top, "git_diff").stdout == ""
    names = type_i(top, "git_diff", "--names", "--changed-since", "origin/main")
    assert names.stdout.splitlines() == ["mid dle/leaf/a.txt"]


def test_git_diff_counts_from_where_the_branch_left(top: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "--quiet", "top.git", "other")
    write_files(tmp_path / "other", {"theirs": ""})
    commit_all(tmp_path / "other")
    git(tmp_path / "other", "push", "--quiet", "origin", "main")
    git(top, "fetch", "--quiet")
    write_files(top, {"ours": "o\n"})
    commit_all(top)
    done = type_i(top, "git_diff", "--names", "--changed-since", "origin/main")
    assert done.stdout.splitlines() == ["ours"]


def test_git_diff_tells_submodules_that_came_and_went(top: Path, tmp_path: Path) -> None:
    git(top, "rm", "--quiet", "mid dle")
    add_submodule(top, "fresh", tmp_path / "leaf.git")
    write_files(top / "fresh", {"a.txt": "changed\n"})
    done = type_i(top, "git_diff", "--changed-since", "HEAD~1")
    assert "fresh (new, at " in done.stdout
    assert "+changed" in done.stdout
    assert "mid dle (removed, was at " in done.stdout
    names = type_i(top, "git_diff", "--changed-since", "HEAD~1", "--names")
    assert names.stdout.splitlines() == [".gitmodules", "fresh/a.txt"]
    assert "notice: fresh is new" in names.stderr


def test_git_diff_says_which_commit_is_not_here(top: Path) -> None:
    git(top, "update-index", "--cacheinfo", f"160000,{'1' * 40},mid dle")
    git(top, "commit", "--quiet", "--message", "Lost")
    write_files(top / "mid dle" / "leaf", {"a.txt": "two\n"})
    done = type_i(top, "git_diff")
    assert done.status == 1
    assert "mid dle is not compared: it does not have the commit 111111111111" in done.stderr
    assert "git -C 'mid dle' fetch" in done.stderr
    assert "+two" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("git_diff", "--changed-since", "nowhere"), "there is no commit 'nowhere'"),
        (("git_diff", "--stat", "--names"), "exclude each other"),
    ],
)
def test_mistakes_are_one_clear_message(top: Path, words: tuple[str, ...], said: str) -> None:
    done = type_i(top, *words)
    assert done.status == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_hooks_come_and_go_by_their_tasks(top: Path) -> None:
    hook = top / ".git" / "hooks" / "pre-push"
    assert "install" in type_i(top, "git_hooks_install", "--dry-run").stdout
    assert not hook.exists()
    assert type_i(top, "git_hooks_install").status == 0
    commit_all(top / "mid dle")
    commit_all(top)
    with pytest.raises(Exception, match="origin does not have it"):
        git(top, "push", "origin", "main")
    git(top, "config", "core.hooksPath", str(top.parent / "shared"))
    left = type_i(top, "git_hooks_install")
    assert left.status == 1
    assert "which other repos may have too\n  fix: git -C" in left.stderr
    git(top, "config", "--unset", "core.hooksPath")
    assert type_i(top, "git_hooks_remove").status == 0
    assert not hook.exists()
    git(top, "push", "--quiet", "origin", "main")


def test_a_repo_without_commits_has_a_status_and_no_difference(tmp_path: Path) -> None:
    root = make_repo(tmp_path / "fresh", commit=False).root
    assert _rows(type_i(root, "submodule_status").stdout)["."][:2] == ["main", "none yet"]
    assert "## No commits yet on main" in type_i(root, "git_status").stdout
    done = type_i(root, "git_diff")
    assert done.status == 2
    assert "there is no commit 'HEAD'" in done.stderr
