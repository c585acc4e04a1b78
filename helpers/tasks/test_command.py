"""The command line of `main_pytest.py`."""

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from types import FrameType
from typing import TextIO

from helpers.console.deprecations import deprecations_told
from helpers.console.errors import print_error, print_os_error
from helpers.console.foreign import make_streams_last, printable_output
from helpers.console.notices import tell
from helpers.console.run_view import open_run_view
from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.image import Stage
from helpers.model.repo import Repo
from helpers.model.results import RunResult, Suite
from helpers.model.runnable_dir import MAKE_ONE, RunnableDir
from helpers.model.socket_policy import SocketPolicy
from helpers.model.version import Version
from helpers.system.host import Host, read_host
from helpers.system.outer_toolchain import plan_tests
from helpers.system.process import printable
from helpers.system.repo_files import load_repo
from helpers.tasks.cli import go_on, interruptible
from helpers.tasks.test_options import command_line_parser, option_names
from helpers.testing.choose import Choice, Wanted, choose
from helpers.testing.places import Place, find_places
from helpers.testing.request import TestRequest
from helpers.testing.run import run_tests
from helpers.vcs.chosen_dir import find_dir
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.git import check_out_command, check_submodules, unwanted_submodules
from helpers.vcs.lost_dirs import check_lost_dirs, find_lost_dirs

_USER_ERROR = 2
# Options of pytest that a value follows.
_PYTEST_VALUES = frozenset({"-k", "-m", "-p", "-o", "-c", "-W", "--tb", "--maxfail", "--durations"})


def run_command_line(arguments: Sequence[str], program: str) -> int:
    """Run the tests that the arguments ask for; the exit status."""
    make_streams_last()
    try:
        with interruptible(), printable_output():
            return _status_of(arguments, program)
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
    except OSError as error:
        # The output itself, as it was written out.
        if "--debug" in arguments:
            raise
        print_os_error(error, sys.stderr)
    return _USER_ERROR


def _status_of(arguments: Sequence[str], program: str) -> int:
    ours, theirs = _split(arguments)
    try:
        host = read_host()
        # Before anything is understood: the other toolchain may know more options.
        go_on(plan_tests(host.directory, arguments))
        parsed = _parse(_typed(host.directory, program), ours, theirs)
        with deprecations_told():
            return _run(parsed, tuple(theirs), host, host.directory / program)
    except HelpersError as error:
        print_error(error, sys.stderr)
        if "--debug" in ours:
            raise
        return _USER_ERROR
    except OSError as error:
        print_os_error(error, sys.stderr)
        if "--debug" in ours:
            raise
        return _USER_ERROR


def _typed(start: Path, program: str) -> str:
    """The program as it is typed where the user stands."""
    found = os.path.relpath(start / program, start)
    return found if found.startswith("..") else f"./{found}"


def _parse(program: str, ours: Sequence[str], theirs: Sequence[str]) -> argparse.Namespace:
    """What the arguments before `--` say.

    Raises:
        HelpersError: one is none of ours; those of pytest are shown where they belong.
    """
    parser = command_line_parser(program)
    parsed, unknown = parser.parse_known_intermixed_args(list(ours))
    if not unknown:
        return parsed
    options = [name for name in option_names(parser) if name.startswith("--")]
    near = get_close_matches(unknown[0].partition("=")[0], options, 1, 0.8)
    known, moved = list(ours), []
    for word in unknown:
        at = known.index(word)
        # What stands behind it was taken for a place.
        end = at + 2 if word in _PYTEST_VALUES else at + 1
        moved += known[at:end]
        del known[at:end]
    surely = not unknown[0].startswith("--") or unknown[0].partition("=")[0] in _PYTEST_VALUES
    again = printable([program, *known, "--", *moved, *theirs])
    what = f"{unknown[0]} is not an option of {program}"
    raise HelpersError(
        what if near else f"{what}; put pytest's options after --",
        where=printable([program, *ours]),
        fix=near[0] if near else f"{again}{'' if surely else f'   ({program} --help lists ours)'}",
    )


@dataclass(frozen=True, slots=True)
class _Command:
    """What does not change from one run of a command to the next, as it watches files.

    Attributes:
        pytest_args: what follows `--`.
    """

    parsed: argparse.Namespace
    repo: Repo
    host: Host
    client: Client
    every_dir: tuple[RunnableDir, ...]
    pytest_args: tuple[str, ...]
    interrupted: Callable[[], bool]

    def run(self, choice: Choice, inputs: RepoInputs | None, again: bool = False) -> RunResult:
        """Run the tests of the dirs that were chosen; `again`: also those that passed before."""
        request = replace(
            _request(self.parsed, self.host),
            dirs=choice.dirs,
            every_dir=self.every_dir,
            pytest_args=self.pytest_args,
            only=choice.only,
            left_out=choice.left_out,
            part=choice.part,
            again=again,
        )
        with self._view() as view:
            result = run_tests(
                self.client, self.repo, self.host, request, view, self.interrupted, inputs
            )
        if self.parsed.json:
            from helpers.console.run_json import run_as_json

            print(json.dumps(run_as_json(result), indent=1), flush=True)
        _tell_github(result, self.host, sys.stderr if self.parsed.json else sys.stdout)
        return result

    @contextmanager
    def _view(self) -> Iterator[Listener]:
        """The view that fits; beside JSON it is on the error output."""
        stream = sys.stderr if self.parsed.json else sys.stdout
        is_terminal = self.host.is_terminal and not self.parsed.json
        root_name = self.repo.root_name(item.name for item in self.every_dir)
        # The kernel's own console prints what other terminals take as a link.
        linked = None if self.host.environment.get("TERM") == "linux" else self.repo.root
        way = self.repo.way_from(self.host.directory)
        with open_run_view(is_terminal, stream, linked, root_name, way) as view:
            yield view


def _run(parsed: argparse.Namespace, pytest_args: tuple[str, ...], host: Host, script: Path) -> int:
    _check(parsed)
    repo = load_repo(host.directory, otherwise=script.parent)
    if _platform(parsed.platform, host):
        from helpers.images.emulation import ensure_emulation

        ensure_emulation(repo, parsed.platform, host)
    client = Client(find_endpoint(host.environment))
    every_dir = tuple(discover_dirs(repo))
    named, tests = _named(repo, host, parsed, every_dir)
    since = "" if parsed.changed else parsed.changed_since
    needs_inputs = not parsed.no_reuse or since is not None or parsed.watch
    inputs = read_repo_inputs(repo) if needs_inputs else None
    wanted = Wanted(since, parsed.last_failed, parsed.shard)
    choice = choose(repo, named, wanted, inputs, tests)
    command = _Command(parsed, repo, host, client, every_dir, pytest_args, _watch_signals())
    if parsed.watch and inputs:
        # Imported here: it is for this option alone.
        from helpers.system.keys import Keys
        from helpers.tasks.watching import Watch

        keys = Keys() if host.is_terminal else None
        in_views = not parsed.no_reuse
        return Watch(repo, command.run, command.interrupted, choice, keys, in_views).go_on(inputs)
    return command.run(choice, inputs).exit_status


def _check(parsed: argparse.Namespace) -> None:
    if parsed.reuse_write and not parsed.reuse_from:
        raise HelpersError(
            "--reuse-write needs --reuse-from, which names the place",
            fix="add --reuse-from FOLDER",
        )
    if parsed.no_reuse and parsed.reuse_from:
        raise HelpersError("--no-reuse and --reuse-from exclude each other", fix="give one")
    if parsed.watch and parsed.json:
        raise HelpersError("--watch and --json exclude each other", fix="give one")


def _request(parsed: argparse.Namespace, host: Host) -> TestRequest:
    return TestRequest(
        dirs=(),
        every_dir=(),
        suite=Suite(parsed.suite),
        jobs=parsed.jobs or _default_jobs(),
        fail_fast=parsed.fail_fast,
        timeout=parsed.timeout,
        stage=Stage(parsed.stage),
        version=Version.parse(parsed.version) if parsed.version else None,
        platform=_platform(parsed.platform, host),
        skip_version_check=parsed.skip_version_check,
        build=not parsed.no_build,
        sibling=SocketPolicy(parsed.sibling) if parsed.sibling else None,
        dind=parsed.dind,
        workers=parsed.workers or "",
        retries=parsed.retries,
        coverage=parsed.coverage,
        reuse=not parsed.no_reuse,
        reuse_from=_place(parsed.reuse_from or "", host),
        reuse_write=parsed.reuse_write,
    )


def _platform(text: str, host: Host) -> str:
    """The platform where it is not the machine's own."""
    return text if text != host.platform else ""


def _place(text: str, host: Host) -> str:
    """A URL as it is; a folder as an absolute path."""
    return text if not text or "://" in text else str((host.directory / text).resolve())


def _tell_github(result: RunResult, host: Host, stream: TextIO) -> None:
    """The step summary, and annotations on the files of failed tests."""
    if host.environment.get("GITHUB_ACTIONS") != "true":
        return
    from helpers.console.github import annotations, step_summary

    for line in annotations(result):
        print(line, file=stream, flush=True)
    summary = host.environment.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(step_summary(result))


def _named(
    repo: Repo, host: Host, parsed: argparse.Namespace, every_dir: Sequence[RunnableDir]
) -> tuple[list[RunnableDir], dict[str, tuple[str, ...]]]:
    """The dirs that are meant, and by dir the tests, where not all of it is."""
    if parsed.dir or parsed.places:
        places = [Place(find_dir(repo, host.directory, name)) for name in parsed.dir]
        places += find_places(repo, host.directory, parsed.places, every_dir)
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
