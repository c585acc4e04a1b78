"""Move submodules to the newest commits of branches, test, and record that in one commit."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from helpers.checkouts.moving import attempt, choose, fetch_all, fetch_failed, mend_of, obstacle
from helpers.checkouts.recorded import Way, bring_all
from helpers.model.checkout import OUTERMOST, CheckoutState, Relation
from helpers.model.checkout_hints import counted, git_in, push_command, short
from helpers.model.errors import HelpersError
from helpers.model.moves import Fate, Outcome, is_bad
from helpers.system.process import ProcessError
from helpers.vcs.checkout_state import read_checkouts
from helpers.vcs.git import reason
from helpers.vcs.moves import (
    BlockedError,
    attach_branch,
    commit_submodules,
    count_between,
    describe_commits,
    detach,
    is_ancestor,
    put_back,
    resolve,
)
from helpers.vcs.remote_branches import declared_branch, default_branch, remote_of

# So many commits of a submodule are listed in the message.
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Wanted:
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
class Step:
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


def plan_roll(root: Path, wanted: Wanted) -> tuple[list[Step], list[Outcome]]:
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
        if isinstance(found, Step):
            steps.append(found)
        else:
            told.append(found)
    return steps, told


def would_roll(steps: Sequence[Step]) -> list[Outcome]:
    """What a dry run tells."""
    return [
        Outcome(step.state.path, Fate.LEFT, f"would go on to {step.follows}: {step.span}")
        for step in steps
    ]


def roll(
    root: Path, steps: Sequence[Step], wanted: Wanted, today: date, test: Callable[[], int]
) -> list[Outcome]:
    """Move, test, commit; put everything back where that fails, or is interrupted.

    Args:
        test: runs the tests that are affected; its result is 0 when they pass.
    """
    if not steps:
        return []
    try:
        problem = _move(root, steps, today) or _tested(test)
        if problem is None or wanted.keep:
            if problem is None:
                commit_submodules(root, [s.state.path for s in steps], roll_message(steps))
            return _settle(root, steps, problem)
    except BlockedError as error:
        problem = Outcome(OUTERMOST, Fate.FAILED, error.what, mend_of(OUTERMOST, error))
    except BaseException:
        _put_back(root, steps)
        raise
    return [*_put_back(root, steps), problem]


def roll_message(steps: Sequence[Step]) -> str:
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
        raise HelpersError(hindered.what, where="the repo", mend=hindered.mend)
    if state.work.staged:
        raise HelpersError(
            f"the repo has {counted(state.work.staged, 'staged file')}, which the commit would not"
            " have",
            where="the repo",
            mend="git commit, or git restore --staged .",
        )


def _check_depth(chosen: Sequence[CheckoutState], wanted: Wanted) -> None:
    deep = [state for state in chosen if state.parent != OUTERMOST] if wanted.submodules else []
    if deep:
        raise HelpersError(
            f"{deep[0].path} is recorded by {deep[0].parent}, not by this repo",
            mend=f"roll it forward in {deep[0].parent}, push that, then roll that forward here",
        )


def _direct(states: Sequence[CheckoutState], wanted: Wanted) -> list[CheckoutState]:
    chosen = choose(states, wanted.submodules)
    return [state for state in chosen if state.parent == OUTERMOST]


def _decide(
    root: Path,
    state: CheckoutState,
    inner: Sequence[CheckoutState],
    failed: dict[str, str],
    wanted: Wanted,
) -> Step | Outcome:
    folder = root / state.path
    if wanted.toolchain.is_relative_to(folder.resolve()):
        what = "it is the toolchain itself, which has a task of its own"
        return Outcome(state.path, Fate.LEFT, what, "i helpers_upgrade")
    hindered = _hindered(state, inner) or fetch_failed(state, failed)
    if hindered:
        return hindered
    try:
        return _step(root, state, inner, wanted.branch)
    except ProcessError as error:
        return Outcome(state.path, Fate.FAILED, reason(error), git_in(state.path, "status"))


def _hindered(state: CheckoutState, inner: Sequence[CheckoutState]) -> Outcome | None:
    if state.missing:
        return _refused(state, "it is not checked out", "i submodule_sync")
    for one in (state, *(one for one in inner if not one.missing)):
        found = obstacle(one)
        if found:
            return found
        if one.work.is_dirty:
            mend = git_in(one.path, "stash", "--include-untracked")
            return _refused(one, "it has files that are not committed", mend)
        if one.unpushed:
            what = f"{counted(one.unpushed, 'commit')} that no remote has"
            return _refused(one, what, push_command(one))
    if state.recorded and state.recorded.relation is Relation.UNKNOWN:
        return _refused(state, "it lacks the commit that is recorded", "i submodule_sync")
    return None


def _refused(state: CheckoutState, what: str, mend: str) -> Outcome:
    return Outcome(state.path, Fate.REFUSED, what, mend)


def _step(
    root: Path, state: CheckoutState, inner: Sequence[CheckoutState], branch: str
) -> Step | Outcome:
    assert state.recorded is not None  # it is a submodule
    folder, old = root / state.path, state.recorded.commit
    follows = _follows(root, state, branch)
    target = resolve(folder, f"refs/remotes/{follows}") if follows else ""
    if not target:
        what = f"its remote has no branch {branch}" if branch else "it follows no branch"
        return _refused(state, what, "i submodule_roll_forward --branch NAME")
    if target == old:
        return Outcome(state.path, Fate.SAME, f"at the newest of {follows}")
    if not branch and not is_ancestor(folder, old, target):
        what = f"{follows} lacks {short(old)}, which is recorded: that would be no step forward"
        name = follows.partition("/")[2]
        mend = f"i submodule_roll_forward --submodule '{state.path}' --branch {name}"
        return _refused(state, what, mend)
    commits = tuple(describe_commits(folder, old, target, _LISTED))
    number = count_between(folder, old, target)
    return Step(state, tuple(inner), follows, target, commits, number)


def _follows(root: Path, state: CheckoutState, branch: str) -> str:
    folder = root / state.path
    remote = remote_of(folder)
    declared = branch or declared_branch(root, state.name)
    if declared:
        return f"{remote}/{declared}"
    shown = default_branch(folder, remote)
    return state.upstream or (f"{remote}/{shown}" if shown else "")


def _move(root: Path, steps: Sequence[Step], today: date) -> Outcome | None:
    """Check the targets out, with all inside them, without a branch: so they can be put back."""
    way = Way(today, sync_addresses=False, leave_branches=True)
    for step in steps:
        detach(root / step.state.path, step.target)
        inside = f"{step.state.path}/"
        told = bring_all(root, partial(_is_in, inside), way)
        bad = [one for one in told if is_bad([one])]
        if bad:
            return bad[0]
    return None


def _is_in(folder: str, state: CheckoutState) -> bool:
    return state.path.startswith(folder)


def _tested(test: Callable[[], int]) -> Outcome | None:
    status = test()
    if not status:
        return None
    what = f"the affected tests failed with status {status}"
    return Outcome(
        OUTERMOST,
        Fate.FAILED,
        what,
        "i submodule_roll_forward --keep, which leaves it to be looked at",
    )


def _settle(root: Path, steps: Sequence[Step], problem: Outcome | None) -> list[Outcome]:
    """Let branches go on to what is checked out now, where they only lag behind it."""
    if problem:
        stays = "stays, not committed"
        return [
            *(Outcome(s.state.path, Fate.MOVED, f"{s.follows}: {s.span}; {stays}") for s in steps),
            problem,
        ]
    return [attempt(step.state.path, partial(_go_on, root, step)) for step in steps]


def _go_on(root: Path, step: Step) -> Outcome:
    for state in (step.state, *step.inner):
        folder = root / state.path
        follows = state.upstream == step.follows if state is step.state else True
        if state.branch and follows and (folder / ".git").exists():
            head = resolve(folder, "HEAD")
            if is_ancestor(folder, state.commit, head):
                attach_branch(folder, state.branch, state.commit)
    return Outcome(step.state.path, Fate.MOVED, f"{step.follows}: {step.span}")


def _put_back(root: Path, steps: Sequence[Step]) -> list[Outcome]:
    told = []
    for step in steps:
        states = [step.state, *(one for one in step.inner if not one.missing)]
        try:
            for state in states:
                if (root / state.path / ".git").exists():
                    put_back(root / state.path, state.branch, state.commit)
            told.append(Outcome(step.state.path, Fate.LEFT, f"put back to {_place(step.state)}"))
        except BlockedError as error:
            back = ("switch", step.state.branch or f"--detach {step.state.commit}")
            what = f"it could not be put back: {error.what}"
            told.append(Outcome(step.state.path, Fate.FAILED, what, git_in(step.state.path, *back)))
    return told


def _place(state: CheckoutState) -> str:
    return state.branch or short(state.commit)
