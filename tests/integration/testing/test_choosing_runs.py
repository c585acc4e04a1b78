"""Which dirs run, when, with how much of the machine, and what other programs are told."""

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, Any

import pytest

from helpers.system.process import run
from tests.builders import commit_all, git, write_files
from tests.integration.conftest import MAIN_PYTEST, Workplace

pytestmark = pytest.mark.slow

_PASSES = "def test_a(): pass\n"
_SLEEPS = "import time\ndef test_a(): time.sleep(1)\n"


def _latest(place: Workplace, name: str = "summary.json") -> Path:
    return place.repo.root / "tmp.main_pytest" / "latest" / name


def _ran(place: Workplace) -> set[str]:
    return set(json.loads(_latest(place).read_text())["dirs"])


def test_only_what_a_change_affects_runs(workplace: Workplace) -> None:
    write_files(workplace.repo.root, {"libs/x.py": "x = 1\n"})
    workplace.add_dir("one", _PASSES, **{"devops/config.yaml": "depends_on: [libs/x.py]\n"})
    workplace.add_dir("two", _PASSES)
    nothing = workplace.main_pytest("--changed")
    assert nothing.status == 0, nothing.stdout
    assert "2 dirs skipped: not selected or unchanged" in nothing.stdout
    git(workplace.repo.root, "checkout", "--quiet", "-b", "mine")
    write_files(workplace.repo.root, {"libs/x.py": "x = 2\n"})
    assert workplace.main_pytest("--changed").status == 0
    assert _ran(workplace) == {"one"}
    commit_all(workplace.repo.root)
    assert workplace.main_pytest("--changed-since", "main").status == 0
    assert _ran(workplace) == {"one"}
    why = workplace.invoke("dirs_why", "--dir", "one", "--changed-since", "main").stdout
    assert "one: libs/x.py, through one -> libs/x.py (declared, one/devops/config.yaml)" in why
    other = workplace.invoke("dirs_why", "--dir", "two", "--changed-since", "main").stdout
    assert "two: not affected by 1 changed file since main" in other
    assert workplace.main_pytest("--changed-since", "nowhere").status == 2


def test_what_failed_runs_again_and_nothing_else(workplace: Workplace) -> None:
    workplace.add_dir("one", "def test_a(): pass\ndef test_b(): assert False\n")
    workplace.add_dir("two", _PASSES)
    assert workplace.main_pytest("--last-failed").status == 2, "there is no last run"
    assert workplace.main_pytest().status == 1
    listed = workplace.invoke("pytest_failed").stdout
    assert "./main_pytest.py --dir one --suite all -- test_it.py::test_b" in listed
    done = workplace.main_pytest("--last-failed")
    assert done.status == 1
    assert "0 passed, 1 failed" in done.stdout
    assert _ran(workplace) == {"one"}


@pytest.mark.superslow
def test_a_script_repeats_what_failed(workplace: Workplace) -> None:
    workplace.add_dir("one", "def test_a(): pass\ndef test_b(): assert False\n")
    (workplace.repo.root / "main_pytest.py").symlink_to(workplace.repo.toolchain / "main_pytest.py")
    assert workplace.main_pytest().status == 1
    script = workplace.invoke("pytest_repro").stdout.strip()
    done = run([script], check=False)
    assert done.status == 1
    assert "0 passed, 1 failed" in done.stdout
    write_files(workplace.repo.root, {"one/test_it.py": "def test_b(): pass\n"})
    assert run([script], check=False).status == 0


@pytest.mark.superslow
def test_parts_together_are_all_dirs_each_once(workplace: Workplace) -> None:
    names = {"one", "two", "three"}
    for name in names:
        workplace.add_dir(name, _PASSES)
    assert workplace.main_pytest("--shard", "1/2").status == 0
    first = _ran(workplace)
    assert workplace.main_pytest("--shard", "2/2").status == 0
    assert first | _ran(workplace) == names
    assert not first & _ran(workplace)
    assert workplace.main_pytest("--shard", "3/2").status == 2


def _tested_at(place: Workplace, name: str) -> tuple[float, float]:
    """When a dir's tests began and ended, from its bar in the report."""
    found = json.loads(_latest(place).read_text())["dirs"][name]["phases"]
    return next((p["began"], p["ended"]) for p in found if p["state"] == "testing")


@pytest.mark.superslow
def test_dirs_that_share_a_thing_do_not_run_together(workplace: Workplace) -> None:
    config = {"devops/config.yaml": "resources: {database: 1}\n"}
    workplace.add_dir("one", _SLEEPS, **config)
    workplace.add_dir("two", _SLEEPS, **config)
    assert workplace.main_pytest("-j", "2").status == 0
    (first, second) = sorted((_tested_at(workplace, "one"), _tested_at(workplace, "two")))
    assert first[1] <= second[0]


def test_a_test_that_takes_too_much_memory_is_named(workplace: Workplace) -> None:
    config = {"devops/config.yaml": "resources: {memory: 64m}\n"}
    workplace.add_dir("one", "def test_a(): bytearray(400_000_000)\n", **config)
    workplace.add_dir("two", _PASSES, **{"devops/config.yaml": "resources: {memory: 900t}\n"})
    workplace.add_dir("three", _PASSES)
    done = workplace.main_pytest()
    assert done.status == 2
    assert "out of memory" in done.stdout
    assert "the dir's limit of 64m of memory was reached" in done.stdout
    assert "its tests need 900t of memory; there is" in done.stdout
    assert "three: passed" in done.stdout


def test_other_programs_are_told_on_standard_output_alone(workplace: Workplace) -> None:
    workplace.add_dir("one", "def test_a(): assert False\n")
    done = workplace.main_pytest("--json")
    assert done.status == 1
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["exit_status"] == 1
    assert found["dirs"][0]["failures"][0]["test"] == "test_it.py::test_a"
    assert "one: testing" in done.stderr


def test_github_is_given_a_summary_and_annotations(workplace: Workplace, workspace: Path) -> None:
    workplace.add_dir("one", "\ndef test_a():\n    assert False\n")
    summary = workspace / "summary.md"
    env = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
    done = workplace.main_pytest(env=env)
    assert "::error file=one/test_it.py,line=3" in done.stdout + done.stderr
    assert "one" in summary.read_text()


@pytest.mark.superslow
def test_coverage_is_merged_over_containers(workplace: Workplace) -> None:
    library = "def price(x):\n    if x:\n        return 1\n    return 2\n"
    write_files(workplace.repo.root, {"libs/price/price.py": library})
    tests = "import sys\nsys.path.append('../libs/price')\nimport price\n"
    config = {"devops/config.yaml": "depends_on: [libs/price]\n"}
    settings = {".coveragerc": "[run]\nsource = .,../libs\n"}
    requirements = (
        workplace.repo.toolchain / "tests/integration/coverage_requirements.txt"
    ).read_text()
    extra = {**config, **settings, "requirements.txt": requirements}
    workplace.add_dir("apps/covered-a", tests.replace("../libs", "../../libs")
                      + "def test_a(): assert price.price(1) == 1\n",
                      **{**extra, ".coveragerc": "[run]\nsource = .,../../libs\n"})  # fmt: skip
    workplace.add_dir("apps/covered-b", tests.replace("../libs", "../../libs")
                      + "def test_b(): assert price.price(0) == 2\n",
                      **{**extra, ".coveragerc": "[run]\nsource = .,../../libs\n"})  # fmt: skip
    for attempt in ("fresh", "reused"):
        done = workplace.main_pytest("--coverage")
        assert done.status == 0, done.stdout + done.stderr
        assert ("reused" in done.stdout) == (attempt == "reused")
        xml = _latest(workplace, "coverage.xml").read_text()
        assert 'filename="libs/price/price.py" line-rate="1"' in xml
        assert "covered" in done.stdout


def test_coverage_is_measured_where_the_environment_has_none(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    done = workplace.main_pytest("--coverage")
    assert done.status == 0
    assert "100% covered" in done.stdout
    assert _latest(workplace, "coverage.xml").exists()


@pytest.mark.superslow
def test_tasks_do_for_one_dir_what_the_script_does_for_all(workplace: Workplace) -> None:
    marked = "import pytest\n@pytest.mark.slow\ndef test_b(): pass\n"
    workplace.add_dir("one", _PASSES + marked)
    inside = workplace.repo.root / "one"
    assert "1 passed, 0 failed" in workplace.invoke("run_fast_tests", cwd=inside).stdout
    assert "1 passed, 0 failed" in workplace.invoke("run_slow_tests", cwd=inside).stdout
    assert "2 passed, 0 failed" in workplace.invoke("run_tests", cwd=inside).stdout
    assert workplace.invoke("run_superslow_tests", cwd=inside).status == 3
    done = workplace.invoke("run_tests", "--args", "-k test_a", cwd=inside)
    assert "1 passed, 0 failed" in done.stdout


def test_dirs_are_listed_with_the_state_of_their_images(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    fresh = {"changelog.txt": "# helpers-test-unbuilt-1.0.0\n- 2026-01-02\n- Change\n"}
    workplace.add_dir("two", _PASSES, **fresh)
    assert workplace.main_pytest("--dir", "one").status == 0
    rows = {line.split()[0]: line for line in workplace.invoke("dirs").stdout.splitlines()}
    assert "there" in rows["one"]
    assert "passed, fast" in rows["one"]
    assert "never built" in rows["two"]
    graph = workplace.invoke("dirs_graph").stdout.split()
    assert [Path(path).suffix for path in graph] == [".mmd", ".svg", ".html"]
    assert all(Path(path).stat().st_size for path in graph)


_OUTDATED = "# helpers-test-{}-1.0.0\n- 2026-01-02\n- Change\n"


@pytest.mark.superslow
def test_an_image_that_is_out_of_date_is_built_unless_that_is_forbidden(
    workplace: Workplace,
) -> None:
    workplace.add_dir("one", _PASSES, **{"changelog.txt": _OUTDATED.format("outdated")})
    assert workplace.main_pytest().status == 0
    write_files(workplace.repo.root, {"one/devops/os_packages.txt": "bc\n"})
    told = workplace.main_pytest("--no-build")
    assert "is out of date: its inputs changed since it was built" in told.stdout
    assert "reused" not in told.stdout
    assert "outdated" in workplace.invoke("dirs").stdout
    done = workplace.main_pytest()
    assert "one: built" in done.stdout
    assert "out of date" not in done.stdout


@pytest.mark.superslow
def test_the_image_of_a_released_version_is_not_replaced(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES, **{"changelog.txt": _OUTDATED.format("released")})
    assert workplace.main_pytest().status == 0
    assert workplace.invoke("docker_tag_local_image_as_dev", "--dir", "one").status == 0
    write_files(workplace.repo.root, {"one/devops/os_packages.txt": "less\n"})
    done = workplace.main_pytest()
    assert "and 1.0.0 is released" in done.stdout
    assert "--bump minor" in done.stdout
    assert ": built " not in done.stdout


@pytest.mark.superslow
def test_a_saved_file_runs_what_it_affects_until_the_user_ends_it(workplace: Workplace) -> None:
    workplace.add_dir("one", _PASSES)
    workplace.add_dir("two", _PASSES)
    process = subprocess.Popen(
        [MAIN_PYTEST, "--watch"], cwd=workplace.repo.root, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    shown = _until(process.stdout, "watching 2 dirs")
    assert "one: testing" in shown
    assert "two: testing" in shown
    idle = set(workplace.containers())
    time.sleep(1)
    (workplace.repo.root / "two" / "test_it.py").write_text("def test_b(): assert False\n")
    (workplace.repo.root / "README.md").write_text("no input\n")
    shown = _until(process.stdout, "watching 2 dirs")
    assert "two: failed" in shown
    assert "one:" not in shown
    assert set(workplace.containers()) == idle, "the same containers"
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 1, "what the last run came to"


def _until(stream: IO[str], wanted: str) -> str:
    lines = []
    for line in stream:
        lines.append(line)
        if wanted in line:
            break
    return "".join(lines)


@pytest.mark.superslow
def test_an_engine_of_a_dirs_own_ends_with_its_tests(workplace: Workplace) -> None:
    tests = (
        "import subprocess\n"
        "def test_a():\n"
        "    ask = ['docker', 'ps', '--all', '--quiet']\n"
        "    assert subprocess.run(ask, check=True, capture_output=True).stdout == b''\n"
    )
    workplace.add_dir("one", tests, **{"devops/config.yaml": "dind: true\n"})
    done = workplace.main_pytest()
    assert done.status == 0, done.stdout
    assert workplace.containers() == []
    assert "reused" not in workplace.main_pytest().stdout
