"""Tasks on containers: enter, run a command, list, look at, stop, kill."""

import sys
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from helpers.tasks import cli, values
from helpers.tasks.command import command
from helpers.tasks.options import OneDir, Options, option, required

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helpers.containers.enter import Session
    from helpers.model.repo import Repo
    from helpers.system.host import Host

# Seconds: long enough to tell how busy a container is, and between two tables.
_BETWEEN_LOOKS = 0.5
_BETWEEN_TABLES = 1.5
_SHELL_STARTS = 0.7
_OF_STACK = "only the containers of the stack of this file"


class Enter(OneDir):
    """Which container is entered, and what it gets."""

    stage: str = option("local, dev or prod; default: local", default="local")
    version: str = option("the container's version; default: the changelog's", default="")
    env: tuple[str, ...] = option(
        "NAME=value, or NAME for the host's value; repeatable", default=()
    )
    port: tuple[str, ...] = option(
        "publish a port on loopback: 8080 or host:container; repeatable", default=()
    )
    root: bool = option("run as root instead of the host's user", default=False)
    sibling: bool = option(
        "mount the Docker socket, so that it can start containers beside itself", default=False
    )
    dind: bool = option("start a Docker Engine for this container", default=False)
    skip_version_check: bool = option(
        "continue although the versions of image and changelog differ", default=False
    )
    no_build: bool = option(
        "fail if the local image is missing, instead of building it", default=False
    )


class RunCommand(Enter):
    """What is run in which container."""

    cmd: str = required("the command, quoted as in a shell", example='"python --version"')


class ListContainers(Options):
    """Which containers are listed."""

    all_repos: bool = option("also those of other repos on this engine", default=False)


class OfDir(Options):
    """Whose containers are meant."""

    dir: str = option("only this dir's; default: the whole repo's", default="")


class Kill(OfDir):
    """Whose containers are removed."""

    all: bool = option("those of the whole repo (the default)", default=False)


class Stats(OfDir):
    """What is measured, and how often."""

    stack: str = option(_OF_STACK, default="", example="deploy/local.yml")
    watch: bool = option("refresh until you interrupt it; needs a terminal", default=False)


class Logs(OneDir):
    """What is shown of which logs."""

    stack: str = option(_OF_STACK, default="", example="deploy/local.yml")
    follow: bool = option("go on until the containers end or you interrupt it", default=False)
    tail: str = option("only the last lines of each container, this many", default="")


@command()
def docker_bash(host: "Host", wanted: Enter) -> int:
    """Open a shell in the dir's container."""
    import time

    from helpers.containers.enter import run_attached, run_piped, shell_command, shell_variables

    with _session(host, wanted, wanted.port) as session:
        if not host.is_terminal:
            return run_piped(session, shell_command(session), stdin=True)
        began = time.monotonic()
        status = run_attached(session, shell_command(session), shell_variables(session, host))
        # Nobody ends a shell so soon: the interrupt came before it was ready to take one.
        if status == cli.INTERRUPTED and time.monotonic() - began < _SHELL_STARTS:
            raise KeyboardInterrupt
        return status


@command()
def docker_cmd(host: "Host", wanted: RunCommand) -> int:
    """Run one command in the dir's container; its exit status is the task's."""
    from helpers.containers.enter import run_attached, run_piped, terminal_variables

    args = ["/bin/sh", "-c", wanted.cmd]
    with _session(host, wanted, wanted.port) as session:
        if host.is_terminal:
            return run_attached(session, args, terminal_variables(host))
        return run_piped(session, args, stdin=not host.input_is_terminal)


@command()
def docker_jupyter(host: "Host", wanted: Enter) -> int:
    """Serve Jupyter from the dir's container; the first --port is the server's, default 8888."""
    from helpers.containers.jupyter import serve_jupyter, server_port

    asked = values.read_ports(wanted.port)
    port = server_port(asked[0] if asked else "")
    with _session(host, wanted, [str(port), *asked[1:]]) as session:
        return serve_jupyter(session, port, lambda url: print(f"Jupyter: {url}", flush=True))


@command()
def docker_ps(host: "Host", wanted: ListContainers) -> None:
    """List the containers of this repo."""
    from helpers.console.tables import print_table
    from helpers.containers.inventory import list_own
    from helpers.model.runnable_dir import shown_name

    repo, client = cli.open_repo(host)
    root = cli.root_name(repo)
    rows = [
        (
            # Of a stack's services some run no dir's image.
            shown_name(item.dir, item.repo if wanted.all_repos else root) or "-",
            f"{item.role} {item.stack}".rstrip(),
            item.version,
            item.status,
            item.name,
        )
        for item in list_own(client, None if wanted.all_repos else repo)
    ]
    if rows:
        print_table(("dir", "role", "version", "status", "name"), rows)
    else:
        print("no containers")


@command()
def docker_stop(host: "Host", wanted: OfDir) -> None:
    """Stop the kept containers that no command uses."""
    _stop(host, wanted.dir, force=False)


@command()
def docker_kill(host: "Host", wanted: Kill) -> None:
    """Remove all containers of this repo; in use or not, and leftovers of killed commands."""
    values.not_both("--all", "--dir", wanted.dir and wanted.all)
    _stop(host, wanted.dir, force=True)


@command()
def docker_stats(host: "Host", wanted: Stats) -> None:
    """Show what the containers of this repo use."""
    import time

    from helpers.console.foreign import unfiltered
    from helpers.console.usage_table import CLEAR, print_usage
    from helpers.containers.stats_and_logs import looks_of, measure_own
    from helpers.model.runnable_dir import shown_name
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.open_repo(host)
    name = find_dir(repo, host.directory, wanted.dir).name if wanted.dir else ""
    stack = _stack_file(repo, host, wanted.stack)
    before = looks_of(measure_own(client, repo, name, stack=stack))
    goes_on = wanted.watch and host.is_terminal
    shown = partial(shown_name, root_name=cli.root_name(repo))
    while True:
        time.sleep(_BETWEEN_LOOKS if before else 0)
        measured = measure_own(client, repo, name, before, stack=stack)
        if goes_on:
            print(CLEAR, end="", file=unfiltered(sys.stdout))
        print_usage(
            [
                (shown(m.container.dir) or "-", m.container.role, m.container.name, m.usage, m.cpu)
                for m in measured
            ]
        )
        if not goes_on:
            return
        before = looks_of(measured)
        time.sleep(_BETWEEN_TABLES)


@command()
def docker_logs(host: "Host", wanted: Logs) -> None:
    """Show what a container and its services wrote."""
    from helpers.console.foreign import write_foreign
    from helpers.containers.stats_and_logs import Asked, show_logs
    from helpers.vcs.chosen_dir import find_dir

    lines = values.read_number(wanted.tail, "--tail") if wanted.tail else None

    repo, client = cli.open_repo(host)
    stack = _stack_file(repo, host, wanted.stack)
    every = stack and not wanted.dir
    name = "" if every else find_dir(repo, host.directory, wanted.dir).name
    # Whoever reads only the first lines has seen enough.
    with suppress(BrokenPipeError):
        if not show_logs(client, repo, Asked(name, stack, lines, wanted.follow), write_foreign):
            print(f"no containers of {stack if every else name}")


def _stack_file(repo: "Repo", host: "Host", file: str) -> str:
    """The stack that is meant, as containers are labelled with it; empty where none was named."""
    if not file:
        return ""
    from helpers.stacks.stack import find_stack

    return find_stack(repo, host, file).file


@contextmanager
def _session(host: "Host", wanted: Enter, ports: "Sequence[str]") -> "Iterator[Session]":
    from helpers.containers.enter import Request, open_session
    from helpers.containers.plan import Options
    from helpers.images.ensure import Wanted
    from helpers.model.images.name import Stage
    from helpers.tasks.builds import shown_builds
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.open_repo(host)
    image = Wanted(
        stage=values.read_choice(Stage, wanted.stage, "--stage"),
        version=values.read_version(wanted.version),
        build=not wanted.no_build,
        skip_version_check=wanted.skip_version_check,
        building=partial(shown_builds, host, cli.root_name(repo)),
    )
    request = Request(
        image,
        env=values.read_variables(wanted.env, host.environment),
        dind=wanted.dind,
        options=Options(
            root=wanted.root,
            sibling=wanted.sibling,
            ports=values.read_ports(ports),
        ),
    )
    runnable_dir = find_dir(repo, host.directory, wanted.dir)
    listen = cli.teller(repo)
    with open_session(client, repo, runnable_dir, host, request, listen) as session:
        yield session


def _stop(host: "Host", dir: str, *, force: bool) -> None:
    from helpers.containers.inventory import stop_own
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.open_repo(host)
    name = find_dir(repo, host.directory, dir).name if dir else ""
    stopped = stop_own(client, repo, name, force=force)
    for item in stopped.removed:
        print(f"removed {item}")
    for item in stopped.in_use:
        kill = f"i docker_kill {f'--dir {cli.quoted(name)}' if name else '--all'}"
        print(f"in use  {item}   ({kill} removes it all the same)")
    for file in stopped.stacks:
        print(f"a stack {file}   (i stack_down --file {cli.quoted(file)} takes it down)")
    if not (stopped.removed or stopped.in_use or stopped.stacks):
        print("nothing to remove")
