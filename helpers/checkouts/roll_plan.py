"""Decide which submodules can go on to the newest commits of branches, and what that brings."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from helpers.checkouts.git.checkout_moves import describe_commits
from helpers.checkouts.git.checkout_state import read_checkouts
from helpers.checkouts.git.fetch import fetch_all
from helpers.checkouts.git.remote_branches import declared_branch, default_branch
from helpers.checkouts.move_many import attempt, choose, fetch_failed, obstacle
from helpers.model.checkouts.hints import git_in, push_command, short
from helpers.model.checkouts.move_outcomes import MoveOutcome
from helpers.model.checkouts.state import OUTERMOST, CheckoutState, Relation
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.numbers import counted
from helpers.model.shell_words import quoted
from helpers.vcs.refs import count_between, find_commit, is_ancestor, main_remote

# So many commits of a submodule are listed in the message.
_LISTED = 20


@dataclass(frozen=True, slots=True)
class RollRequest:
    """What is to be rolled.

    Attributes:
        submodules: their paths from the root; none: all that the repo itself records.
        branch: of their remotes; empty: the one that each follows.
        toolchain: it has a task of its own, which migrates settings too.
        keep: what was moved stays also when tests fail.
    """

    submodules: Sequence[str]
    toolchain: Path
    branch: str = ""
    keep: bool = False


@dataclass(frozen=True, slots=True)
class RollStep:
    """One submodule that moves.

    Attributes:
        inner: the checkouts inside it.
        follows: the branch of the remote, such as `origin/main`.
        target: where that is.
        commits: the newest of those that come in, as lines.
        number: how many come in.
    """

    state: CheckoutState
    inner: tuple[CheckoutState, ...]
    follows: str
    target: str
    commits: tuple[str, ...]
    number: int

    @property
    def span(self) -> str:
        """From where to where, for people."""
        assert self.state.recorded is not None  # it is a submodule
        old, new = short(self.state.recorded.commit), short(self.target)
        return f"{old}..{new}, {counted(self.number, 'commit')}"


def plan_roll(root: Path, wanted: RollRequest) -> tuple[list[RollStep], list[MoveOutcome]]:
    """Fetch, and decide what moves; and what became of those that do not.

    Raises:
        HelpersError: the repo itself is not ready for a commit, or there is no such submodule.
    """
    states = read_checkouts(root)
    _check_parent(states[0])
    _check_depth(choose(states, wanted.submodules), wanted)
    failed = fetch_all(root, _direct(states, wanted))
    states = read_checkouts(root)
    steps, told = [], []
    for state in _direct(states, wanted):
        inner = [one for one in states if one.path.startswith(f"{state.path}/")]
        found = _decide(root, state, inner, failed, wanted)
        if isinstance(found, RollStep):
            steps.append(found)
        else:
            told.append(found)
    return steps, told


def would_roll(steps: Sequence[RollStep]) -> list[MoveOutcome]:
    """What a dry run tells."""
    return [
        MoveOutcome.left(step.state.path, f"would go on to {step.follows}: {step.span}")
        for step in steps
    ]


def roll_message(steps: Sequence[RollStep]) -> str:
    """The message of the commit: what came in."""
    names = ", ".join(step.state.path for step in steps)
    parts = [f"Roll {names} forward"]
    for step in steps:
        lines = [f"{step.state.path} ({step.follows}): {step.span}"]
        lines += [f"  {line}" for line in step.commits]
        more = step.number - len(step.commits)
        parts.append("\n".join([*lines, *[f"  and {more} more"] * bool(more)]))
    return "\n\n".join(parts) + "\n"


def _check_parent(state: CheckoutState) -> None:
    """The commit is to have the submodules alone."""
    hindered = obstacle(state)
    if hindered:
        raise HelpersError(hindered.what, where="the repo", fix=hindered.fix)
    if state.work.staged:
        raise HelpersError(
            f"the repo has {counted(state.work.staged, 'staged file')}, which the commit would not"
            " have",
            where="the repo",
            fix="git commit, or git restore --staged .",
        )


def _check_depth(chosen: Sequence[CheckoutState], wanted: RollRequest) -> None:
    deep = [state for state in chosen if state.parent != OUTERMOST] if wanted.submodules else []
    if deep:
        raise HelpersError(
            f"{deep[0].path} is recorded by {deep[0].parent}, not by this repo",
            fix=f"roll it forward in {deep[0].parent}, push that, then roll that forward here",
        )


def _direct(states: Sequence[CheckoutState], wanted: RollRequest) -> list[CheckoutState]:
    chosen = choose(states, wanted.submodules)
    return [state for state in chosen if state.parent == OUTERMOST]


def _decide(
    root: Path,
    state: CheckoutState,
    inner: Sequence[CheckoutState],
    failed: dict[str, str],
    wanted: RollRequest,
) -> RollStep | MoveOutcome:
    folder = root / state.path
    if wanted.toolchain.is_relative_to(folder.resolve()):
        what = "it is the toolchain itself, which has a task of its own"
        return MoveOutcome.left(state.path, what, "i helpers_upgrade")
    hindered = _hindered(state, inner) or fetch_failed(state, failed)
    if hindered:
        return hindered
    return attempt(state.path, partial(_step, root, state, inner, wanted.branch))


def _hindered(state: CheckoutState, inner: Sequence[CheckoutState]) -> MoveOutcome | None:
    if state.missing:
        return MoveOutcome.refused(state.path, "it is not checked out", "i submodule_sync")
    for one in (state, *(one for one in inner if not one.missing)):
        found = obstacle(one)
        if found:
            return found
        if one.work.is_dirty:
            fix = git_in(one.path, "stash", "--include-untracked")
            return MoveOutcome.refused(one.path, "it has files that are not committed", fix)
        if one.unpushed:
            what = f"{counted(one.unpushed, 'commit')} that no remote has"
            return MoveOutcome.refused(one.path, what, push_command(one))
    if state.recorded and state.recorded.relation is Relation.UNKNOWN:
        return MoveOutcome.refused(
            state.path, "it lacks the commit that is recorded", "i submodule_sync"
        )
    return None


def _step(
    root: Path, state: CheckoutState, inner: Sequence[CheckoutState], branch: str
) -> RollStep | MoveOutcome:
    assert state.recorded is not None  # it is a submodule
    folder, old = root / state.path, state.recorded.commit
    follows = _follows(root, state, branch)
    target = find_commit(folder, f"refs/remotes/{follows}") if follows else ""
    if not target:
        what = f"its remote has no branch {branch}" if branch else "it follows no branch"
        return MoveOutcome.refused(state.path, what, "i submodule_roll_forward --branch NAME")
    if target == old:
        return MoveOutcome.same(state.path, f"at the newest of {follows}")
    if not branch and not is_ancestor(folder, old, target):
        what = f"{follows} lacks the recorded commit {short(old)}: that would not be forward"
        name = follows.partition("/")[2]
        fix = f"i submodule_roll_forward --submodule {quoted(state.path)} --branch {name}"
        return MoveOutcome.refused(state.path, what, fix)
    commits = tuple(describe_commits(folder, old, target, _LISTED))
    number = count_between(folder, old, target)
    return RollStep(state, tuple(inner), follows, target, commits, number)


def _follows(root: Path, state: CheckoutState, branch: str) -> str:
    folder = root / state.path
    remote = main_remote(folder)
    declared = branch or declared_branch(root, state.name)
    if declared:
        return f"{remote}/{declared}"
    shown = default_branch(folder, remote)
    return state.upstream or (f"{remote}/{shown}" if shown else "")
