"""Shared files of many checkouts at once: commits, branches, pull requests, and trouble in one."""

import json
from pathlib import Path

import pytest

from helpers.system.process import ProcessResult
from tests.builders import commit_all, git, make_repo, write_files
from tests.integration.sync.conftest import Adopter, MakeAdopter, invoke, shared

pytestmark = pytest.mark.slow

_SYNC = shared("same.txt", "identical") + shared("run.sh", "identical")
_FILES = {"shared_files/same.txt": "one\ntwo\n", "shared_files/run.sh": "#!/bin/sh\n"}
_REPOS = ("first", "second one", "third")
# Records how it was called, and answers as GitHub's program does.
_GH = """#!/usr/bin/env python3
import json, os, sys
from pathlib import Path
log = Path(os.environ["GH_LOG"])
with log.open("a") as file:
    file.write(json.dumps({"args": sys.argv[1:], "cwd": os.getcwd()}) + "\\n")
made = Path(os.environ["GH_LOG"] + "." + Path.cwd().name)
if sys.argv[2] == "create":
    made.write_text("https://example.org/pull/7")
if made.exists():
    print(made.read_text())
"""


@pytest.fixture
def adopters(make_adopter: MakeAdopter, tmp_path: Path) -> list[Adopter]:
    """Three repos, and a list of them."""
    made = [make_adopter(_SYNC, _FILES, name) for name in _REPOS]
    lines = ["# all of ours", *_REPOS, "", "third # again", "./third/"]
    (tmp_path / "repos.txt").write_text("\n".join(lines))
    (tmp_path / "toolchain" / "shared_files" / "run.sh").chmod(0o755)
    git(tmp_path / "toolchain", "update-index", "--chmod=+x", "shared_files/run.sh")
    commit_all(tmp_path / "toolchain")
    for adopter in made:
        adopter.move_on({})
    return made


def _i(adopters: list[Adopter], *args: str, env: dict[str, str] | None = None) -> ProcessResult:
    return invoke(adopters[0].root, *args, "--repos", "../repos.txt", env=env)


def _row(done: ProcessResult, name: str) -> str:
    (row,) = [line for line in done.stdout.splitlines() if line.startswith(f"{name}  ")]
    return row.removeprefix(name).strip()


def test_all_are_checked_and_brought_in_step(adopters: list[Adopter]) -> None:
    checked = _i(adopters, "sync_check")
    assert checked.status == 1
    shown = _i(adopters, "sync_diff")
    assert (shown.status, shown.stdout.count("+++ b/same.txt")) == (0, 3)
    assert "=== second one ===\n--- /dev/null\n" in shown.stdout
    assert checked.stdout.count("not applied yet") == 6
    done = _i(adopters, "sync_apply", "--yes")
    assert (done.status, done.stdout.count("2 files written")) == (0, 3), done.stderr
    assert (adopters[2].root / "run.sh").stat().st_mode & 0o111
    fine = _i(adopters, "sync_check")
    assert (fine.status, fine.stdout.count("in step")) == (0, 3)


def test_a_commit_has_what_was_applied_and_nothing_else(adopters: list[Adopter]) -> None:
    root = adopters[0].root
    write_files(root, {"staged.txt": "mine\n", "loose.txt": "mine\n"})
    git(root, "add", "staged.txt")
    done = _i(adopters, "sync_apply", "--yes", "--commit")
    assert (done.status, done.stdout.count("2 files committed as")) == (0, 3), done.stderr
    listed = git(root, "show", "--name-only", "--format=%s", "HEAD").splitlines()
    assert listed == [
        "Bring shared files in step with the toolchain",
        "",
        ".helpers_sync.yaml",
        "run.sh",
        "same.txt",
    ]
    assert git(root, "status", "--porcelain").splitlines() == ["A  staged.txt", "?? loose.txt"]
    again = _i(adopters, "sync_apply", "--yes", "--commit")
    assert (again.status, again.stdout.count("nothing to do")) == (0, 3)


def test_a_hook_that_refuses_leaves_the_index_as_it_was(adopters: list[Adopter]) -> None:
    root = adopters[0].root
    hook = root / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho no such luck >&2\nexit 1\n")
    hook.chmod(0o755)
    done = _i(adopters, "sync_apply", "--yes", "--commit")
    assert (done.status, _row(done, "first"), "no such luck" in done.stderr) == (2, "failed", True)
    assert git(root, "diff", "--cached", "--name-only") == ""
    assert "?? same.txt" in git(root, "status", "--porcelain")


def test_a_branch_gets_a_commit_and_the_work_tree_stays(adopters: list[Adopter]) -> None:
    root = adopters[0].root
    write_files(root, {"same.txt": "not committed\n", "repo_config.yaml": "name: other\n"})
    git(root, "add", "repo_config.yaml")
    before = (git(root, "status", "--porcelain"), git(root, "rev-parse", "HEAD"))
    done = _i(adopters, "sync_apply", "--yes", "--branch", "in-step")
    assert (done.status, done.stdout.count("2 files committed on in-step as")) == (0, 3)
    assert (git(root, "status", "--porcelain"), git(root, "rev-parse", "HEAD")) == before
    assert git(root, "show", "in-step:same.txt") == "one\ntwo"
    assert git(root, "show", "in-step:repo_config.yaml") == "name: demo"
    assert git(root, "ls-tree", "in-step", "run.sh").startswith("100755 ")
    assert git(root, "rev-parse", "in-step^") == before[1]
    again = _i(adopters, "sync_apply", "--yes", "--branch", "in-step")
    assert again.stdout.count("nothing to do") == 3
    adopters[0].write({".gitignore": "\n"})
    assert git(root, "rev-list", "--count", "main..in-step") == "1"


def test_a_branch_that_is_checked_out_is_not_moved(adopters: list[Adopter]) -> None:
    git(adopters[1].root, "switch", "--quiet", "--create", "in-step")
    head = git(adopters[1].root, "rev-parse", "HEAD")
    done = _i(adopters, "sync_apply", "--yes", "--branch", "in-step")
    assert (done.status, _row(done, "second one")) == (2, "failed")
    assert "give --commit instead" in done.stderr
    assert git(adopters[1].root, "rev-parse", "in-step") == head
    assert "committed on in-step" in _row(done, "third")


def test_a_branch_starts_from_the_base_that_is_named(adopters: list[Adopter]) -> None:
    root = adopters[0].root
    old = git(root, "rev-parse", "HEAD")
    git(root, "branch", "stable")
    adopters[0].write({"new.txt": "new\n"})
    done = invoke(root, "sync_apply", "--yes", "--branch", "in-step", "--base", "stable")
    assert (done.status, git(root, "rev-parse", "in-step^")) == (0, old)
    wrong = invoke(root, "sync_apply", "--yes", "--branch", "other", "--base", "nowhere")
    assert (wrong.status, "there is no commit 'nowhere'" in wrong.stderr) == (2, True)


def test_conflicts_are_never_committed_and_stop_no_other(adopters: list[Adopter]) -> None:
    adopters[1].write({"same.txt": "other\n"})
    for option in ((), ("--commit",), ("--branch", "in-step")):
        done = _i(adopters, "sync_apply", "--yes", *option)
        assert done.status == 1
        assert _row(done, "second one") == "conflict, nothing was written: same.txt"
        assert adopters[1].read("same.txt") == "other\n"
        assert not (adopters[1].root / "run.sh").exists()
        commit_all(adopters[0].root)
    assert adopters[2].read("same.txt") == "one\ntwo\n"


def test_a_broken_repo_stops_no_other(adopters: list[Adopter], tmp_path: Path) -> None:
    make_repo(tmp_path / "bare")
    (adopters[1].root / ".helpers_sync.yaml").write_text("opt_outt: {}\n")
    git(adopters[2].root, "checkout", "--quiet", "--detach")
    with (tmp_path / "repos.txt").open("a") as file:
        file.write("\nnowhere\nbare\n")
    done = _i(adopters, "sync_apply", "--yes", "--commit")
    assert done.status == 2
    assert "2 files committed" in _row(done, "first")
    for name in ("second one", "third", "nowhere", "bare"):
        assert _row(done, name) == "failed"
    assert "unknown key 'opt_outt'" in done.stderr
    assert "HEAD is detached" in done.stderr
    assert "there is no directory nowhere" in done.stderr
    assert "does not have the toolchain as a submodule" in done.stderr
    for task in ("sync_check", "sync_diff"):
        assert _i(adopters, task).status == 2


def test_nothing_is_written_without_being_asked(adopters: list[Adopter]) -> None:
    refused = _i(adopters, "sync_apply", "--branch", "in-step")
    assert (refused.status, "add --yes" in refused.stderr) == (2, True)
    shown = _i(adopters, "sync_apply", "--branch", "in-step", "--dry-run")
    assert (shown.status, shown.stdout.count("2 files would be written")) == (0, 3)
    assert "=== second one ===\n--- /dev/null\n" in shown.stdout
    assert git(adopters[0].root, "branch", "--list", "in-step") == ""


def test_pull_requests_are_opened_once_by_gh(adopters: list[Adopter], tmp_path: Path) -> None:
    for adopter in adopters:
        remote = tmp_path / "remotes" / adopter.root.name
        git(tmp_path, "init", "--quiet", "--bare", str(remote))
        git(adopter.root, "remote", "add", "origin", str(remote))
        git(adopter.root, "push", "--quiet", "origin", "main")
    write_files(tmp_path / "bin", {"gh": _GH})
    (tmp_path / "bin" / "gh").chmod(0o755)
    log = tmp_path / "gh.log"
    env = {"PATH": f"{tmp_path / 'bin'}:/usr/local/bin:/usr/bin:/bin", "GH_LOG": str(log)}
    options = ("--yes", "--branch", "in-step", "--base", "origin/main", "--pull-request")
    done = _i(adopters, "sync_apply", *options, env=env)
    assert (done.status, done.stdout.count("; https://example.org/pull/7")) == (0, 3), done.stderr
    calls = [json.loads(line) for line in log.read_text().splitlines()]
    created = [call for call in calls if call["args"][:2] == ["pr", "create"]]
    assert sorted(call["cwd"] for call in created) == [str(one.root) for one in adopters]
    args = created[0]["args"]
    assert args[args.index("--head") + 1] == "in-step"
    assert args[args.index("--base") + 1] == "main"
    assert args[args.index("--title") + 1] == "Bring shared files in step with the toolchain"
    assert "- same.txt: not applied yet" in args[args.index("--body") + 1]
    pushed = git(tmp_path / "remotes" / "third", "rev-parse", "in-step")
    assert pushed == git(adopters[2].root, "rev-parse", "in-step")
    again = _i(adopters, "sync_apply", *options, env=env)
    assert again.stdout.count("nothing to do; https://example.org/pull/7") == 3
    calls = [json.loads(line) for line in log.read_text().splitlines()]
    assert len([call for call in calls if call["args"][1] == "create"]) == 3


def test_who_has_no_gh_is_told_what_to_type(adopters: list[Adopter], tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for program in ("git", "sh"):
        (tmp_path / "bin" / program).symlink_to(f"/usr/bin/{program}")
    options = ("--yes", "--branch", "in-step", "--pull-request")
    done = _i(adopters, "sync_apply", *options, env={"PATH": str(tmp_path / "bin")})
    assert done.status == 2
    assert "is not on PATH" in done.stderr
    assert "git push origin in-step" in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--commit", "--branch", "x"), "--commit and --branch exclude each other"),
        (("--base", "main"), "--base is about a branch"),
        (("--repos", "missing.txt"), "cannot read missing.txt"),
        (("--take", "mine"), "--take takes one of"),
        (("--path", "nothing.txt"), "'nothing.txt' is not among the shared files"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    adopters: list[Adopter], options: tuple[str, ...], said: str
) -> None:
    done = invoke(adopters[0].root, "sync_apply", "--yes", *options)
    assert (done.status, said in done.stderr) == (2, True), done.stderr
