"""What is said of a session of pytest, from its records and its status, as they really are."""

import json
from pathlib import Path

import pytest

from helpers.model.results.results import DirResult, DirState, TestCase, TestOutcome
from helpers.testing.plugin_records import Collected, Ended, RecordsReader, Shows
from helpers.testing.verdict import Ending, judge
from tests.builders import write_files
from tests.inner_pytest import run_pytest, workers

_KEY = b"the key of this session"
_PASSES = "def test_a(): pass\n"
_THREE = "import pytest, os, sys\ndef test_a(): pass\ndef test_b(): {}\ndef test_c(): assert 0\n"


def _session(folder: Path, source: str, *args: str, cwd: str = ".", **files: str) -> DirResult:
    write_files(folder, {"pytest.ini": "[pytest]\n", f"{cwd}/test_it.py": source, **files})
    records = folder / "records.jsonl"
    (folder / "records.jsonl.key").write_bytes(_KEY)
    done = run_pytest(folder / cwd, *args, records=records, env={"HELPERS_SUITE": "all"})
    reader = RecordsReader(records, _KEY)
    found = reader.read()
    tests = tuple(record for record in found if isinstance(record, TestCase))
    ending = Ending(
        status=done.status,
        reported=next((record.status for record in found if isinstance(record, Ended)), None),
        collected=max((r.number for r in found if isinstance(r, Collected)), default=None),
        ended=len(tests),
        foreign=reader.foreign > 0,
        shows=next((record.option for record in found if isinstance(record, Shows)), ""),
    )
    assert not (folder / "records.jsonl.key").exists()
    return judge(DirResult("app", DirState.ERROR, tests=tests), ending, done.stdout[-500:])


@pytest.mark.parametrize(
    "body",
    [
        "pytest.exit('the device went away', returncode=0)",
        "os._exit(0)",
        "sys.exit(0) if False else os.kill(os.getpid(), 2)",
    ],
)
def test_a_session_that_gives_up_in_the_middle_is_an_error(tmp_path: Path, body: str) -> None:
    result = _session(tmp_path, _THREE.format(body))
    assert result.state is DirState.ERROR
    assert "test_a" in result.problem


def test_tests_that_did_not_run_are_counted(tmp_path: Path) -> None:
    result = _session(tmp_path, _THREE.format("pytest.exit('gone', returncode=0)"))
    assert "3 collected, 1 ended" in result.problem


@pytest.mark.parametrize(
    "conftest",
    [
        "def pytest_runtestloop(session): return True\n",
        "def pytest_runtest_protocol(item, nextitem): return 'b' in item.name or None\n",
        "import pytest\n@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_runtestloop(session): del session.items[1:]\n",
    ],
)
def test_tests_that_a_conftest_leaves_out_are_missed(tmp_path: Path, conftest: str) -> None:
    source = _PASSES + "def test_b(): pass\n"
    result = _session(tmp_path, source, **{"conftest.py": conftest})
    assert result.state is DirState.ERROR
    assert "2 collected" in result.problem


def test_tests_that_are_deselected_are_not_missed(tmp_path: Path) -> None:
    source = _PASSES + "def test_b(): assert 0\n"
    assert _session(tmp_path, source, "-k", "test_a").state is DirState.PASSED


@pytest.mark.parametrize(
    "option", ["--setup-plan", "--setup-only", "--collect-only", "--fixtures", "--help"]
)
def test_what_only_shows_something_is_no_pass(tmp_path: Path, option: str) -> None:
    settings = {"pytest.ini": f"[pytest]\naddopts = {option}\n"}
    result = _session(tmp_path, _PASSES, **settings)
    assert result.state is DirState.NO_TESTS
    assert option in result.hints[0]


def _sets(status: str) -> dict[str, str]:
    return {
        "conftest.py": f"def pytest_sessionfinish(session, exitstatus):\n    {status}\n",
    }


def test_a_status_that_a_conftest_sets_is_told(tmp_path: Path) -> None:
    result = _session(tmp_path, _PASSES, **_sets("session.exitstatus = 1"))
    assert result.state is DirState.ERROR
    assert result.problem.startswith("pytest ended with status 1 although no test failed")


def test_no_tests_with_the_status_of_a_pass_are_no_pass(tmp_path: Path) -> None:
    result = _session(tmp_path, "", **_sets("session.exitstatus = 0"))
    assert result.state is DirState.NO_TESTS


def test_a_failure_with_the_status_of_a_pass_is_a_failure(tmp_path: Path) -> None:
    result = _session(tmp_path, "def test_a(): assert 0\n", **_sets("session.exitstatus = 0"))
    assert result.state is DirState.FAILED
    assert "status 0 although a test failed" in result.hints[0]


def test_a_process_that_leaves_with_a_status_of_its_own_is_no_pass(tmp_path: Path) -> None:
    leaves = {"conftest.py": "import atexit, os\natexit.register(lambda: os._exit(7))\n"}
    result = _session(tmp_path, _PASSES, **leaves)
    assert result.state is DirState.ERROR
    assert "status 0, but its process with 7" in result.problem


def test_a_run_that_ends_at_the_first_failure_says_what_did_not_run(tmp_path: Path) -> None:
    result = _session(tmp_path, "def test_a(): assert 0\ndef test_b(): pass\n", "-x")
    assert result.state is DirState.FAILED
    assert "2 collected, 1 ended" in result.hints[0]


_FORGED = json.dumps({"kind": "ended", "status": 0})


@pytest.mark.parametrize(
    "write",
    [
        # Through whatever is open in the process of the tests.
        "for fd in os.listdir('/proc/self/fd'):\n"
        "        if os.readlink(f'/proc/self/fd/{fd}').endswith('records.jsonl'):\n"
        f"            os.write(int(fd), {_FORGED!r}.encode() + b'\\n')\n"
        "    os._exit(0)",
        # Into a file that its name leads to.
        f"open('records.jsonl', 'a').write({_FORGED!r} + '\\n')",
        # Away with what was noted.
        "open('records.jsonl', 'w').close()",
    ],
)
def test_what_tests_write_into_the_record_proves_nothing(tmp_path: Path, write: str) -> None:
    source = f"import os\ndef test_a(): pass\ndef test_b():\n    {write}\ndef test_c(): pass\n"
    result = _session(tmp_path, source)
    assert result.state is DirState.ERROR
    assert "wrote into the record" in result.problem


def test_what_tests_start_is_not_told_where_the_record_is(tmp_path: Path) -> None:
    source = "import os\ndef test_a(): assert 'HELPERS_RECORDS' not in os.environ\n"
    assert _session(tmp_path, source).state is DirState.PASSED


_SUBTESTS = """
import pytest
def test_skips_one(subtests):
    for name in ("amber", "basalt"):
        with subtests.test(name=name):
            if name == "basalt":
                pytest.skip("no basalt here")
def test_two_fail(subtests):
    for n in range(4):
        with subtests.test("odd ones", n=n):
            assert n % 2 == 0
def test_all_pass(subtests):
    with subtests.test(n=1): pass
"""


@pytest.mark.parametrize("options", [(), workers(2)], ids=["alone", "shared"])
def test_a_test_is_what_pytest_says_and_names_all_its_failed_subtests(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    pytest.importorskip("_pytest.subtests", reason="pytest has subtests since version 9")
    result = _session(tmp_path, _SUBTESTS, *options)
    outcomes = {test.node.partition("::")[2]: test for test in result.tests}
    assert {name: test.outcome for name, test in outcomes.items()} == {
        "test_skips_one": TestOutcome.PASSED,
        "test_two_fail": TestOutcome.FAILED,
        "test_all_pass": TestOutcome.PASSED,
    }
    failed = outcomes["test_two_fail"]
    # pytest-xdist hands the values on as text.
    details = failed.details.replace("'", "")
    assert failed.message.replace("'", "").startswith("[odd ones] (n=1): ")
    assert all(f"=== subtest [odd ones] (n={number}) ===" in details for number in (1, 3))
    assert "(n=2)" not in details
    assert result.state is DirState.FAILED


def test_subtests_of_unittest_fail_their_test(tmp_path: Path) -> None:
    source = (
        "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n"
        "        for n in range(3):\n"
        "            with self.subTest(n=n): self.assertNotEqual(n, 1)\n"
    )
    (test,) = _session(tmp_path, source).tests
    assert test.outcome is TestOutcome.FAILED


def test_both_a_failure_and_its_teardown_are_shown(tmp_path: Path) -> None:
    source = (
        "import pytest\n@pytest.fixture\ndef broken():\n    yield\n    raise OSError('late')\n"
        "def test_a(broken): assert False, 'early'\n"
    )
    (test,) = _session(tmp_path, source).tests
    assert test.outcome is TestOutcome.FAILED
    assert "early" in test.details
    assert "late" in test.details


@pytest.mark.parametrize("settings", ["pytest.ini", "apps/a/tests/pytest.ini"])
def test_names_begin_where_pytest_was_started(tmp_path: Path, settings: str) -> None:
    source = "import pytest\n@pytest.mark.parametrize('p', ['a/b::c'])\ndef test_x(p): assert 0\n"
    files = {settings: "[pytest]\n", "apps/a/tests/test_deep.py": source}
    options = ("tests",) if settings != "pytest.ini" else ()
    result = _session(tmp_path, _PASSES, *options, cwd="apps/a", **files)
    test = next(test for test in result.tests if test.bad)
    assert (test.node, test.file) == ("tests/test_deep.py::test_x[a/b::c]", "tests/test_deep.py")


def test_a_file_that_cannot_be_collected_has_its_name_from_there_too(tmp_path: Path) -> None:
    result = _session(tmp_path, "import nothing_of_that_name\n", cwd="apps/a")
    assert [test.node for test in result.tests] == ["test_it.py"]
