"""Run a command, or a shell, in a dir's container."""

import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import field, replace
from functools import wraps
from typing import ParamSpec

from helpers.containers.host_files import read_surroundings
from helpers.containers.open_container import make_container, open_kept
from helpers.containers.plan import (
    ContainerPlan,
    Given,
    Options,
    Role,
    Surroundings,
    plan_container,
    with_networks,
)
from helpers.engine.client import Client
from helpers.engine.containers import remove_container, with_image
from helpers.engine.execs import Command, Exec, run_command, start_command
from helpers.images.ensure import Wanted, ensure_image
from helpers.images.installed.ensure import ensure_installed
from helpers.images.installed.source import Source
from helpers.images.resolve import Chosen
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model.dataclass import dataclass
from helpers.model.events import Listener
from helpers.model.images.name import Stage
from helpers.model.numbers import KILLED
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.lease import Lease
from helpers.system.process import attach
from helpers.system.repo_files import read_dir_config
from helpers.system.signals import noted

_STDOUT, _STDERR = 1, 2
# Found in the environment of all that a command starts, however it hides itself.
_MARK = "HELPERS_COMMAND"
Arguments = ParamSpec("Arguments")


@dataclass(frozen=True, slots=True)
class Request:
    """The user's request.

    Attributes:
        image: which image, and whether it may be built.
        env: variables of this one command.
        dind: an engine of the container's own.
    """

    image: Wanted = field(default_factory=Wanted)
    env: Mapping[str, str] = field(default_factory=dict)
    dind: bool = False
    options: Options = field(default_factory=Options)


@dataclass(frozen=True, slots=True)
class Session:
    """A container that is ready for commands."""

    client: Client
    plan: ContainerPlan
    container: str
    env: Mapping[str, str]
    bashrc: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """A dir whose image is there, and what its container is made from."""

    client: Client
    repo: Repo
    runnable_dir: RunnableDir
    host: Host
    chosen: Chosen
    around: Surroundings

    def plan(self, options: Options, role: Role, lease: str = "") -> ContainerPlan:
        """A container of the image."""
        given = Given(self.host, options, self.around)
        return plan_container(self.repo, self.runnable_dir, self.chosen, given, role, lease)


def again_while_the_image_goes(
    opens: Callable[Arguments, AbstractContextManager[Session]],
) -> Callable[Arguments, AbstractContextManager[Session]]:
    """Open it once more where another build takes the image's name in between."""

    @contextmanager
    @wraps(opens)
    def opened(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Iterator[Session]:
        with ExitStack() as stack:
            yield with_image(lambda: stack.enter_context(opens(*args, **kwargs)))

    return opened


@again_while_the_image_goes
@contextmanager
def open_session(
    client: Client,
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    request: Request,
    listen: Listener,
) -> Iterator[Session]:
    """A container of the dir that is ready for commands, for as long as the context lasts.

    Kept containers serve what needs nothing of its own; services, published ports and an inner
    engine get a container that ends with the command.

    Raises:
        HelpersError: there is no image, it cannot be built, it does not fit the code, or the engine
            refuses.
    """
    options, config = request.options, read_dir_config(runnable_dir)
    if config.data:
        # Imported here: most dirs have none.
        from helpers.containers.data import data_mounts

        options = replace(options, data=data_mounts(repo, runnable_dir, config, host))
    around = read_surroundings(repo.of(runnable_dir.name), host, client.endpoint)
    chosen, _ = ensure_image(client, repo, runnable_dir, host, request.image, listen)
    if chosen.stage is not Stage.PROD:
        inputs, image, own = read_repo_inputs(repo), chosen.image.id, around.git_folders
        source = Source(inputs, runnable_dir, host, client, image, own)
        around = replace(around, installed=ensure_installed(source, listen))
    if options.sibling or request.dind:
        # Imported here: most containers have no engine.
        from helpers.images.building.engine_images import ensure_docker_client

        options = replace(options, docker_client=ensure_docker_client(repo, host, listen))
    ready = _Ready(client, repo, runnable_dir, host, chosen, around)
    if runnable_dir.compose.is_file() or options.ports or request.dind:
        with _once(ready, options, request, listen) as session:
            yield session
    else:
        plan = ready.plan(options, Role.KEPT)
        yield _session(client, repo, plan, open_kept(client, plan), request)


@contextmanager
def _once(ready: _Ready, options: Options, request: Request, listen: Listener) -> Iterator[Session]:
    """A container that ends with the command, with its services and its own engine."""
    # Imported here: most dirs have none of it.
    from helpers.containers.inner_engine import NO_ENGINE, inner_engine
    from helpers.containers.leftovers import remove_leftovers
    from helpers.containers.services import services_of

    client, repo, item, host = ready.client, ready.repo, ready.runnable_dir, ready.host
    remove_leftovers(client, repo)
    lease = f"once-{os.getpid()}-{os.urandom(4).hex()}"
    with (
        Lease(repo.root, lease, passing=True),
        services_of(repo, item, host, client.endpoint, listen) as networks,
        (
            inner_engine(ready, item, listen, lease, options.data)
            if request.dind
            else nullcontext(NO_ENGINE)
        ) as inner,
    ):
        options = with_networks(options, networks)
        plan = ready.plan(
            replace(options, volumes=inner[0], engine_socket=inner[1]), Role.ONCE, lease
        )
        made = make_container(client, plan, f"{plan.name}-{lease}")
        assert made is not None, "the lease's name is unique"
        try:
            yield _session(client, repo, plan, made, request)
        finally:
            remove_container(client, made)


def shell_command(session: Session) -> list[str]:
    """An interactive shell that knows the toolchain."""
    return ["/bin/bash", "--rcfile", session.bashrc]


def terminal_variables(host: Host) -> dict[str, str]:
    """Variables that describe the user's terminal."""
    names = ("TERM", "COLORTERM", "NO_COLOR")
    return {name: host.environment[name] for name in names if name in host.environment}


def shell_variables(session: Session, host: Host) -> dict[str, str]:
    """Further variables of an interactive shell: how to finish a set-up that Ctrl-C cut off."""
    return {"PROMPT_COMMAND": f". {shlex.quote(session.bashrc)}", **terminal_variables(host)}


def run_attached(session: Session, args: Sequence[str], terminal: Mapping[str, str]) -> int:
    """Run a command on this terminal; return its exit status.

    The docker client does this: it passes on keys, signals and the window's size.

    Args:
        terminal: variables that describe the terminal.
    """
    env = {**session.env, **terminal}
    return attach(
        [
            *("docker", "--host", session.client.endpoint.url, "exec", "--interactive", "--tty"),
            *("--user", _user(session)),
            *("--workdir", session.plan.directory),
            *(part for name in env for part in ("--env", name)),
            session.container,
            *args,
        ],
        env=env,
    )


def run_piped(
    session: Session, args: Sequence[str], *, stdin: bool, interrupt: int = signal.SIGINT
) -> int:
    """Run a command with this process's input and outputs; return its exit status.

    An interrupt, termination or hang-up of this process reaches all that the command started.

    Args:
        interrupt: the signal as which an interrupt reaches it.

    Raises:
        EngineError: the engine stopped answering.
    """
    mark = f"{_MARK}={os.urandom(8).hex()}"
    env = tuple(f"{name}={value}" for name, value in session.env.items())
    command = Command(tuple(args), _user(session), session.plan.directory, (*env, mark), stdin)
    started = start_command(session.client, session.container, command)
    if stdin:
        threading.Thread(target=_feed, args=(started,), daemon=True).start()
    try:
        # Raised in the middle of handing output on, one would lose some of it, or hand it on twice.
        with noted(signal.SIGINT, signal.SIGTERM, signal.SIGHUP) as signals:
            return _follow(session, started, mark, signals, interrupt)
    finally:
        started.close()


def _session(
    client: Client, repo: Repo, plan: ContainerPlan, container: str, request: Request
) -> Session:
    bashrc = repo.in_container / "bashrc"
    env = {**plan.env, "HELPERS_SETENV": str(repo.root / "setenv.sh"), **request.env}
    return Session(client, plan, container, env, str(bashrc))


def _follow(
    session: Session, started: Exec, mark: str, signals: Sequence[int], interrupt: int
) -> int:
    """Pass on output and signals until the command ends: a second kills it, a third leaves."""
    passed_on, number = 0, 0
    while started.pump(_write):
        if len(signals) > passed_on:
            if number == signal.SIGKILL:
                break
            first = interrupt if signals[0] == signal.SIGINT else signals[0]
            number = signal.SIGKILL if passed_on else first
            passed_on = len(signals)
            signal_marked(session.client, session.container, mark, number, _user(session))
    status = started.exit_status()
    if signals and status in (None, KILLED, 128 + number):
        return 128 + signals[0]
    return KILLED if status is None else status


def signal_marked(client: Client, container: str, mark: str, number: int, user: str) -> None:
    """Send a signal to every process of a container that has the mark in its environment.

    Args:
        user: whose processes they are. Nobody else may read their environments: the root of a
            container may trace no process of another user.
    """
    script = (
        'for found in $(grep -lsz -- "$1" /proc/[0-9]*/environ); do'
        ' pid=${found#/proc/}; kill -"$2" "${pid%/environ}" 2>/dev/null; done; true'
    )
    words = ["sh", "-c", script, "sh", f"^{mark}$", str(int(number))]
    run_command(client, container, words, user)


def _write(is_error: bool, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(_STDERR if is_error else _STDOUT, view) :]


def _feed(started: Exec) -> None:
    """Pass our input to the command until one of them ends."""
    try:
        while chunk := os.read(sys.stdin.fileno(), 1 << 16):
            started.send(chunk)
        started.send(b"")
    except OSError:
        # The command has ended and does not want the rest.
        return


def _user(session: Session) -> str:
    return f"{session.plan.user.uid}:{session.plan.user.gid}"
