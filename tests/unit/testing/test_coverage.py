"""Coverage as a container measures it, and as the host reads and merges it."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from coverage import CoverageData
from lxml import etree

from helpers.model.errors import HelpersError
from helpers.model.results.coverage import FileCoverage, covered_share
from helpers.model.results.results import DirResult, DirState
from helpers.system.process import ProcessResult, run
from helpers.testing.coverage import (
    coverage_package,
    merge_coverage,
    read_dir_coverage,
    write_coverage_xml,
)
from tests.builders import write_files
from tests.inner_pytest import BARE, IN_CONTAINER, workers

_SCRIPT = IN_CONTAINER / "helpers_coverage.py"
_CODE = """\
def price(x):
    if x:
        return 1
    return 2

def unused():  # pragma: no cover
    return 3

if __name__ == "__main__":
    print(price(0))
"""


def _measure(app: Path, tests: str, *args: str, **files: str) -> tuple[ProcessResult, Path]:
    write_files(app, {"code.py".replace("code", "goods"): _CODE, "test_it.py": tests, **files})
    data = app.parent / "out" / "coverage.data"
    data.parent.mkdir(exist_ok=True)
    sources = [str(path) for path in (app, app.parent / "bricks") if path.is_dir()]
    given = {"HELPERS_COVERAGE_DATA": str(data), "HELPERS_COVERAGE_SOURCE": ":".join(sources)}
    options = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir", str(app)]
    return run(
        [sys.executable, _SCRIPT, *options, *args], cwd=app, env={**BARE, **given}, check=False
    ), data


def _goods(files: tuple[FileCoverage, ...]) -> FileCoverage:
    return next(file for file in files if file.path == "app/goods.py")


def test_lines_that_ran_and_that_did_not(tmp_path: Path) -> None:
    tests = "from goods import price\ndef test_a(): assert price(1) == 1\n"
    done, data = _measure(tmp_path / "app", tests)
    assert done.status == 0, done.stdout + done.stderr
    found = _goods(read_dir_coverage(data, tmp_path, tmp_path / "app"))
    assert (found.executed, found.missing) == ((1, 2, 3, 9), (4, 10))


def test_lines_of_bricks_outside_of_the_dir_count(tmp_path: Path) -> None:
    bricks = {"../bricks/cart.py": "total = 3\n", "../bricks/log.py": "", "../other.py": "x = 1\n"}
    tests = "import sys\nsys.path.append('..')\nimport bricks.cart, other\ndef test_a(): pass\n"
    done, data = _measure(tmp_path / "app", tests, **bricks)
    assert done.status == 0, done.stdout + done.stderr
    found = {file.path for file in read_dir_coverage(data, tmp_path, tmp_path / "app")}
    assert {"bricks/cart.py", "bricks/log.py", "app/goods.py"} <= found
    assert "other.py" not in found


@pytest.mark.parametrize("shared", [(), workers(2)], ids=["alone", "shared"])
def test_processes_that_tests_start_count(tmp_path: Path, shared: tuple[str, ...]) -> None:
    tests = (
        "import subprocess, sys\n"
        "def test_a(): subprocess.run([sys.executable, 'goods.py'], check=True)\n"
    )
    done, data = _measure(tmp_path / "app", tests, *shared)
    assert done.status == 0, done.stdout + done.stderr
    assert _goods(read_dir_coverage(data, tmp_path, tmp_path / "app")).missing == (3,)
    assert [path.name for path in data.parent.iterdir()] == [data.name], "one file"


def test_a_failure_stays_one(tmp_path: Path) -> None:
    done, data = _measure(tmp_path / "app", "def test_a(): assert False\n")
    assert done.status == 1
    assert data.is_file()


def test_the_dirs_own_settings_say_which_lines_count(tmp_path: Path) -> None:
    tests = "from goods import price\ndef test_a(): price(1)\n"
    settings = {".coveragerc": "[report]\nexclude_also = return 2\n"}
    _, data = _measure(tmp_path / "app", tests, **settings)
    assert 4 not in _goods(read_dir_coverage(data, tmp_path, tmp_path / "app")).missing


def test_without_coverage_the_tests_run_all_the_same(tmp_path: Path) -> None:
    blocked = {"coverage.py": "raise ImportError\n"}
    done, data = _measure(tmp_path / "app", "def test_a(): pass\n", **blocked)
    assert done.status == 0
    assert "coverage is not installed" in done.stdout
    assert not data.exists()


_ABSENT = {"coverage.py": "raise ImportError('no coverage here')\n"}
_NOTHING_OF_COVERAGE = (
    "import os, pytest\nfrom goods import price\n"
    "def test_a(): assert price(1) == 1\n"
    "def test_b():\n"
    "    assert not [name for name in os.environ if 'COVERAGE' in name]\n"
    "    with pytest.raises(ImportError, match='no coverage here'): import coverage\n"
)


@pytest.mark.parametrize("shared", [(), workers(2)], ids=["alone", "shared"])
def test_an_environment_without_coverage_borrows_ours_and_does_not_see_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shared: tuple[str, ...]
) -> None:
    monkeypatch.setenv("HELPERS_COVERAGE_PACKAGE", str(coverage_package(tmp_path)))
    monkeypatch.setenv("PYTHONPATH", str(_SCRIPT.parent))
    # As a worker that tests a toolchain of its own has it.
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    options = ("-p", "helpers_pytest_plugin", *shared)
    done, data = _measure(tmp_path / "app", _NOTHING_OF_COVERAGE, *options, **_ABSENT)
    assert done.status == 0, done.stdout + done.stderr
    assert "coverage" not in done.stderr
    assert _goods(read_dir_coverage(data, tmp_path, tmp_path / "app")).missing == (4, 10)


def test_a_failure_looks_the_same_without_coverage(tmp_path: Path) -> None:
    source = "def test_a(): import nothing_of_that_name\n"
    done, _ = _measure(tmp_path / "app", source, **_ABSENT)
    assert "nothing_of_that_name" in done.stdout
    assert "During handling" not in done.stdout
    assert "no coverage here" not in done.stdout


def test_settings_that_coverage_refuses_do_not_stop_the_tests(tmp_path: Path) -> None:
    settings = {".coveragerc": "[run]\nbranch = perhaps\n"}
    done, _ = _measure(tmp_path / "app", "def test_a(): pass\n", **settings)
    assert done.status == 0
    assert "coverage cannot measure" in done.stdout


@pytest.mark.parametrize("other", ["setup.cfg", "tox.ini"])
def test_a_file_that_says_nothing_of_coverage_hides_no_other(tmp_path: Path, other: str) -> None:
    settings = {
        other: "[flake8]\nmax-line-length = 100\n",
        "pyproject.toml": "[tool.coverage.report]\nexclude_also = ['return 2']\n",
    }
    tests = "from goods import price\ndef test_a(): price(1)\n"
    _, data = _measure(tmp_path / "app", tests, **settings)
    assert 4 not in _goods(read_dir_coverage(data, tmp_path, tmp_path / "app")).missing


@pytest.mark.parametrize("pattern", ["test_*.py", "*/test_*.py"])
def test_what_is_omitted_begins_at_the_dir(tmp_path: Path, pattern: str) -> None:
    settings = {".coveragerc": f"[report]\nomit = {pattern}\n"}
    _, data = _measure(tmp_path / "app", "def test_a(): import goods\n", **settings)
    found = read_dir_coverage(data, tmp_path, tmp_path / "app")
    assert [file.path for file in found] == ["app/goods.py"]


def test_names_that_begin_at_the_dir_are_found(tmp_path: Path) -> None:
    write_files(tmp_path / "app", {"goods.py": _CODE})
    data = CoverageData(basename=str(tmp_path / "coverage.data"))
    data.add_lines({"goods.py": [1, 2, 3]})
    data.write()
    found = _goods(read_dir_coverage(tmp_path / "coverage.data", tmp_path, tmp_path / "app"))
    assert found.executed == (1, 2, 3)


def test_data_that_are_cut_short_are_an_error(tmp_path: Path) -> None:
    data = tmp_path / "coverage.data"
    data.write_bytes(b"SQLite format 3\0 and then nothing")
    with pytest.raises(HelpersError, match="cannot be read"):
        read_dir_coverage(data, tmp_path, tmp_path)


def test_a_line_that_ran_in_one_dir_ran() -> None:
    first = DirResult("a", DirState.PASSED, coverage=(FileCoverage("x.py", (1, 2), (3, 4)),))
    second = DirResult("b", DirState.PASSED, coverage=(FileCoverage("x.py", (1, 3), (2, 4)),))
    (merged,) = merge_coverage([first, second])
    assert (merged.executed, merged.missing) == ((1, 2, 3), (4,))
    assert covered_share([merged]) == 0.75


def test_the_xml_is_cobertura(tmp_path: Path) -> None:
    files = [FileCoverage("a/x.py", (1,), (2,)), FileCoverage("y.py", (), ())]
    write_coverage_xml(files, tmp_path, tmp_path / "c.xml", datetime(2026, 1, 2, tzinfo=UTC))
    root = etree.parse(tmp_path / "c.xml").getroot()
    assert root.get("line-rate") == "0.5"
    assert (root.get("lines-covered"), root.get("lines-valid")) == ("1", "2")
    assert root.findtext("sources/source") == str(tmp_path)
    names = [item.get("filename") for item in root.iterfind("packages/package/classes/class")]
    assert names == ["y.py", "a/x.py"]
    lines = [(item.get("number"), item.get("hits")) for item in root.iter("line")]
    assert lines == [("1", "1"), ("2", "0")]
