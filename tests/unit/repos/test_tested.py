"""What the tests of many repos come to, read from what their runs left."""

import json
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.repo_commands import CommandOutcome, CommandState, TestedDir, TestedRepo
from helpers.model.results.results import Verdict
from helpers.repos.open_repos import OpenedRepo
from helpers.repos.tested import exit_status_of, read_tested, start_tests, verdict_of
from helpers.repos.tests_page import render_page
from helpers.system.lease import RESULTS_FOLDER
from helpers.tasks.test_repos import without_repos
from helpers.testing.exit_status import ExitStatus
from helpers.testing.history import SUMMARY
from helpers.vcs.listed_repos import ListedRepo
from tests.builders import make_repo, write_files

_RUN = "20260102-030405-abcdef"
_ENDED = f"took 1.0 s, results in {RESULTS_FOLDER}/{_RUN}/report.html"


def _outcome(status: int | None, *lines: str, repo: str = "shop") -> CommandOutcome:
    state = CommandState.FAILED if status else CommandState.PASSED
    return CommandOutcome(repo, state, status, 1.0, "", "", lines)


def _tested(*statuses: int | None) -> list[TestedRepo]:
    return [TestedRepo(_outcome(status)) for status in statuses]


@pytest.mark.parametrize(
    ("statuses", "status", "verdict"),
    [
        ((0, 0), ExitStatus.PASSED, Verdict.GOOD),
        ((0, 3), ExitStatus.PASSED, Verdict.GOOD),
        ((3,), ExitStatus.NO_TESTS, Verdict.NOTICE),
        ((0, 1, 3), ExitStatus.FAILED, Verdict.BAD),
        ((0, 1, 2), ExitStatus.ERROR, Verdict.BAD),
        # What did not run has no status.
        ((0, None), ExitStatus.ERROR, Verdict.BAD),
        ((0, 127), ExitStatus.ERROR, Verdict.BAD),
    ],
)
def test_the_worst_repo_decides(
    statuses: tuple[int | None, ...], status: ExitStatus, verdict: Verdict
) -> None:
    assert exit_status_of(_tested(*statuses)) is status
    assert verdict_of(status) is verdict


def test_dirs_are_read_from_the_run_that_the_log_names(tmp_path: Path) -> None:
    failed = {"state": "failed", "passed": 2, "failures": ["tests/test_a.py::test_b"]}
    passed = {"state": "passed", "passed": 3, "failures": [], "reused": "an earlier run"}
    summary = {"suite": "fast", "ended": "", "dirs": {"apps/a": failed, "apps/b": passed}}
    folder = f"{RESULTS_FOLDER}/{_RUN}"
    write_files(tmp_path, {f"{folder}/{SUMMARY}": json.dumps(summary)})
    opened = OpenedRepo(ListedRepo("shop", tmp_path, "", "repos.txt:1"))
    (read,) = read_tested(
        [opened], [_outcome(1, _ENDED, f"kept in {RESULTS_FOLDER}/another/log.txt")]
    )
    assert read.dirs == (
        TestedDir("apps/a", "failed", 2, ("tests/test_a.py::test_b",)),
        TestedDir("apps/b", "passed (reused)", 3, ()),
    )
    assert (read.passed, read.failed) == (5, 1)
    assert read.report == str(tmp_path / folder / "report.html")
    (none,) = read_tested([opened], [_outcome(2, "error: no engine answers")])
    assert (none.report, none.dirs) == ("", ())


def test_a_repo_without_the_toolchain_is_told_so(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "plain")
    with pytest.raises(HelpersError, match="no toolchain"):
        start_tests(())(repo.root)


def test_each_repo_gets_the_command_line_without_the_list() -> None:
    words = ["--repos", "r.txt", "--suite", "all", "-j", "8", "--json", "--", "--repos", "-j"]
    assert without_repos(words) == ["--suite", "all", "--", "--repos", "-j"]
    assert without_repos(["--repos=r.txt", "-j8", "--jobs=2", "--coverage"]) == ["--coverage"]


def test_the_page_shows_every_dir_and_leads_to_each_repos_page(tmp_path: Path) -> None:
    report = tmp_path / "a <b>" / "report.html"
    dirs = (TestedDir("apps/x", "passed (reused)", 3, ()), TestedDir(".", "failed", 0, ("t::a",)))
    tested = [
        TestedRepo(_outcome(1), "1.4.0", str(report), dirs),
        TestedRepo(_outcome(None, repo="<lost>")),
    ]
    page = render_page(tested, Verdict.BAD, {"list": "r.txt"})
    assert "1 repo failed, 1 repo in error" in page
    assert ">.<" not in page, "a root is called by its repo's name"
    assert report.as_uri() in page
    assert "&lt;lost&gt;" in page
    assert "<lost>" not in page
    assert "t::a" in page
