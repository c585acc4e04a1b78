"""Results that are shown again, and those that must not be: on a real engine."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.builders import TEST_REPO, commit_all, git, write_files
from tests.integration.conftest import MAIN_PYTEST, Workplace

pytestmark = pytest.mark.slow

_PASSES = "def test_a(): pass\n"
_FLAKY = (
    "from pathlib import Path\n"
    "def test_shaky():\n"
    "    mark = Path('been-here')\n"
    "    if not mark.exists():\n"
    "        mark.touch()\n"
    "        assert False, 'the first time'\n"
)


def _summary(place: Workplace) -> dict[str, Any]:
    path = place.repo.root / "tmp.main_pytest" / "latest" / "summary.json"
    found: dict[str, Any] = json.loads(path.read_text())["dirs"]
    return found


def _reused(place: Workplace, *args: str, **env: str) -> bool:
    """Whether a run of the dir `one` shows an earlier result; it must pass."""
    done = place.main_pytest("--dir", "one", *args, env=env)
    assert done.status == 0, done.stdout + done.stderr
    shown = "one: passed (reused" in done.stdout
    assert shown == bool(_summary(place)["one"]["reused"])
    assert shown != ("one: ran because " in done.stdout), "why it ran is told"
    return shown


@pytest.mark.superslow
def test_a_pass_is_shown_again_and_nothing_starts(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    assert not _reused(workplace)
    workplace.invoke("docker_kill")
    assert _reused(workplace)
    assert workplace.containers() == []
    junit = workplace.repo.root / "tmp.main_pytest/latest/junit.xml"
    assert 'name="test_a"' in junit.read_text()
    assert not _reused(workplace, "--no-reuse")


@pytest.mark.superslow
def test_whatever_decides_a_result_makes_it_run_again(workplace: Workplace) -> None:
    write_files(
        workplace.repo.root, {"repo_config.yaml": f"name: {TEST_REPO}\nenvironment: [MODE]\n"}
    )
    workplace.add_dir("one", _PASSES + "def test_b(): pass\n")
    assert not _reused(workplace)
    assert _reused(workplace)
    assert not _reused(workplace, "--", "-k", "test_a"), "the arguments"
    assert not _reused(workplace, "--suite", "all"), "the suite"
    assert not _reused(workplace, MODE="other"), "a variable that tests see"
    write_files(workplace.repo.root, {"one/new.txt": ""})
    assert not _reused(workplace), "an untracked file"
    commit_all(workplace.repo.root)
    assert _reused(workplace), "a commit alone changes nothing"
    write_files(workplace.repo.root, {"one/new.txt": "other\n"})
    changed = workplace.main_pytest().stdout
    assert "one: ran because its inputs changed since its last pass" in changed, "content"
    git(workplace.repo.root, "checkout", "--quiet", "one/new.txt")
    assert _reused(workplace), "what was there before"


@pytest.mark.superslow
def test_another_image_makes_it_run_again(workplace: Workplace) -> None:
    base = workplace.add_dir("base", "")
    made = workplace.invoke("docker_build_local_image", "--dir", "base")
    assert made.status == 0, made.stderr
    shutil.rmtree(base.root)
    # One step of its own, which no build without the cache does twice alike. Of a name of its own,
    # since others use that of all tests meanwhile.
    named = re.search(r"\S+/helpers-test-base:\S+", made.stderr)
    assert named
    dockerfile = f"FROM {named[0]}\nRUN cat /proc/uptime > /made\n"
    changelog = "# helpers-test-rebuilt-1.0.0\n- 2026-01-02\n- Change\n"
    files = {"changelog.txt": changelog, "devops/Dockerfile": dockerfile}
    workplace.add_dir("one", _PASSES, **files)
    assert not _reused(workplace)
    assert _reused(workplace)
    built = workplace.invoke("docker_build_local_image", "--dir", "one", "--no-cache")
    assert built.status == 0, built.stderr
    assert not _reused(workplace)


def test_a_failure_is_never_recorded(workplace: Workplace) -> None:
    workplace.add_dir("one", "def test_a(): assert False\n")
    for _ in range(2):
        done = workplace.main_pytest()
        assert done.status == 1
        assert "reused" not in done.stdout


@pytest.mark.superslow
def test_a_flaky_pass_is_named_and_never_recorded(workplace: Workplace) -> None:
    workplace.add_dir("one", _FLAKY)
    for _ in range(2):
        done = workplace.main_pytest("--retries", "1")
        assert done.status == 0, done.stdout
        assert "flaky: one: test_it.py::test_shaky passed at attempt 2" in done.stdout
        assert "1 passed, 0 failed, 1 flaky" in done.stdout
        assert "reused" not in done.stdout
    assert workplace.main_pytest().status == 1, "without a second attempt it fails"


def test_a_test_that_fails_at_every_attempt_fails(workplace: Workplace) -> None:
    workplace.add_dir("one", "def test_a(): assert False\ndef test_b(): pass\n")
    done = workplace.main_pytest("--retries", "2")
    assert done.status == 1
    assert "1 passed, 1 failed" in done.stdout
    assert "attempt 3" in done.stdout


@pytest.mark.superslow
def test_a_run_that_ran_out_of_time_is_never_recorded(workplace: Workplace) -> None:
    slow = "import time\nfrom pathlib import Path\ndef test_a(): time.sleep(3)\n"
    workplace.add_dir("one", slow)
    assert workplace.main_pytest("--timeout", "1").status == 2
    assert not _reused(workplace)


@pytest.mark.superslow
def test_an_interrupted_run_is_never_recorded(workplace: Workplace) -> None:
    workplace.add_dir("one", "import time\ndef test_a(): pass\ndef test_b(): time.sleep(4)\n")
    process = subprocess.Popen(
        [MAIN_PYTEST], cwd=workplace.repo.root, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "testing" in line:
            break
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 2
    assert not _reused(workplace)


@pytest.mark.superslow
def test_inputs_that_change_meanwhile_are_told_and_not_recorded(workplace: Workplace) -> None:
    workplace.add_dir("one", "import time\ndef test_a(): time.sleep(2)\n", **{"data.txt": "1\n"})
    assert workplace.main_pytest("--", "--collect-only").status in (0, 3)
    process = subprocess.Popen(
        [MAIN_PYTEST], cwd=workplace.repo.root, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "testing" in line:
            break
    data = workplace.repo.root / "one/data.txt"
    data.write_text("2\n")
    data.write_text("1\n")
    shown, _ = process.communicate(timeout=60)
    assert process.returncode == 0, shown
    assert "one/data.txt changed meanwhile" in shown
    assert not _reused(workplace)


@pytest.mark.superslow
def test_an_undeclared_file_is_not_there_and_the_run_says_which(workplace: Workplace) -> None:
    write_files(workplace.repo.root, {"data/prices.csv": "1\n", "data/secret.csv": "1\n"})
    reads = "def test_a(): assert open('../data/prices.csv').read() == '1\\n'\n"
    hidden = "import os\ndef test_b(): assert not os.path.exists('../data/secret.csv')\n"
    workplace.add_dir("one", reads + hidden)
    done = workplace.main_pytest()
    assert done.status == 1
    assert "data/prices.csv is in the repo, but is no input of one" in done.stdout
    assert "depends_on in one/devops/config.yaml" in done.stdout
    config = {"one/devops/config.yaml": "depends_on: [data/prices.csv]\n"}
    write_files(workplace.repo.root, config)
    assert not _reused(workplace)
    assert _reused(workplace)
    write_files(workplace.repo.root, {"data/secret.csv": "2\n"})
    assert _reused(workplace), "no input of it"
    write_files(workplace.repo.root, {"data/prices.csv": "1\n\n"})
    assert workplace.main_pytest().status == 1


def test_a_module_that_is_not_declared_is_named(workplace: Workplace) -> None:
    write_files(
        workplace.repo.root, {"libs/pricing/pyproject.toml": "", "libs/pricing/pricing.py": ""}
    )
    workplace.add_dir("one", "import sys\nsys.path.append('../libs/pricing')\nimport pricing\n")
    done = workplace.main_pytest()
    assert done.status == 1
    assert "libs/pricing is in the repo, but is no input of one" in done.stdout


def test_what_git_ignores_is_not_seen(workplace: Workplace) -> None:
    write_files(workplace.repo.root, {".gitignore": "*.env\n"})
    workplace.add_dir("one", "def test_a(): open('local.env')\n")
    write_files(workplace.repo.root, {"one/local.env": ""})
    done = workplace.main_pytest()
    assert "one/local.env is ignored by git" in done.stdout
    assert workplace.main_pytest("--no-reuse").status == 0


def test_what_tests_write_is_kept_apart(workplace: Workplace) -> None:
    workplace.add_dir("one", "def test_a():\n    open('made.txt', 'w').write('x')\n"
                      "    open('test_it.py', 'a').write('# more')\n")  # fmt: skip
    for _ in range(2):
        done = workplace.main_pytest("--suite", "all", "--", "-p", "no:cacheprovider", "-v")
        assert done.status == 0
    first = workplace.main_pytest("--", "-v")
    assert "its tests wrote one/made.txt, one/test_it.py" in first.stdout
    written = workplace.repo.root / "tmp.main_pytest/latest/one/written"
    assert (written / "one/made.txt").read_text() == "x"
    assert git(workplace.repo.root, "status", "--porcelain") == ""


@pytest.mark.superslow
def test_passes_are_shared_by_a_folder_that_only_some_write(
    workplace: Workplace, workspace: Path
) -> None:
    workplace.add_dir("one", _PASSES)
    shared = str(workspace / "shared")
    assert not _reused(workplace, "--reuse-from", shared)
    assert not Path(shared).exists()
    workplace.invoke("results_clean")
    assert not _reused(workplace, "--reuse-from", shared, "--reuse-write")
    # Another machine: a clone at the same path, since tests can see the path.
    workplace.invoke("docker_kill")
    root, away = workplace.repo.root, workspace / "away"
    root.rename(away)
    git(workspace, "clone", "--quiet", str(away), str(root))
    assert not _reused(workplace)
    assert "forgot 1" in workplace.invoke("results_clean").stdout
    done = workplace.main_pytest("--reuse-from", f"file://{shared}")
    assert f"reused, just now, from file://{shared}" in done.stdout, done.stdout + done.stderr
    elsewhere = Workplace(replace(workplace.repo, root=away), workplace.client)
    elsewhere.invoke("results_clean", cwd=away)
    done = elsewhere.main_pytest("--reuse-from", shared, cwd=away)
    assert done.status == 0, done.stdout + done.stderr
    assert "reused" not in done.stdout, "a test may have the path in what it expects"
    elsewhere.invoke("docker_kill", cwd=away)


def test_a_place_that_cannot_be_used_is_an_error(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    done = workplace.main_pytest("--reuse-from", "s3://bucket/results")
    assert done.status == 2
    assert "s3" in done.stderr
    assert "Traceback" not in done.stderr
    assert workplace.main_pytest("--reuse-write").status == 2


@pytest.mark.superslow
def test_an_entry_that_was_cut_short_is_not_used(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    assert not _reused(workplace)
    for entry in (workplace.repo.root / "tmp.helpers/results").glob("??/*"):
        entry.write_bytes(entry.read_bytes()[:-20])
    assert not _reused(workplace)


@pytest.mark.superslow
@pytest.mark.parametrize(
    "tests",
    [
        "import os\ndef test_a(): pass\ndef test_b(): os._exit(0)\n",
        "import os\nos._exit(0)\n",
        "import pytest\ndef test_a(): pass\ndef test_b(): pytest.exit('gone', returncode=0)\n",
        "import os\ndef test_a(): os.kill(os.getpid(), 9)\n",
        "raise SystemExit(0)\n",
        "import nothing_of_that_name\n",
        "def test_a(:\n",
        "import atexit, os\natexit.register(os._exit, 0)\ndef test_a(): assert False\n",
    ],
)
def test_a_crash_is_no_pass_now_or_later(workplace: Workplace, tests: str) -> None:
    workplace.add_dir("one", tests)
    for _ in range(2):
        done = workplace.main_pytest()
        assert done.status in (1, 2), done.stdout
        assert "reused" not in done.stdout
    assert not list((workplace.repo.root / "tmp.helpers/results").glob("??/*"))


@pytest.mark.superslow
def test_services_are_a_part_of_the_key(workplace: Workplace) -> None:
    compose = "services:\n  web:\n    image: ${HELPERS_BASE_IMAGE}\n    command: sleep %d\n"
    workplace.add_dir("one", _PASSES, **{"devops/compose.yaml": compose % 600})
    assert not _reused(workplace)
    began = time.monotonic()
    assert _reused(workplace)
    assert time.monotonic() - began < 20
    write_files(workplace.repo.root, {"one/devops/compose.yaml": compose % 700})
    assert not _reused(workplace)


@pytest.mark.superslow
def test_bytes_count_and_not_what_git_stores_of_them(workplace: Workplace) -> None:
    root = workplace.repo.root
    git(root, "config", "filter.strip.clean", "sed /OUT/d")
    git(root, "config", "filter.strip.smudge", "cat")
    attributes = "*.txt text=auto\n*.ipynb filter=strip\n"
    reads = (
        "def test_a():\n"
        "    assert b'\\r' not in open('data.txt', 'rb').read()\n"
        "    assert 'OUT bad' not in open('book.ipynb').read()\n"
    )
    files = {".gitattributes": attributes, "data.txt": "a\n", "book.ipynb": "x\nOUT good\n"}
    workplace.add_dir("one", reads, **files)
    assert not _reused(workplace)
    assert _reused(workplace)
    for name, content in (("data.txt", b"a\r\n"), ("book.ipynb", b"x\nOUT bad\n")):
        before = (root / "one" / name).read_bytes()
        (root / "one" / name).write_bytes(content)
        git(root, "add", "--all")
        assert git(root, "diff", "--cached", "--name-only") == "", "for git nothing changed"
        assert workplace.main_pytest().status == 1, name
        assert workplace.main_pytest("--changed").status == 1, name
        (root / "one" / name).write_bytes(before)
        assert _reused(workplace), name


def test_a_name_that_is_no_utf_8_is_seen_and_counts(workplace: Workplace) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    reads = "import os\ndef test_a(): assert open(b'caf\\xe9.txt').read() == '1'\n"
    workplace.add_dir("one", reads, **{name: "1", "new\nline.txt": ""})
    assert not _reused(workplace)
    assert _reused(workplace)
    (workplace.repo.root / "one" / name).write_text("2")
    assert workplace.main_pytest().status == 1


def test_a_name_that_is_no_utf_8_can_be_written(workplace: Workplace) -> None:
    workplace.add_dir("one", "def test_a(): open(b'caf\\xe9.txt', 'w').close()\n")
    done = workplace.main_pytest()
    assert done.status == 0, done.stdout + done.stderr
    assert "its tests wrote one/caf" in done.stdout
    written = workplace.repo.root / "tmp.main_pytest/latest/one/written/one"
    assert [os.fsencode(path.name) for path in written.iterdir()] == [b"caf\xe9.txt"]


@pytest.mark.superslow
def test_byte_code_that_a_run_left_is_not_used_by_the_next(workplace: Workplace) -> None:
    poisons = (
        "import importlib.util, os, py_compile\n"
        "import answer\n"
        "def test_a():\n"
        "    assert answer.VALUE == 1\n"
        "    seen = os.stat('answer.py')\n"
        "    open('/tmp/answer.py', 'w').write('VALUE = 2\\n')\n"
        "    os.utime('/tmp/answer.py', ns=(seen.st_atime_ns, seen.st_mtime_ns))\n"
        "    cache = importlib.util.cache_from_source('answer.py')\n"
        "    py_compile.compile('/tmp/answer.py', cfile=cache, doraise=True)\n"
    )
    workplace.add_dir("one", poisons, **{"answer.py": "VALUE = 1\n"})
    for number in range(3):
        write_files(workplace.repo.root, {"one/other.txt": str(number)})
        assert not _reused(workplace)
