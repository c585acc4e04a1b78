"""`i repos_status` and `i repos_run` on real repos, with real clones, as typed."""

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.toolchain import toolchain_version
from tests.adopters import make_adopter, toolchain_remote
from tests.builders import commit_all, git, make_repo, write_files
from tests.integration.sync.conftest import GIT_ENVIRONMENT, invoke, typed

pytestmark = pytest.mark.slow

_VERSION = str(toolchain_version(TOOLCHAIN_ROOT))


@pytest.fixture(scope="module")
def adopted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repo that has the toolchain as `tools`, to be copied."""
    folder = tmp_path_factory.mktemp("adopted")
    shop = make_adopter(folder / "shop", toolchain_remote(folder), submodule="tools")
    commit_all(shop)
    return shop


@pytest.fixture
def repos(tmp_path: Path, adopted: Path) -> Path:
    """The repo whose `i` is typed, one with a toolchain, one without, and a list of these two."""
    write_files(make_repo(tmp_path / "own").root, {"repo_config.yaml": "name: own\n"})
    shutil.copytree(adopted, tmp_path / "the shop", symlinks=True)
    make_repo(tmp_path / "plain")
    (tmp_path / "repos.txt").write_text("the shop  # with a toolchain\nplain\n")
    return tmp_path


def _run(repos: Path, *args: str, **env: str) -> "subprocess.CompletedProcess[str]":
    variables = {**os.environ, **GIT_ENVIRONMENT, "XDG_CACHE_HOME": str(repos / "cache"), **env}
    return subprocess.run(
        typed("repos_run", "--repos", "../repos.txt", *args),
        cwd=repos / "own", env=variables, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_each_repo_is_a_row_with_what_is_not_in_order(repos: Path) -> None:
    write_files(repos / "plain", {"new.txt": ""})
    git(repos / "the shop", "-C", "tools", "commit", "--quiet", "--allow-empty", "-m", "Go on")
    done = invoke(repos / "own", "repos_status", "--repos", "../repos.txt")
    shop, plain = done.stdout.splitlines()[1:3]
    assert shop.split()[-5:] == ["1", "of", "1", "differ", _VERSION]
    assert (plain.split()[0], plain.split()[-1], "1 new" in plain) == ("plain", "none", True)
    assert "the shop: tools: " in done.stdout
    fixes = [line.partition("fix: ")[2] for line in done.stdout.splitlines() if "fix: " in line]
    assert fixes
    assert all(fix.startswith("(cd 'the shop' && ") for fix in fixes)
    assert done.status == 0


def test_a_line_that_is_no_repo_is_named_and_the_others_go_on(repos: Path) -> None:
    with (repos / "repos.txt").open("a") as file:
        file.write("cache\nnowhere\n")
    (repos / "cache").mkdir()
    done = invoke(repos / "own", "repos_status", "--repos", "../repos.txt")
    assert done.status == 2
    assert f"cache is no repo: it is not the root of a checkout\n  where: {repos}/repos.txt:3" in (
        done.stderr
    )
    assert f"there is no directory nowhere\n  where: {repos}/repos.txt:4" in done.stderr
    assert _VERSION in done.stdout
    ran = _run(repos, "--", "git", "rev-parse", "--show-toplevel")
    assert ran.returncode == 2
    assert [line.split()[-2] for line in ran.stdout.splitlines()[1:3]] == ["passed", "passed"]
    assert ran.stdout.count("no repo") == 2


def test_an_address_is_cloned_once_and_followed(repos: Path) -> None:
    (repos / "repos.txt").write_text(f"file://{repos}/nowhere\n")
    first = _run(repos, "--", "git", "log", "-1", "--format=%s")
    assert (first.returncode, "cannot be cloned" in first.stderr) == (2, True), first.stderr
    assert not list((repos / "cache" / "helpers" / "repos").iterdir())
    upstream = repos / "the shop"
    (repos / "repos.txt").write_text(f"file://{str(upstream).replace(' ', '%20')}\n")
    again = _run(repos, "--json", "--", "sh", "-c", "git log -1 --format=%s && ls tools/setenv.sh")
    assert again.returncode == 0, again.stderr
    assert "first use only" in again.stderr
    (clone,) = (repos / "cache" / "helpers" / "repos").iterdir()
    write_files(upstream, {"more.txt": ""})
    commit_all(upstream, "More")
    third = _run(repos, "--json", "--", "git", "log", "-1", "--format=%s")
    assert "first use only" not in third.stderr
    (outcome,) = json.loads(third.stdout)
    assert outcome["last_lines"] == ["More"]
    # What somebody did there is kept, and told.
    write_files(clone, {"more.txt": "mine\n"})
    commit_all(clone, "Mine")
    write_files(upstream, {"less.txt": ""})
    commit_all(upstream, "Less")
    refused = _run(repos, "--", "git", "log", "-1", "--format=%s")
    assert refused.returncode == 2
    assert "cannot be brought up to date" in refused.stderr
    assert git(clone, "log", "-1", "--format=%s") == "Mine"


def test_i_is_the_program_of_the_repo_in_which_the_command_runs(repos: Path) -> None:
    done = _run(repos, "--json", "--", "bash", "-c", 'i dirs && readlink -f "$(command -v i)"')
    assert done.returncode == 1
    shop, plain = json.loads(done.stdout)
    assert (shop["state"], shop["last_lines"][-1]) == (
        "passed", str(repos / "the shop" / "tools" / "dev_scripts" / "path" / "i"),
    )  # fmt: skip
    assert (plain["state"], plain["status"]) == ("failed", 127)


def test_what_fails_is_shown_with_its_end_and_stops_no_other(repos: Path) -> None:
    done = _run(repos, "--jobs", "1", "--", "sh", "-c", 'echo "here: $PWD"; test -d tools')
    assert done.returncode == 1
    assert f"=== plain ===\nhere: {repos}/plain\nall of it: " in done.stdout
    log = Path(done.stdout.partition("all of it: ")[2].partition("\n")[0])
    assert log.read_text() == f"here: {repos}/plain\n"
    rows = [line.split()[:-1] for line in done.stdout.splitlines()[-2:]]
    assert [row[-1] for row in rows] == ["passed", "1"]
    assert "the shop: passed after " in done.stderr


def test_ctrl_c_ends_what_runs_and_begins_no_other(repos: Path) -> None:
    variables = {**os.environ, **GIT_ENVIRONMENT}
    mark = repos / "begun"
    script = f"echo $$ >> {mark}; sleep 100; echo late"
    process = subprocess.Popen(
        typed("repos_run", "--repos", "../repos.txt", "--jobs", "1", "--", "sh", "-c", script),
        cwd=repos / "own", env=variables, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    until = time.monotonic() + 30
    while not mark.exists() and time.monotonic() < until:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, "interrupted" in err) == (130, True)
    assert ["interrupted" in line for line in out.splitlines()[-2:]] == [True, True]
    (pid,) = mark.read_text().split()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid), 0)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "there is no command to run"),
        (("--jobs", "0", "--", "true"), "--jobs 0 runs nothing"),
        (("--jobs", "many", "--", "true"), "--jobs 'many' is not a number"),
    ],
)
def test_what_makes_no_sense_is_refused(repos: Path, args: tuple[str, ...], said: str) -> None:
    done = _run(repos, *args)
    assert (done.returncode, said in done.stderr) == (2, True), done.stderr
    (fix,) = [line for line in done.stderr.splitlines() if "fix:" in line]
    assert fix
