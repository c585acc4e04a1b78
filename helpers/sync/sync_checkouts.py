"""Shared files of many checkouts at once: first all are looked at, then each is changed.

What goes wrong with one of them is told of that one, and stops no other.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from helpers.managed_files.repo_record import RECORD_FILE_NAME
from helpers.managed_files.written import apply_changes
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.managed_file import Drift, Take
from helpers.model.numbers import counted
from helpers.model.shell_words import quoted
from helpers.repos.open_repos import OpenedRepo, in_each
from helpers.sync.git_objects import (
    NewFile,
    commit_aside,
    commit_paths,
    is_checked_out,
    move_branch,
    read_entries,
)
from helpers.sync.pull_request import offer
from helpers.sync.shared_files import Look, check_nothing_is_lost, look
from helpers.sync.synced_checkout import find_place
from helpers.vcs.files import uncommitted
from helpers.vcs.git import EXECUTABLE, LINK, PLAIN
from helpers.vcs.refs import current_branch, find_commit, main_remote

_SHORT = 10
_TITLE = "Bring shared files in step with the toolchain"


@dataclass(frozen=True, slots=True)
class SyncRequest:
    """What is asked of each checkout.

    Attributes:
        paths: of these shared files alone; none: of all.
        take: whose side is taken where both differ.
        commit: what is written is committed on the branch that is checked out.
        branch: a branch gets a commit instead, and the work tree stays as it is.
        base: what a new branch starts from; empty: HEAD.
        only_look: nothing is to be changed, so it does not matter whether that would be safe.
        gh: GitHub's program, which opens a pull request for the branch; None: none is opened.
    """

    paths: tuple[str, ...] = ()
    take: Take = Take.NEITHER
    commit: bool = False
    branch: str = ""
    base: str = ""
    only_look: bool = False
    gh: Path | None = None


@dataclass(frozen=True, slots=True)
class SyncedCheckout:
    """A checkout that was looked at.

    Attributes:
        name: as the user wrote it.
        found: how its files stand; None: it could not be looked at.
        error: why not.
        tip: the commit that its branch is on; empty: it is not there yet.
    """

    name: str
    root: Path
    found: Look | None = None
    error: HelpersError | None = None
    tip: str = ""


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What became of a checkout.

    Attributes:
        decide: somebody must decide about conflicts.
        error: why nothing, or not all, was done.
    """

    name: str
    text: str
    decide: bool = False
    error: HelpersError | None = None


def look_at_all(repos: Iterable[OpenedRepo], request: SyncRequest) -> list[SyncedCheckout]:
    """See what is to be done in each checkout; nothing is changed."""
    return in_each(repos, lambda repo: _look_at(repo, request))


def act_on_all(
    checkouts: Iterable[SyncedCheckout], request: SyncRequest, *, dry_run: bool
) -> list[SyncOutcome]:
    """Do it, as it was decided; in a dry run only say it."""
    act = _would_do if dry_run else _do
    return in_each(checkouts, lambda checkout: _act_on(checkout, request, act))


def _look_at(repo: OpenedRepo, request: SyncRequest) -> SyncedCheckout:
    name, root = repo.name, repo.root
    try:
        if repo.error:
            raise repo.error
        if repo.listed.address and not (request.only_look or request.branch):
            raise HelpersError(
                "a repo that is listed by its address has no work tree that anybody looks at",
                where=repo.listed.line,
                fix="i sync_apply ... --branch NAME --pull-request, or list a checkout of it",
            )
        return _find(name, root, request)
    except HelpersError as error:
        return SyncedCheckout(name, root, error=error)
    except OSError as error:
        return SyncedCheckout(name, root, error=HelpersError(str(error), where=str(root)))


def _find(name: str, root: Path, request: SyncRequest) -> SyncedCheckout:
    if request.branch:
        tip = find_commit(root, f"refs/heads/{request.branch}")
        start = tip or _start_of_branch(root, request)
        return SyncedCheckout(
            name, root, look(find_place(root, start), request.paths, request.take), None, tip
        )
    found = look(find_place(root), request.paths, request.take)
    if not request.only_look:
        check_nothing_is_lost(found)
    if request.commit and found.changes:
        _check_may_commit(root)
    return SyncedCheckout(name, root, found)


def _start_of_branch(root: Path, request: SyncRequest) -> str:
    """The commit that a branch starts from that is not here yet."""
    pushed = f"refs/remotes/{main_remote(root)}/{request.branch}"
    base = request.base or "HEAD"
    start = find_commit(root, pushed) or find_commit(root, base)
    if not start:
        raise HelpersError(
            f"there is no commit {base!r} to start a branch from",
            where=str(root),
            fix=f"git -C {quoted(root)} fetch" if request.base else f"git -C {quoted(root)} commit",
        )
    return start


def _check_may_commit(root: Path) -> None:
    if not current_branch(root):
        raise HelpersError(
            "HEAD is detached: a commit here would be on no branch",
            where=str(root),
            fix=f"git -C {quoted(root)} switch <branch>, or give --branch NAME instead of --commit",
        )
    if uncommitted(root, [RECORD_FILE_NAME], ignored=True):
        raise HelpersError(
            f"{RECORD_FILE_NAME} is not committed, and would be with the rest",
            where=str(root),
            fix=f"git -C {quoted(root)} add {RECORD_FILE_NAME} &&"
            f" git -C {quoted(root)} commit {RECORD_FILE_NAME}",
        )


def _act_on(
    checkout: SyncedCheckout,
    request: SyncRequest,
    act: Callable[[SyncedCheckout, Look, SyncRequest], str],
) -> SyncOutcome:
    name, found = checkout.name, checkout.found
    if found is None:
        return SyncOutcome(name, "failed", error=checkout.error)
    if found.conflicts:
        paths = ", ".join(standing.item.path for standing in found.conflicts)
        return SyncOutcome(name, f"conflict, nothing was written: {paths}", decide=True)
    try:
        return SyncOutcome(name, act(checkout, found, request) + _left(found))
    except HelpersError as error:
        return SyncOutcome(name, "failed", error=error)
    except OSError as error:
        return SyncOutcome(name, "failed", error=HelpersError(str(error), where=str(checkout.root)))


def _would_do(_: SyncedCheckout, found: Look, __: SyncRequest) -> str:
    return f"{_count(found)} would be written" if found.changes else "nothing to do"


def _do(checkout: SyncedCheckout, found: Look, request: SyncRequest) -> str:
    if request.branch:
        return _do_on_branch(checkout, found, request)
    if not found.changes:
        return "nothing to do"
    apply_changes(found.place.root, found.changes)
    count = _count(found)
    if not request.commit:
        return f"{count} written"
    paths = [change.path for change in found.changes]
    return f"{count} committed as {commit_paths(checkout.root, paths, _message(found))}"


def _do_on_branch(checkout: SyncedCheckout, found: Look, request: SyncRequest) -> str:
    root, branch = checkout.root, request.branch
    done = "nothing to do"
    if found.changes:
        if is_checked_out(root, branch):
            raise HelpersError(
                f"the branch {branch} is checked out, so its work tree would be out of date",
                where=str(root),
                fix="give --commit instead of --branch, or another name",
            )
        commit = commit_aside(root, found.place.at, _new_files(found), _message(found))
        move_branch(root, branch, commit, checkout.tip)
        done = f"{_count(found)} committed on {branch} as {commit[:_SHORT]}"
    if request.gh is None or not (found.changes or checkout.tip):
        return done
    return f"{done}; {offer(root, request.gh, branch, request.base, _message(found))}"


def _new_files(found: Look) -> list[NewFile]:
    place = found.place
    before = read_entries(place.root, place.at, [change.path for change in found.changes])
    files = []
    for change in found.changes:
        mode = EXECUTABLE if change.executable else PLAIN
        if change.path in before and before[change.path].mode == EXECUTABLE:
            mode = EXECUTABLE
        mode = LINK if change.link else mode
        files.append(NewFile(change.path, mode, (change.after or "").encode()))
    return files


def _message(found: Look) -> str:
    lines = [f"- {item.item.path}: {item.drift}" for item in found.standings if item.change]
    listed = "\n".join(lines)
    return f"{_TITLE}\n\n{listed}\n\nToolchain: {found.place.commit}\n"


def _count(found: Look) -> str:
    number = len([standing for standing in found.standings if standing.change])
    return counted(number, "file")


def _left(found: Look) -> str:
    """What applying leaves as it is, though it is out of step."""
    paths = [
        standing.item.path
        for standing in found.standings
        if standing.change is None and standing.drift in (Drift.HERE, Drift.GONE)
    ]
    return f"; left: {', '.join(paths)}" if paths else ""
