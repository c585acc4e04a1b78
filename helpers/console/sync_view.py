"""Show the state of shared files, and the outcome of applying them."""

import sys
from collections.abc import Sequence

from helpers.console.errors import print_error
from helpers.console.file_changes import diff_text
from helpers.console.tables import print_table
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.managed_file import Drift, Mode, Standing
from helpers.model.shell_words import quoted

_APPLY = (Drift.NEW, Drift.UPSTREAM, Drift.BOTH)
_TAKE = "i sync_apply --take shared --path {path}"
_ONE_SIDE = (
    "edit {path}; or take one side of all conflicts:"
    " i sync_apply --take own --path {path}, or --take shared"
)
_OPT_OUT = "to opt out: add  {path}: <reason>  below  opt_out:  in .helpers_sync.yaml"


def print_standings(standings: Sequence[Standing]) -> None:
    """Print the state of each file, and the fix of those out of sync."""
    rows = [(item.item.path, item.item.mode, item.item.owner, _state(item)) for item in standings]
    print_table(("file", "mode", "owner", "state"), rows)
    fixes: dict[str, None] = {}
    for standing in standings:
        fix = _fix(standing)
        if fix:
            fixes[fix] = None
    if fixes:
        print()
    for fix in fixes:
        print(f"fix: {fix}")
    if any(standing.drift in (Drift.HERE, Drift.GONE) for standing in standings):
        print(_OPT_OUT.format(path="<path>"))


def print_applied(standings: Sequence[Standing], *, dry_run: bool = False) -> None:
    """Print what was written, or would be, what was left, and what somebody must decide."""
    done = "would be written" if dry_run else "written"
    for standing in standings:
        if standing.change:
            has_markers = standing.conflicts and standing.item.mode is not Mode.KEYS
            markers = ", with conflicts between <<<<<<< and >>>>>>>" if has_markers else ""
            print(f"{done}{markers}: {standing.item.path}")
    for standing in standings:
        if standing.conflicts:
            print(f"conflict: {standing.item.path}: {_conflict(standing)}")
        elif standing.change is None and standing.drift in (Drift.HERE, Drift.GONE):
            print(f"left as it is: {standing.item.path}: {_state(standing)}")


def print_checkouts(
    checkouts: Sequence[tuple[str, Sequence[Standing] | None, HelpersError | None]],
) -> None:
    """Print the state of files in many checkouts: those out of sync by name."""
    rows = []
    for name, standings, _ in checkouts:
        out = [item for item in standings or () if not item.in_step]
        fine = "failed" if standings is None else "in step"
        rows += [(name, item.item.path, _state(item)) for item in out] or [(name, "", fine)]
    print_table(("repo", "file", "state"), rows)
    _print_errors([(name, error) for name, _, error in checkouts])


def print_diffs(
    diffs: Sequence[tuple[str, Sequence[FileChange], HelpersError | None]],
) -> None:
    """Print the changes of each of many checkouts under its name."""
    for name, changes, _ in diffs:
        text = diff_text(changes)
        if text:
            print(f"=== {name} ===\n{text}")
    _print_errors([(name, error) for name, _, error in diffs])


def print_outcomes(outcomes: Sequence[tuple[str, str, HelpersError | None]]) -> None:
    """Print what became of each of many checkouts."""
    print_table(("repo", "result"), [(name, text) for name, text, _ in outcomes])
    _print_errors([(name, error) for name, _, error in outcomes])


def _print_errors(errors: Sequence[tuple[str, HelpersError | None]]) -> None:
    sys.stdout.flush()
    for name, error in errors:
        if error:
            print(f"\n{name}:", file=sys.stderr)
            print_error(error)


def _conflict(standing: Standing) -> str:
    stays = ": stays as it is here" if standing.item.mode is Mode.KEYS else ""
    fix = _fix(standing) if standing.drift is Drift.GONE else _fix_conflict(standing)
    return f"{', '.join(standing.conflicts)}{stays}\n  fix: {fix}"


def _fix(standing: Standing) -> str:
    """How to bring the file in sync; empty: it is in sync."""
    take = _TAKE.format(path=quoted(standing.item.path))
    if standing.drift is Drift.GONE:
        return f"bring it back: {take}; or opt out"
    if standing.drift is Drift.HERE:
        return f"change it in the toolchain instead; or take the shared one: {take}; or opt out"
    is_other = standing.item.mode is Mode.LINK and standing.conflicts
    if standing.drift is Drift.CONFLICT or is_other:
        return _fix_conflict(standing)
    return "i sync_apply" if standing.drift in _APPLY else ""


def _fix_conflict(standing: Standing) -> str:
    path = standing.item.path
    if standing.item.mode is Mode.LINK:
        # There is nothing in which two sides could stand beside each other.
        return f"take the shared one: {_TAKE.format(path=quoted(path))}; or opt out"
    return _ONE_SIDE.format(path=quoted(path))


def _state(standing: Standing) -> str:
    if not standing.detail:
        return standing.drift
    if standing.drift is Drift.OPTED_OUT:
        return f"{standing.drift} ({standing.detail})"
    return f"{standing.drift}: {standing.detail}"
