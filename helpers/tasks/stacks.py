"""Tasks on stacks: bring one up, test it, take it down."""

import sys
from typing import TYPE_CHECKING

from helpers.model.errors import HelpersError
from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import Options, option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helpers.engine.client import Client
    from helpers.stacks.prepare import UpRequest
    from helpers.stacks.stack import Stack
    from helpers.stacks.up import Running
    from helpers.system.host import Host


class OfStack(Options):
    """Which stack is meant."""

    file: str = option(
        "the stack's compose file; default: deploy/local.yml, or the repo's compose.yaml",
        default="",
        example="deploy/local.yml",
    )


class Up(OfStack):
    """How a stack comes up."""

    stage: str = option(
        "prod: production images; dev: local images that run the work tree's code; default: prod",
        default="prod",
    )
    rebuild: str = option(
        "which images are built first: outdated, all or none; default: outdated", default=""
    )
    keep: bool = option("leave what was started, for a look at what failed", default=False)
    timeout: int = option("seconds until all must be ready; default: 300", default=300)


class Test(Up):
    """How a stack is tested."""

    __test__ = False

    url: bool = option(
        "run no tests: leave the stack up and print where a person reaches it", default=False
    )
    dir: str = option(
        "in whose container tests of the root run, where the root is no runnable dir;"
        " default: the first service's dir",
        default="",
    )
    args: str = option("arguments for pytest, quoted as in a shell", default="")


class Down(OfStack):
    """What goes with a stack."""

    volumes: bool = option("also what its services stored", default=False)


@command()
def stack_up(host: "Host", wanted: Up) -> None:
    """Build, start and wait for a stack; its Compose file is --file."""
    client, stack = _find(host, wanted)
    running = _start(client, stack, host, _request(wanted))
    _show_urls(client, stack)
    print(f"go on with: {running.prepared.project.command('ps')}")


@command()
def stack_test(host: "Host", wanted: Test) -> int:
    """Run the tests of a stack; then take it down."""
    from helpers.stacks.down import stop_stack
    from helpers.stacks.tests_of import find_stack_tests, first_dir
    from helpers.vcs.chosen_dir import find_dir
    from helpers.vcs.discovery import discover_dirs

    client, stack = _find(host, wanted)
    args = _pytest_args(wanted.args)
    dirs = tuple(discover_dirs(stack.repo))
    lender = find_dir(stack.repo, host.directory, wanted.dir).name if wanted.dir else ""
    if not wanted.url:
        # Before anything starts; whose container is lent may show later.
        find_stack_tests(stack, dirs, lender or (dirs[0].name if dirs else ""))
    running = _start(client, stack, host, _request(wanted))
    if wanted.url:
        if not _show_urls(client, stack):
            raise HelpersError(
                "no service publishes a port",
                where=stack.file,
                fix='write ports: ["8000:8000"] at the service that a person uses',
            )
        return 0
    try:
        tests = find_stack_tests(stack, dirs, lender or first_dir(running.prepared.services))
        return _run_tests(client, stack, host, tests, args)
    finally:
        if not wanted.keep:
            running.take_back(client)
            stop_stack(client, stack, volumes=False)


def _pytest_args(text: str) -> tuple[str, ...]:
    import shlex

    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise HelpersError(
            f"--args is not quoted as in a shell: {error}", where=text, fix="--args '-k name'"
        ) from error


@command()
def stack_down(host: "Host", wanted: Down) -> None:
    """Take a stack down; by default all stacks of this checkout."""
    from helpers.model.numbers import counted
    from helpers.stacks.down import stop_stack
    from helpers.stacks.stack import find_stack, stacks_of

    repo, client = cli.open_repo(host)
    stacks = {} if wanted.file else {one.project: one for one in stacks_of(client, repo)}
    try:
        # Of one whose containers are gone, volumes may be there.
        named = find_stack(repo, host, wanted.file)
        stacks.setdefault(named.project, named)
    except HelpersError:
        if not stacks:
            raise
    for stack in stacks.values():
        taken = stop_stack(client, stack, volumes=wanted.volumes)
        parts = [
            counted(number, kind)
            for number, kind in (
                (taken.containers, "container"),
                (taken.networks, "network"),
                (taken.volumes, "volume"),
            )
            if number
        ]
        print(f"{stack.file}: " + (f"removed {', '.join(parts)}" if parts else "nothing is up"))
        if taken.kept:
            again = f"i stack_down{stack.option()} --volumes"
            print(f"  kept: {', '.join(taken.kept)}   ({again} removes it)")


def _find(host: "Host", wanted: OfStack) -> "tuple[Client, Stack]":
    from helpers.stacks.stack import find_stack

    repo, client = cli.open_repo(host)
    return client, find_stack(repo, host, wanted.file)


def _request(wanted: Up) -> "UpRequest":
    from helpers.stacks.images import Rebuild, StackStage
    from helpers.stacks.prepare import UpRequest

    return UpRequest(
        stage=values.read_choice(StackStage, wanted.stage, "--stage"),
        rebuild=values.read_choice(Rebuild, wanted.rebuild or "outdated", "--rebuild"),
        # Who says what is rebuilt means what runs.
        replace=bool(wanted.rebuild),
        keep=wanted.keep,
        timeout=float(wanted.timeout),
    )


def _start(client: "Client", stack: "Stack", host: "Host", request: "UpRequest") -> "Running":
    """Start the stack; the error output shows first the builds, then the services."""
    from dataclasses import replace

    from helpers.console.stack_view import open_stack_view
    from helpers.engine.containers import with_image
    from helpers.release.versions_now import VersionsNow
    from helpers.stacks.prepare import prepare_stack
    from helpers.stacks.up import start_stack
    from helpers.tasks.builds import shown_builds

    root_name = cli.root_name(stack.repo)
    request = replace(request, versions=VersionsNow(stack.repo, cli.teller(stack.repo)))

    def start() -> "Running":
        with shown_builds(host, root_name) as view:
            prepared = prepare_stack(client, stack, host, request, view)
        try:
            with open_stack_view(host.is_terminal, sys.stderr, root_name) as view:
                return start_stack(client, prepared, request, view)
        except KeyboardInterrupt as error:
            left = "is kept" if request.keep else "is gone"
            raise KeyboardInterrupt(f"what was started of the stack {left}") from error

    with stack.lease():
        return with_image(start)


def _show_urls(client: "Client", stack: "Stack") -> bool:
    """A line for each port that a person reaches; whether there is one."""
    from helpers.console.tables import table_lines
    from helpers.stacks.urls import urls_of

    found = urls_of(client, stack)
    for line in table_lines(("service", "address"), found)[1:] if found else ():
        print(line)
    return bool(found)


def _run_tests(
    client: "Client",
    stack: "Stack",
    host: "Host",
    tests: "Mapping[str, tuple[str, ...]]",
    args: tuple[str, ...],
) -> int:
    """Run the tests as a run of its own, on the networks of the stack."""
    from helpers.inputs.repo_inputs import read_repo_inputs
    from helpers.model.results.results import Suite
    from helpers.stacks.tests_of import networks_of
    from helpers.tasks.signals import watch_signals
    from helpers.tasks.test_command import Runner
    from helpers.testing.request import TestRequest
    from helpers.vcs.discovery import discover_dirs

    repo = stack.repo
    every_dir = tuple(discover_dirs(repo))
    request = TestRequest(
        dirs=tuple(item for item in every_dir if item.name in tests),
        every_dir=every_dir,
        suite=Suite.ALL,
        pytest_args=args,
        only=tests,
        networks=networks_of(client, stack),
        stack=stack.file,
    )
    runner = Runner(repo, host, client, as_json=False, interrupted=watch_signals())
    return runner.run(request, read_repo_inputs(repo)).exit_status
