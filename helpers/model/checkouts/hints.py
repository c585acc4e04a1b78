"""Find problems of a checkout, and the command that fixes each.

Words in capitals in a command are for the user to replace.
"""

from collections.abc import Iterator

from helpers.model.checkouts.state import OUTERMOST, CheckoutState, Operation, Recorded, Relation
from helpers.model.dataclass import dataclass
from helpers.model.fetch_command import fetch_command, fetch_commit
from helpers.model.numbers import counted

_SHORT = 12


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that is not in order; `fix` is typed in the outermost root."""

    path: str
    what: str
    fix: str


def find_hints(state: CheckoutState) -> list[Hint]:
    """The problems, the most urgent first; uncommitted files are not one."""
    if state.fault:
        return [_hint(state, f"git cannot read it: {state.fault}", git_in(state.path, "status"))]
    if state.missing:
        fix = ("submodule", "update", "--init", "--recursive", "--", state.name)
        return [
            *_about_declaration(state),
            _hint(state, "it is not checked out", git_in(state.parent, *fix)),
        ]
    return [
        *_about_declaration(state),
        *_about_begun(state),
        *_about_unpushed(state),
        *_about_recorded(state),
        *_about_upstream(state),
    ]


def git_in(path: str, *words: str) -> str:
    """A command of git in a checkout, as one types it in the outermost root."""
    # Imported here: only what is not in order needs it.
    import shlex

    where = () if path == OUTERMOST else ("-C", path)
    return shlex.join(("git", *where, *words))


def _fetched_from(state: CheckoutState) -> str:
    return state.push_to or "origin"


def _folder(state: CheckoutState) -> str:
    return "" if state.path == OUTERMOST else state.path


def short(commit: str) -> str:
    """As much of a commit's id as people need."""
    return commit[:_SHORT]


def _hint(state: CheckoutState, what: str, fix: str) -> Hint:
    return Hint(state.path, what, fix)


def _about_declaration(state: CheckoutState) -> Iterator[Hint]:
    if state.modules_fault:
        fix = git_in(state.path, "checkout", "HEAD", "--", ".gitmodules")
        yield _hint(state, f"its .gitmodules cannot be read: {state.modules_fault}", fix)
    if not state.is_outermost and not state.url:
        yield _hint(
            state,
            ".gitmodules does not say where it comes from, so nobody else can check it out",
            git_in(state.parent, "submodule", "add", "--force", "URL", state.name),
        )


def _about_begun(state: CheckoutState) -> Iterator[Hint]:
    if state.operation is Operation.BISECT:
        fix = git_in(state.path, "bisect", "reset")
        yield _hint(state, "a bisect was begun and not ended", fix)
    elif state.operation:
        conflicts = f", with {counted(state.work.conflicted, 'file')} in conflict"
        yield _hint(
            state,
            f"a {state.operation} was begun and not ended{conflicts * bool(state.work.conflicted)}",
            git_in(state.path, state.operation, "--continue"),
        )
    elif state.work.conflicted:
        fix = git_in(state.path, "status")
        yield _hint(state, f"{counted(state.work.conflicted, 'file')} in conflict", fix)


def _about_unpushed(state: CheckoutState) -> Iterator[Hint]:
    """Commits that no remote has: others could not check out a submodule at them."""
    commits = counted(state.unpushed, "commit")
    if state.is_stray:
        fix = git_in(state.path, "switch", "--create", "NAME")
        yield _hint(state, f"no branch has what is checked out: {commits} could be lost", fix)
    elif state.unpushed and not state.is_outermost:
        what = f"{commits} that no remote has"
        if state.recorded and state.recorded.commit == state.commit:
            what = (
                f"{_named(state.parent)} records a commit that no remote has: {commits} not pushed"
            )
        yield _hint(state, what, push_command(state))


def push_command(state: CheckoutState) -> str:
    """The command that gives others what is checked out."""
    if not state.push_to:
        return git_in(state.path, "remote", "add", "origin", state.url or "URL")
    if not state.branch:
        return git_in(state.path, "push", state.push_to, "HEAD:refs/heads/NAME")
    follow = () if state.upstream else ("--set-upstream",)
    return git_in(state.path, "push", *follow, state.push_to, state.branch)


def _about_recorded(state: CheckoutState) -> Iterator[Hint]:
    recorded = state.recorded
    if recorded is None:
        return
    if recorded.unpushed:
        commit = short(recorded.commit)
        target = f"{commit}:refs/heads/NAME"
        yield _hint(
            state,
            f"{_named(state.parent)} records {commit}, which no remote has",
            git_in(state.path, "push", state.push_to or "origin", target),
        )
    if recorded.relation is not Relation.SAME:
        yield _about_relation(state, recorded)
    elif recorded.is_staged:
        fix = git_in(state.parent, "commit")
        yield _hint(state, f"what {_named(state.parent)} records is staged and not committed", fix)


def _about_relation(state: CheckoutState, recorded: Recorded) -> Hint:
    parent, commit = _named(state.parent), short(recorded.commit)
    newer, older = counted(recorded.ahead, "commit"), counted(recorded.behind, "commit")
    match recorded.relation:
        case Relation.CONFLICT:
            what = f"a merge in {parent} is in conflict over which commit to record"
            fix = git_in(state.parent, "add", "--", state.name)
        case Relation.AHEAD:
            what = f"it is {newer} newer than what {parent} records"
            fix = git_in(state.parent, "add", "--", state.name)
        case Relation.BEHIND:
            what = f"it is {older} older than what {parent} records"
            fix = git_in(state.path, "merge", "--ff-only", commit)
            if state.is_detached:
                fix = git_in(state.parent, "submodule", "update", "--", state.name)
        case Relation.DIVERGED:
            what = f"it has {newer} that {commit}, which {parent} records, lacks, and lacks {older}"
            fix = git_in(state.path, "merge", commit)
            if state.shallow:  # what they have in common may be cut off
                fix = fetch_command(_fetched_from(state), folder=_folder(state), whole=True)
        case _:
            what = f"it does not have the commit {commit} that {parent} records"
            fix = fetch_commit(
                _fetched_from(state),
                recorded.commit,
                folder=_folder(state),
                shallow=state.shallow,
            )
    return _hint(state, what, fix)


def _named(parent: str) -> str:
    return "the repo" if parent == OUTERMOST else parent


def _about_upstream(state: CheckoutState) -> Iterator[Hint]:
    if state.upstream_gone:
        fix = git_in(state.path, "branch", "--unset-upstream")
        yield _hint(state, f"{state.branch} follows {state.upstream}, which is gone", fix)
    elif state.ahead and state.behind:
        what = f"{state.branch} and {state.upstream} have diverged"
        yield _hint(state, what, git_in(state.path, "rebase", state.upstream))
    elif state.behind:
        what = f"{state.branch} is {counted(state.behind, 'commit')} behind {state.upstream}"
        yield _hint(state, what, git_in(state.path, "merge", "--ff-only", state.upstream))
