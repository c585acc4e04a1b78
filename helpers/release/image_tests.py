"""Run a dir's tests in the very image that is released."""

from dataclasses import replace

from helpers.engine.client import Client
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.results.results import DirState
from helpers.model.runnable_dir import RunnableDir
from helpers.release.owner import Releaser
from helpers.release.plan import ReleasePlan
from helpers.release.step_kinds import BuildForTests, RunTests
from helpers.testing.request import TestRequest
from helpers.testing.run import Caller, run_tests
from helpers.vcs.discovery import discover_dirs


def run_in_image(releaser: Releaser, plan: ReleasePlan, step: RunTests) -> None:
    """Run the tests.

    Raises:
        HelpersError: they do not pass.
    """
    host = releaser.host
    request = TestRequest(
        dirs=(plan.runnable_dir,),
        suite=step.suite,
        stage=plan.stage,
        platform="" if step.platform == host.platform else step.platform,
        images={plan.runnable_dir.name: step.reference},
        build=False,
    )
    _run(releaser, request, step.reference)


def run_in_container(releaser: Releaser, runnable_dir: RunnableDir, suite: str) -> None:
    """Run the tests of a dir as `main_pytest.py` does, where no image is released.

    Raises:
        HelpersError: they do not pass.
    """
    _run(releaser, TestRequest(dirs=(runnable_dir,), suite=suite), "")


def _run(releaser: Releaser, request: TestRequest, image: str) -> None:
    repo, host = releaser.repo, releaser.host
    request = replace(request, every_dir=tuple(discover_dirs(repo)))
    result = run_tests(
        releaser.client,
        read_repo_inputs(repo),
        host,
        request,
        Caller(releaser.listen, releaser.interrupted),
    )
    (found,) = result.dirs
    if found.state is DirState.PASSED:
        return
    log = found.log or result.folder
    again = "commit, push, then the same command"
    raise HelpersError(
        f"nothing was released: the tests of {found.name} ended with: {found.state}",
        where=f"{image}\n{log}".strip(),
        fix=f"write a test, {again}"
        if found.state is DirState.NO_TESTS
        else f"fix what {log} says, {again}",
    )


def check_same(client: Client, step: BuildForTests) -> None:
    """Make sure that the image for the tests is the production image with layers on top.

    Raises:
        HelpersError: it is not.
    """
    tests = step.plan.reference
    own, above = (_layers(client, one) for one in (step.image, tests))
    if above[: len(own)] != own:
        raise HelpersError(
            "the image for the tests is not the production image with layers on top",
            where=f"{step.image}, {tests}",
            fix="release again; when it stays so, with --no-cache builds",
        )


def _layers(client: Client, reference: str) -> list[str]:
    found = client.get(f"/images/{reference}/json") or {}
    return list((found.get("RootFS") or {}).get("Layers") or ())
