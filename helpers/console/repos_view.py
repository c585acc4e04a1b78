"""Show many repos: how they stand, a command that runs in each, and what became of it."""

import json
import shlex
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

from helpers.console.checkouts import checkout_cells
from helpers.console.errors import print_error
from helpers.console.foreign import one_line, printable
from helpers.console.repeated import Ticker
from helpers.console.tables import print_table
from helpers.model.checkouts.hints import Hint
from helpers.model.checkouts.state import CheckoutState
from helpers.model.errors import HelpersError
from helpers.model.events import CommandChanged, Event, Listener
from helpers.model.numbers import counted, list_few
from helpers.model.repo_commands import CommandOutcome, CommandState, TestedRepo

if TYPE_CHECKING:
    from rich.table import Table

# Seconds in which something is said, where nobody sees a table.
_SILENCE = 10.0
_COLOURS = {CommandState.PASSED: "green", CommandState.FAILED: "red", CommandState.RUNNING: "cyan"}
# Exit statuses of tests that ran to their end.
_TESTED = {1: "failed", 2: "error", 3: "no tests"}
_TITLES = ("repo", "state", "seconds", "last line")
_SHRINKING = ((3, 12), (0, 12), (3, 0))
_ENDED = (CommandState.PASSED, CommandState.FAILED, CommandState.INTERRUPTED)


class Says(StrEnum):
    """Which line of what a command wrote is shown."""

    NOTHING = ""
    FIRST = "first"
    LAST = "last"


Looked = tuple[str, Sequence[CheckoutState], Sequence[Hint], str, HelpersError | None]


def print_repos(repos: Sequence[Looked]) -> None:
    """Print a row for each repo: its name, states, hints, toolchain and error; then what helps."""
    header = ("repo", "branch", "commit", "remote", "not committed", "submodules", "toolchain")
    print_table(header, [_row(*one) for one in repos])
    sys.stdout.flush()
    for name, _, hints, _, error in repos:
        for hint in hints:
            inside = "" if hint.path == "." else f" {hint.path}:"
            print(f"\n{printable(name)}:{inside} {printable(hint.what)}")
            print(f"  fix: (cd {shlex.quote(name)} && {printable(hint.fix)})")
        if error:
            print(f"\n{printable(name)}:", file=sys.stderr)
            print_error(error)


def repos_as_json(repos: Sequence[Looked]) -> str:
    """The same for programs."""
    found = [
        {
            "repo": name,
            "toolchain": toolchain,
            "checkouts": [asdict(state) for state in states],
            "hints": [asdict(hint) for hint in hints],
            "error": error.what if error else "",
        }
        for name, states, hints, toolchain, error in repos
    ]
    return json.dumps(found, indent=2, ensure_ascii=False)


def _row(
    name: str,
    states: Sequence[CheckoutState],
    _: Sequence[Hint],
    toolchain: str,
    error: HelpersError | None,
) -> tuple[str, ...]:
    if error:
        return (name, "", "", "", "cannot be looked at", "", "")
    inner = [state for state in states if not state.is_outermost]
    other = sum(state.differs for state in inner)
    stands = f"{other} of {len(inner)} differ" if other else f"{len(inner)} as recorded"
    return (name, *checkout_cells(states[0]), stands if inner else "", toolchain or "none")


def print_outcomes(
    outcomes: Sequence[CommandOutcome],
    *,
    says: Says = Says.NOTHING,
    meanings: Mapping[int, str] = {},
) -> None:
    """Print what became of the command in each repo, and the end of what failed.

    Args:
        says: the line that tells most of one that passed.
        meanings: of exit statuses.
    """
    _print_ends(outcomes)
    header = ("repo", "result", "seconds", "says") if says else ("repo", "result", "seconds")
    rows = [(*_result(one, meanings), *_said(one, says)) for one in outcomes]
    print_table(header, rows)
    _print_no_repos(outcomes)


def _said(one: CommandOutcome, says: Says) -> tuple[str, ...]:
    if not says:
        return ()
    first, last = one.first_line, "".join(one.last_lines[-1:])
    return ((first if says is Says.FIRST else last) if one.state is CommandState.PASSED else "",)


def print_tested(tested: Sequence[TestedRepo], page: str) -> None:
    """Print what the tests of each repo came to, and the end of what failed."""
    outcomes = [one.outcome for one in tested]
    _print_ends(outcomes)
    header = ("repo", "result", "seconds", "dirs", "passed", "failed", "toolchain")
    rows = [
        (
            *_result(one.outcome, _TESTED),
            str(len(one.dirs) or ""),
            str(one.passed or ""),
            str(one.failed or ""),
            one.toolchain,
        )
        for one in tested
    ]
    print_table(header, rows)
    print(f"\nresults in {printable(page)}")
    _print_no_repos(outcomes)


def _print_ends(outcomes: Sequence[CommandOutcome]) -> None:
    for one in outcomes:
        if one.state is not CommandState.FAILED:
            continue
        print(f"=== {printable(one.repo)} ===")
        for line in one.last_lines:
            print(printable(line))
        if one.error:
            print_error(one.error)
        if one.log:
            print(f"all of it: {printable(one.log)}")
        print()


def _result(one: CommandOutcome, meanings: Mapping[int, str]) -> tuple[str, str, str]:
    return (
        one.repo,
        meanings.get(one.status, f"failed with {one.status}") if one.status else one.state,
        f"{one.seconds:.1f}" if one.log or one.status is not None else "",
    )


def _print_no_repos(outcomes: Sequence[CommandOutcome]) -> None:
    sys.stdout.flush()
    for one in outcomes:
        if one.error and one.state is CommandState.NO_REPO:
            print(file=sys.stderr)
            print_error(one.error)


def outcomes_as_json(outcomes: Sequence[CommandOutcome]) -> str:
    """The same for programs."""
    return json.dumps([_as_values(one) for one in outcomes], indent=2, ensure_ascii=False)


def tested_as_json(tested: Sequence[TestedRepo], page: str) -> str:
    """The same for programs."""
    repos = [
        {
            **_as_values(one.outcome),
            "toolchain": one.toolchain,
            "report": one.report,
            "passed": one.passed,
            "failed": one.failed,
            "dirs": [asdict(item) for item in one.dirs],
        }
        for one in tested
    ]
    return json.dumps({"report": page, "repos": repos}, indent=2, ensure_ascii=False)


def _as_values(one: CommandOutcome) -> dict[str, object]:
    return {**asdict(one), "error": one.error.what if one.error else ""}


@contextmanager
def open_commands_view(
    repos: Sequence[str], stream: TextIO, *, is_terminal: bool
) -> Iterator[Listener]:
    """Open a view of a command that runs in repos, until the context ends."""
    if is_terminal and stream.isatty():
        # Imported here: rich is for terminals alone.
        from helpers.console.live_table import open_live

        with open_live(stream, lambda _: _CommandTable(repos)) as view:
            yield view
        return
    plain = _PlainCommands(repos, lambda text: print(printable(text), file=stream, flush=True))
    ticker = Ticker(plain.tick)
    ticker.start()
    try:
        yield plain
    finally:
        ticker.stop()


class _Commands:
    """Keeps how the command stands in each repo."""

    def __init__(self, repos: Sequence[str]) -> None:
        self._lock = threading.Lock()
        self._waiting = dict.fromkeys(repos)
        self._began: dict[str, float] = {}
        self._last: dict[str, CommandChanged] = {}

    def __call__(self, event: Event) -> None:
        """Take an event, from any thread."""
        if not isinstance(event, CommandChanged):
            return
        with self._lock:
            self._waiting.pop(event.repo, None)
            self._began.setdefault(event.repo, time.monotonic())
            self._last[event.repo] = event
            self._took(event)

    def _took(self, event: CommandChanged) -> None:
        pass

    def _running(self) -> list[CommandChanged]:
        return [one for one in self._last.values() if one.state not in _ENDED]

    def _seconds(self, one: CommandChanged) -> float:
        return one.seconds or time.monotonic() - self._began[one.repo]


class _PlainCommands(_Commands):
    """A line where a command ends, and one where none did for some time."""

    def __init__(self, repos: Sequence[str], say: Callable[[str], None]) -> None:
        super().__init__(repos)
        self._say = say
        self._said = time.monotonic()

    def _took(self, event: CommandChanged) -> None:
        if event.state in _ENDED:
            self._tell(f"{event.repo}: {event.state} after {event.seconds:.1f} s")

    def tick(self) -> None:
        """Say what runs, where nothing was said for long."""
        with self._lock:
            running = [f"{one.repo} ({self._seconds(one):.0f} s)" for one in self._running()]
            if running and time.monotonic() - self._said >= _SILENCE:
                waiting = counted(len(self._waiting), "repo")
                self._tell(f"running in {list_few(running)}; {waiting} waiting")

    def _tell(self, text: str) -> None:
        self._said = time.monotonic()
        self._say(text)


class _CommandTable(_Commands):
    """Draws those that run and those that failed; of the others it says how many there are."""

    def render(self, width: int) -> "Table":
        """The table as it is now."""
        from rich.text import Text

        from helpers.console.live_table import live_table

        with self._lock:
            shown = [one for one in self._last.values() if one.state != CommandState.PASSED]
            rows = [
                [
                    Text(one_line(one.repo)),
                    Text(one.state, style=_COLOURS.get(CommandState(one.state), "yellow")),
                    Text(f"{self._seconds(one):.1f}"),
                    Text(one_line(one.line), style="dim"),
                ]
                for one in shown
            ]
            passed = len(self._last) - len(shown)
            table = live_table(_TITLES, rows, width, _SHRINKING, ("seconds",))
            table.caption = f"{passed} passed, {len(self._waiting)} waiting"
            return table
