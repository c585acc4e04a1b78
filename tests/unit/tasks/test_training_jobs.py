"""Comments that ask for a training, against a forge that keeps what it is asked."""

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from helpers.forge.errors import ForgeError
from helpers.forge.github import GitHub
from helpers.forge.place import find_place
from helpers.forge.session import Session
from helpers.model.repo import Repo
from helpers.model.results.training import TrainingResult, TrainingState, result_text
from helpers.model.training_job import Comment, TrainingJob, parse_job
from helpers.registry.access import Access
from helpers.registry.retry_budget import RetryBudget
from helpers.system.host import Host
from helpers.tasks.training_jobs import answer
from helpers.tasks.training_replies import report
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir, write_files
from tests.forges import FakeForge
from tests.trainings import HEAD, RESULT, SETTINGS

_ROOT = "/repos/team/shop"
_COMMENTS = f"{_ROOT}/issues/12/comments"
_PULL = f"GET {_ROOT}/pulls/12"
_SUITES = f"GET {_ROOT}/commits/{HEAD}/check-suites"
_MAY = f"GET {_ROOT}/collaborators/ann/permission"
_KEPT = f"GET {_ROOT}/actions/artifacts"
_MARK = "<!-- i train: 5 -->"
_SAID = datetime(2026, 1, 31, 12, tzinfo=UTC)
_JOB = TrainingJob(
    f"net lr=0.1 --dir apps/churn @{HEAD}", "apps-churn", "main", number=12, comment=5
)


class Desk:
    """A repo, its forge, and the job that answers."""

    def __init__(self, folder: Path, forge: FakeForge) -> None:
        self.forge = forge
        self.folder = folder
        self.repo = make_repo(folder / "repo", config="name: shop\nci: {training: {}}\n")
        make_runnable_dir(self.repo, "apps/churn", {"devops/train.yaml": SETTINGS})
        commit_all(self.repo.root)
        self.output = folder / "output"
        environment = {
            "GITHUB_API_URL": forge.url,
            "GITHUB_REPOSITORY": "team/shop",
            "GITHUB_TOKEN": "secret",
            "GITHUB_SERVER_URL": "https://forge.example",
            "GITHUB_RUN_ID": "31",
            "GITHUB_OUTPUT": str(self.output),
            "ENDED": "success",
        }
        self.host: Host = make_host(folder, environment)
        access = Access(self.host, None, budget=RetryBudget(total=0.1), certificates_folder=folder)
        self.github = GitHub(Session(find_place(environment), access))
        forge.answers = {
            _MAY: (200, {"permission": "write"}),
            _PULL: (200, self.pull()),
            _SUITES: (200, {"check_suites": [{"created_at": "2026-01-31T11:59:59Z"}]}),
            f"GET {_COMMENTS}": (200, []),
            f"POST {_COMMENTS}": (201, {"id": 99}),
            f"PATCH {_ROOT}/issues/comments/99": (200, {"id": 99}),
            _KEPT: (200, {"artifacts": []}),
        }

    def pull(self, *, fork: bool = False, state: str = "open") -> dict[str, Any]:
        head = {"sha": HEAD, "repo": {"id": 2 if fork else 1}}
        return {"state": state, "head": head, "base": {"ref": "main", "repo": {"id": 1}}}

    def fork(self, **changes: Any) -> None:
        self.forge.answers[_PULL] = (200, self.pull(fork=True) | changes)

    def say(self, text: str, *, on_issue: bool = False, repo: Repo | None = None) -> str:
        """What is replied to a comment."""
        comment = Comment(5, 12, not on_issue, "ann", _SAID, text)
        answer(self.host, repo or self.repo, self.github, comment)
        (sent,) = [one for one in self.forge.asked if one.method in ("POST", "PATCH")]
        return str(sent.content["body"])

    @property
    def told(self) -> dict[str, str]:
        """What the next jobs are told."""
        lines = self.output.read_text().splitlines() if self.output.exists() else []
        return dict(line.split("=", 1) for line in lines)

    def report(self, job: TrainingJob = _JOB, **left: str) -> str:
        """What is replied where a job left these files."""
        folder = self.folder / "left"
        for name, text in left.items():
            path = folder / name / ("train.log" if name == "log" else "result.json")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        mine = {"id": 99, "body": f"{_MARK}\nwaits", "user": {"type": "Bot"}}
        others = [{**mine, "id": 98, "body": f"{mine['body']} 6".replace(" 5 ", " 6 ")}]
        self.forge.answers[f"GET {_COMMENTS}"] = (200, [*others, mine])
        report(self.host, self.repo, job, folder)
        (sent,) = [one for one in self.forge.asked if one.method in ("POST", "PATCH")]
        assert sent.line == f"PATCH {_ROOT}/issues/comments/99"
        return str(sent.content["body"])


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with FakeForge({}) as forge:
        yield Desk(tmp_path, forge)


def test_who_may_write_has_the_head_of_a_branch_trained(desk: Desk) -> None:
    reply = desk.say("Nice.\n/train net lr=0.1")
    assert reply.startswith("<!-- i train: 5 -->\n`apps/churn`: `net` at `a1a1a1a1a1a1`: waits")
    assert "https://forge.example/team/shop/actions/runs/31" in reply
    assert parse_job(desk.told["asked"]) == _JOB
    assert desk.told["request"] == _JOB.request
    assert (desk.told["commit"], desk.told["dir"]) == (HEAD, "apps/churn")
    assert json.loads(desk.told["runner"]) == ["ubuntu-latest"]
    assert desk.told["kept"] == "asked-apps-churn"
    assert {one.authorization for one in desk.forge.asked} == {"Bearer secret"}


def test_a_job_that_runs_again_changes_its_own_reply(desk: Desk) -> None:
    mark = _MARK
    there = [
        {"id": 70, "body": f"{mark}\nforged", "user": {"type": "User"}},
        {"id": 71, "body": f"see {mark}", "user": {"type": "Bot"}},
        {"id": 99, "body": f"{mark}\nold", "user": {"type": "Bot"}},
    ]
    desk.forge.answers[f"GET {_COMMENTS}"] = (200, there)
    desk.say("/train net")
    assert f"PATCH {_ROOT}/issues/comments/99" in desk.forge.lines


@pytest.mark.parametrize(
    ("text", "said", "fix"),
    [
        (
            "/train net lr=fast",
            "`lr is a number from 1e-6 to 1, found 'fast'`",
            "`/train net lr=0.01`",
        ),
        ("/train net lr=NaN", "found 'NaN'", "`/train net lr=0.01`"),
        ("/train net lr=$(touch x)", "found 'lr=$(touch'", "`/train MODEL name=value"),
        ("/train `touch x`", "found ''touch'", "`/train MODEL name=value"),
        ("/train tree", "the model is net or olsr", "`/train net lr=0.01`"),
        ("/train net --dir apps/other", "found 'apps/other'", "`/train net --dir apps/churn`"),
        (
            "/train net @1234567",
            "1234567 is not the head of #12",
            f"`/train net lr=0.01 --dir apps/churn @{HEAD}`",
        ),
    ],
)
def test_what_is_wrong_is_replied_with_what_to_type(
    desk: Desk, text: str, said: str, fix: str
) -> None:
    reply = desk.say(text)
    assert said in reply
    assert fix in reply
    assert desk.told == {}


def test_what_is_no_new_request_of_a_writer_below_an_open_pull_request_starts_nothing(
    desk: Desk,
) -> None:
    assert "is an issue" in desk.say("/train net", on_issue=True)
    desk.forge.asked.clear()
    desk.forge.answers[_PULL] = (200, desk.pull(state="closed"))
    assert "#12 is closed" in desk.say("/train net")
    for may in ((200, {"permission": "read"}), (404, {"message": "Not Found"})):
        desk.forge.asked.clear()
        desk.forge.answers[_MAY] = may
        assert "who may write to this repo can train" in desk.say("/train help")
        assert desk.forge.lines[0] == _MAY
    assert desk.told == {}


@pytest.mark.parametrize("suites", [[], ["2026-01-31T12:00:00Z"], ["2026-01-31T13:00:00Z"]])
def test_a_push_after_the_comment_is_not_trained_unless_it_is_said(
    desk: Desk, suites: list[str]
) -> None:
    desk.forge.answers[_SUITES] = (200, {"check_suites": [{"created_at": one} for one in suites]})
    reply = desk.say("/train net")
    assert f"`/train net lr=0.01 --dir apps/churn @{HEAD}`" in reply
    assert desk.told == {}
    desk.forge.asked.clear()
    desk.say(f"/train net @{HEAD[:7]}")
    assert desk.told["commit"] == HEAD


def test_of_a_fork_the_commit_is_said_in_full(desk: Desk) -> None:
    desk.fork()
    for text in ("/train net", f"/train net @{HEAD[:39]}", f"/train net @{'0' * 40}"):
        reply = desk.say(text)
        assert "of a fork" in reply
        assert HEAD not in reply
        desk.forge.asked.clear()
    assert desk.told == {}
    desk.say(f"/train net @{HEAD}")
    assert desk.told["commit"] == HEAD
    desk.forge.asked.clear()
    desk.fork(head={"sha": HEAD, "repo": None})
    assert "of a fork" in desk.say("/train net")


@pytest.mark.parametrize(
    ("forks", "labels", "said"),
    [
        ("never", "[ubuntu-latest]", "forks are not trained"),
        ("ephemeral", "[self-hosted, gpu]", "a runner that lives on: self-hosted, gpu"),
        ("ephemeral", "[self-hosted, ubuntu-latest]", "a runner that lives on"),
        ("ephemeral", "[self-hosted, ephemeral]", ""),
        ("ephemeral", "[ubuntu-24.04-arm]", ""),
        ("always", "[self-hosted, gpu]", ""),
    ],
)
def test_a_strangers_code_meets_the_runners_that_the_repo_lets_it(
    desk: Desk, forks: str, labels: str, said: str
) -> None:
    desk.fork()
    config = f"name: shop\nci: {{training: {{forks: {forks}}}, runners: {{default: {labels}}}}}\n"
    repo = make_repo(desk.repo.root, config=config)
    reply = desk.say(f"/train net @{HEAD}", repo=repo)
    assert said in reply
    assert bool(desk.told) is not bool(said)


def test_of_several_dirs_one_is_named(desk: Desk) -> None:
    make_runnable_dir(desk.repo, "apps/other", {"devops/train.yaml": SETTINGS})
    commit_all(desk.repo.root)
    assert "`/train net --dir apps/churn`" in desk.say("/train net")
    desk.forge.asked.clear()
    desk.say("/train net --dir apps/other/")
    assert desk.told["dir"] == "apps/other"


def test_help_says_what_there_is(desk: Desk) -> None:
    reply = desk.say("/train help", on_issue=True)
    assert "`apps/churn`: `net`, `olsr`" in reply
    assert "| `lr` | a number from 1e-6 to 1 | `0.01` |" in reply
    assert desk.told == {}


def test_cancel_ends_the_runs_of_the_pull_request_and_no_other(desk: Desk) -> None:
    runs = [
        {"id": 30, "display_title": "train #12"},
        {"id": 31, "display_title": "train #12"},
        {"id": 32, "display_title": "train #120"},
    ]
    desk.forge.answers[f"GET {_ROOT}/actions/workflows/train.yml/runs"] = (
        200,
        {"workflow_runs": runs},
    )
    ended = f"POST {_ROOT}/actions/runs/30/cancel"
    desk.forge.answers[ended] = (202, {})
    answer(desk.host, desk.repo, desk.github, Comment(5, 12, True, "ann", _SAID, "/train cancel"))
    posts = [one for one in desk.forge.asked if one.method == "POST"]
    assert [one.line for one in posts] == [ended, f"POST {_COMMENTS}"]
    assert "Canceled 1 of the runs that were asked for here" in posts[-1].content["body"]
    assert desk.told == {}


def test_where_the_forge_does_not_answer_nothing_is_trained(desk: Desk) -> None:
    desk.forge.answers[_PULL] = (403, {"message": "no"})
    with pytest.raises(ForgeError, match="refused with status 403"):
        desk.say("/train net")
    assert desk.told == {}


def test_a_result_is_compared_with_the_last_one_of_the_branch(desk: Desk) -> None:
    def kept(id: int, branch: str, day: int) -> dict[str, Any]:
        made = f"2026-01-{day:02}T00:00:00Z"
        run = {"head_branch": branch, "repository_id": 1, "head_repository_id": 1 + (id == 5)}
        more = {"expired": False, "size_in_bytes": 900, "created_at": made}
        return {"id": id, "workflow_run": run, **more}

    def archive(result: TrainingResult) -> bytes:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as made:
            made.writestr("apps/churn/results/x/result.json", result_text(result))
        return file.getvalue()

    # Another branch's, and that of a fork whose branch has the same name, are no result of it.
    listed = [kept(1, "main", 3), kept(2, "main", 9), kept(3, "topic", 20), kept(4, "main", 8)]
    listed.append(kept(5, "main", 21))
    desk.forge.answers[_KEPT] = (200, {"artifacts": listed})
    other = replace(RESULT, metrics={"rmse": 0.75}, commit="b" * 40)
    for id, content in (
        (1, archive(replace(RESULT, metrics={"rmse": 0.9}))),
        (2, archive(replace(other, model="olsr"))),
        (4, archive(other)),
    ):
        desk.forge.answers[f"GET {_ROOT}/actions/artifacts/{id}/zip"] = (200, content)
    reply = desk.report(result=result_text(RESULT))
    assert reply.startswith("<!-- i train: 5 -->\n")
    assert "succeeded in 12.5 s" in reply
    assert "| metric | better | here | `main` | difference |" in reply
    assert "| `rmse` | lower | 0.5 | 0.75 | -0.25, better |" in reply
    assert f"`/train net lr=0.1 seed=7 --dir apps/churn @{HEAD}`" in reply
    assert "`sha256:cccccccccccc`" in reply
    assert (
        f"`git fetch origin pull/12/head && git switch --detach {HEAD}"
        " && i train net lr=0.1 seed=7 --dir apps/churn`" in reply
    )
    assert "name=trained-apps-churn" in desk.forge.asked[0].query
    assert not any(f"artifacts/{id}/" in line for id in (1, 3, 5) for line in desk.forge.lines)


def test_without_a_result_of_the_branch_the_reply_says_how_to_make_one(desk: Desk) -> None:
    reply = desk.report(result=result_text(RESULT))
    assert "| `rmse` | lower | 0.5 | - | - |" in reply
    assert "gh workflow run train.yml --ref main -f 'request=net lr=0.1 --dir apps/churn'" in reply


def test_a_result_is_reported_where_that_of_the_branch_is_not_known(desk: Desk) -> None:
    desk.forge.answers[_KEPT] = (403, {"message": "no"})
    reply = desk.report(result=result_text(RESULT))
    assert "| `rmse` | lower | 0.5 | - | - |" in reply
    assert "is not known: `127.0.0.1" in reply


def test_a_branchs_own_result_is_in_the_summary_of_its_run(desk: Desk) -> None:
    summary = desk.folder / "summary.md"
    told = {**desk.host.environment, "GITHUB_STEP_SUMMARY": str(summary)}
    desk.host = replace(desk.host, environment=told)
    folder = desk.folder / "left"
    write_files(folder, {"result.json": result_text(RESULT)})
    report(desk.host, desk.repo, replace(_JOB, number=0), folder)
    assert (
        "| metric | better | here |\n|---|---|---|\n| `rmse` | lower | 0.5 |\n"
        in summary.read_text()
    )
    assert desk.forge.asked == []


def test_a_failure_is_shown_with_the_last_lines_as_text(desk: Desk) -> None:
    failed = replace(
        RESULT,
        state=TrainingState.FAILED,
        metrics={},
        problem="the command wrote no m.json, where rmse should be | `x` @ann <img src=x>",
        last_lines=("````", "</details> @ann", "::set-output name=x::y", "/train net", "\x1b[2J"),
    )
    reply = desk.report(result=result_text(failed))
    assert "failed in 12.5 s" in reply
    assert "`the command wrote no m.json, where rmse should be | 'x' @ann <img src=x>`" in reply
    assert "`````text\n ````\n </details> @ann\n" in reply
    assert "\n /train net\n" in reply
    assert "\x1b" not in reply


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"commit": "b" * 40}, "is of another training"),
        ({"dir": "apps/other"}, "is of another training"),
        ({"model": "olsr"}, "is of another training"),
        ({"parameters": {"lr": 0.2}}, "is of another training"),
        ({"parameters": {"lr": 0.1, "x": 1}}, "is of another training"),
        ({"metrics": {"rmse": float("nan")}}, "what no training leaves"),
        ({"metrics": {"rmse": 10**400}}, "what no training leaves"),
        ({"metrics": {"a | b": 1.0}}, "what no training leaves"),
        ({"better": {}}, "what no training leaves"),
        ({"better": {"rmse": ["lower"]}}, "what no training leaves"),
        ({"state": "great"}, "what no training leaves"),
        ({"seconds": "12"}, "what no training leaves"),
        ({"seconds": float("inf")}, "what no training leaves"),
        ({"last_lines": "x"}, "what no training leaves"),
        ({"image_digest": "`x`"}, "what no training leaves"),
        ({"seed": True}, "not what a training left"),
        ({"format": 2}, "not what a training left"),
    ],
)
def test_a_result_that_no_training_of_this_left_is_not_shown(
    desk: Desk, changes: dict[str, Any], said: str
) -> None:
    forged = json.loads(result_text(RESULT)) | changes
    reply = desk.report(result=json.dumps(forged), log="last words\n")
    assert said in reply
    assert "rmse" not in reply
    assert " last words" in reply


def test_two_results_or_a_large_one_are_not_shown(desk: Desk) -> None:
    text = result_text(RESULT)
    assert "left several results" in desk.report(one=text, two=text)
    (desk.folder / "left" / "two" / "result.json").unlink()
    desk.forge.asked.clear()
    assert "is too large" in desk.report(one=" " * 1_000_000 + text)


def test_a_job_that_left_nothing_is_reported_as_it_ended(desk: Desk) -> None:
    desk.host = replace(desk.host, environment={**desk.host.environment, "ENDED": "cancelled"})
    reply = desk.report()
    assert "canceled" in reply
    assert f"`/train {_JOB.request}`" in reply


def test_a_log_is_cut(desk: Desk) -> None:
    reply = desk.report(log="x" * 2_000_000 + "\n" + "y\n" * 1000)
    assert len(reply) < 2000
