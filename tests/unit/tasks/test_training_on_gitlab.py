"""Pipelines of GitLab's that ask for a training, against a forge that keeps what it is asked."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from helpers.forge.errors import ForgeError
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.results.training import TrainingResult, result_text
from helpers.model.training_job import TrainingJob, parse_job
from helpers.tasks import training_jobs
from helpers.tasks.training_jobs import Ask
from helpers.tasks.training_on_gitlab import ask
from helpers.tasks.training_replies import report
from tests.builders import adopting, commit_all, git, make_host, make_repo, make_runnable_dir
from tests.forges import FakeForge
from tests.trainings import HEAD, RESULT, SETTINGS

_PROJECT = "/projects/team%2Fshop"
_REQUEST = f"{_PROJECT}/merge_requests/12"
_NOTES = f"{_REQUEST}/notes"
_GET = f"GET {_REQUEST}"
_VERSIONS = f"GET {_REQUEST}/versions"
_JOB = TrainingJob(
    f"net lr=0.1 --dir apps/churn @{HEAD}", "apps-churn", "main", number=12, comment=31
)
_MARK = "<!-- i train: 31 -->"
_AGAIN = (
    "glab ci run --branch main --variables-env 'TRAIN:net lr=0.01 --dir apps/churn"
    f" @{HEAD}' --variables-env MERGE_REQUEST:12"
)


class Desk:
    """A repo on GitLab, and the job that answers."""

    def __init__(self, folder: Path, forge: FakeForge) -> None:
        self.forge, self.folder = forge, folder
        self.repo = self.make("{training: {}, runners: {default: [team, ephemeral]}}")
        self.child = folder / "train.yml"
        self.environment = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": forge.url,
            "CI_PROJECT_PATH": "team/shop",
            "CI_DEFAULT_BRANCH": "main",
            "CI_COMMIT_SHA": "c3" * 20,
            "CI_PIPELINE_ID": "31",
            "CI_PIPELINE_URL": "https://forge.example/p/31",
            "CI_PIPELINE_CREATED_AT": "2026-01-31T12:00:00Z",
            "GITLAB_TOKEN": "secret",
        }
        forge.answers = {
            _GET: (200, self.request()),
            _VERSIONS: (200, [self.version("2026-01-31T11:59:59.123Z")]),
            "GET /user": (200, {"id": 7}),
            f"GET {_NOTES}": (200, []),
            f"POST {_NOTES}": (201, {"id": 99}),
            f"PUT {_NOTES}/99": (200, {"id": 99}),
            f"GET {_PROJECT}/pipelines": (200, []),
        }

    def make(self, ci: str) -> Repo:
        repo = make_repo(self.folder / "repo", config=f"name: shop\nci: {ci}\n", commit=False)
        repo = adopting(repo, "helpers_root")
        make_runnable_dir(repo, "apps/churn", {"devops/train.yaml": SETTINGS})
        commit_all(repo.root)
        return repo

    @staticmethod
    def version(made: str) -> dict[str, Any]:
        return {"head_commit_sha": HEAD, "created_at": made}

    @staticmethod
    def request(*, state: str = "opened", fork: bool = False) -> dict[str, Any]:
        places = {"source_project_id": 2 if fork else 1, "target_project_id": 1}
        return {"state": state, "sha": HEAD, "target_branch": "main", **places}

    def ask(self, line: str, number: str = "12", **more: str) -> dict[str, Any]:
        """The pipeline that is made for what the variables say."""
        given = {**self.environment, "TRAIN": line, "MERGE_REQUEST": number, **more}
        self.child.unlink(missing_ok=True)
        ask(make_host(self.folder, given), self.repo, self.child)
        found: dict[str, Any] = yaml.safe_load(self.child.read_text())
        return found

    def answered(self, line: str, number: str) -> str:
        """The note that answers what trains nothing; empty: there is none."""
        given = {**self.environment, "TRAIN": line, "MERGE_REQUEST": number}
        self.child.unlink(missing_ok=True)
        before = len(self.forge.asked)
        ask(make_host(self.folder, given), self.repo, self.child)
        assert not self.child.exists()
        sent = [one for one in self.forge.asked[before:] if one.line == f"POST {_NOTES}"]
        return str(sent[-1].content["body"]) if sent else ""

    def refused(self, line: str, number: str = "12", **more: str) -> HelpersError:
        with pytest.raises(HelpersError) as caught:
            self.ask(line, number, **more)
        assert not self.child.exists()
        assert "POST" not in {one.method for one in self.forge.asked}
        return caught.value

    def report(self, job: TrainingJob = _JOB, **left: str) -> str:
        """The report of a job that left these files."""
        folder = self.folder / "left"
        for name, text in left.items():
            folder.mkdir(exist_ok=True)
            (folder / ("train.log" if name == "log" else f"{name}.json")).write_text(text)
        report(make_host(self.folder, self.environment), self.repo, job, folder)
        return (self.repo.root / "tmp.helpers/report/report.md").read_text()

    def keep(self, **results: TrainingResult) -> None:
        """Pipelines of the default branch, whose reports have these results."""
        listed = [{"id": int(name[1:])} for name in results]
        answers = self.forge.answers
        answers[f"GET {_PROJECT}/pipelines"] = lambda one: (
            (200, listed) if "source=web" in one.query else (200, [])
        )
        for name, result in results.items():
            id = int(name[1:])
            bridges = [
                {"name": "dirs", "downstream_pipeline": {"id": 1}},
                {"name": "train", "downstream_pipeline": {"id": id + 100}},
            ]
            answers[f"GET {_PROJECT}/pipelines/{id}/bridges"] = (200, bridges)
            jobs = [
                {"id": id + 200, "name": job, "artifacts_file": {"size": 900}}
                for job in ("trained-apps-churn", "report-trained-apps-churn")
            ]
            jobs[-1]["id"] = id + 300
            answers[f"GET {_PROJECT}/pipelines/{id + 100}/jobs"] = (200, jobs)
            path = f"{_PROJECT}/jobs/{id + 300}/artifacts/tmp.helpers/report/result.json"
            answers[f"GET {path}"] = (200, result_text(result).encode())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with FakeForge({}) as forge:
        yield Desk(tmp_path, forge)


def test_the_head_of_a_merge_request_is_trained_and_a_note_says_so(desk: Desk) -> None:
    child = desk.ask("net lr=0.1")
    train, told = child["asked-apps-churn"], child["report-asked-apps-churn"]["variables"]
    assert train["variables"]["COMMIT"] == HEAD
    assert train["tags"] == ["team", "ephemeral"]
    assert parse_job(told["ASKED"]) == _JOB
    (sent,) = [one for one in desk.forge.asked if one.method == "POST"]
    assert sent.line == f"POST {_NOTES}"
    text = str(sent.content["body"])
    assert text.startswith(f"{_MARK}\n`apps/churn`: `net` at `a1a1a1a1a1a1`: waits or runs")
    assert "https://forge.example/p/31" in text
    assert "--variables-env MERGE_REQUEST:12`" in text
    # The line of a comment is understood, too.
    assert desk.ask("/train net lr=0.1", "!12")["asked-apps-churn"] == train


def test_without_a_merge_request_the_default_branch_is_trained(desk: Desk) -> None:
    child = desk.ask("net", "")
    assert child["trained-apps-churn"]["variables"]["COMMIT"] == "c3" * 20
    assert desk.forge.asked == []
    assert "is of c3c3" in desk.refused("net @b2b2b2b2", "").what


@pytest.mark.parametrize(
    ("line", "number", "what", "fix"),
    [
        ("", "12", "the variable TRAIN is empty", "TRAIN=MODEL name=value"),
        ("net", "twelve", "found 'twelve'", "write it as 12"),
        ("net", "0", "found '0'", "write it as 12"),
        ("net lr=$(touch x)", "12", "found 'lr=$(touch'", "write MODEL name=value"),
        ("net lr=fast", "12", "from 1e-6 to 1, found 'fast'", "--variables-env 'TRAIN:net lr=0.01"),
        ("tree", "", "the model is net or olsr", "--variables-env 'TRAIN:net lr=0.01"),
        ("net @b2b2b2b2", "12", "is not the head of !12", _AGAIN),
    ],
)
def test_what_is_wrong_is_refused_with_what_to_type(
    desk: Desk, line: str, number: str, what: str, fix: str
) -> None:
    error = desk.refused(line, number)
    assert what in error.what
    assert fix in error.fix


def test_what_is_closed_or_was_pushed_after_the_start_is_not_trained(desk: Desk) -> None:
    desk.forge.answers[_GET] = (200, desk.request(state="merged"))
    assert desk.refused("net").what == "!12 is closed"
    desk.forge.answers[_GET] = (200, desk.request())
    for versions in ([], [desk.version("2026-01-31T12:00:00Z")]):
        desk.forge.answers[_VERSIONS] = (200, versions)
        assert desk.refused("net").fix == _AGAIN
    assert "at a desk" in desk.refused("net", CI_PIPELINE_CREATED_AT="today").fix
    assert desk.ask(f"net @{HEAD[:8]}")["asked-apps-churn"]["variables"]["COMMIT"] == HEAD


def test_of_a_fork_the_commit_is_said_in_full_and_its_runner_is_thrown_away(desk: Desk) -> None:
    desk.forge.answers[_GET] = (200, desk.request(fork=True))
    error = desk.refused("net")
    assert "!12 is of a fork" in error.what
    assert "@COMMIT' --variables-env MERGE_REQUEST:12   (all 40 digits of it)" in error.fix
    assert desk.ask(f"net @{HEAD}")
    # A label of GitHub's own runners says nothing here.
    desk.forge.asked.clear()
    desk.repo = desk.make("{training: {}, runners: {default: [ubuntu-latest]}}")
    assert "a runner that lives on" in desk.refused(f"net @{HEAD}").what
    desk.repo = desk.make("{training: {}, runners: {default: [saas-linux-small-amd64]}}")
    assert desk.ask(f"net @{HEAD}")


def test_without_a_token_git_says_the_head_and_it_counts_as_that_of_a_fork(desk: Desk) -> None:
    bare = desk.folder / "origin"
    git(desk.repo.root, "clone", "--quiet", "--bare", str(desk.repo.root), str(bare))
    git(desk.repo.root, "remote", "add", "origin", str(bare))
    head = git(bare, "rev-parse", "HEAD")
    git(bare, "update-ref", "refs/merge-requests/12/head", head)
    del desk.environment["GITLAB_TOKEN"]
    desk.forge.answers[_GET] = (404, {"message": "404 Not Found"})
    assert "!12 is of a fork" in desk.refused("net").what
    assert "no merge request !13" in desk.refused("net", "13").what
    assert desk.ask(f"net @{head}")["asked-apps-churn"]["variables"]["COMMIT"] == head
    assert "POST" not in {one.method for one in desk.forge.asked}
    desk.environment["GITLAB_TOKEN"] = "secret"
    with pytest.raises(ForgeError):
        desk.ask(f"net @{head}")


def test_a_report_changes_the_note_of_its_pipeline_and_no_other(desk: Desk) -> None:
    there = [
        {"id": 70, "body": f"{_MARK}\nforged", "author": {"id": 8}},
        {"id": 71, "body": "<!-- i train: 3 -->\nold", "author": {"id": 7}},
        {"id": 99, "body": f"{_MARK}\nold", "author": {"id": 7}},
    ]
    desk.forge.answers[f"GET {_NOTES}"] = (200, there)
    other = replace(RESULT, metrics={"rmse": 0.75}, commit="b" * 40)
    desk.keep(p5=replace(other, model="olsr"), p4=other, p3=replace(other, metrics={"rmse": 0.9}))
    text = desk.report(result=result_text(RESULT))
    (sent,) = [one for one in desk.forge.asked if one.method in ("POST", "PUT")]
    assert sent.line == f"PUT {_NOTES}/99"
    assert sent.content["body"] == f"{_MARK}\n{text}".rstrip("\n")
    assert "| `rmse` | lower | 0.5 | 0.75 | -0.25, better |" in text
    assert "git fetch origin merge-requests/12/head && git switch --detach" in text
    assert f"'TRAIN:net lr=0.1 seed=7 --dir apps/churn @{HEAD}'" in text
    kept = desk.repo.root / "tmp.helpers/report/result.json"
    assert json.loads(kept.read_text()) == json.loads(result_text(RESULT))


def test_without_a_result_of_the_branch_the_report_says_how_to_make_one(desk: Desk) -> None:
    text = desk.report(result=result_text(RESULT))
    made = "`glab ci run --branch main --variables-env 'TRAIN:net lr=0.1 --dir apps/churn'`"
    assert made in text
    desk.forge.answers[f"GET {_PROJECT}/pipelines"] = (403, {"message": "no"})
    assert "The last result of `main` is not known" in desk.report()


def test_without_a_token_the_report_is_printed_and_kept(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    del desk.environment["GITLAB_TOKEN"]
    text = desk.report(log="last words\n")
    printed = capsys.readouterr().out
    assert text in printed
    assert "`apps/churn`: `net` at `a1a1a1a1a1a1`: failed" in text
    assert " last words" in text
    assert "there is no GITLAB_TOKEN: nothing is written below !12" in printed
    assert desk.forge.asked == []
    assert not (desk.repo.root / "tmp.helpers/report/result.json").exists()


def test_the_result_of_another_training_is_reported_below_no_merge_request(desk: Desk) -> None:
    text = desk.report(result=result_text(replace(RESULT, commit="b" * 40)))
    assert "is of another training" in text
    assert "rmse" not in text
    assert not (desk.repo.root / "tmp.helpers/report/result.json").exists()
    own = replace(_JOB, number=0)
    desk.forge.asked.clear()
    assert "| `rmse` | lower | 0.5 |\n" in desk.report(own, result=result_text(RESULT))
    assert desk.forge.asked == []


def test_help_is_a_note_and_makes_no_pipeline(
    desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    text = desk.answered(" /train help\n", "12")
    assert text.startswith(f"{_MARK}\nWrite on a line of its own: `glab ci run --branch main")
    assert "'TRAIN:MODEL name=value ... [--dir DIR] [@COMMIT]' --variables-env MERGE_" in text
    assert "TRAIN:cancel --variables-env MERGE_REQUEST:12`" in text
    assert "`apps/churn`: `net`, `olsr`" in text
    # Without a merge request it stands in the log.
    assert desk.answered("help", "") == ""
    assert "| `lr` | a number from 1e-6 to 1 | `0.01` |" in capsys.readouterr().out


def test_cancel_ends_what_was_asked_for_of_the_merge_request_and_nothing_else(desk: Desk) -> None:
    desk.ask("net", CI_PIPELINE_ID="40")
    waits = str(desk.forge.asked[-1].content["body"])
    assert "- to end it: `glab ci run --branch main --variables-env TRAIN:cancel" in waits

    def note(id: int, body: str, author: int = 7) -> dict[str, Any]:
        return {"id": id, "body": body, "author": {"id": author}}

    def of(pipeline: int) -> str:
        return waits.replace("i train: 40 ", f"i train: {pipeline} ")

    # One runs, one is at its end, one was reported, and one is by somebody else.
    notes = [note(70, of(40)), note(71, of(41)), note(72, of(42).replace(": waits", ": failed"))]
    notes += [note(73, of(43), author=8), note(74, f"see\n{of(44)}")]
    desk.forge.answers[f"GET {_NOTES}"] = (200, notes)
    for pipeline, status in ((40, "running"), (41, "success"), *((n, "running") for n in (42, 43))):
        path = f"{_PROJECT}/pipelines/{pipeline}"
        desk.forge.answers[f"GET {path}"] = (200, {"status": status})
        desk.forge.answers[f"POST {path}/cancel"] = (200, {})
    desk.forge.answers[f"PUT {_NOTES}/70"] = (200, {})
    desk.forge.asked.clear()
    text = desk.answered("cancel", "12")
    sent = {one.line: one.content for one in desk.forge.asked if one.method != "GET"}
    assert list(sent) == [
        f"POST {_PROJECT}/pipelines/40/cancel",
        f"PUT {_NOTES}/70",
        f"POST {_NOTES}",
    ]
    changed = sent[f"PUT {_NOTES}/70"]["body"]
    assert changed.startswith(
        "<!-- i train: 40 -->\n`apps/churn`: `net` at `a1a1a1a1a1a1`: canceled"
    )
    assert "to end it" not in changed
    assert "Canceled 1 of the runs" in text


def test_what_cannot_be_canceled_from_here_says_where_it_can(desk: Desk) -> None:
    assert "MERGE_REQUEST is empty" in desk.refused("cancel", "").what
    del desk.environment["GITLAB_TOKEN"]
    error = desk.refused("cancel", "12")
    assert "there is no GITLAB_TOKEN" in error.what
    assert "on its page" in error.fix
    assert "found 'now'" in desk.refused("cancel now", "12").what


def test_options_that_do_not_go_together_are_refused(tmp_path: Path) -> None:
    for wanted, said in ((Ask(event="gitlab"), "required"), (Ask(event="x", child="y"), "GitLab")):
        with pytest.raises(HelpersError, match=said) as caught:
            training_jobs.train_ask._job(make_host(tmp_path), wanted)
        assert caught.value.fix
