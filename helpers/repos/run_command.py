"""Run a command in each repo of a list, some at once."""

import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp

from helpers.model.errors import HelpersError
from helpers.model.events import CommandChanged, Listener
from helpers.model.repo_commands import CommandOutcome, CommandState
from helpers.repos.open_repos import OpenedRepo
from helpers.system.lease import working_folder
from helpers.system.nested_repos import driving_toolchain
from helpers.system.process import stream
from helpers.system.toolchain import is_toolchain

# A command and its variables, for the repo at a root.
Started = tuple[Sequence[str], Mapping[str, str]]
_LAST_LINES = 20
_KEPT = 10
# What is sourced first is what a person sources there: so `i` is the repo's own program, or in
# earlier versions its function.
_SCRIPT = """\
unset HELPERS_REPO_ROOT HELPERS_ACTIVE HELPERS_ACTIVE_ENV HELPERS_ACTIVE_ROOT HELPERS_ACTIVE_BLOCK
_helpers_quietly=1
source "$HELPERS_TO_SOURCE" || exit
unset HELPERS_TO_SOURCE
"$@"
"""


class _StoppedError(Exception):
    """Nobody wants the command any more."""


def new_logs(root: Path) -> Path:
    """A folder for the logs of one call, in the repo at `root`; those of the last ten stay.

    Raises:
        OSError: it cannot be made.
    """
    every = working_folder(root) / "repos_run"
    every.mkdir(exist_ok=True)
    for old in sorted(every.iterdir())[: 1 - _KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return Path(mkdtemp(prefix=f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-", dir=every))


def run_in_repos(
    repos: Sequence[OpenedRepo],
    command: Callable[[Path], Started],
    logs: Path,
    jobs: int,
    listen: Listener,
) -> list[CommandOutcome]:
    """Run a command at the root of each; what fails in one stops no other.

    Ctrl-C ends those that run, and begins no other.

    Args:
        command: what runs in the repo at a root.
        logs: the folder that gets a log of each.
        jobs: how many run at once.

    Returns:
        What became of each, in the order of the list.
    """
    stopped = threading.Event()

    def act(number: int, one: OpenedRepo) -> CommandOutcome:
        if one.error:
            return CommandOutcome(one.name, CommandState.NO_REPO, error=one.error)
        log = logs / f"{number}-{one.root.name}.log"
        outcome = _run(one, command, log, stopped, listen)
        listen(CommandChanged(one.name, outcome.state, seconds=outcome.seconds))
        return outcome

    with ThreadPoolExecutor(jobs) as pool:
        running = [pool.submit(act, number, one) for number, one in enumerate(repos, 1)]
        try:
            return [one.result() for one in running]
        except KeyboardInterrupt:
            stopped.set()
            return [one.result() for one in running]


def _run(
    one: OpenedRepo,
    command: Callable[[Path], Started],
    log: Path,
    stopped: threading.Event,
    listen: Listener,
) -> CommandOutcome:
    first = ""
    last: deque[str] = deque(maxlen=_LAST_LINES)

    def look() -> None:
        if stopped.is_set():
            raise _StoppedError

    began = time.monotonic()
    state, status, error = CommandState.INTERRUPTED, None, None
    try:
        look()
        listen(CommandChanged(one.name, CommandState.RUNNING))
        with log.open("w", encoding="utf-8") as file:

            def on_line(line: str) -> None:
                nonlocal first
                look()
                first = first or line
                file.write(f"{line}\n")
                last.append(line)
                listen(CommandChanged(one.name, CommandState.RUNNING, line))

            started, variables = command(one.root)
            status = stream(
                started, on_line, cwd=one.root, env=variables, ends="with us", on_wait=look
            )
        state = CommandState.FAILED if status else CommandState.PASSED
    except _StoppedError:
        status = None
    except HelpersError as found:
        state, error = CommandState.FAILED, found
    seconds = time.monotonic() - began
    shown = str(log) if last else ""
    return CommandOutcome(one.name, state, status, seconds, shown, first, tuple(last), error)


def toolchain_of(root: Path) -> Path | None:
    """The toolchain by which the repo at `root` is driven; none: it has not adopted it."""
    return root if is_toolchain(root) else driving_toolchain(root)


def as_typed(root: Path, command: Sequence[str]) -> Started:
    """The command in the shell that a user of the repo has, with the repo's own toolchain."""
    toolchain = toolchain_of(root)
    if toolchain is None:
        return command, {}
    own = root / "setenv.sh"
    source = own if own.is_file() else toolchain / own.name
    return ("bash", "-c", _SCRIPT, "repos_run", *command), {"HELPERS_TO_SOURCE": str(source)}
