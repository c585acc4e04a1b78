"""Tests of a brick run in the container of every project that lists it (Polylith)."""

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.system.process import ProcessResult
from tests.builders import commit_all, make_runnable_dir, write_files
from tests.integration.conftest import PYTEST_REQUIREMENTS, Workplace

pytestmark = [pytest.mark.slow, pytest.mark.superslow]

_FILE = "ws/test/components/shop/cart/test_core.py"
_TESTS = """\
from importlib.metadata import version
from shop.cart.core import total

def test_total(prices):
    assert total(prices) == 3

def test_version():
    assert version("iniconfig").startswith("2.3")
"""
# One of its projects cannot even collect it.
_TAX = """\
from importlib.metadata import version
from shop.tax import core

assert version("iniconfig") > "2.2"

def test_tax(): pass
"""
_WORKSPACE = {
    "workspace.toml": '[tool.polylith]\nnamespace = "shop"\n',
    "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--import-mode=importlib"\n',
    "conftest.py": "import pytest\n@pytest.fixture\ndef prices(): return [1, 2]\n",
    "components/shop/cart/core.py": "def total(prices):\n    return sum(prices)\n",
    "components/shop/log/core.py": "",
    "components/shop/tax/core.py": "",
    "test/components/shop/cart/test_core.py": _TESTS,
    "test/components/shop/tax/test_core.py": _TAX,
    # Of the same name, of a brick that nobody lists.
    "test/components/shop/log/test_core.py": "def test_log(): assert False\n",
}
# Settings of pytest's of its own are those of its own tests.
_NEW = """\
[project]
name = "new"
version = "1"
[tool.polylith.bricks]
"../../components/shop/cart" = "shop/cart"
"../../components/shop/tax" = "shop/tax"
[tool.pytest.ini_options]
addopts = "--strict-markers"
"""
_OLD = """\
[tool.poetry]
name = "old"
version = "1"
packages = [
    {include = "shop/cart", from = "../../components"},
    {include = "shop/tax", from = "../../components"},
]
"""
_OLDER = (
    "iniconfig==2.1.0 "
    "--hash=sha256:9deba5723312380e77435581c6bf4935c94cbfab9b1ed33ef8d238ea168eb760\n"
)


@pytest.fixture
def place(workplace: Workplace) -> Workplace:
    """A workspace, not at the repo's root, with two projects that only deploy."""
    write_files(workplace.repo.root / "ws", _WORKSPACE)
    start, _, rest = PYTEST_REQUIREMENTS.partition("iniconfig==")
    older = start + _OLDER + rest[rest.index("packaging==") :]
    for name, project, requirements in (
        ("new", _NEW, PYTEST_REQUIREMENTS),
        ("old", _OLD, older),
    ):
        files = {"pyproject.toml": project, "requirements.txt": requirements}
        image = f"helpers-test-bricks-{name}"
        make_runnable_dir(workplace.repo, f"ws/projects/{name}", files, image_name=image)
    commit_all(workplace.repo.root)
    return workplace


def _dirs(place: Workplace) -> dict[str, dict[str, Any]]:
    summary = place.repo.root / "tmp.main_pytest/latest/summary.json"
    found: dict[str, dict[str, Any]] = json.loads(summary.read_text())["dirs"]
    return {Path(name).name: item for name, item in found.items()}


def _passed(place: Workplace) -> dict[str, int]:
    return {name: item["passed"] for name, item in _dirs(place).items()}


def _said(done: ProcessResult) -> str:
    return done.stdout + done.stderr


def test_a_bricks_tests_run_in_every_project_that_lists_it(place: Workplace) -> None:
    root = place.repo.root
    done = place.main_pytest("--json")
    assert done.status == 1, _said(done)
    found = json.loads(done.stdout)
    assert found["brick_failures"] == [
        {
            "test": f"{_FILE}::test_version",
            "fails_for": ["ws/projects/old"],
            "passes_for": ["ws/projects/new"],
        },
        {
            "test": "ws/test/components/shop/tax/test_core.py",
            "fails_for": ["ws/projects/old"],
            "passes_for": ["ws/projects/new"],
        },
    ]
    words = f"{_FILE}::test_version fails for ws/projects/old, passes for ws/projects/new"
    assert words in done.stderr
    assert "fails for ws/projects/old" in (root / "tmp.main_pytest/latest/report.html").read_text()
    assert _passed(place) == {"new": 3, "old": 1}
    failures = next(one for one in found["dirs"] if one["failures"])["failures"]
    failure = next(one for one in failures if "::" in one["test"])
    assert failure["location"] == f"{_FILE}:8"

    # As the report says that it is repeated, and as people name it.
    again = place.main_pytest(*failure["repeat"].split()[1:])
    assert "0 passed, 1 failed" in again.stdout
    assert place.main_pytest("--last-failed").status == 1
    assert _passed(place) == {"old": 0}
    options = ("--dir", "ws/projects/old", "--", f"{_FILE}::test_total")
    assert place.main_pytest(*options).status == 0
    assert _passed(place) == {"old": 1}
    named = f"{_FILE.removeprefix('ws/')}::test_total"
    assert place.main_pytest(named, cwd=root / "ws").status == 0
    assert _passed(place) == {"new": 1, "old": 1}


def test_a_change_of_a_bricks_test_runs_the_projects_that_list_it(place: Workplace) -> None:
    root = place.repo.root
    log = "ws/test/components/shop/log/test_core.py"
    write_files(root, {log: "def test_log(): pass\n"})
    done = place.main_pytest("--changed")
    assert done.status == 0, _said(done)
    assert "2 dirs skipped" in done.stdout
    tax = {_FILE.replace("cart", "tax"): _TAX.replace("2.2", "2")}
    write_files(root, {_FILE: _TESTS.replace("2.3", "2."), **tax})
    done = place.main_pytest("--changed")
    assert done.status == 0, _said(done)
    assert _passed(place) == {"new": 3, "old": 3}
    assert "passed (reused" in place.main_pytest().stdout
    why = place.invoke("dirs_why", "--dir", "ws/projects/old").stdout
    assert f"{_FILE}, through ws/projects/old -> ws/test/components/shop/cart (tests," in why
    commit_all(root)
    (root / _FILE).unlink()
    done = place.main_pytest("--changed")
    assert done.status == 0, _said(done)
    assert _passed(place) == {"new": 1, "old": 1}
