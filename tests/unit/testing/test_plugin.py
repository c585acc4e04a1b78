"""The plugin in a real pytest, as `main_pytest.py` loads it."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from helpers.model.results.results import TestCase, TestOutcome
from helpers.system.process import ProcessResult
from helpers.testing.plugin_records import Collected, Ended, Record, RecordsReader
from tests.inner_pytest import IN_CONTAINER, run_pytest, workers


def _pytest(
    folder: Path,
    source: str,
    *args: str,
    suite: str = "all",
    env: Mapping[str, str] | None = None,
) -> tuple[list[Record], ProcessResult]:
    (folder / "test_it.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\n")
    records = folder / "records.jsonl"
    options = ["-c", str(folder / "pytest.ini"), "--rootdir", str(folder), *args, "test_it.py"]
    given = {"HELPERS_SUITE": suite, **(env or {})}
    done = run_pytest(folder, *options, records=records, env=given)
    return RecordsReader(records).read(), done


def _tests(records: list[Record]) -> dict[str, TestCase]:
    return {
        record.node.partition("::")[2]: record for record in records if isinstance(record, TestCase)
    }


_ALL_OUTCOMES = """
import pytest
def test_passes(): pass
def test_fails(): assert 1 == 2, "one is not two"
@pytest.fixture
def broken(): raise RuntimeError("no fixture")
def test_errors(broken): pass
@pytest.mark.skip(reason="not today")
def test_skips(): pass
@pytest.mark.xfail(reason="known")
def test_xfails(): assert False
@pytest.mark.xfail(reason="known")
def test_xpasses(): pass
"""


def test_every_outcome_is_noted(tmp_path: Path) -> None:
    records, done = _pytest(tmp_path, _ALL_OUTCOMES)
    assert {name: test.outcome for name, test in _tests(records).items()} == {
        "test_passes": TestOutcome.PASSED,
        "test_fails": TestOutcome.FAILED,
        "test_errors": TestOutcome.ERROR,
        "test_skips": TestOutcome.SKIPPED,
        "test_xfails": TestOutcome.XFAILED,
        "test_xpasses": TestOutcome.XPASSED,
    }
    assert records[0] == Collected(6)
    assert records[-1] == Ended(done.status)


def test_a_failure_carries_its_assertion_and_what_was_printed(tmp_path: Path) -> None:
    source = "def test_a():\n    print('said before')\n    assert 1 == 2, 'one is not two'\n"
    test = _tests(_pytest(tmp_path, source)[0])["test_a"]
    assert "one is not two" in test.message
    assert "said before" in test.details
    assert (test.file, test.line) == ("test_it.py", 1)


_SUITES = """
import pytest
def test_fast(): pass
@pytest.mark.slow
def test_slow(): pass
@pytest.mark.superslow
def test_superslow(): pass
@pytest.mark.slow
@pytest.mark.superslow
def test_both(): pass
"""


@pytest.mark.parametrize(
    ("suite", "expected"),
    [
        ("fast", {"test_fast"}),
        ("slow", {"test_slow"}),
        ("superslow", {"test_superslow", "test_both"}),
        ("all", {"test_fast", "test_slow", "test_superslow", "test_both"}),
    ],
)
def test_a_suite_runs_its_tests_alone(tmp_path: Path, suite: str, expected: set[str]) -> None:
    records, _ = _pytest(tmp_path, _SUITES, "--strict-markers", suite=suite)
    assert set(_tests(records)) == expected


@pytest.mark.parametrize("source", ["import nothing_of_that_name", "def test_a(:"])
def test_a_file_that_cannot_be_imported_is_an_error(tmp_path: Path, source: str) -> None:
    records, done = _pytest(tmp_path, source)
    errors = [record for record in records if isinstance(record, TestCase)]
    assert [error.outcome for error in errors] == [TestOutcome.ERROR]
    assert records[-1] == Ended(done.status)


def test_a_process_that_leaves_in_the_middle_has_no_last_word(tmp_path: Path) -> None:
    source = "import os\ndef test_a(): pass\ndef test_b(): os._exit(0)\n"
    records, done = _pytest(tmp_path, source)
    assert done.status == 0
    assert not any(isinstance(record, Ended) for record in records)


def test_a_forked_child_notes_nothing(tmp_path: Path) -> None:
    source = "import os\ndef test_a():\n    if os.fork() == 0: return\n    os.wait()\n"
    records, _ = _pytest(tmp_path, source)
    assert len(_tests(records)) == 1
    assert sum(isinstance(record, Ended) for record in records) == 1


def test_output_without_end_is_cut(tmp_path: Path) -> None:
    source = "def test_a():\n    print('x' * 3_000_000)\n    assert False\n"
    _pytest(tmp_path, source)
    assert (tmp_path / "records.jsonl").stat().st_size < 300_000


def test_odd_names_survive(tmp_path: Path) -> None:
    source = (
        "import pytest\n@pytest.mark.parametrize('a', ['x\\ny', 'é', '\\ud800', '::', '['])\n"
        "def test_a(a): pass\n"
    )
    records, _ = _pytest(tmp_path, source)
    assert len(_tests(records)) == 5


def test_the_application_does_not_see_the_plugins_folder(tmp_path: Path) -> None:
    source = (
        "import os, sys\ndef test_a():\n"
        f"    assert {str(IN_CONTAINER)!r} not in sys.path\n"
        "    assert 'PYTHONPATH' not in os.environ\n"
    )
    assert _pytest(tmp_path, source)[1].status == 0


def test_tests_that_are_handed_to_workers_are_noted_once(tmp_path: Path) -> None:
    pytest.importorskip("xdist")
    source = (
        f"{_SUITES}import os\ndef test_path():\n"
        f"    assert {str(IN_CONTAINER)!r} not in os.environ.get('PYTHONPATH', '')\n"
    )
    records, done = _pytest(tmp_path, source, *workers(2), suite="fast")
    assert set(_tests(records)) == {"test_fast", "test_path"}
    assert (Collected(2) in records, records[-1]) == (True, Ended(0)), done.stdout


def test_half_a_line_is_left_for_later_and_garbage_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text('garbage\n{"kind": "collected", "number": 3}\n{"kind": "en')
    reader = RecordsReader(path)
    assert reader.read() == [Collected(3)]
    with path.open("a") as file:
        file.write('ded", "status": 0}\n' + json.dumps({"kind": "other"}) + "\n")
    assert reader.read() == [Ended(0)]


def test_only_the_tests_that_are_named_run(tmp_path: Path) -> None:
    only = tmp_path / "only.json"
    only.write_text(json.dumps(["test_it.py::test_b", "test_it.py::test_c[x]"]))
    source = (
        "import pytest\ndef test_a(): pass\ndef test_b(): pass\n"
        "@pytest.mark.parametrize('p', ['x', 'y'])\ndef test_c(p): pass\n"
    )
    records, _ = _pytest(tmp_path, source, env={"HELPERS_ONLY": str(only)})
    assert set(_tests(records)) == {"test_b", "test_c[x]"}


@pytest.mark.parametrize(
    ("named", "ran"),
    [
        ("test_it.py::test_c", {"test_c[x/y::z]", "test_c[b]"}),
        ("test_it.py::TestD", {"TestD::test_e", "TestD::TestF::test_g"}),
        ("test_it.py::TestD::TestF", {"TestD::TestF::test_g"}),
        ("test_it.py::test_c[b]", {"test_c[b]"}),
        ("test_it", set()),
    ],
)
def test_what_a_test_is_in_names_it_too(tmp_path: Path, named: str, ran: set[str]) -> None:
    only = tmp_path / "only.json"
    only.write_text(json.dumps([named]))
    source = (
        "import pytest\ndef test_a(): pass\n"
        "@pytest.mark.parametrize('p', ['x/y::z', 'b'])\ndef test_c(p): pass\n"
        "class TestD:\n    def test_e(self): pass\n"
        "    class TestF:\n        def test_g(self): pass\n"
    )
    records, _ = _pytest(tmp_path, source, env={"HELPERS_ONLY": str(only)})
    assert set(_tests(records)) == ran


def test_tests_are_shared_by_workers_and_the_wish_goes_no_further(tmp_path: Path) -> None:
    source = (
        "import os\n"
        "def test_a(): assert 'PYTEST_XDIST_WORKER' in os.environ\n"
        "def test_b(): assert 'HELPERS_WORKERS' not in os.environ\n"
    )
    records, done = _pytest(tmp_path, source, "-p", "xdist", env={"HELPERS_WORKERS": "2"})
    assert done.status == 0, done.stdout
    assert len(_tests(records)) == 2


def test_without_a_socket_the_fixture_says_what_to_write(tmp_path: Path) -> None:
    none = {"HELPERS_SIBLINGS_REPO": ""}
    records, done = _pytest(tmp_path, "def test_a(siblings): pass\n", env=none)
    assert done.status == 1
    (test,) = _tests(records).values()
    assert "sibling: own" in test.message


_RAISED = """
import pytest
def helper():
    raise ValueError("deep")

def test_asserts():
    one = 1
    assert one == 2

def test_through_a_helper():
    helper()

def test_in_the_library():
    import json
    json.loads("{")

@pytest.fixture
def broken():
    raise RuntimeError("no fixture")

def test_fixture(broken):
    pass

def test_passes():
    pass
"""


@pytest.mark.parametrize("option", ["--tb=auto", "--tb=short", "--tb=native"])
def test_a_failure_has_the_line_that_failed_in_its_own_file(tmp_path: Path, option: str) -> None:
    records, _ = _pytest(tmp_path, _RAISED, option)
    places = {
        name: (test.raised_in, test.raised_at)
        for name, test in _tests(records).items()
        if option != "--tb=native" or name in ("test_asserts", "test_passes")
    }
    expected = {
        "test_asserts": ("test_it.py", 8),
        "test_through_a_helper": ("test_it.py", 4),
        "test_in_the_library": ("test_it.py", 15),
        "test_fixture": ("test_it.py", 19),
        "test_passes": ("", 0),
    }
    assert places == {name: expected[name] for name in places}
