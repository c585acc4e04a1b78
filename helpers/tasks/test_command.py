"""`main_pytest.py`: its command line is read, the tests run, the exit status is told."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TextIO

from helpers.console.foreign import make_streams_last
from helpers.console.notices import tell
from helpers.console.runs.view import open_run_view
from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Notice
from helpers.model.repo import Repo
from helpers.model.results.results import RunResult
from helpers.model.runnable_dir import MAKE_ONE, RunnableDir
from helpers.system.host import Host
from helpers.system.outer_toolchain import plan_tests
from helpers.system.repo_files import load_repo
from helpers.tasks.cli import go_on, status_of
from helpers.tasks.signals import watch_signals
from helpers.tasks.test_options import parse_arguments, request_of, split_arguments
from helpers.testing.choose import choose
from helpers.testing.exit_status import ExitStatus
from helpers.testing.places import Place, find_places
from helpers.testing.request import TestRequest
from helpers.testing.run import Caller, CarryOut, run_here, run_tests
from helpers.vcs.chosen_dir import find_dirs
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.lost_dirs import check_lost_dirs, find_lost_dirs
from helpers.vcs.submodules import check_out_command, check_submodules, unwanted_submodules


def run_command_line(arguments: Sequence[str], program: str) -> int:
    """Run the tests that the arguments ask for; the exit status."""
    make_streams_last()
    ours, theirs = split_arguments(arguments)

    def job(host: Host) -> int:
        # Before anything is understood: the other toolchain may know more options.
        go_on(plan_tests(host.directory, arguments))
        parsed = parse_arguments(_typed(host.directory, program), ours, theirs)
        if parsed.repos:
            # Imported here: it is for this option alone.
            from helpers.tasks.test_repos import run_in_repos, without_repos

            return run_in_repos(parsed, without_repos(arguments), host)
        request = request_of(parsed, theirs, host)
        return _run(parsed, request, host, host.directory / program)

    return status_of(job, debug="--debug" in ours, interrupted=ExitStatus.ERROR)


def _typed(start: Path, program: str) -> str:
    """The program as it is typed where the user stands."""
    found = os.path.relpath(start / program, start)
    return found if found.startswith("..") else f"./{found}"


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs what is asked for, and shows it: once, or again and again as it watches files."""

    repo: Repo
    host: Host
    client: Client
    as_json: bool
    interrupted: Callable[[], bool]
    carry_out: CarryOut = run_here

    def run(self, request: TestRequest, inputs: RepoInputs) -> RunResult:
        """Run the tests of the dirs that are asked for; beside JSON, the view is on stderr."""
        stream = sys.stderr if self.as_json else sys.stdout
        is_terminal = self.host.is_terminal and not self.as_json
        root_name = self.repo.root_name(item.name for item in request.every_dir)
        # The kernel's own console prints what other terminals take as a link.
        linked = None if self.host.environment.get("TERM") == "linux" else self.repo.root
        way = self.repo.way_from(self.host.directory)
        with open_run_view(is_terminal, stream, linked, root_name, way) as view:
            caller = Caller(view, self.interrupted)
            result = run_tests(self.client, inputs, self.host, request, caller, self.carry_out)
        if self.as_json:
            from helpers.console.runs.as_json import run_as_json

            print(json.dumps(run_as_json(result), indent=1), flush=True)
        _tell_github(result, self.host, stream)
        return result


def _run(parsed: argparse.Namespace, request: TestRequest, host: Host, script: Path) -> int:
    repo = load_repo(host.directory, otherwise=script.parent)
    if request.platform:
        from helpers.images.building.emulation import ensure_emulation

        ensure_emulation(repo, request.platform, host)
    client = Client(find_endpoint(host.environment))
    every_dir = tuple(discover_dirs(repo))
    inputs = read_repo_inputs(repo)
    bricks = {item.name: inputs.brick_tests(item.name) for item in every_dir}
    dirs, tests = _named(repo, host, parsed, every_dir, bricks)
    named = replace(request, dirs=tuple(dirs), every_dir=every_dir, only=tests)
    chosen = choose(named, inputs)
    carry_out = _carry_out(parsed, repo, host, client)
    runner = Runner(repo, host, client, parsed.json, watch_signals(), carry_out)
    if parsed.watch:
        # Imported here: it is for this option alone.
        from helpers.system.keys import Keys
        from helpers.tasks.watching import Watch

        keys = Keys() if host.is_terminal else None
        return Watch(repo, runner.run, runner.interrupted, chosen, keys).go_on(inputs)
    return runner.run(chosen, inputs).exit_status


def _carry_out(parsed: argparse.Namespace, repo: Repo, host: Host, client: Client) -> CarryOut:
    """What runs dirs: this machine, the hosts that are named, or somebody's cluster."""
    if parsed.cluster:
        # Imported here: most runs are on this machine alone.
        from helpers.reach.joined_fleet import open_joined_fleet
        from helpers.reach.on_hosts import run_with

        return run_with(lambda run, *_: open_joined_fleet(run, parsed.cluster), services=False)
    if not parsed.hosts:
        return run_here
    # Imported here: most runs are on this machine alone.
    from helpers.reach.find_hosts import find_hosts
    from helpers.reach.on_hosts import run_on
    from helpers.reach.open_places import named_hosts

    found = find_hosts(parsed.hosts, repo, host.environment)
    return run_on(named_hosts(found, repo, host, client, parsed.jobs))


def _tell_github(result: RunResult, host: Host, stream: TextIO) -> None:
    """The step summary, and annotations on the files of failed tests."""
    if host.environment.get("GITHUB_ACTIONS") != "true":
        return
    from helpers.console.runs.github import annotations, step_summary

    for line in annotations(result):
        print(line, file=stream, flush=True)
    summary = host.environment.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(step_summary(result))


def _named(
    repo: Repo,
    host: Host,
    parsed: argparse.Namespace,
    every_dir: Sequence[RunnableDir],
    bricks: Mapping[str, Sequence[str]],
) -> tuple[list[RunnableDir], dict[str, tuple[str, ...]]]:
    """The dirs that are meant, and by dir the tests, where not all of it is."""
    if parsed.dir or parsed.places:
        # A variable of CI has them all, one a line.
        named = [name for text in parsed.dir for name in text.split("\n") if name]
        places = [Place(one) for name in named for one in find_dirs(repo, host.directory, name)]
        places += find_places(repo, host.directory, parsed.places, every_dir, bricks)
        whole = {place.dir.name for place in places if not place.node}
        tests: dict[str, tuple[str, ...]] = {}
        for place in places:
            if place.dir.name not in whole:
                tests[place.dir.name] = (*tests.get(place.dir.name, ()), place.node)
        return list(dict.fromkeys(place.dir for place in places)), tests
    # What is not there may hold runnable dirs, and to pass over them would be no pass.
    check_submodules(repo.root)
    unwanted = unwanted_submodules(repo.root)
    if unwanted:
        tell(
            Notice(
                f"not checked out (`update = none`), so not tested: {', '.join(unwanted)}\n"
                f"  to test what is in it: {check_out_command(repo.root, unwanted)}"
            )
        )
    check_lost_dirs(find_lost_dirs(repo).values())
    if not every_dir:
        raise HelpersError(
            "the repo has no runnable dir: no directory with devops/ and changelog.txt",
            where=str(repo.root),
            fix=MAKE_ONE,
        )
    return list(every_dir), {}
