"""Show machines with Docker Engine: how they stand, what runs there, what was removed."""

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from helpers.console.errors import print_error
from helpers.console.foreign import printable
from helpers.console.sizes import readable_size
from helpers.console.tables import print_table
from helpers.model.errors import HelpersError
from helpers.model.host_state import HostedRun, HostState, find_troubles, shown_things
from helpers.model.numbers import counted, list_few
from helpers.model.times import ago

_CHECK = (
    *("host", "reached", "engine", "platform", "cores", "memory", "free disk", "clock", "MB/s"),
    "left there",
)
# A host, a run there or None, processors and bytes of memory in use.
UseRow = tuple[str, HostedRun | None, float, int]


def print_hosts(states: Sequence[HostState]) -> None:
    """Print a row for each host; then what is not in order, with the commands that help."""
    print_table(_CHECK, [_row(state) for state in states])
    sys.stdout.flush()
    for state in states:
        for trouble in find_troubles(state):
            print(f"\n{state.name}: {printable(trouble.what)}\n  fix: {printable(trouble.fix)}")
    print_unreached([(state.name, state.error) for state in states])


def hosts_as_json(states: Sequence[HostState]) -> str:
    """The same for programs."""
    found = [
        {
            "host": state.name,
            "address": state.address,
            "reached": state.facts is not None,
            **(asdict(state.facts) if state.facts else {}),
            "free": state.free,
            "rate": state.rate,
            "left": [
                {"run": one.run, "driver": one.driver, "has": one.shown} for one in state.left
            ],
            "troubles": [asdict(trouble) for trouble in find_troubles(state)],
            "error": _as_json(state.error),
        }
        for state in states
    ]
    return json.dumps(found, indent=2, ensure_ascii=False)


def print_use(rows: Sequence[UseRow], unreached: Sequence[tuple[str, HelpersError | None]]) -> None:
    """Print a row for each run on each host."""
    header = ("host", "run", "driver", "since", "dirs", "has", "cores", "memory")
    print_table(header, [_use_row(*row) for row in rows])
    sys.stdout.flush()
    print_unreached(unreached)


def print_cleaned(host: str, gone: Sequence[HostedRun], kept: int, *, dry_run: bool) -> None:
    """Print what was removed from a host."""
    verb = "would remove" if dry_run else "removed"
    for run in gone:
        of = f" of run {run.run} ({run.driver})" if run.run else ""
        print(printable(f"{host}: {verb} {run.shown}{of}"))
    if not gone:
        print(printable(f"{host}: nothing is left of runs that ended"))
    if kept:
        print(printable(f"{host}: kept the things of {counted(kept, 'live run')}"))


def print_unreached(errors: Sequence[tuple[str, HelpersError | None]]) -> None:
    """Print why hosts were not reached."""
    sys.stdout.flush()
    for _, error in errors:
        if error:
            print(file=sys.stderr)
            print_error(error)


def _row(state: HostState) -> tuple[str, ...]:
    facts = state.facts
    if facts is None:
        return (state.name, "no", *[""] * (len(_CHECK) - 2))
    things = [thing for run in state.left for thing in run.things]
    return (
        state.name,
        "yes",
        facts.version,
        facts.platform,
        str(facts.cores),
        readable_size(facts.memory),
        "?" if state.free is None else readable_size(state.free),
        f"{facts.skew:+.0f} s",
        "" if state.rate is None else f"{state.rate:.0f}",
        shown_things(things) or "nothing",
    )


def _use_row(host: str, run: HostedRun | None, cores: float, memory: int) -> tuple[str, ...]:
    if run is None:
        return (host, "none", *[""] * 6)
    began = datetime.fromtimestamp(run.since, UTC).isoformat()
    used = (f"{cores:.1f}", readable_size(memory))
    return (host, run.run, run.driver, ago(began), list_few(run.dirs), run.shown, *used)


def _as_json(error: HelpersError | None) -> dict[str, str] | None:
    return {"what": error.what, "where": error.where, "fix": error.fix} if error else None
