"""Show the state of checkouts: a table and hints for people, JSON for programs."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TextIO

from helpers.console.foreign import one_line, printable, unfiltered
from helpers.console.tables import print_table, table_lines
from helpers.model.checkouts.diff import CheckoutDiff
from helpers.model.checkouts.hints import Hint
from helpers.model.checkouts.state import CheckoutState, Recorded, Relation, Uncommitted

_HEADER = ("path", "branch", "commit", "remote", "not committed", "the parent records")
_SHORT = 8
# Cells that begin so say that all is well.
_QUIET = ("=", "clean", "same")


def print_status(
    states: Sequence[CheckoutState],
    hints: Sequence[Hint],
    elsewhere: str = "",
    stream: TextIO | None = None,
) -> None:
    """Print one row for each checkout, then what is not in order and what fixes it.

    Args:
        elsewhere: the outermost root, when the user stands somewhere else.
    """
    stream = stream or sys.stdout
    rows = [_row(state) for state in states]
    if stream.isatty():
        _print_coloured(rows, {hint.path for hint in hints}, stream)
    else:
        print(*table_lines(_HEADER, rows), sep="\n", file=stream)
    if hints and elsewhere:
        print(f"\ncommands are meant to be typed in {elsewhere}", file=stream)
    for hint in hints:
        print(f"\n{hint.path}: {hint.what}\n  fix: {hint.fix}", file=stream)


def print_details(
    states: Sequence[CheckoutState], details: Mapping[str, Sequence[str]], *, colours: bool
) -> None:
    """Print what differs, checkout by checkout, and how many have nothing to tell."""
    for state in states:
        if state.path not in details:
            continue
        _print(_bold(state.path, colours=colours), colours=colours)
        for line in [*details[state.path], *_said_besides(state)]:
            _print(line, colours=colours)
        print()
    quiet = len(states) - len(details)
    if quiet:
        others = "others have" if quiet > 1 else "other has"
        kind = others if details else ("checkouts have" if quiet > 1 else "checkout has")
        print(f"{quiet} {kind} nothing to tell")


def print_differences(found: Sequence[CheckoutDiff], *, colours: bool) -> None:
    """Print the difference of each checkout under its path, as git tells it."""
    for one in found:
        if not (one.text or one.names or one.note):
            continue
        title = f"{one.path} ({one.note})" if one.note else one.path
        _print(_bold(title, colours=colours), colours=colours)
        if sys.stdout.isatty():
            _print(one.text, end="", colours=colours)
        else:
            # A patch is to be applied: its content is as it is.
            print(one.text, end="", file=unfiltered(sys.stdout))
        for name in one.names:
            print(f"not known to git: {name}")
        print()
    _print_faults(found)


def print_names(found: Sequence[CheckoutDiff]) -> None:
    """Print only the paths, for programs; notices go to standard error."""
    for name in sorted(name for one in found for name in one.names):
        print(name)
    for one in found:
        if one.note:
            print(f"notice: {one.path} is {one.note}", file=sys.stderr)
    _print_faults(found)


def print_hooks(rows: Sequence[Sequence[str]], *, dry_run: bool) -> None:
    """Print what becomes of the hook of each checkout: its path, that, and the file."""
    print_table(("path", "the hook would be" if dry_run else "the hook is", "file"), rows)


def status_json(states: Sequence[CheckoutState], hints: Sequence[Hint]) -> str:
    """The same for programs."""
    import json
    from dataclasses import asdict

    told = {
        state.path: [{"what": h.what, "fix": h.fix} for h in hints if h.path == state.path]
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
    for path, *cells in ([one_line(cell) for cell in row] for row in rows):
        styles = ["dim" if cell.startswith(_QUIET) else "yellow" for cell in cells[2:]]
        table.add_row(
            Text(path, "red" if path in wrong else "green"),
            *(Text(cell) for cell in cells[:2]),
            *(Text(cell, style) for cell, style in zip(cells[2:], styles, strict=True)),
        )
    Console(file=unfiltered(stream), highlight=False).print(table)


def _row(state: CheckoutState) -> tuple[str, ...]:
    return (state.path, *checkout_cells(state), _recorded(state))


def checkout_cells(state: CheckoutState) -> tuple[str, str, str, str]:
    """The branch, the commit, how it stands against its remote, and what is not committed."""
    if state.fault:
        return "", "", "", "cannot be read"
    if state.missing:
        return "not checked out", "", "", ""
    return state.branch or "(detached)", _commit(state), _remote(state), _work(state)


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
    """How the checked-out commit relates to the recorded one."""
    if recorded.relation in (Relation.SAME, Relation.CONFLICT):
        return recorded.relation.value
    commit = recorded.commit[:_SHORT]
    if recorded.relation is Relation.UNKNOWN:
        return f"{commit}, not here"
    return f"{commit}, here {_steps(recorded.ahead, recorded.behind)}"


def _said_besides(state: CheckoutState) -> list[str]:
    """What `git status` does not show."""
    if state.fault:
        return [f"cannot be read: {state.fault}"]
    if state.missing:
        return ["not checked out"]
    told = []
    if state.operation:
        told.append(f"in the middle of: {state.operation}")
    if state.unpushed and not state.upstream:
        told.append(f"{state.unpushed} not pushed" + ", on no branch" * state.is_stray)
    if state.recorded and _recorded(state) != Relation.SAME.value:
        told.append(f"the parent records: {_recorded(state)}")
    return told


def _print_faults(found: Iterable[CheckoutDiff]) -> None:
    for one in found:
        if one.fault:
            print(f"{one.path} is not compared: {one.fault}", file=sys.stderr)


def _print(text: str, *, colours: bool, end: str = "\n") -> None:
    """Print what git tells, with its colours alone."""
    print(printable(text, colours=colours), end=end, file=unfiltered(sys.stdout))


def _bold(text: str, *, colours: bool) -> str:
    return f"\033[1m{text}\033[0m" if colours else text
