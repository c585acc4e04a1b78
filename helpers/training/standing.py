"""Whether what would be trained is what is asked for: the commit, or the inputs of a run before."""

from helpers.model.errors import HelpersError
from helpers.model.results.training import Recorded, TrainingResult
from helpers.model.runnable_dir import dir_option
from helpers.training.asked import Asked
from helpers.vcs.bring import bring_commit
from helpers.vcs.refs import find_commit

_SHOWN = 12


def check_standing(asked: Asked, now: TrainingResult, *, foreign: bool = False) -> None:
    """Make sure that the tree is at the commit, and has the inputs, that are asked for.

    Args:
        foreign: the tree is a copy of another checkout.

    Raises:
        HelpersError: it is not; it says what differs.
        ProcessError: git fails.
    """
    if asked.commit and not now.commit.startswith(asked.commit):
        raise _other_commit(asked, now, foreign=foreign)
    if asked.commit and now.dirty:
        raise HelpersError(
            f"the tree has changes that are not in {_shown(now.commit)}",
            where=f"@{asked.commit}",
            fix="git stash --include-untracked",
        )
    if asked.repeated and asked.repeated.inputs != now.inputs:
        raise _other_inputs(asked, asked.repeated, now)


def _other_commit(asked: Asked, now: TrainingResult, *, foreign: bool) -> HelpersError:
    """The error for a tree that is at another commit than the one that is asked for."""
    root, wanted = asked.runnable_dir.repo, asked.commit
    switch = f"git switch --detach {wanted}"
    what = f"the tree is at {_shown(now.commit)}, and not at {wanted}"
    if foreign:
        fix = f"{switch}   (in the checkout that --tree names)"
    elif find_commit(root, wanted):
        fix = switch
    else:
        what = f"{what}: this checkout has no such commit"
        fix = f"{bring_commit(root, wanted)}, then the same command"
    return HelpersError(what, where=f"@{wanted}", fix=fix)


def _other_inputs(asked: Asked, then: Recorded, now: TrainingResult) -> HelpersError:
    """The error that a run cannot be repeated from what is there."""
    anyway = f"i train {dir_option(now.dir)} {asked.training.request()}"
    fix = f"{anyway}   (trains with what is here)"
    if then.commit and then.commit != now.commit:
        fix = f"git switch --detach {then.commit}, or {anyway} to train with what is here"
    return HelpersError(
        f"what {then.run} was trained from is not what is here",
        where=(
            f"inputs: {_shown(then.inputs)} then, {_shown(now.inputs)} now\n"
            f"commit: {_tree(then.commit, dirty=then.dirty)} then,"
            f" {_tree(now.commit, dirty=now.dirty)} now"
        ),
        fix=fix,
    )


def _tree(commit: str, *, dirty: bool) -> str:
    return _shown(commit) + " with changes that it does not have" * dirty


def _shown(digest: str) -> str:
    return digest[:_SHOWN] or "no commit"
