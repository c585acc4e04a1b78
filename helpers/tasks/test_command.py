"""The command line of `main_pytest.py`."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

from helpers.console.errors import print_error, print_os_error
from helpers.console.run_view import open_run_view
from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.model.errors import HelpersError
from helpers.model.image import Stage
from helpers.model.repo import Repo
from helpers.model.results import Suite
from helpers.model.runnable_dir import RunnableDir
from helpers.model.version import Version
from helpers.system.host import Host, read_host
from helpers.system.repo_files import find_dir, load_repo
from helpers.testing.request import TestRequest
from helpers.testing.run import run_tests
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.git import check_submodules

_USER_ERROR = 2
_EXIT_STATUS = """\
exit status: 0 all passed; 1 a test failed; 2 something else went wrong; 3 nothing was collected.
What follows -- goes to pytest, such as: -- -k name, or: -- tests/test_a.py::test_b"""


def run_command_line(arguments: Sequence[str], program: str) -> int:
    """Run the tests that the arguments ask for; the exit status."""
    ours, theirs = _split(arguments)
    parsed = command_line_parser(program).parse_args(ours)
    host = read_host()
    try:
        return _run(parsed, tuple(theirs), host, host.directory / program)
    except HelpersError as error:
        print_error(error, sys.stderr)
        if parsed.debug:
            raise
        return _USER_ERROR
    except OSError as error:
        print_os_error(error, sys.stderr)
        if parsed.debug:
            raise
        return _USER_ERROR


def _run(parsed: argparse.Namespace, pytest_args: tuple[str, ...], host: Host, script: Path) -> int:
    repo = load_repo(host.directory, otherwise=script.parent)
    client = Client(find_endpoint(host.environment))
    every_dir = discover_dirs(repo)
    chosen = _chosen(repo, host, parsed.dir, every_dir)
    request = TestRequest(
        dirs=tuple(chosen),
        every_dir=tuple(every_dir),
        suite=Suite(parsed.suite),
        jobs=parsed.jobs or _default_jobs(),
        fail_fast=parsed.fail_fast,
        timeout=parsed.timeout,
        stage=Stage(parsed.stage),
        version=Version.parse(parsed.version) if parsed.version else None,
        skip_version_check=parsed.skip_version_check,
        build=not parsed.no_build,
        sibling=parsed.sibling,
        pytest_args=pytest_args,
    )
    interrupted = _watch_signals()
    with open_run_view(host.is_terminal, sys.stdout) as view:
        result = run_tests(client, repo, host, request, view, interrupted)
    return result.exit_status


def _chosen(
    repo: Repo, host: Host, wanted: Sequence[str], every_dir: Sequence[RunnableDir]
) -> list[RunnableDir]:
    if wanted:
        # Each once, in the order given.
        return list(dict.fromkeys(find_dir(repo, host.directory, name) for name in wanted))
    # What is not there may hold runnable dirs, and to pass over them would be no pass.
    check_submodules(repo.root)
    if not every_dir:
        raise HelpersError(
            "the repo has no runnable dir: no directory with devops/ and changelog.txt",
            where=str(repo.root),
            mend="make one: see the page on getting started in the docs",
        )
    return list(every_dir)


def _watch_signals() -> Callable[[], bool]:
    """Whether the run was asked to end; a second request ends the process at once."""
    seen: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        seen.append(number)
        if len(seen) > 1:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, note)
    return lambda: bool(seen)


def _default_jobs() -> int:
    # Imported here: given on the command line, it is not needed.
    import os

    return len(os.sched_getaffinity(0))


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Our arguments, and pytest's, which follow `--`."""
    everything = list(arguments)
    if "--" not in everything:
        return everything, []
    at = everything.index("--")
    return everything[:at], everything[at + 1 :]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def _seconds(text: str) -> float:
    seconds = float(text)
    if not seconds > 0:
        raise ValueError(text)
    return seconds


def command_line_parser(program: str) -> argparse.ArgumentParser:
    """What `main_pytest.py` understands."""
    parser = argparse.ArgumentParser(
        prog=program,
        usage="%(prog)s [options] [-- pytest arguments]",
        description="Run the tests of runnable dirs, each in its own container, side by side.",
        epilog=_EXIT_STATUS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--dir", action="append", default=[], metavar="DIR", help="again for more; default: all")
    add("--suite", choices=[suite.value for suite in Suite], default="fast", help="default: fast")
    add("-j", "--jobs", type=_positive, metavar="N", help="dirs at once; default: the cores")
    failing = parser.add_mutually_exclusive_group()
    failing.add_argument("--keep-going", action="store_true", help="run all (the default)")
    failing.add_argument("--fail-fast", action="store_true", help="end at the first failure")
    add("--timeout", type=_seconds, default=3600.0, metavar="S", help="for a dir; default: 3600")
    add("--stage", choices=[stage.value for stage in Stage], default="local")
    add("--version", metavar="X.Y.Z", help="of the image; default: the changelog's")
    add("--skip-version-check", action="store_true", help="image and changelog may disagree")
    add("--no-build", action="store_true", help="refuse where an image is missing")
    add("--sibling", action="store_true", help="give every dir the Docker socket")
    add("--debug", action="store_true", help="show tracebacks")
    return parser
