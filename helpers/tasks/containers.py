"""Tasks on containers: enter, run a command, list, look at, stop, kill."""

import sys
from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from invoke.context import Context

from helpers.tasks import cli
from helpers.tasks.command import task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from helpers.containers.enter import Session
    from helpers.system.host import Host

_HELP = {
    "dir": "the runnable dir; the nearest one at or above the current directory by default",
    "stage": "local, dev or prod",
    "version": "a container version; the changelog's by default",
    "env": "NAME=value, or NAME for the host's value; again for more",
    "port": "publish a port on loopback: 8080 or host:container; again for more",
    "root": "run as root instead of the host's user",
    "sibling": "give it the Docker socket, so that it can start containers beside itself",
    "dind": "give it a Docker Engine of its own",
    "skip_version_check": "go on although image and changelog disagree",
    "no_build": "refuse where the local image is missing, instead of building it",
}
_ITERABLE = ["env", "port"]
# Seconds: long enough to tell how busy a container is, and between two tables.
_BETWEEN_LOOKS = 0.5
_BETWEEN_TABLES = 1.5
_SHELL_STARTS = 0.7


@task(help=_HELP, iterable=_ITERABLE)
def docker_bash(
    context: Context,
    dir: str = "",
    stage: str = "local",
    version: str = "",
    env: list[str] | None = None,
    port: list[str] | None = None,
    root: bool = False,
    sibling: bool = False,
    dind: bool = False,
    skip_version_check: bool = False,
    no_build: bool = False,
) -> None:
    """Open a shell in the dir's container."""
    wanted = _Wanted(
        dir, stage, version, env, port, root, sibling, dind, skip_version_check, no_build
    )
    cli.run_job(lambda host: _shell(host, wanted))


@task(help={**_HELP, "cmd": "the command, as a shell would take it"}, iterable=_ITERABLE)
def docker_cmd(
    context: Context,
    cmd: str,
    dir: str = "",
    stage: str = "local",
    version: str = "",
    env: list[str] | None = None,
    port: list[str] | None = None,
    root: bool = False,
    sibling: bool = False,
    dind: bool = False,
    skip_version_check: bool = False,
    no_build: bool = False,
) -> None:
    """Run one command in the dir's container; its exit status is the task's."""
    wanted = _Wanted(
        dir, stage, version, env, port, root, sibling, dind, skip_version_check, no_build
    )
    cli.run_job(lambda host: _command(host, wanted, cmd))


@task(help=_HELP, iterable=_ITERABLE)
def docker_jupyter(
    context: Context,
    dir: str = "",
    stage: str = "local",
    version: str = "",
    env: list[str] | None = None,
    port: list[str] | None = None,
    root: bool = False,
    sibling: bool = False,
    dind: bool = False,
    skip_version_check: bool = False,
    no_build: bool = False,
) -> None:
    """Serve Jupyter from the dir's container; the first --port is its own, 8888 by default."""
    wanted = _Wanted(
        dir, stage, version, env, port, root, sibling, dind, skip_version_check, no_build
    )
    cli.run_job(lambda host: _jupyter(host, wanted))


@task(help={"all_repos": "those of every repo on this engine"})
def docker_ps(context: Context, all_repos: bool = False) -> None:
    """List the containers of this repo."""
    cli.run_job(lambda host: _list(host, all_repos))


@task(help={"dir": "of this dir alone; of the whole repo by default"})
def docker_stop(context: Context, dir: str = "") -> None:
    """Stop the kept containers that no command uses."""
    cli.run_job(lambda host: _stop(host, dir, force=False))


@task(
    help={
        "dir": "of this dir alone; of the whole repo by default",
        "all": "of the whole repo, said aloud",
    }
)
def docker_kill(context: Context, dir: str = "", all: bool = False) -> None:
    """Remove all containers of this repo; in use or not, and what killed commands left."""
    cli.run_job(lambda host: _kill(host, dir, all=all))


@task(
    help={
        "dir": "of this dir alone; of the whole repo by default",
        "watch": "again and again, until you interrupt it; on a terminal",
    }
)
def docker_stats(context: Context, dir: str = "", watch: bool = False) -> None:
    """Show what the containers of this repo use."""
    cli.run_job(lambda host: _stats(host, dir, watch=watch))


@task(
    help={
        "dir": "the runnable dir; the nearest one at or above the current directory by default",
        "follow": "go on until the containers end or you interrupt it",
        "tail": "only this many of the last lines of each container",
    }
)
def docker_logs(context: Context, dir: str = "", follow: bool = False, tail: str = "") -> None:
    """Show what a container and its services wrote."""
    cli.run_job(lambda host: _logs(host, dir, tail, follow=follow))


class _Wanted(NamedTuple):
    """The options of a command in a container, as the user gave them."""

    dir: str
    stage: str
    version: str
    env: list[str] | None
    port: list[str] | None
    root: bool
    sibling: bool
    dind: bool
    skip_version_check: bool
    no_build: bool


@contextmanager
def _session(host: "Host", wanted: _Wanted) -> "Iterator[Session]":
    from helpers.containers.enter import Request, open_session
    from helpers.containers.plan import Options
    from helpers.images.ensure import Wanted
    from helpers.model.image import Stage
    from helpers.model.version import Version
    from helpers.tasks.builds import shown_builds
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.open_repo(host)
    image = Wanted(
        stage=cli.read_choice(Stage, wanted.stage, "--stage"),
        version=Version.parse(wanted.version) if wanted.version else None,
        build=not wanted.no_build,
        skip_version_check=wanted.skip_version_check,
        building=partial(shown_builds, host, cli.root_name(repo)),
    )
    request = Request(
        image,
        env=cli.read_variables(wanted.env or (), host.environment),
        dind=wanted.dind,
        options=Options(
            root=wanted.root,
            sibling=wanted.sibling,
            ports=cli.read_ports(wanted.port or ()),
        ),
    )
    runnable_dir = find_dir(repo, host.directory, wanted.dir)
    listen = cli.teller(repo)
    with open_session(client, repo, runnable_dir, host, request, listen) as session:
        yield session


def _shell(host: "Host", wanted: _Wanted) -> int:
    import time

    from helpers.containers.enter import run_attached, run_piped, shell_command, shell_variables

    with _session(host, wanted) as session:
        if not host.is_terminal:
            return run_piped(session, shell_command(session), stdin=True)
        began = time.monotonic()
        status = run_attached(session, shell_command(session), shell_variables(session, host))
        # Nobody ends a shell so soon: the interrupt came before it was ready to take one.
        if status == cli.INTERRUPTED and time.monotonic() - began < _SHELL_STARTS:
            raise KeyboardInterrupt
        return status


def _command(host: "Host", wanted: _Wanted, command: str) -> int:
    from helpers.containers.enter import run_attached, run_piped, terminal_variables

    args = ["/bin/sh", "-c", command]
    with _session(host, wanted) as session:
        if host.is_terminal:
            return run_attached(session, args, terminal_variables(host))
        return run_piped(session, args, stdin=not host.input_is_terminal)


def _jupyter(host: "Host", wanted: _Wanted) -> int:
    from helpers.containers.jupyter import free_port, serve_jupyter

    wished = cli.read_ports(wanted.port or ["8888"])
    port = free_port(int(wished[0].rpartition(":")[2]), chosen=bool(wanted.port))
    others = list(wished[1:])
    with _session(host, wanted._replace(port=[str(port), *others])) as session:
        return serve_jupyter(session, port, lambda url: print(f"Jupyter: {url}", flush=True))


def _list(host: "Host", all_repos: bool) -> None:
    from helpers.console.tables import print_table
    from helpers.containers.inventory import list_own
    from helpers.model.runnable_dir import shown_name

    repo, client = cli.open_repo(host)
    root = cli.root_name(repo)
    rows = [
        (
            shown_name(item.dir, item.repo if all_repos else root),
            item.role,
            item.version,
            item.status,
            item.name,
        )
        for item in list_own(client, None if all_repos else repo)
    ]
    if rows:
        print_table(("dir", "role", "version", "status", "name"), rows)
    else:
        print("no containers")


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
    if not stopped.removed and not stopped.in_use:
        print("nothing to remove")


def _kill(host: "Host", dir: str, *, all: bool) -> None:
    from helpers.model.errors import HelpersError

    if dir and all:
        raise HelpersError("--all and --dir exclude each other", fix="give one of them")
    _stop(host, dir, force=True)


def _stats(host: "Host", dir: str, *, watch: bool) -> None:
    import time

    from helpers.console.foreign import unfiltered
    from helpers.console.usage_table import CLEAR, print_usage
    from helpers.containers.stats_and_logs import looks_of, measure_own
    from helpers.model.runnable_dir import shown_name
    from helpers.vcs.chosen_dir import find_dir

    repo, client = cli.open_repo(host)
    name = find_dir(repo, host.directory, dir).name if dir else ""
    before = looks_of(measure_own(client, repo, name))
    goes_on = watch and host.is_terminal
    shown = partial(shown_name, root_name=cli.root_name(repo))
    while True:
        time.sleep(_BETWEEN_LOOKS if before else 0)
        measured = measure_own(client, repo, name, before)
        if goes_on:
            print(CLEAR, end="", file=unfiltered(sys.stdout))
        print_usage(
            [
                (shown(m.container.dir), m.container.role, m.container.name, m.usage, m.cpu)
                for m in measured
            ]
        )
        if not goes_on:
            return
        before = looks_of(measured)
        time.sleep(_BETWEEN_TABLES)


def _logs(host: "Host", dir: str, tail: str, *, follow: bool) -> None:
    import os

    from helpers.console.foreign import printable
    from helpers.containers.stats_and_logs import show_logs
    from helpers.vcs.chosen_dir import find_dir

    lines = cli.read_number(tail, "--tail") if tail else None

    def write(is_error: bool, data: bytes) -> None:
        output = 2 if is_error else 1
        if os.isatty(output):
            # A terminal would obey it; a file or a program gets what was written.
            text = printable(data.decode("utf-8", "surrogateescape"), colours=True)
            data = text.encode("utf-8", "backslashreplace")
        view = memoryview(data)
        while view:
            view = view[os.write(output, view) :]

    repo, client = cli.open_repo(host)
    name = find_dir(repo, host.directory, dir).name
    # Whoever reads only the first lines has seen enough.
    with suppress(BrokenPipeError):
        if not show_logs(client, repo, name, write, tail=lines, follow=follow):
            print(f"no containers of {name}")
