"""In what a repo and its submodules differ from what they were at a commit of the repo."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from pathlib import Path

from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.checkouts.git.difference import diff_text
from helpers.checkouts.git.gitlinks import peel
from helpers.model.checkouts.diff import CheckoutDiff, DiffForm
from helpers.model.checkouts.hints import find_hints, short
from helpers.model.checkouts.state import OUTERMOST, CheckoutState
from helpers.model.dataclass import dataclass
from helpers.model.runnable_dir import path_below
from helpers.system.process import ProcessError
from helpers.vcs.bring import bring_commit
from helpers.vcs.file_history import changed_on_disk
from helpers.vcs.files import untracked
from helpers.vcs.git import reason
from helpers.vcs.history import merge_base
from helpers.vcs.submodules import recorded_in_commit

_AT_ONCE = 6


@dataclass(frozen=True, slots=True)
class _Base:
    """What a checkout is compared with.

    Attributes:
        commit: empty where it cannot be compared; then `fault` says why.
        recorded: what that commit records for submodules, by path; None: it is not asked.
        note: what became of the checkout since.
    """

    commit: str = ""
    recorded: Mapping[str, str] | None = field(default_factory=dict)
    note: str = ""
    fault: str = ""


def read_difference(root: Path, ref: str, form: DiffForm, *, colours: bool) -> list[CheckoutDiff]:
    """Compare each checkout with what it was where the branch left `ref`.

    A submodule is compared with the commit that the repo recorded for it there.

    Args:
        ref: of the outermost repo; empty: its newest commit.

    Raises:
        HelpersError: there is no such commit, or none that HEAD has in common with it.
    """
    states = read_checkouts(root)
    base = merge_base(root, ref or "HEAD")
    bases = {OUTERMOST: _Base(base, recorded_in_commit(root, base))}
    for state in states[1:]:
        bases[state.path] = _find_base(root, state, bases[state.parent])
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        jobs = [
            pool.submit(_compare, root, state.path, bases[state.path], form, colours)
            for state in states
        ]
        found = [job.result() for job in jobs]
    return [*found, *_removed(states, bases)]


def _find_base(root: Path, state: CheckoutState, parent: _Base) -> _Base:
    if not state.is_readable:
        return _Base(fault="; ".join(f"{hint.what}: {hint.fix}" for hint in find_hints(state)))
    commit = "" if parent.recorded is None else parent.recorded.get(state.name, "")
    if not commit:
        # Nothing to compare it with but itself: what is not committed is told.
        note = "" if parent.recorded is None else f"new, at {short(state.commit) or 'no commit'}"
        own = state.commit
        return _Base(own, None, note) if own else _Base(note=note)
    folder = root / state.path
    try:
        if peel(folder, [commit]):
            return _Base(commit, recorded_in_commit(folder, commit))
    except ProcessError as error:
        return _Base(recorded=None, fault=reason(error))
    fetch = bring_commit(folder, commit, "" if state.path == OUTERMOST else state.path)
    return _Base(
        recorded=None,
        fault=f"it does not have the commit {short(commit)} that was recorded for it: {fetch}",
    )


def _compare(root: Path, path: str, base: _Base, form: DiffForm, colours: bool) -> CheckoutDiff:
    if not base.commit:
        return CheckoutDiff(path, note=base.note, fault=base.fault)
    folder = root / path
    try:
        if form is DiffForm.NAMES:
            names = sorted(changed_on_disk(folder, base.commit, ()))
            text = ""
        else:
            names = untracked(folder)
            options = ["--color" if colours else "--no-color"]
            options += ["--stat=100"] if form is DiffForm.STAT else []
            text = diff_text(folder, base.commit, path_below(path, ""), *options)
    except ProcessError as error:
        return CheckoutDiff(path, fault=reason(error))
    return CheckoutDiff(path, text, tuple(path_below(path, name) for name in names), base.note)


def _removed(states: Sequence[CheckoutState], bases: Mapping[str, _Base]) -> list[CheckoutDiff]:
    """The submodules that were recorded and are no more."""
    there = {state.path for state in states}
    recorded = {
        path_below(parent, name): commit
        for parent, base in bases.items()
        for name, commit in (base.recorded or {}).items()
    }
    return [
        CheckoutDiff(path, note=f"removed, was at {short(commit)}")
        for path, commit in recorded.items()
        if path not in there
    ]
