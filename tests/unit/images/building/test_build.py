import os
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from helpers.console.runs.state import RunningSteps
from helpers.engine.bake import bake_target, run_bake
from helpers.engine.builds import (
    BuildError,
    BuildRequest,
    Progress,
    readable_step,
    run_build,
)
from helpers.engine.client import Client
from helpers.engine.endpoint import Endpoint
from helpers.images.building.build import _run, _tell_research
from helpers.images.building.plan import BuildOptions, BuildPlan, BuildSources, plan_build
from helpers.images.building.under_way import Build
from helpers.model.events import BuildStep, Event, Notice
from tests.builders import make_host, make_repo, make_runnable_dir


def fake_docker(folder: Path, monkeypatch: pytest.MonkeyPatch, output: str, status: int) -> None:
    """A `docker` that prints `output` and ends with `status`, first on PATH."""
    (folder / "output").write_text(output)
    script = folder / "docker"
    script.write_text(f"#!/bin/sh\ncat '{folder}/output'\nexit {status}\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


FAILING = """\
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#4 [base 1/2] RUN --mount=type=cache,target=/x     make all
#4 CACHED
#5 [dev 2/2] RUN pip install nothing
#5 0.123 Looking
#5 0.456 ERROR: no such package
#5 ERROR: process "/bin/sh -c pip install nothing" did not complete successfully: exit code: 1
------
 > [dev 2/2] RUN pip install nothing:
------
"""


def build(tmp_path: Path) -> list[BuildStep]:
    steps: list[BuildStep] = []
    run_build(BuildRequest(Path("Dockerfile"), Path()), tmp_path / "log", steps.append)
    return steps


def test_a_failing_step_is_named_with_its_last_lines_and_the_whole_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_docker(tmp_path, monkeypatch, FAILING, 1)
    with pytest.raises(BuildError) as caught:
        build(tmp_path)
    assert caught.value.step == "RUN pip install nothing"
    assert caught.value.lines == ("Looking", "ERROR: no such package")
    assert str(tmp_path / "log") in caught.value.where
    assert "make all" in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("output", "what", "fix"),
    [
        ("#3 [1/2] RUN x\n#3 0.1 write: No space left on device\n#3 ERROR: process \"x\" did not"
         " complete successfully: exit code: 1\n", "disk is full", "docker builder prune"),
        ("#9 ERROR: failed to copy: write /a: no space left on device\n", "disk is full", "prune"),
        ("ERROR: failed to receive status: rpc error: code = Unavailable desc = error reading"
         " from server: EOF\n", "went away", "i engine_start"),
        ("ERROR: Cannot connect to the Docker daemon at unix:///x\n", "went away", "engine_start"),
        ("docker: 'buildx' is not a docker command.\n", "no buildx", "docker-buildx"),
    ],
)  # fmt: skip
def test_known_failures_name_their_fix(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, what: str, fix: str
) -> None:
    fake_docker(tmp_path, monkeypatch, output, 1)
    with pytest.raises(BuildError, match=what) as caught:
        build(tmp_path)
    assert fix in caught.value.fix


def test_in_a_container_the_engine_is_started_again_on_the_host(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_docker(tmp_path, monkeypatch, "ERROR: Cannot connect to the Docker daemon at x\n", 1)
    request = BuildRequest(Path("Dockerfile"), Path(), restart="i engine_start on the host")
    with pytest.raises(BuildError) as caught:
        run_build(request, tmp_path / "log", lambda _: None)
    assert caught.value.fix == "i engine_start on the host, then again"


def test_a_step_whose_own_program_lost_a_connection_is_no_lost_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = FAILING.replace("ERROR: no such package", "connection refused")
    fake_docker(tmp_path, monkeypatch, output, 1)
    with pytest.raises(BuildError, match="this step of the build failed"):
        build(tmp_path)


def test_steps_are_told_once_with_whether_they_were_cached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = "#4 [a 1/2] RUN one\n#4 CACHED\n#5 [a 2/2] RUN two\n#5 0.1 hi\n#5 DONE 0.2s\n"
    fake_docker(tmp_path, monkeypatch, output, 0)
    assert build(tmp_path) == [
        BuildStep("", "RUN one", number="4"),
        BuildStep("", "RUN one", cached=True, ended=True, number="4"),
        BuildStep("", "RUN two", number="5"),
        BuildStep("", "RUN two", ended=True, number="5"),
    ]


def test_the_step_that_runs_is_told_before_it_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_docker(tmp_path, monkeypatch, "#5 [a 1/2] RUN sleep 60\n", 0)
    began, ended = build(tmp_path)
    assert began == BuildStep("", "RUN sleep 60", number="5")
    assert ended.ended, "with the builder"


def test_of_steps_side_by_side_the_first_that_runs_is_shown() -> None:
    steps = RunningSteps()
    lines = ["#5 [a 1/2] RUN one", "#6 [b 1/2] RUN two", "#5 [a 1/2] RUN one", "#5 DONE 0.2s"]
    seen = []

    def take(step: BuildStep) -> None:
        steps.take(replace(step, dir="d"), 1.0)

    progress = Progress(take)
    for line in lines:
        progress.read(line)
        seen.append(steps.shown(1.0))
    assert seen == ["RUN one", "RUN one", "RUN one", "RUN two"]
    assert steps.shown(13.4) == "RUN two (12 s)"


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (
            ["#4 [dev 1/3] FROM docker.io/library/debian:12@sha256:ab",
             "#4 sha256:aa 1.05MB / 30.00MB 0.3s", "#4 sha256:bb 500kB / 10MB 0.3s"],
            "pulling docker.io/library/debian:12 (2 of 40 MB)",
        ),
        (["#7 exporting to image"], "exporting to image"),
        (["#7 exporting to image", "#7 exporting layers"], "exporting layers"),
        (["#7 exporting to image", "#7 exporting layers 0.4s done"], "exporting to image"),
        (["#7 exporting to image", "#7 pushing layers"], "pushing layers"),
        (["#7 exporting to image", "#7 DONE 0.8s"], ""),
        (["#7 exporting to image", "#7 ERROR: no"], ""),
        (["#4 [dev 1/3] FROM debian:12", "#4 CANCELED"], ""),
    ],
)  # fmt: skip
def test_what_the_builder_does_is_a_step_too(lines: list[str], shown: str) -> None:
    steps = RunningSteps()
    progress = Progress(lambda step: steps.take(replace(step, dir="d"), 1.0))
    for line in lines:
        progress.read(line)
    assert steps.shown(1.0) == shown


def test_steps_of_builds_that_run_together_go_to_their_own_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = (
        "#8 [build1 2/2] RUN two\n#9 [build0 2/2] RUN one\n#8 DONE 1.0s\n#9 DONE 1.0s\n"
        "#10 [build0] exporting to image\n#10 DONE 1.0s\n"
    )
    fake_docker(tmp_path, monkeypatch, output, 0)
    told: list[tuple[str, str, bool]] = []
    requests = {name: BuildRequest(Path("D"), Path("/c")) for name in ("a", "b")}
    run_bake(
        requests,
        tmp_path / "bake.json",
        tmp_path / "log",
        lambda name, step: told.append((name, step.step, step.ended)),
    )
    assert told == [
        ("b", "RUN two", False),
        ("a", "RUN one", False),
        ("b", "RUN two", True),
        ("a", "RUN one", True),
        ("a", "exporting to image", False),
        ("a", "exporting to image", True),
    ]


def test_a_command_names_secrets_by_file_alone(tmp_path: Path) -> None:
    request = BuildRequest(Path("D"), Path("/c"), secrets={"s": tmp_path / "s"}, tags=("a:1",))
    assert f"--secret=id=s,src={tmp_path / 's'}" in request.command()
    assert request.command()[-1] == "/c"


def test_a_step_is_readable_without_its_mounts() -> None:
    assert (
        readable_step("RUN --mount=type=cache,id=a --mount=type=secret,id=b   ls   -l")
        == "RUN ls -l"
    )


def test_a_cache_is_read_and_written_where_it_is_said() -> None:
    request = BuildRequest(Path("D"), Path("/c"), cache_from=("r.example/a:c",), cache_to="r:d")
    command = request.command()
    assert "--cache-from=type=registry,ref=r.example/a:c" in command
    assert "--cache-to=type=registry,ref=r:d,mode=max,ignore-error=true" in command


def test_an_image_for_others_has_layers_that_every_client_reads() -> None:
    request = BuildRequest(Path("D"), Path("/c"))
    assert "--output=type=image,compression=zstd,compression-level=1" in request.command()
    released = replace(request, for_others=True)
    assert "--output=type=image,compression=gzip,force-compression=true" in released.command()


def test_what_another_machine_builds_is_written_to_a_file() -> None:
    request = BuildRequest(Path("D"), Path("/c"), archive=Path("/x.tar"), builder="far")
    # Not as its engine keeps them: the cache may have layers in zstd, which no archive may.
    gzip = "compression=gzip,force-compression=true"
    assert f"--output=type=docker,{gzip},dest=/x.tar" in request.command()
    assert "type=image" not in str(request.command())


def test_many_builds_say_the_same_as_one() -> None:
    request = BuildRequest(
        Path("/d/D"),
        Path("/c"),
        contexts={"toolchain": Path("/t")},
        args={"A": "${not} %{this}"},
        secrets={"s": Path("/s")},
        labels={"l": "1"},
        tags=("a:1", "a:2"),
        platform="linux/arm64",
        target="dev",
    )
    assert bake_target(request) == {
        "context": "/c",
        "dockerfile": "/d/D",
        "contexts": {"toolchain": "/t"},
        # Bake would fill these in.
        "args": {"A": "$${not} %%{this}"},
        "labels": {"l": "1"},
        "tags": ["a:1", "a:2"],
        "secret": ["id=s,src=/s"],
        "attest": ["type=provenance,disabled=true"],
        "no-cache": False,
        "output": ["type=image,compression=zstd,compression-level=1"],
        "target": "dev",
        "platforms": ["linux/arm64"],
    }


_GAVE_UP = (
    "#9 exporting to image\nERROR: failed to solve: DeadlineExceeded: context deadline exceeded\n"
)


_LOST_AN_EDGE = "ERROR: failed to solve: failed to get edge: inconsistent graph state\n"
_COLLECTED = "ERROR: failed to solve: not found\n"
_CLIENT_WAS_STOPPED = """\
#7 exporting to client directory
#7 ERROR: rpc error: code = Canceled desc = grpc: the client connection is closing
ERROR: failed to solve: Canceled: grpc: the client connection is closing
"""
_NO_BASE = "ERROR: failed to solve: none:1: failed to resolve source metadata: none:1: not found\n"


@pytest.mark.parametrize(
    ("output", "passing"),
    [
        (_GAVE_UP, True),
        (_LOST_AN_EDGE, True),
        (_COLLECTED, True),
        (_CLIENT_WAS_STOPPED, True),
        (_NO_BASE, False),
        (FAILING, False),
    ],
)
def test_a_builder_that_gave_up_is_no_failed_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, passing: bool
) -> None:
    fake_docker(tmp_path, monkeypatch, output, 1)
    with pytest.raises(BuildError) as caught:
        build(tmp_path)
    assert caught.value.passing == passing


def _run_builds(tmp_path: Path, made: list[bool]) -> list[Event]:
    """Build with a builder that always gives up; `made`: what is there after each attempt."""

    class _Seen(Build):
        def is_there(self) -> bool:
            return made.pop(0)

    told: list[Event] = []
    repo = make_repo(tmp_path / "repo")
    make_runnable_dir(repo, "app", {})
    item = repo.runnable_dir("app")
    sources = BuildSources(item.changelog.read_text(), date(2026, 1, 1))
    plan = plan_build(repo, item, make_host(repo.root), sources, BuildOptions())
    request = BuildRequest(Path("Dockerfile"), Path())
    client = Client(Endpoint("unix:///nowhere", "test"))
    build = _Seen(repo, plan, make_host(repo.root), client, "", told.append)
    _run(request, tmp_path / "log", build)
    return [event for event in told if not isinstance(event, BuildStep)]


def test_what_is_there_although_the_builder_gave_up_is_taken_and_the_rest_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_docker(tmp_path, monkeypatch, _GAVE_UP, 1)
    assert _run_builds(tmp_path / "first", [True]) == []
    told = _run_builds(tmp_path / "second", [False, False, True])
    assert [event for event in told if isinstance(event, Notice)] == told
    assert len(told) == 1
    with pytest.raises(BuildError):
        _run_builds(tmp_path / "third", [False] * 9)


def test_a_build_says_which_files_of_research_it_left_out() -> None:
    said: list[Event] = []
    research = tuple(f"apps/a/nb/{number}.ipynb" for number in range(5))
    options = SimpleNamespace(for_tests=False)
    plan = SimpleNamespace(
        code=SimpleNamespace(research=research),
        options=options,
        runnable_dir=SimpleNamespace(name="apps/a"),
    )
    _tell_research(cast(BuildPlan, plan), said.append)
    (notice,) = said
    assert isinstance(notice, Notice)
    assert notice.text.endswith(": nb/0.ipynb, nb/1.ipynb, nb/2.ipynb and 2 more")
    options.for_tests = True
    _tell_research(cast(BuildPlan, plan), said.append)
    assert len(said) == 1
