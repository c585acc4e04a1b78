import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.model.errors import HelpersError
from helpers.model.results.coverage import FileCoverage
from helpers.model.results.results import DirResult, DirState, TestCase, TestOutcome
from helpers.testing.reuse.reasons import is_complete_pass
from helpers.testing.reuse.result_json import result_as_json, result_from_json
from helpers.testing.reuse.store import FolderStore, UrlStore, open_results, remove_results

_KEY = "ab" * 32
_tests = st.builds(
    TestCase,
    node=st.text(),
    outcome=st.sampled_from([TestOutcome.PASSED, TestOutcome.SKIPPED, TestOutcome.XFAILED]),
    seconds=st.floats(0, 100).map(lambda seconds: round(seconds, 6)),
    message=st.text(),
    file=st.text(),
    line=st.integers(0, 9999),
    properties=st.lists(st.tuples(st.text(), st.text())).map(tuple),
)
_PASS = DirResult("a", DirState.PASSED, tests=(TestCase("t.py::a", TestOutcome.PASSED, 0.5),))


@given(st.lists(_tests, max_size=5))
def test_a_pass_comes_back_as_it_was(tests: list[TestCase]) -> None:
    covered = (FileCoverage("a.py", (1, 2), (3,)),)
    kept = DirResult("a", DirState.PASSED, "i", 1.0, tuple(tests), version="1", coverage=covered)
    found = result_from_json(result_as_json(kept, "run", "2026-01-02"), "a", "there")
    assert found is not None
    assert found.tests == kept.tests
    assert found.coverage == covered
    assert found.reused is not None
    assert (found.reused.run, found.reused.source) == ("run", "there")


@pytest.mark.parametrize("cut", [1, 10, 100])
def test_what_is_cut_short_is_nothing(cut: int) -> None:
    text = result_as_json(_PASS, "run", "2026-01-02")
    assert result_from_json(text[:-cut], "a", "") is None or cut == 1


@pytest.mark.parametrize("state", [state for state in DirState if state is not DirState.PASSED])
def test_nothing_but_a_pass_is_taken_back(state: DirState) -> None:
    kept = DirResult("a", state, tests=_PASS.tests)
    assert result_from_json(result_as_json(kept, "run", ""), "a", "") is None
    assert not is_complete_pass(kept)


def test_a_flaky_pass_is_no_complete_one() -> None:
    assert is_complete_pass(_PASS)
    flaky = TestCase("t.py::a", TestOutcome.PASSED, 0.5, attempts=2)
    assert not is_complete_pass(DirResult("a", DirState.PASSED, tests=(flaky,)))


def test_a_shared_store_is_written_only_when_asked(tmp_path: Path) -> None:
    shared = str(tmp_path / "shared")
    (tmp_path / "a").mkdir()
    reader = open_results(tmp_path / "a", shared)
    reader.keep(_KEY, _PASS, "run", "2026-01-02")
    assert not Path(shared).exists()
    writer = open_results(tmp_path / "a", shared, write_shared=True)
    writer.keep(_KEY, _PASS, "run", "2026-01-02")
    (tmp_path / "b").mkdir()
    other = open_results(tmp_path / "b", f"file://{shared}")
    found = other.find(_KEY, "a")
    assert found is not None
    assert found.reused is not None
    assert found.reused.source == f"file://{shared}"


def test_any_file_system_of_fsspec_will_do() -> None:
    store = UrlStore("memory://results")
    assert store.read(_KEY) is None
    store.write(_KEY, "text")
    assert UrlStore("memory://results").read(_KEY) == "text"


def test_a_url_that_nobody_knows_says_what_to_do() -> None:
    with pytest.raises(HelpersError, match="cannot be used") as caught:
        UrlStore("nowhere://results").read(_KEY)
    assert caught.value.where == "nowhere://results"


def test_only_what_is_old_is_forgotten(tmp_path: Path) -> None:
    store = FolderStore(tmp_path)
    store.write("aa1", "x")
    store.write("bb2", "x")
    os.utime(tmp_path / "aa" / "aa1", (0, 0))
    assert remove_results(tmp_path, time.time() - 3600) == 1
    assert (store.read("aa1"), store.read("bb2")) == (None, "x")
