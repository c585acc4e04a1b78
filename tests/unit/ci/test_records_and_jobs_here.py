"""What jobs recorded, brought together; and a job as it is typed at a desk."""

from pathlib import Path

import pytest

from helpers.ci.chosen_job import chosen_steps
from helpers.ci.keep_records import keep_records
from helpers.ci.pipelines import CiRepo
from helpers.ci.run_here import run_steps, typed_steps
from helpers.model.errors import HelpersError
from helpers.model.pipeline import Artifact, Cache, Fact, Job, JobImage, Step
from helpers.model.settings.ci_config import CiConfig
from helpers.model.settings.deploy_config import Deployment
from helpers.model.settings.publish_config import Publication
from helpers.testing.history import recorded_seconds, write_seconds
from helpers.testing.reuse.store import FolderStore, results_folder
from tests.builders import make_repo, make_runnable_dir, write_files

_KEY = "ab" + "0" * 62
_LAST = "cd" + "0" * 30


def test_records_of_several_jobs_are_brought_together(tmp_path: Path) -> None:
    write_seconds(tmp_path, {"a": 1.0, "b": 2.0})
    brought = tmp_path / "tmp.helpers" / "ci"
    write_files(
        brought,
        {
            # Both had what was known before; each has a newer time of its own dir.
            "tests-a/durations.json": '{"a": 5.0, "b": 2.0}',
            f"tests-a/results/ab/{_KEY}": "a pass",
            f"tests-a/results/last/cd/{_LAST}": "{}",
            "tests-b/durations.json": '{"a": 1.0, "b": 7.0}',
            # With one path alone an artefact begins below it.
            f"tests-c/ef/{_KEY.replace('ab', 'ef')}": "another",
            "tests-d/durations.json": "no json",
        },
    )
    assert keep_records(tmp_path, brought) == 3
    assert recorded_seconds(tmp_path) == {"a": 5.0, "b": 7.0}
    assert FolderStore(results_folder(tmp_path)).read(_KEY) == "a pass"
    assert FolderStore(results_folder(tmp_path) / "last").read(_LAST) == "{}"
    assert keep_records(tmp_path, brought) == 0


def test_times_come_from_runs_in_the_repo_too(tmp_path: Path) -> None:
    dirs = '{"a": {"seconds": 5, "reused": ""}, "b": {"seconds": 0.1, "reused": "run 1"}}'
    runs = {
        "tmp.main_pytest/20260101-x/summary.json": f'{{"dirs": {dirs}}}',
        "tmp.main_pytest/20260101-y/summary.json": "cut sho",
    }
    write_files(tmp_path, runs)
    keep_records(tmp_path, tmp_path / "nowhere")
    assert recorded_seconds(tmp_path) == {"a": 5.0}


def test_without_records_nothing_changes(tmp_path: Path) -> None:
    assert keep_records(tmp_path, tmp_path / "nowhere") == 0
    assert recorded_seconds(tmp_path) == {}


_JOB = Job(
    "dir",
    steps=(
        Step('echo "tests of $DIRS"', {"DIRS": Fact.DIRS}),
        Step(own={"name": "pages", "uses": "a/b@c"}),
        Step(own={"run": 'echo "$A"', "env": {"A": "own"}}),
        Step(own={"run": "echo never", "env": {"A": "${{ secrets.A }}"}}),
    ),
    caches=(Cache("thin-", ("x",)),),
    artifacts=(Artifact("reports-", ("y",)),),
)


def test_a_job_is_typed_here_but_for_what_only_ci_can_do(tmp_path: Path) -> None:
    shown: list[str] = []
    repo = make_repo(tmp_path)
    assert run_steps(repo, typed_steps(_JOB, {Fact.DIRS: "a"}), shown.append) == 0
    assert shown == [
        "# left out here: checkout",
        "# left out here: cache thin",
        '$ echo "tests of $DIRS"',
        "tests of a",
        "# left out here: pages",
        '$ echo "$A"',
        "own",
        "# left out here: echo never, which asks for what only CI knows",
        "# left out here: artefact reports",
    ]


def test_a_job_with_an_image_is_typed_here_in_it(tmp_path: Path) -> None:
    repo = make_repo(tmp_path)
    write_files(repo.root, {"in_image.sh": 'echo "in $1: ${@:2}"'})
    on_the_runner = Step(own={"run": "echo here", "shell": "bash"})
    steps = (Step("make"), Step(own={"run": "mine"}), Step(own="of gitlab"), on_the_runner)
    job = Job("dir", steps=steps, image=JobImage("ci@1", "in_image.sh"))
    shown: list[str] = []
    assert run_steps(repo, typed_steps(job, {}), shown.append) == 0
    said = [line for line in shown if not line.startswith(("#", "$"))]
    assert said == ["in ci@1: -c make", "in ci@1: -c mine", "in ci@1: -c of gitlab", "here"]


def test_it_ends_at_the_first_step_that_fails(tmp_path: Path) -> None:
    job = Job("lint", steps=(Step("false | true"), Step("echo never")))
    shown: list[str] = []
    assert run_steps(make_repo(tmp_path), typed_steps(job, {}), shown.append) == 1
    assert "never" not in shown


def test_what_only_ci_knows_is_refused() -> None:
    job = Job("gate", steps=(Step("i ci_gate", {"RESULTS": Fact.RESULTS}),))
    with pytest.raises(HelpersError, match="only CI knows how the jobs ended"):
        typed_steps(job, {})


@pytest.mark.parametrize(
    ("wanted", "what", "fix"),
    [
        ("nothing", "there is no job 'nothing'", "i ci_plan lists the dirs that have a job;"),
        ("linit", "there is no job 'linit'", "perhaps you meant i ci_run lint"),
        ("apps/aa", "there is no job 'apps/aa'", "perhaps you meant i ci_run apps/a"),
        ("publish-temm", "there is no job", "perhaps you meant i ci_run publish-team"),
        ("apps", "'apps' is not a runnable dir", "i ci_run apps/a"),
        ("gate", "the job gate decides about the others", "i ci_plan --base main"),
        ("publish-team", "the job publish-team publishes", "i package_publish --all"),
        ("deploy-staging", "the job deploy-staging deploys", "i promote --to staging"),
    ],
)
def test_a_job_that_does_not_run_here_is_called_a_job(
    tmp_path: Path, wanted: str, what: str, fix: str
) -> None:
    repo = make_repo(tmp_path / "repo", commit=False)
    for name in ("apps/a", "apps/b"):
        make_runnable_dir(repo, name)
    config = CiConfig(publish=(Publication("team"),), deploy=(Deployment("staging", "main"),))
    with pytest.raises(HelpersError) as caught:
        chosen_steps(repo, CiRepo(config, "."), repo.root, wanted)
    assert caught.value.what.startswith(what)
    assert caught.value.fix.startswith(fix)
    if what.startswith("there is no job"):
        assert caught.value.where == (
            "jobs that run here: lint, apps/a, apps/b;"
            " only in CI: plan, gate, publish-team, deploy-staging"
        )


def test_a_job_is_that_of_a_dir_or_the_one_that_checks_code(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo", commit=False)
    make_runnable_dir(repo, "apps/a")
    found = CiRepo(CiConfig(), ".")
    tests = chosen_steps(repo, found, repo.root / "apps", "a")
    assert [step.env for step in tests if step.env] == [{"DIRS": "apps/a"}]
    assert any("i ci_check" in step.line for step in chosen_steps(repo, found, repo.root, "lint"))
