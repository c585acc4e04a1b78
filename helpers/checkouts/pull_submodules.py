"""Fast-forward checkouts to the branches of remotes that they follow."""

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.checkouts.git.fetch import fetch_all
from helpers.checkouts.git.remote_branches import followed_branch
from helpers.checkouts.move_many import choose, fetch_failed, forward, in_each, obstacle
from helpers.model.checkouts.hints import git_in
from helpers.model.checkouts.move_outcomes import MoveOutcome
from helpers.model.checkouts.state import CheckoutState
from helpers.model.numbers import counted
from helpers.vcs.refs import find_commit, is_ancestor


def pull_submodules(
    root: Path, wanted: Sequence[str], *, dry_run: bool = False
) -> list[MoveOutcome]:
    """Fetch all submodules that are meant, then let each follow its branch.

    Args:
        wanted: their paths from the outermost root; none: all of them, at any depth.
        dry_run: fetch, and tell what each would do.

    Raises:
        HelpersError: there is no such submodule.
    """
    failed = fetch_all(root, choose(read_checkouts(root), wanted))
    # Read again: what was fetched says how each stands now.
    states = choose(read_checkouts(root), wanted)
    return in_each(states, lambda state: follow(root, state, failed, dry_run=dry_run))


def follow(
    root: Path, state: CheckoutState, failed: Mapping[str, str], *, dry_run: bool = False
) -> MoveOutcome:
    """Fast-forward one checkout to what it follows, as far as that was fetched.

    Args:
        failed: why the remotes of checkouts did not answer, by path.
        dry_run: tell what it would do.

    Raises:
        BlockedError: files that are not committed are in the way.
        ProcessError: git fails.
    """
    if state.missing:
        return not_checked_out(state)
    hindered = obstacle(state) or fetch_failed(state, failed)
    if hindered:
        return hindered
    if state.is_detached:
        return _follow_detached(root, state, dry_run=dry_run)
    if not state.upstream:
        remote = state.push_to or "origin"
        fix = git_in(state.path, "push", "--set-upstream", remote, state.branch)
        return MoveOutcome.left(state.path, f"{state.branch} follows no branch of a remote", fix)
    return _follow_upstream(root, state, dry_run=dry_run)


def not_checked_out(state: CheckoutState) -> MoveOutcome:
    """That there is nothing to move."""
    fix = shlex.join(("i", "submodule_sync", "--submodule", state.path))
    return MoveOutcome.left(state.path, "it is not checked out", fix)


def _follow_upstream(root: Path, state: CheckoutState, *, dry_run: bool) -> MoveOutcome:
    if state.upstream_gone:
        fix = git_in(state.path, "branch", "--unset-upstream")
        what = f"{state.branch} follows {state.upstream}, which is gone"
        return MoveOutcome.refused(state.path, what, fix)
    ahead = f"{counted(state.ahead, 'commit')} not pushed"
    if not state.behind:
        what = f"{state.branch} is up to date" + f", {ahead}" * bool(state.ahead)
        return MoveOutcome.same(state.path, what)
    if state.ahead:
        what = f"{state.branch} and {state.upstream} have diverged: {ahead}, {state.behind} new"
        return MoveOutcome.refused(state.path, what, git_in(state.path, "rebase", state.upstream))
    commit = find_commit(root / state.path, f"refs/remotes/{state.upstream}")
    commit = commit or find_commit(root / state.path, state.upstream)
    return forward(root / state.path, state, commit, state.branch, dry_run=dry_run)


def _follow_detached(root: Path, state: CheckoutState, *, dry_run: bool) -> MoveOutcome:
    """A detached head follows the branch that `.gitmodules` names, or the remote's own choice.

    Only where that branch has all that is checked out: else it is somebody's own work.
    """
    folder = root / state.path
    followed = (
        "" if state.is_outermost else followed_branch(root / state.parent, folder, state.name)
    )
    commit = find_commit(folder, f"refs/remotes/{followed}") if followed else ""
    if not commit:
        fix = git_in(state.path, "switch", "NAME")
        return MoveOutcome.left(state.path, "it is on no branch, and follows none", fix)
    if commit == state.commit:
        return MoveOutcome.same(state.path, f"detached, at {followed}")
    if not is_ancestor(folder, state.commit, commit):
        what = f"it is on no branch, and {followed} lacks what is checked out"
        return MoveOutcome.left(state.path, what, git_in(state.path, "switch", "--create", "NAME"))
    return forward(folder, state, commit, f"detached, {followed}", dry_run=dry_run)
