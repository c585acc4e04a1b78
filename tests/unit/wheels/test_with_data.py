"""Tests and data files of packages in wheels: which, declared how, and where they stand."""

import sys
import tomllib
from configparser import RawConfigParser
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.console.wheel_contents import contents_lines
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.wheel import BuiltWheel, Contents, Mode
from helpers.system.process import run
from helpers.wheels.archive import Entry, Wheel
from helpers.wheels.check import modules_of
from helpers.wheels.contents import contents_of
from helpers.wheels.options import BuildOptions
from helpers.wheels.packed_tests import (
    check_imports,
    find_tests,
    module_of_tests,
    packed,
    with_tests,
)
from helpers.wheels.part import Part
from helpers.wheels.plan import WheelPlan, plan_wheels
from helpers.wheels.stage import stage
from tests.builders import commit_all, make_repo, make_runnable_dir, write_files
from tests.wheel_repos import build_system, package

_DIR = "apps/churn"
DATA = {
    "src/churn/prices.json": "{}",
    "src/churn/data/ö [1] %.csv": "1",
    "src/churn/inner/__init__.py": "",
    "src/churn/inner/table.csv": "1",
    "src/churn/.keep": "",
    "src/churn/fast.pyx": "",
    "notebooks/make.py": "",
    "notebooks/dummy.csv": "",
}
TESTS = {
    "tests/unit/test_a.py": "from churn import NAME\n",
    "tests/unit/expected.json": "{}",
    "tests/builders.py": "",
    "conftest.py": "",
}


def made(folder: Path, backend: str, files: dict[str, str] | None = None) -> Repo:
    own = {**package("churn", backend), **(DATA | TESTS if files is None else files)}
    repo = make_repo(folder, files={f"{_DIR}/{path}": text for path, text in own.items()})
    make_runnable_dir(repo, _DIR)
    commit_all(folder)
    return repo


def planned(repo: Repo, **given: object) -> tuple[RepoInputs, WheelPlan]:
    options = replace(BuildOptions(repo.root / "dist", with_data=True), **given)  # type: ignore[arg-type]
    inputs = read_repo_inputs(repo)
    return inputs, plan_wheels(inputs, _DIR, options)[-1]


def staged(repo: Repo, folder: Path, **given: object) -> Path:
    inputs, plan = planned(repo, **given)
    stage(inputs, [plan], folder)
    return folder / _DIR


def test_the_option_and_what_are_tests_are_part_of_the_hash(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo", "flit")
    _, plan = planned(repo)
    without = planned(repo, with_data=False)[1]
    assert (plan.inputs, plan.code) != (without.inputs, without.code)
    assert without.tests == {}
    assert str(plan).endswith("with nothing, with tests and data files")
    write_files(repo.root / _DIR, {"checks/test_b.py": "", "devops/config.yaml": ""})
    _, before = planned(repo)
    write_files(repo.root / _DIR, {"devops/config.yaml": "suites: {all_of_it: checks}\n"})
    _, after = planned(repo)
    assert before.inputs != after.inputs
    assert f"{_DIR}/checks/test_b.py" in after.tests


def test_setuptools_is_told_each_data_file_with_the_package_that_it_is_of(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo", "setuptools")
    before = (repo.root / _DIR / "pyproject.toml").read_text()
    copy = staged(repo, tmp_path / "tree")
    found = tomllib.loads((copy / "pyproject.toml").read_text())
    listed = found["tool"]["setuptools"]["package-data"]
    assert listed["churn"] == ["data/ö [[]1] [%].csv", "prices.json"]
    assert listed["churn.inner"] == ["table.csv"]
    assert (repo.root / _DIR / "pyproject.toml").read_text() == before
    plain = staged(repo, tmp_path / "plain", with_data=False)
    assert (plain / "pyproject.toml").read_text() == before


def test_what_a_project_declares_itself_stays(tmp_path: Path) -> None:
    repo = made(tmp_path / "repo", "setuptools")
    own = repo.root / _DIR / "pyproject.toml"
    more = '\n[tool.setuptools.package-data]\nchurn = ["*.toml"]\n"*" = ["*.txt"]\n'
    own.write_text(own.read_text() + more + "\n[tool.other]\nx = 1\n")
    found = tomllib.loads((staged(repo, tmp_path / "tree") / "pyproject.toml").read_text())
    listed = found["tool"]["setuptools"]["package-data"]
    assert listed["churn"] == ["*.toml", "data/ö [[]1] [%].csv", "prices.json"]
    assert listed["*"] == ["*.txt"]


def test_setuptools_without_a_project_table_is_told_in_setup_cfg(tmp_path: Path) -> None:
    config = "[options]\npackages = find:\n\n[options.package_data]\nchurn = *.toml, *.txt\n"
    files = {
        **DATA,
        "pyproject.toml": build_system("setuptools"),
        "setup.py": "",
        "setup.cfg": config,
    }
    repo = made(tmp_path / "repo", "setuptools", files)
    parser = RawConfigParser()
    parser.read_string((staged(repo, tmp_path / "tree") / "setup.cfg").read_text("utf-8"))
    listed = parser["options.package_data"]
    assert listed["churn"].split("\n")[1:] == [
        *("*.toml", "*.txt", "data/ö [[]1] [%].csv", "prices.json")
    ]
    assert listed["churn.inner"] == "\ntable.csv"
    assert parser["options"]["packages"] == "find:"


def test_hatchling_does_not_look_at_what_git_ignores(tmp_path: Path) -> None:
    copy = staged(made(tmp_path / "repo", "hatch"), tmp_path / "tree")
    found = tomllib.loads((copy / "pyproject.toml").read_text())
    assert found["tool"]["hatch"]["build"]["ignore-vcs"] is True
    assert found["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["src/churn"]


def test_a_wheel_says_which_data_it_has_and_what_its_backend_left_out(tmp_path: Path) -> None:
    _, plan = planned(made(tmp_path / "repo", "flit"))
    names = ["churn/__init__.py", "churn/prices.json", "churn/tests/unit/test_a.py"]
    found = contents_of(plan, names)
    # Beside code that is not in it, data is of no use: `inner`, and the folder of notebooks.
    assert found == Contents("churn.tests", 1, (f"{_DIR}/src/churn/data/ö [1] %.csv",))


def test_what_a_wheel_has_is_said_in_a_line_each() -> None:
    wheel = BuiltWheel("apps/a", Path("a.whl"), "a", "1", "", Mode.VENDOR)
    assert not list(contents_lines(wheel))

    def said(*contents: object) -> list[str]:
        return list(contents_lines(replace(wheel, contents=Contents(*contents))))  # type: ignore[arg-type]

    assert said("a.tests", 1, ()) == [
        "with tests (python -m pytest --pyargs a.tests) and 1 data file"
    ]
    assert said("", 0, ("b",))[0] == "with no tests and no data files"
    assert said("", 2, tuple("abcdefg"))[1:] == [
        "left out by its backend's rules: a, b, c, d, e, and 2 more"
    ]
    assert said("", 0, ()) == [
        "apps/a has neither tests nor data files in a package: --with-data adds nothing"
    ]


def test_tests_are_what_pytest_finds_and_what_stands_with_it() -> None:
    files = ["a/tests/unit/test_a.py", "a/tests/x.json", "a/conftest.py", "a/b_test.py"]
    others = ["a/src/a/test_data.json", "a/checks/test_b.py", "a/README.md", "a/setup.py"]
    found = find_tests("a", [*files, *others], [])
    assert found == {path: path.removeprefix("a/") for path in files}
    assert "a/checks/test_b.py" in find_tests("a", [*files, *others], ["checks/"])
    assert find_tests("a", ["a/tests/x.json", "a/conftest.py"], []) == {}


def own_of(tmp_path: Path) -> WheelPlan:
    return planned(made(tmp_path / "repo", "flit"))[1]


@pytest.mark.parametrize(
    ("names", "home"),
    [
        (["churn/__init__.py", "churn/a/__init__.py"], "churn"),
        (["other/__init__.py", "churn-1.dist-info/METADATA", "single.py"], "other"),
        (["other/__init__.py", "churn/__init__.py", "tests/__init__.py"], "churn"),
        (["shop/till/__init__.py", "shop/till/a/__init__.py"], "shop/till"),
        (["shop/core.py", "shop/till/__init__.py"], "shop"),
    ],
)
def test_tests_stand_below_the_package_of_the_wheel(
    names: list[str], home: str, tmp_path: Path
) -> None:
    plan = own_of(tmp_path)
    found = packed(plan.own, names, plan.tests)
    assert found == {
        f"{home}/conftest.py": f"{_DIR}/conftest.py",
        f"{home}/tests/__init__.py": "",
        **{f"{home}/{one}": f"{_DIR}/{one}" for one in TESTS if "/" in one},
    }
    assert module_of_tests(found) == f"{home}.tests".replace("/", ".")


@pytest.mark.parametrize(
    ("names", "what", "where"),
    [
        (["single.py"], "has no package", "pyproject.toml"),
        (["a/__init__.py", "b/__init__.py"], "has several packages", "a, b"),
        (["shop/a/__init__.py", "shop/b/__init__.py"], "has several packages", "shop.a, shop.b"),
    ],
)
def test_a_wheel_without_one_package_takes_no_tests(
    names: list[str], what: str, where: str, tmp_path: Path
) -> None:
    plan = own_of(tmp_path)
    with pytest.raises(HelpersError, match=what) as caught:
        packed(plan.own, names, plan.tests)
    assert caught.value.where.endswith(where)
    assert not packed(plan.own, names, {})


def test_the_folders_of_suites_are_packages_and_those_that_are_in_the_wheel_stay() -> None:
    class Own:
        name, place, file = "churn", "a", "a/pyproject.toml"

    tests = {
        "a/checks/unit/test_a.py": "checks/unit/test_a.py",
        "a/churn/q/test_b.py": "churn/q/test_b.py",
    }
    names = ["churn/__init__.py", "churn/q/test_b.py"]
    found = packed(Own(), names, tests)  # type: ignore[arg-type]
    assert set(found) == {
        "churn/checks/__init__.py",
        "churn/checks/unit/__init__.py",
        "churn/checks/unit/test_a.py",
    }
    assert module_of_tests(found) == "churn.checks.unit"


def part_of(files: dict[str, str]) -> Part:
    entries = {path: Entry(text.encode()) for path, text in files.items()}
    return Part(
        _DIR, Wheel("churn", "1", frozenset(), entries, "churn-1.dist-info", "churn-1.data")
    )


@pytest.mark.slow
def test_packaged_tests_run_where_nothing_of_the_repo_is(tmp_path: Path) -> None:
    tests = {
        "tests/test_top.py": "from builders import ONE\n\ndef test_it(one): assert one == ONE\n",
        "tests/builders.py": "ONE = 1\n",
        "tests/unit/test_a.py": "from pathlib import Path\n"
        "from churn import ONE\n\n"
        "def test_it(one): assert Path(__file__).with_name('one.txt').read_text() == str(one)\n",
        "tests/unit/one.txt": "1",
        "conftest.py": "import pytest\nfrom churn import ONE\n\n"
        "@pytest.fixture\ndef one(): return ONE\n",
    }
    write_files(tmp_path / "tree", {f"{_DIR}/{path}": text for path, text in tests.items()})
    plan = own_of(tmp_path)
    found = {f"{_DIR}/{path}": path for path in tests}
    part = with_tests(
        part_of({"churn/__init__.py": "ONE = 1\n"}), plan.own, found, tmp_path / "tree"
    )
    for name, entry in part.wheel.files.items():
        path = tmp_path / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.content)
    (tmp_path / "elsewhere").mkdir()
    pytest_options = ["-q", "-p", "no:cacheprovider", "--pyargs", "churn.tests"]
    script = (
        "import sys, pytest; sys.path.insert(0, sys.argv[1]); sys.exit(pytest.main(sys.argv[2:]))"
    )
    command = [sys.executable, "-c", script, str(tmp_path / "site"), *pytest_options]
    done = run(command, cwd=tmp_path / "elsewhere", check=False)
    assert "2 passed" in done.stdout, done.stdout
    assert modules_of(part.wheel.files) == ["churn"]


def test_a_test_that_the_package_has_with_another_content_is_refused(tmp_path: Path) -> None:
    plan = own_of(tmp_path)
    write_files(tmp_path / "tree", {f"{_DIR}/tests/test_a.py": "x = 1\n"})
    part = part_of({"churn/__init__.py": "", "churn/tests/test_a.py": "x = 2\n"})
    tests = {f"{_DIR}/tests/test_a.py": "tests/test_a.py"}
    with pytest.raises(HelpersError, match="with different content"):
        with_tests(part, plan.own, tests, tmp_path / "tree")


def test_tests_of_a_namespace_are_not_imported_by_the_trial() -> None:
    names = ["shop/core.py", "shop/tests/__init__.py", "shop/tests/test_a.py"]
    assert modules_of(names) == ["shop.core"]


@pytest.mark.parametrize(
    ("path", "text", "fix"),
    [
        ("tests/unit/test_a.py", "from tests.builders import x\n", "from ..builders import ..."),
        ("tests/test_a.py", "import os\nimport tests.builders\n", "from .builders import ..."),
        ("tests/test_a.py", "from tests import x\n", "from . import ..."),
        ("test_a.py", "from tests.builders import x\n", "move it below tests/"),
    ],
)
def test_a_test_that_imports_others_by_a_name_that_is_gone_is_refused(
    path: str, text: str, fix: str, tmp_path: Path
) -> None:
    write_files(tmp_path, {f"a/{path}": text, "a/tests/builders.py": "import (\n"})
    tests = {f"a/{path}": path, "a/tests/builders.py": "tests/builders.py"}
    with pytest.raises(HelpersError, match="below their package") as caught:
        check_imports(tmp_path, tests)
    assert fix in caught.value.fix
    assert caught.value.where == f"a/{path}:{text.count(chr(10))}"
