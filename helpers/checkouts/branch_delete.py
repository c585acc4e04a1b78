"""Branches that were merged, over many checkouts: found first, then deleted."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from helpers.checkouts.git.branches import (
    Branch,
    delete_branch,
    delete_remote_branch,
    is_squashed,
    list_branches,
)
from helpers.checkouts.git.checkout_moves import BlockedError
from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.checkouts.git.remote_branches import default_branch
from helpers.checkouts.move_many import attempt, in_each, obstacle
from helpers.model.checkouts.hints import git_in, short
from helpers.model.checkouts.move_outcomes import MoveOutcome, MoveStatus
from helpers.model.checkouts.state import CheckoutState
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.vcs.refs import find_commit, is_ancestor, main_remote

# What is the main branch where no remote says so.
_USUAL = ("main", "master")


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """What may be deleted.

    Attributes:
        into: the branch that others were merged into; empty: what the remote shows first.
        squashed: also a branch whose changes are there in other commits.
        remote: also the branch of the remote that a deleted one follows, where that was merged.
    """

    into: str = ""
    squashed: bool = False
    remote: bool = False


@dataclass(frozen=True, slots=True)
class MergedBranch:
    """A branch that may go.

    Attributes:
        into: the branch that has what it has.
        how: `merged`, or `squashed`.
        remote: the remote whose branch goes too; empty: none does.
        remote_name: the name of that branch there.
        remote_commit: where it is.
    """

    state: CheckoutState
    branch: Branch
    into: str
    how: str
    remote: str = ""
    remote_name: str = ""
    remote_commit: str = ""


def find_merged(root: Path, options: DeleteOptions) -> tuple[list[MergedBranch], list[MoveOutcome]]:
    """What may go in all checkouts; and those that could not be looked at.

    Raises:
        HelpersError: none has the branch that is named.
    """
    states = [state for state in read_checkouts(root) if not state.missing]
    looks = in_each(states, lambda state: _look(root, state, options))
    if options.into and all(
        isinstance(look, MoveOutcome) and look.status is MoveStatus.LEFT for look in looks
    ):
        raise HelpersError(
            f"no repo here has a branch {options.into!r}",
            where=str(root),
            fix="git branch --all   shows what there is",
        )
    found = [one for look in looks if isinstance(look, list) for one in look]
    return found, [look for look in looks if isinstance(look, MoveOutcome)]


def delete_merged(
    root: Path, merged: Iterable[MergedBranch], options: DeleteOptions
) -> list[MoveOutcome]:
    """Delete branches that were shown; one that was moved meanwhile stays."""
    return [attempt(one.state.path, partial(_delete, root, one, options)) for one in merged]


def how_to_get_back(one: MergedBranch) -> str:
    """The command that makes a deleted branch again."""
    return git_in(one.state.path, "branch", one.branch.name, short(one.branch.commit))


def why_it_goes(one: MergedBranch) -> str:
    """What has its commits, and whether the remote's branch goes too."""
    too = f"; {one.remote}/{one.remote_name} goes too" if one.remote else ""
    return f"{one.how} into {one.into}{too}"


def _look(
    root: Path, state: CheckoutState, options: DeleteOptions
) -> list[MergedBranch] | MoveOutcome:
    folder = root / state.path
    # What was begun and not ended may yet need a branch.
    hindered = obstacle(state) if state.fault or state.operation else None
    if hindered:
        return hindered
    remote = main_remote(folder)
    into = options.into or _main_branch(folder, remote)
    targets = _targets(folder, remote, into)
    if not targets:
        what = f"it has no branch {into}" if into else "it is not known what its main branch is"
        fix = "i git_branch_delete_merged --into NAME"
        return MoveOutcome.left(state.path, what, fix)
    protected = {into, default_branch(folder, remote), state.branch}
    every = [one for one in list_branches(folder) if one.name not in protected]
    judged = (
        _judge(folder, state, one, targets, options) for one in every if not one.is_checked_out
    )
    return [_with_remote(folder, one, remote, into, options) for one in judged if one]


def _main_branch(folder: Path, remote: str) -> str:
    shown = default_branch(folder, remote)
    if shown:
        return shown
    return next((name for name in _USUAL if _targets(folder, remote, name)), "")


def _targets(folder: Path, remote: str, into: str) -> list[str]:
    """The local branch of the name, and the remote's."""
    if not into:
        return []
    names = (f"refs/heads/{into}", f"refs/remotes/{remote}/{into}", f"refs/remotes/{into}")
    return [name for name in names if find_commit(folder, name)]


def _judge(
    folder: Path, state: CheckoutState, branch: Branch, targets: list[str], options: DeleteOptions
) -> MergedBranch | None:
    for target in targets:
        if is_ancestor(folder, branch.commit, target):
            return MergedBranch(state, branch, _plain(target), "merged")
    for target in targets if options.squashed else ():
        if is_squashed(folder, branch.commit, target):
            return MergedBranch(state, branch, _plain(target), "squashed")
    return None


def _plain(ref: str) -> str:
    return ref.removeprefix("refs/heads/").removeprefix("refs/remotes/")


def _with_remote(
    folder: Path, one: MergedBranch, remote: str, into: str, options: DeleteOptions
) -> MergedBranch:
    """The branch of the remote, where it goes too: the remote's own main branch must have it."""
    name = one.branch.upstream.removeprefix(f"{remote}/")
    if not options.remote or not remote or name in ("", one.branch.upstream):
        return one
    commit = find_commit(folder, f"refs/remotes/{remote}/{name}")
    main = find_commit(folder, f"refs/remotes/{remote}/{into}")
    protected = (into, default_branch(folder, remote))
    if not commit or not main or name in protected or not is_ancestor(folder, commit, main):
        return one
    return MergedBranch(one.state, one.branch, one.into, one.how, remote, name, commit)


def _delete(root: Path, one: MergedBranch, options: DeleteOptions) -> MoveOutcome:
    folder = root / one.state.path
    # Looked at again: it may have changed while the user read what goes.
    targets = [ref for ref in (f"refs/heads/{one.into}", f"refs/remotes/{one.into}")
               if find_commit(folder, ref)]  # fmt: skip
    if _judge(folder, one.state, one.branch, targets, options) is None:
        raise BlockedError(f"{one.into} has not what {one.branch.name} has any more")
    delete_branch(folder, one.branch)
    what = f"{one.branch.name} deleted, was {short(one.branch.commit)}"
    if one.remote:
        try:
            delete_remote_branch(folder, one.remote, one.remote_name, one.remote_commit)
        except BlockedError as error:
            fix = git_in(one.state.path, "push", one.remote, "--delete", one.remote_name)
            what += f"; {one.remote}/{one.remote_name} is not: {error.what}"
            return MoveOutcome.failed(one.state.path, what, fix)
        what += f"; {one.remote}/{one.remote_name} too"
    return MoveOutcome.moved(one.state.path, what)
