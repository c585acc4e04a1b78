"""How checkouts stand, for people: a table and what is to be done; and for programs."""

import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from helpers.console.tables import print_table
from helpers.model.checkout import CheckoutState, Recorded, Relation, Uncommitted
from helpers.model.checkout_hints import Hint

_HEADER = ("path", "branch", "commit", "remote", "not committed", "the parent records")
_SHORT = 8
# Cells that begin so say that all is well.
_QUIET = ("=", "clean", "same")


def print_status(
    states: Sequence[CheckoutState], hints: Sequence[Hint], stream: TextIO | None = None
) -> None:
    """Print one row for each checkout, then what is not in order and what mends it."""
    stream = stream or sys.stdout
    rows = [_row(state) for state in states]
    if stream.isatty():
        _print_coloured(rows, {hint.path for hint in hints}, stream)
    else:
        print_table(_HEADER, rows, stream)
    for hint in hints:
        print(f"\n{hint.path}: {hint.what}\n  mend: {hint.mend}", file=stream)


def print_hooks(rows: Sequence[Sequence[str]], *, dry_run: bool) -> None:
    """Print what becomes of the hook of each checkout: its path, that, and the file."""
    print_table(("path", "would" if dry_run else "the hook", "file"), rows)


def status_json(states: Sequence[CheckoutState], hints: Sequence[Hint]) -> str:
    """The same for programs."""
    import json
    from dataclasses import asdict

    told = {
        state.path: [{"what": h.what, "mend": h.mend} for h in hints if h.path == state.path]
        for state in states
    }
    return json.dumps(
        {"checkouts": [{**asdict(state), "hints": told[state.path]} for state in states]},
        indent=2,
        ensure_ascii=False,
    )


def _print_coloured(rows: Iterable[Sequence[str]], wrong: set[str], stream: TextIO) -> None:
    # Imported here: rich is for terminals alone.
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in _HEADER:
        table.add_column(title, overflow="fold")
    for path, *cells in rows:
        styles = ["dim" if cell.startswith(_QUIET) else "yellow" for cell in cells[2:]]
        table.add_row(
            Text(path, "red" if path in wrong else "green"),
            *(Text(cell) for cell in cells[:2]),
            *(Text(cell, style) for cell, style in zip(cells[2:], styles, strict=True)),
        )
    Console(file=stream, highlight=False).print(table)


def _row(state: CheckoutState) -> tuple[str, ...]:
    if state.fault:
        return state.path, "", "", "", "cannot be read", _recorded(state)
    if state.missing:
        return state.path, "not checked out", "", "", "", _recorded(state)
    return (
        state.path,
        state.branch or "(detached)",
        _commit(state),
        _remote(state),
        _work(state),
        _recorded(state),
    )


def _commit(state: CheckoutState) -> str:
    if state.is_unborn:
        return "none yet"
    return state.commit[:_SHORT] + " (shallow)" * state.shallow


def _remote(state: CheckoutState) -> str:
    if state.upstream_gone:
        return f"{state.upstream} is gone"
    if state.upstream:
        return " ".join((_steps(state.ahead, state.behind) or "=", state.upstream))
    return f"{state.unpushed} not pushed" if state.unpushed else ""


def _steps(ahead: int, behind: int) -> str:
    return " ".join([f"+{ahead}"] * bool(ahead) + [f"-{behind}"] * bool(behind))


def _work(state: CheckoutState) -> str:
    begun = [state.operation.value] if state.operation else []
    return ", ".join([*begun, *_counts(state.work)]) or "clean"


def _counts(work: Uncommitted) -> list[str]:
    kinds = (
        (work.conflicted, "in conflict"),
        (work.staged, "staged"),
        (work.changed, "changed"),
        (work.untracked, "new"),
    )
    stashes = work.stashes
    told = [f"{number} {word}" for number, word in kinds if number]
    return told + [f"{stashes} stash" + "es" * (stashes > 1)] * bool(stashes)


def _recorded(state: CheckoutState) -> str:
    recorded = state.recorded
    if recorded is None:
        return ""
    stands = _relation(recorded) if state.is_readable else recorded.commit[:_SHORT]
    return f"{stands}, staged" if recorded.is_staged else stands


def _relation(recorded: Recorded) -> str:
    """How what is checked out stands to it."""
    if recorded.relation in (Relation.SAME, Relation.CONFLICT):
        return recorded.relation.value
    commit = recorded.commit[:_SHORT]
    if recorded.relation is Relation.UNKNOWN:
        return f"{commit}, not here"
    return f"{commit}, here {_steps(recorded.ahead, recorded.behind)}"
