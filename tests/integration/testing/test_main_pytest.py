"""`main_pytest.py` as its users run it, on a real engine."""

import json
import signal
import subprocess
import time
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from helpers.model import labels
from helpers.system.process import run
from tests import engine
from tests.builders import git, write_files
from tests.integration.conftest import MAIN_PYTEST, Workplace, slow_dockerfile

pytestmark = pytest.mark.slow

_PASSES = "def test_a(): pass\ndef test_b(): pass\n"
_FAILS = "def test_a(): pass\ndef test_b(): assert 1 == 2, 'one is not two'\n"


def _summary(workplace: Workplace) -> Any:
    path = workplace.repo.root / "tmp.main_pytest" / "latest" / "summary.json"
    return json.loads(path.read_text())


def _states(workplace: Workplace) -> dict[str, str]:
    return {name: item["state"] for name, item in _summary(workplace)["dirs"].items()}


def _wait_for(condition: Any, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def _start(workplace: Workplace, *args: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [MAIN_PYTEST, *args],
        cwd=workplace.repo.root,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_every_dir_is_tested_in_its_own_container(workplace: Workplace) -> None:
    workplace.add_dir("apps/one", _PASSES)
    workplace.add_dir("two words/é", _PASSES)
    done = workplace.main_pytest()
    assert (done.status, _states(workplace)) == (
        0,
        {"apps/one": "passed", "two words/é": "passed"},
    ), done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "4 passed, 0 failed"


@pytest.mark.superslow
def test_the_docker_client_is_made_while_the_image_is_built(workplace: Workplace) -> None:
    version = (
        "import subprocess\ndef test_a(): subprocess.run(['docker', '--version'], check=True)\n"
    )
    files = {"devops/config.yaml": "sibling: own\n", "devops/Dockerfile": slow_dockerfile()}
    workplace.add_dir("starts_others", version, **files)
    # One of an earlier run would do as well, and nothing would be built.
    engine.remove_images({labels.DIR: "starts_others"})
    # In a container there is one already, which is none of this repo's.
    done = workplace.main_pytest(env={"HELPERS_DOCKER_CLIENT": ""})
    assert done.status == 0, done.stdout + done.stderr
    client = done.stdout.index("building the Docker client")
    assert client < done.stdout.index("starts_others: built ")


def test_results_are_kept_per_dir_and_merged(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    workplace.add_dir("two", _FAILS)
    assert workplace.main_pytest().status == 1
    latest = workplace.repo.root / "tmp.main_pytest" / "latest"
    merged = ET.parse(latest / "junit.xml").getroot()
    assert (merged.get("tests"), merged.get("failures")) == ("4", "1")
    assert "one is not two" in (latest / "two" / "log.txt").read_text()
    assert ET.parse(latest / "one" / "junit.xml").getroot().get("tests") == "2"


def test_a_failure_shows_its_assertion_and_the_command_that_repeats_it(
    workplace: Workplace,
) -> None:
    workplace.add_dir("one", _FAILS)
    shown = workplace.main_pytest().stdout
    assert "one is not two" in shown
    command = next(line for line in shown.splitlines() if "--dir one" in line and "test_b" in line)
    again = run(["bash", "-c", command.strip()], cwd=workplace.repo.root, check=False)
    # The command names the program as the user did; here it stands in the toolchain.
    assert again.status in (1, 127)


def test_a_dir_without_tests_is_no_pass(workplace: Workplace) -> None:
    workplace.add_dir("one", "x = 1\n")
    done = workplace.main_pytest()
    assert (done.status, _states(workplace)) == (3, {"one": "no tests"})
    assert "no tests" in done.stdout


@pytest.mark.superslow
def test_one_dir_that_cannot_run_does_not_stop_the_others(workplace: Workplace) -> None:
    workplace.add_dir("good", _PASSES)
    bad = workplace.add_dir("bad", _PASSES)
    bad.changelog.write_text("nonsense\n")
    done = workplace.main_pytest()
    assert (done.status, _states(workplace)) == (2, {"bad": "error", "good": "passed"})
    assert "bad/changelog.txt:1" in done.stdout


def test_the_exit_status_of_a_dir_that_is_not_there_is_2(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    done = workplace.main_pytest("--dir", "nope")
    assert done.status == 2
    assert "no directory 'nope'" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_an_image_and_without_leave_to_build_the_dir_is_refused(
    workplace: Workplace,
) -> None:
    made = workplace.add_dir("one", _PASSES)
    made.changelog.write_text("# helpers-test-never-built-1.0.0\n- 2026-01-01\n")
    done = workplace.main_pytest("--no-build")
    assert done.status == 2
    assert "i docker_build_local_image" in done.stdout


def test_what_follows_two_dashes_goes_to_pytest(workplace: Workplace) -> None:
    workplace.add_dir("one", _FAILS)
    assert workplace.main_pytest("--", "-k", "test_a").status == 0
    assert workplace.main_pytest("--", "--no-such-option").status == 2


@pytest.mark.superslow
def test_suites_are_chosen_by_marker(workplace: Workplace) -> None:
    marked = "import pytest\n@pytest.mark.slow\ndef test_s(): pass\ndef test_f(): pass\n"
    workplace.add_dir("one", marked)
    for suite, passed in (("fast", 1), ("slow", 1), ("all", 2)):
        assert workplace.main_pytest("--suite", suite).status == 0
        assert _summary(workplace)["dirs"]["one"]["passed"] == passed
    assert workplace.main_pytest("--suite", "superslow").status == 3


@pytest.mark.superslow
def test_a_nested_dir_belongs_to_itself_alone(workplace: Workplace) -> None:
    workplace.add_dir("outer", _PASSES)
    workplace.add_dir("outer/inner", _FAILS)
    workplace.main_pytest()
    assert _states(workplace) == {"outer": "passed", "outer/inner": "failed"}


@pytest.mark.superslow
def test_at_the_first_failure_the_others_are_stopped_when_asked_for(workplace: Workplace) -> None:
    workplace.add_dir("a", _FAILS)
    workplace.add_dir("b", "import time\ndef test_b(): time.sleep(60)\n")
    done = workplace.main_pytest("-j", "2", "--fail-fast")
    assert (done.status, _states(workplace)) == (1, {"a": "failed", "b": "stopped"}), done.stdout
    assert workplace.main_pytest("-j", "2", "--timeout", "5").status == 2


def test_it_runs_from_any_directory(workplace: Workplace) -> None:
    made = workplace.add_dir("one", _PASSES)
    assert workplace.main_pytest("--dir", ".", cwd=made.root).status == 0


# --- Tests that misbehave -------------------------------------------------------------------------


@pytest.mark.superslow
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import os\ndef test_a(): pass\ndef test_b(): os._exit(0)\n", "before it was done"),
        ("import os, signal\ndef test_a(): os.kill(os.getpid(), signal.SIGKILL)\n", "status 137"),
        ("import os, signal\ndef test_a():\n    os.kill(1, signal.SIGTERM)\n    "
         "import time; time.sleep(60)\n", "the container was stopped"),
        ("import time\ndef test_a(): pass\ndef test_b(): time.sleep(600)\n", "more than 5 s"),
    ],
    ids=["leaves", "kills itself", "kills its container", "hangs"],
)  # fmt: skip
def test_a_dir_whose_tests_do_not_end_well_is_an_error(
    workplace: Workplace, source: str, words: str
) -> None:
    workplace.add_dir("one", source)
    done = workplace.main_pytest("--timeout", "5")
    assert (done.status, _states(workplace)) == (2, {"one": "error"}), done.stdout
    assert words in _summary(workplace)["dirs"]["one"]["problem"]
    assert workplace.containers() == []


def test_a_crash_in_collection_is_a_failure(workplace: Workplace) -> None:
    workplace.add_dir("one", "raise RuntimeError('at import')\n")
    done = workplace.main_pytest()
    assert (done.status, _states(workplace)) == (1, {"one": "failed"})
    assert "at import" in done.stdout


def test_a_test_that_leaves_a_daemon_behind_does_not_hold_the_run(workplace: Workplace) -> None:
    source = (
        "import subprocess\n"
        "def test_a(): subprocess.Popen(['sleep', '300'], start_new_session=True)\n"
    )
    workplace.add_dir("one", source)
    began = time.monotonic()
    assert workplace.main_pytest().status == 0
    assert time.monotonic() - began < 60
    assert workplace.containers() == [], "a container with a daemon in it is not kept"


def test_a_hundred_megabytes_of_output_do_no_harm(workplace: Workplace) -> None:
    source = "def test_a():\n    for _ in range(100): print('x' * 1_000_000)\n    assert False\n"
    workplace.add_dir("one", source)
    done = workplace.main_pytest("--", "-s")
    assert done.status == 1
    assert len(done.stdout) < 500_000
    log = workplace.repo.root / "tmp.main_pytest" / "latest" / "one" / "log.txt"
    assert log.stat().st_size < 60_000_000


def test_what_tests_leave_in_memory_and_on_disk_is_gone_the_next_time(
    workplace: Workplace,
) -> None:
    source = (
        "from pathlib import Path\n"
        "def test_a():\n"
        "    for folder in (Path.home(), Path('/tmp')):\n"
        "        assert not (folder / 'left').exists()\n"
        "        (folder / 'left').write_text('x')\n"
    )
    workplace.add_dir("one", source)
    assert workplace.main_pytest().status == 0
    assert len(workplace.containers()) == 1  # it is as good as new, so it waits
    assert workplace.main_pytest().status == 0


# --- Ends that nobody planned ---------------------------------------------------------------------


@pytest.mark.superslow
def test_ctrl_c_keeps_what_finished_and_removes_the_containers(workplace: Workplace) -> None:
    workplace.add_dir("quick", _PASSES)
    workplace.add_dir("stuck", "import time\ndef test_a(): pass\ndef test_b(): time.sleep(600)\n")
    workplace.main_pytest("--dir", "quick")
    process = _start(workplace, "-j", "2")
    latest = workplace.repo.root / "tmp.main_pytest" / "latest"
    _wait_for(lambda: (latest / "quick" / "junit.xml").exists() and _noted(latest / "stuck"))
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    shown, _ = process.communicate(timeout=30)
    assert time.monotonic() - began < 3, shown
    assert process.returncode == 2
    assert _states(workplace) == {"quick": "passed", "stuck": "stopped"}
    assert _summary(workplace)["dirs"]["stuck"]["passed"] == 1
    assert not [name for name in workplace.containers() if "stuck" in name]


def _noted(folder: Path) -> bool:
    records = folder / "records.jsonl"
    return records.exists() and '"kind": "test"' in records.read_text()


@pytest.mark.superslow
def test_what_a_killed_run_left_is_removed_by_the_next(workplace: Workplace) -> None:
    workplace.add_dir("stuck", "import time\ndef test_a(): pass\ndef test_b(): time.sleep(600)\n")
    process = _start(workplace)
    latest = workplace.repo.root / "tmp.main_pytest" / "latest"
    _wait_for(lambda: _noted(latest / "stuck"))
    process.kill()
    process.communicate()
    left = workplace.containers()
    assert len(left) == 1
    workplace.add_dir("other", _PASSES)
    assert workplace.main_pytest("--dir", "other").status == 0
    assert not set(left) & set(workplace.containers())


@pytest.mark.superslow
def test_two_runs_at_once_do_not_disturb_each_other(workplace: Workplace) -> None:
    source = (
        "import os, time\nfrom pathlib import Path\n"
        "def test_a():\n"
        "    mark = Path('/tmp/mark')\n    assert not mark.exists()\n    mark.touch()\n"
        "    time.sleep(2)\n"
    )
    workplace.add_dir("one", source)
    assert workplace.main_pytest().status == 0
    runs = [_start(workplace) for _ in range(2)]
    ended = [process.communicate(timeout=120)[0] for process in runs]
    assert [process.returncode for process in runs] == [0, 0], ended


# --- Surroundings that are not as they should be --------------------------------------------------


def test_without_an_engine_the_message_says_how_to_start_one(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    # As on a host, also where the project's own container runs this.
    nowhere = {"DOCKER_HOST": f"unix://{workplace.repo.root}/no.sock", "HELPERS_CONTAINER": ""}
    done = workplace.main_pytest(env=nowhere)
    assert done.status == 2
    assert "no Docker Engine answers" in done.stderr
    assert "i engine_start" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_repo_without_commits_and_one_with_a_detached_head_work(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    git(workplace.repo.root, "checkout", "--quiet", "--detach")
    assert workplace.main_pytest().status == 0
    git(workplace.repo.root, "checkout", "--quiet", "--orphan", "without-commits")
    assert workplace.main_pytest().status == 0


def test_a_worktree_is_a_repo_like_any_other(workplace: Workplace) -> None:
    asks_git = (
        "import subprocess\ndef test_a():\n    subprocess.run(['git', 'status'], check=True)\n"
    )
    workplace.add_dir("one", asks_git, **{"devops/config.yaml": "reuse: false\n"})
    tree = workplace.repo.root.parent / "tree"
    git(workplace.repo.root, "worktree", "add", "--quiet", "--detach", str(tree))
    done = workplace.main_pytest(cwd=tree)
    assert done.status == 0, done.stdout + done.stderr


def test_malformed_settings_are_told_by_line(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    write_files(workplace.repo.root, {"repo_config.yaml": "name: demo\nregstry: x\n"})
    done = workplace.main_pytest()
    assert done.status == 2
    assert "repo_config.yaml:2" in done.stderr
    assert "perhaps you meant 'registry'" in done.stderr


def test_outside_of_any_repo_the_script_means_its_own(tmp_path: Path) -> None:
    done = run([MAIN_PYTEST, "--dir", "nope"], cwd=tmp_path, check=False)
    assert (done.status, "no directory 'nope'" in done.stderr) == (2, True)


def test_it_says_how_it_is_used() -> None:
    assert "--suite" in run([MAIN_PYTEST, "--help"]).stdout
