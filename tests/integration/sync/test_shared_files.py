"""`i sync_check`, `i sync_diff` and `i sync_apply` on real repos, in every mode."""

import os
import re
import shlex
import subprocess

import pexpect
import pytest

from helpers.system.process import run
from tests.builders import commit_all, git, write_files
from tests.integration.sync.conftest import GIT_ENVIRONMENT, Adopter, MakeAdopter, shared, typed

pytestmark = pytest.mark.slow

_LINES = "".join(f"line {number}\n" for number in range(1, 21))
_SYNC = (
    shared("same.txt", "identical")
    + shared("part.cfg", "block")
    + shared("keys.toml", "merge-keys")
    + shared("rules.yaml", "link", source="rules.yaml")
)
_FILES = {
    "shared_files/same.txt": _LINES,
    "shared_files/part.cfg": _LINES,
    "shared_files/keys.toml": "[tool]\na = 1\nb = 2\n",
    "rules.yaml": "rule: 1\n",
}
_TEXTS = ["same.txt", "part.cfg"]


@pytest.fixture
def adopter(make_adopter: MakeAdopter) -> Adopter:
    """A repo with nothing of what is shared."""
    return make_adopter(_SYNC, _FILES)


def test_everything_is_applied_at_first_and_then_in_step(adopter: Adopter) -> None:
    assert set(adopter.states().values()) == {"not applied yet"}
    assert adopter.i("sync_check").status == 1
    done = adopter.apply()
    assert (done.status, done.stderr) == (0, "")
    assert adopter.read("same.txt") == _LINES
    assert adopter.read("part.cfg").splitlines()[1:-1] == _LINES.splitlines()
    assert adopter.read("keys.toml") == "[tool]\na = 1\nb = 2\n"
    assert str((adopter.root / "rules.yaml").readlink()) == "tools/rules.yaml"
    checked = adopter.i("sync_check")
    assert (checked.status, set(adopter.states().values())) == (0, {"in step"})
    again = adopter.i("sync_apply", "--yes")
    assert (again.status, again.stdout) == (0, "in step: nothing to do\n")
    assert git(adopter.root, "status", "--porcelain") == ""


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("n", False), ("", False)])
def test_who_sits_at_a_terminal_is_asked(adopter: Adopter, answer: str, written: bool) -> None:
    command, *args = typed("sync_apply")
    env = {**os.environ, **GIT_ENVIRONMENT}
    child = pexpect.spawn(
        command, args, cwd=adopter.root, env=env, timeout=60, encoding="utf-8", echo=False
    )
    child.expect("write this.*N. ")
    assert "+++ b/same.txt" in (child.before or "")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert (adopter.root / "same.txt").exists() == written


def test_it_runs_in_the_thin_environment(adopter: Adopter) -> None:
    for task in ("sync_apply", "sync_check"):
        yes = ("--yes",) if task == "sync_apply" else ()
        done = run(typed(task, *yes), cwd=adopter.root, env=GIT_ENVIRONMENT, check=False)
        assert (done.status, done.stderr) == (0, "")
    assert adopter.read("keys.toml") == "[tool]\na = 1\nb = 2\n"


@pytest.mark.parametrize("path", _TEXTS)
def test_what_changed_upstream_comes_in(adopter: Adopter, path: str) -> None:
    adopter.apply()
    adopter.move_on({f"shared_files/{path}": _LINES.replace("line 2\n", "LINE 2\n")})
    assert adopter.states()[path] == "drifted: changed upstream"
    shown = adopter.i("sync_diff", "--path", path).stdout
    assert "-line 2\n+LINE 2\n" in shown
    assert adopter.apply("--path", path).status == 0
    assert "LINE 2\n" in adopter.read(path)
    assert adopter.states()[path] == "in step"


@pytest.mark.parametrize("path", _TEXTS)
def test_what_changed_here_is_told_and_stays(adopter: Adopter, path: str) -> None:
    adopter.apply()
    adopter.write({path: adopter.read(path).replace("line 19\n", "ours\n")})
    done = adopter.i("sync_apply", "--yes")
    assert f"left as it is: {path}: changed here" in done.stdout
    assert "ours\n" in adopter.read(path)
    checked = adopter.i("sync_check")
    assert (checked.status, adopter.states()[path]) == (1, "changed here")
    assert f"i sync_apply --take shared --path {path}" in checked.stdout
    assert adopter.apply("--take", "shared", "--path", path).status == 0
    assert adopter.states()[path] == "in step"


@pytest.mark.parametrize("path", _TEXTS)
def test_changes_of_both_sides_are_merged(adopter: Adopter, path: str) -> None:
    adopter.apply()
    adopter.write({path: adopter.read(path).replace("line 19\n", "ours\n")})
    adopter.move_on({f"shared_files/{path}": _LINES.replace("line 2\n", "LINE 2\n")})
    assert adopter.states()[path] == "changed on both sides"
    assert adopter.apply().status == 0
    assert {"LINE 2", "ours"} < set(adopter.read(path).splitlines())
    assert adopter.states()[path] == "changed here"


@pytest.mark.parametrize("path", _TEXTS)
@pytest.mark.parametrize(("take", "kept"), [("own", "ours"), ("shared", "theirs")])
def test_a_conflict_is_shown_as_git_does_until_it_is_decided(
    adopter: Adopter, path: str, take: str, kept: str
) -> None:
    adopter.apply()
    adopter.write({path: adopter.read(path).replace("line 9\n", "ours\n")})
    adopter.move_on({f"shared_files/{path}": _LINES.replace("line 9\n", "theirs\n")})
    done = adopter.i("sync_apply", "--yes")
    assert done.status == 1
    assert f"conflict: {path}" in done.stdout
    marked = f"<<<<<<< here\nours\n=======\ntheirs\n>>>>>>> shared (shared_files/{path})\n"
    assert marked in adopter.read(path)
    before = adopter.read(path)
    assert adopter.i("sync_apply", "--yes").status == 1
    assert adopter.read(path) == before
    assert adopter.states()[path].startswith("in conflict")
    assert adopter.i("sync_apply", "--yes", "--take", take, "--path", path).status == 0
    assert adopter.read(path) == before.replace(marked, f"{kept}\n")
    commit_all(adopter.root)
    assert adopter.states()[path] == ("in step" if take == "shared" else "changed here")


@pytest.mark.parametrize("path", ["same.txt", "part.cfg", "keys.toml", "rules.yaml"])
def test_what_was_taken_out_here_comes_back_only_when_that_is_said(
    adopter: Adopter, path: str
) -> None:
    adopter.apply()
    (adopter.root / path).unlink()
    commit_all(adopter.root)
    assert adopter.states()[path] == "gone here"
    adopter.apply()
    assert not (adopter.root / path).exists()
    assert adopter.apply("--take", "shared", "--path", path).status == 0
    assert adopter.states()[path] == "in step"


def test_a_block_leaves_the_rest_of_the_file_alone(adopter: Adopter) -> None:
    adopter.write({"part.cfg": "mine = 1\n"})
    adopter.apply()
    assert adopter.read("part.cfg").startswith("mine = 1\n\n# >>> shared")
    adopter.write({"part.cfg": adopter.read("part.cfg") + "more = 2\n"})
    assert adopter.states()["part.cfg"] == "in step"
    adopter.move_on({"shared_files/part.cfg": "new\n"})
    adopter.apply()
    text = adopter.read("part.cfg")
    assert text.startswith("mine = 1\n\n# >>> shared")
    assert text.endswith("<<<\nmore = 2\n")
    assert "\nnew\n" in text


def test_keys_are_merged_one_by_one(adopter: Adopter) -> None:
    adopter.write({"keys.toml": "# ours\n[tool]\nc = 3 # three\n"})
    adopter.apply()
    assert adopter.read("keys.toml") == "# ours\n[tool]\nc = 3 # three\na = 1\nb = 2\n"
    adopter.write({"keys.toml": adopter.read("keys.toml").replace("a = 1", "a = 10")})
    assert adopter.states()["keys.toml"] == "changed here: tool.a"
    adopter.move_on({"shared_files/keys.toml": "[tool]\na = 1\nb = 20\nd = 4\n"})
    assert adopter.states()["keys.toml"] == "changed on both sides: tool.a"
    assert adopter.apply().status == 0
    expected = "# ours\n[tool]\nc = 3 # three\na = 10\nb = 20\nd = 4\n"
    assert adopter.read("keys.toml") == expected


def test_a_key_in_conflict_stays_as_it_is_here_until_it_is_decided(adopter: Adopter) -> None:
    adopter.apply()
    adopter.write({"keys.toml": "[tool]\na = 10\nb = 2\n"})
    adopter.move_on({"shared_files/keys.toml": "[tool]\na = 100\nb = 3\n"})
    done = adopter.apply()
    assert (done.status, adopter.read("keys.toml")) == (1, "[tool]\na = 10\nb = 3\n")
    assert "conflict: keys.toml: tool.a: stays as it is here" in done.stdout
    assert adopter.states()["keys.toml"] == "in conflict: tool.a"
    assert "undecided:\n  keys.toml: tool.a\n" in adopter.read(".helpers_sync.yaml")
    assert adopter.i("sync_apply", "--yes").status == 1
    assert adopter.apply("--take", "own").status == 0
    assert adopter.states()["keys.toml"] == "changed here: tool.a"
    assert "undecided" not in adopter.read(".helpers_sync.yaml")


def test_a_key_in_conflict_may_be_decided_by_editing_the_file(adopter: Adopter) -> None:
    adopter.apply()
    adopter.write({"keys.toml": "[tool]\na = 10\nb = 2\n"})
    adopter.move_on({"shared_files/keys.toml": "[tool]\na = 100\nb = 2\n"})
    adopter.apply()
    adopter.write({"keys.toml": "[tool]\na = 100\nb = 2\n"})
    assert adopter.states()["keys.toml"] == "in step"
    adopter.apply()
    assert "undecided" not in adopter.read(".helpers_sync.yaml")


def test_a_link_follows_its_source_and_never_replaces_a_file(adopter: Adopter) -> None:
    adopter.apply()
    (adopter.root / "rules.yaml").unlink()
    adopter.write({"rules.yaml": "rule: mine\n"})
    assert adopter.states()["rules.yaml"] == "changed here: a file of its own"
    adopter.apply()
    assert adopter.read("rules.yaml") == "rule: mine\n"
    assert adopter.apply("--take", "shared", "--path", "rules.yaml").status == 0
    moved = _SYNC.replace("source: rules.yaml", "source: rules/all.yaml")
    adopter.move_on({"sync.yaml": moved, "rules/all.yaml": "rule: 1\n"})
    assert adopter.states()["rules.yaml"] == "drifted: changed upstream"
    assert adopter.apply().status == 0
    assert str((adopter.root / "rules.yaml").readlink()) == "tools/rules/all.yaml"


def test_opting_out_has_a_reason_and_is_left_alone(adopter: Adopter) -> None:
    opt_out = "opt_out:\n  same.txt: we are older\n  keys.toml#tool.b: ours is 7\n"
    adopter.write({".helpers_sync.yaml": opt_out, "keys.toml": "[tool]\nb = 7\n"})
    assert adopter.apply().status == 0
    states = adopter.states()
    assert (states["same.txt"], states["keys.toml"]) == ("opted out (we are older)", "in step")
    assert not (adopter.root / "same.txt").exists()
    assert adopter.read("keys.toml") == "[tool]\nb = 7\na = 1\n"
    assert adopter.read(".helpers_sync.yaml").startswith(opt_out)
    assert adopter.i("sync_check").status == 0


@pytest.mark.parametrize("path", ["same.txt", "part.cfg", "keys.toml"])
@pytest.mark.parametrize("state", ["untracked", "ignored", "staged", "changed"])
def test_what_no_commit_has_is_never_written_over(adopter: Adopter, path: str, state: str) -> None:
    text = "[tool]\na = 7\n"
    if state == "changed":
        adopter.write({path: "[tool]\n"})
    if state == "ignored":
        adopter.write({".gitignore": f"{path}\n"})
    write_files(adopter.root, {path: text})
    if state == "staged":
        git(adopter.root, "add", path)
    done = adopter.i("sync_apply", "--yes", "--path", path)
    assert (done.status, adopter.read(path)) == (2, text)
    assert f"not committed, and would be changed: {path}" in done.stderr
    assert f"add -f {path} " in done.stderr


def test_a_file_that_was_there_before_is_a_conflict_and_not_replaced(adopter: Adopter) -> None:
    adopter.write({"same.txt": "mine\n", "rules.yaml": "mine: 1\n"})
    assert adopter.states()["same.txt"] == "not applied yet: the file here differs"
    done = adopter.apply()
    assert done.status == 1
    assert "<<<<<<< here\nmine\n=======\n" in adopter.read("same.txt")
    assert adopter.read("rules.yaml") == "mine: 1\n"
    assert "conflict: rules.yaml: a file of its own" in done.stdout


def test_who_is_interrupted_begins_again(adopter: Adopter) -> None:
    adopter.apply()
    adopter.write({"same.txt": _LINES.replace("line 19\n", "ours\n")})
    adopter.move_on(
        {"shared_files/same.txt": _LINES.replace("line 2\n", "x\n"), "shared_files/part.cfg": "y\n"}
    )
    record = adopter.read(".helpers_sync.yaml")
    # Interrupted after the first file: the second is as it was, and so is the record.
    part = adopter.read("part.cfg")
    assert adopter.i("sync_apply", "--yes").status == 0
    write_files(adopter.root, {".helpers_sync.yaml": record, "part.cfg": part})
    assert adopter.i("sync_apply", "--yes").status == 0
    assert {"x", "ours"} < set(adopter.read("same.txt").splitlines())
    assert "\ny\n" in adopter.read("part.cfg")
    assert adopter.states()["same.txt"] == "changed here"


def test_nothing_is_written_in_a_dry_run_nor_without_being_asked(adopter: Adopter) -> None:
    shown = adopter.i("sync_apply", "--dry-run")
    assert (shown.status, "+++ b/same.txt" in shown.stdout) == (0, True)
    refused = adopter.i("sync_apply")
    assert (refused.status, "add --yes" in refused.stderr) == (2, True)
    assert git(adopter.root, "status", "--porcelain") == ""


def test_a_file_that_is_shared_no_longer_is_the_repos_own(adopter: Adopter) -> None:
    adopter.apply()
    adopter.move_on({"sync.yaml": shared("same.txt", "identical")})
    assert adopter.states()["part.cfg"] == "no longer shared"
    assert adopter.apply().status == 0
    assert "part.cfg" not in adopter.states()
    assert (adopter.root / "part.cfg").is_file()


def test_a_shallow_toolchain_says_what_to_type_when_it_lacks_the_base(adopter: Adopter) -> None:
    adopter.write({"keys.toml": "[own]\nx = 1\n"})
    adopter.apply()
    adopter.write({"keys.toml": "[tool]\na = 10\nb = 2\n"})
    adopter.move_on({"shared_files/keys.toml": "[tool]\na = 1\nb = 3\n"})
    clone = adopter.root.parent / "clone"
    git(adopter.root.parent, "clone", "--quiet", str(adopter.root), str(clone))
    update = ("submodule", "--quiet", "update", "--init", "--depth", "1")
    git(clone, "config", "submodule.tools.url", f"file://{adopter.source}")
    git(clone, *update)
    shallow = Adopter(clone, adopter.source)
    failed = shallow.i("sync_check")
    assert failed.status == 2
    assert "what was last applied to keys.toml is not in the history" in failed.stderr
    (fix,) = [line for line in failed.stderr.splitlines() if "fix:" in line]
    assert f"git -C {shlex.quote(str(clone / 'tools'))} fetch --unshallow origin " in fix
    subprocess.run(fix.split("fix:")[1], shell=True, cwd=clone, check=True, capture_output=True)
    assert shallow.states()["keys.toml"] == "changed on both sides: tool.a"


def test_an_older_base_of_a_whole_file_is_in_the_repos_own_history(adopter: Adopter) -> None:
    adopter.apply()
    adopter.move_on({"shared_files/same.txt": _LINES + "end\n"})
    clone = adopter.root.parent / "clone"
    git(adopter.root.parent, "clone", "--quiet", str(adopter.root), str(clone))
    git(clone, "config", "submodule.tools.url", f"file://{adopter.source}")
    git(clone, "submodule", "--quiet", "update", "--init", "--depth", "1")
    assert Adopter(clone, adopter.source).apply().status == 0


@pytest.mark.parametrize(
    ("sync", "line", "what"),
    [
        ("- path: a\n  owner: x\n", 1, "key 'mode' is missing"),
        ("- path: a\n  owner: x\n  mode: sometimes\n", 3, "expected one of identical"),
        ("- path: ../a\n  owner: x\n  mode: link\n", 1, "'../a' is not the path of a file"),
    ],
)
def test_a_malformed_list_is_told_with_its_line(
    make_adopter: MakeAdopter, sync: str, line: int, what: str
) -> None:
    adopter = make_adopter(sync, {})
    done = adopter.i("sync_check")
    assert (done.status, what in done.stderr) == (2, True)
    assert f"sync.yaml:{line}" in done.stderr


def test_a_repo_without_its_toolchain_is_told_what_to_type(adopter: Adopter) -> None:
    git(adopter.root, "submodule", "--quiet", "deinit", "--force", "tools")
    done = adopter.i("sync_check")
    assert (done.status, "submodule update --init" in done.stderr) == (2, True)


def test_a_folder_that_leads_out_of_the_repo_is_not_written_into(
    make_adopter: MakeAdopter,
) -> None:
    adopter = make_adopter(shared("folder/same.txt", "identical", source="s"), {"s": "x\n"})
    outside = adopter.root.parent / "outside"
    outside.mkdir()
    (adopter.root / "folder").symlink_to(outside)
    done = adopter.i("sync_apply", "--yes")
    assert (done.status, "folder/same.txt is not in this repo" in done.stderr) == (2, True)
    assert list(outside.iterdir()) == []


def test_what_the_toolchain_has_not_committed_does_not_count(adopter: Adopter) -> None:
    adopter.apply()
    write_files(adopter.root / "tools", {"shared_files/same.txt": "loose\n"})
    done = adopter.i("sync_check")
    assert (done.status, adopter.states()["same.txt"]) == (0, "in step")
    notice = "notice: not committed in the toolchain, so not looked at: shared_files/same.txt\n"
    assert done.stderr == notice


def test_an_opt_out_from_nothing_is_noticed(adopter: Adopter) -> None:
    adopter.write({".helpers_sync.yaml": "opt_out:\n  smae.txt: typed wrongly\n"})
    assert "notice: smae.txt is not shared" in adopter.i("sync_check").stderr


def test_a_file_in_a_submodule_is_the_submodules(make_adopter: MakeAdopter) -> None:
    adopter = make_adopter(shared("tools/x.txt", "identical", source="s"), {"s": "x\n"})
    done = adopter.i("sync_apply", "--yes")
    assert (done.status, "tools/x.txt is not in this repo" in done.stderr) == (2, True)


def test_what_is_no_text_is_refused(make_adopter: MakeAdopter) -> None:
    adopter = make_adopter(shared("logo.png", "identical"), {"shared_files/logo.png": b"\xff\x00"})
    done = adopter.i("sync_check")
    assert (done.status, "is not a text file of the toolchain" in done.stderr) == (2, True)


def test_a_toolchain_that_shares_nothing_says_so(make_adopter: MakeAdopter) -> None:
    adopter = make_adopter("", {})
    git(adopter.root / "tools", "rm", "--quiet", "sync.yaml")
    commit_all(adopter.root / "tools")
    done = adopter.i("sync_check")
    assert (done.status, "shares no files" in done.stderr) == (2, True)


@pytest.mark.parametrize("name", ["keys.yaml", "keys.json", "keys.toml"])
def test_keys_of_every_kind_of_file_drift_and_come_back(
    make_adopter: MakeAdopter, name: str
) -> None:
    old = {"toml": "[t]\na = 1\nb = 1\n", "yaml": "t:\n  a: 1\n  b: 1\n"}
    old["json"] = '{"t": {"a": 1, "b": 1}}\n'
    kind = name.rpartition(".")[2]
    source = f"shared_files/{name}"
    adopter = make_adopter(shared(name, "merge-keys"), {source: old[kind]})
    own = {"toml": "[own] # ours\nx = 1\n", "yaml": "own: # ours\n  x: 1\n"}
    own["json"] = '{\n\t"own": {"x": [1, 2]}\n}\n'
    adopter.write({name: own[kind]})
    assert adopter.apply().status == 0
    assert adopter.states()[name] == "in step"
    before, a, after = re.split("(a.{1,4})1", adopter.read(name), maxsplit=1)
    adopter.write({name: f"{before}{a}7{after}"})
    here = adopter.states()[name]
    adopter.move_on({source: old[kind].replace("b", "c")})
    both = adopter.states()[name]
    assert adopter.apply().status == 0
    text = adopter.read(name)
    assert text.startswith(own[kind].splitlines()[0])
    assert ("b" in text, "c" in text) == (False, True)
    assert (here, both) == ("changed here: t.a", "changed on both sides: t.a")
    assert adopter.states()[name] == "changed here: t.a"


def test_the_submodule_may_have_any_path(make_adopter: MakeAdopter) -> None:
    adopter = make_adopter(
        shared("a/b/rules.yaml", "link", source="x/rules.yaml"), {"x/rules.yaml": "r"}
    )
    git(adopter.root, "mv", "tools", "my tools")
    commit_all(adopter.root)
    assert adopter.apply().status == 0
    assert str((adopter.root / "a/b/rules.yaml").readlink()) == "../../my tools/x/rules.yaml"
    assert adopter.read("a/b/rules.yaml") == "r"
    assert adopter.states() == {"a/b/rules.yaml": "in step"}


def test_a_worktree_of_a_repo_is_as_good_as_the_repo(adopter: Adopter) -> None:
    root = adopter.root.parent / "work tree"
    git(adopter.root, "worktree", "add", "--quiet", "-b", "side", str(root))
    git(root, "submodule", "--quiet", "update", "--init")
    assert Adopter(root, adopter.source).apply().status == 0
    assert (root / "same.txt").read_text() == _LINES
    assert not (adopter.root / "same.txt").exists()


def test_an_edit_between_markers_is_not_given_up_before_it_is_committed(adopter: Adopter) -> None:
    adopter.apply()
    adopter.write({"same.txt": _LINES.replace("line 9\n", "ours\n")})
    adopter.move_on({"shared_files/same.txt": _LINES.replace("line 9\n", "theirs\n")})
    adopter.i("sync_apply", "--yes")
    edited = adopter.read("same.txt").replace("ours\n", "ours, in a better way\n")
    write_files(adopter.root, {"same.txt": edited})
    refused = adopter.i("sync_apply", "--yes", "--take", "shared", "--path", "same.txt")
    assert (refused.status, adopter.read("same.txt")) == (2, edited)
    assert adopter.i("sync_apply", "--yes", "--take", "own", "--path", "same.txt").status == 0
    assert "ours, in a better way\n" in adopter.read("same.txt")
