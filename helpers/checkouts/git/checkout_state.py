"""How a repo and its submodules stand: one or two processes of git each, all at once."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import field, replace
from pathlib import Path

from helpers.model.checkouts.state import (
    OUTERMOST,
    CheckoutState,
    Operation,
    Recorded,
    Relation,
    Uncommitted,
)
from helpers.model.dataclass import dataclass
from helpers.model.runnable_dir import path_below
from helpers.system.process import ProcessError
from helpers.vcs.git import SUBMODULE, git, reason
from helpers.vcs.refs import is_in_any
from helpers.vcs.status import push_to, read_status
from helpers.vcs.submodules import DeclaredSubmodule, declared_on_disk, recorded_in_index
from helpers.vcs.worktree import git_folder, shared_folder

# More threads than cores: each waits for a process most of the time.
_AT_ONCE = 6
# What git leaves in its folder while it is at something.
_OPERATIONS = {
    "rebase-merge": Operation.REBASE,
    "rebase-apply/applying": Operation.MAIL,
    "rebase-apply": Operation.REBASE,
    "MERGE_HEAD": Operation.MERGE,
    "CHERRY_PICK_HEAD": Operation.CHERRY_PICK,
    "REVERT_HEAD": Operation.REVERT,
    "BISECT_LOG": Operation.BISECT,
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a checkout is, and what its parent says of it; `recorded` is empty in a conflict."""

    path: str
    parent: str = ""
    recorded: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class _Look:
    """A state, and the commits that HEAD records for submodules that differ from it, by name."""

    state: CheckoutState
    committed: Mapping[str, str] = field(default_factory=dict)


def read_checkouts(root: Path) -> list[CheckoutState]:
    """The repo at `root` and its submodules at any depth, each before those inside it.

    A checkout that git cannot read is among them and says why.
    """
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        jobs = list(_begin(pool, root, _Place(OUTERMOST)))
        looks = {look.state.path: look for look in (job.result() for job in jobs)}
    return [_with_committed(look.state, looks) for look in looks.values()]


def _begin(pool: ThreadPoolExecutor, root: Path, place: _Place) -> "Iterator[Future[_Look]]":
    """Begin to look at a checkout and all inside it."""
    folder = root / place.path
    if not (folder / ".git").exists():
        yield pool.submit(_missing, place)
        return
    declared, fault = _declared(folder)
    yield pool.submit(_look, root, place, fault)
    # Where none is declared only the outermost is asked: it may record one all the same.
    if place.parent and not declared and not fault:
        return
    for name, recorded in sorted(_recorded(folder).items()):
        path = path_below(place.path, name)
        url = declared[name].url if name in declared else ""
        yield from _begin(pool, root, _Place(path, place.path, recorded, url))


def _recorded(folder: Path) -> dict[str, str]:
    try:
        return recorded_in_index(folder)
    except ProcessError:  # told by the look at the checkout itself
        return {}


def _declared(folder: Path) -> tuple[dict[str, DeclaredSubmodule], str]:
    """What `.gitmodules` declares, by path; and why it cannot be read."""
    try:
        return declared_on_disk(folder), ""
    except ProcessError as error:
        return {}, reason(error)


def _missing(place: _Place) -> _Look:
    relation = Relation.SAME if place.recorded else Relation.CONFLICT
    recorded = Recorded(place.recorded, place.recorded, relation)
    return _Look(
        CheckoutState(place.path, place.parent, missing=True, recorded=recorded, url=place.url)
    )


def _look(root: Path, place: _Place, modules_fault: str) -> _Look:
    folder = root / place.path
    recorded = None
    if place.parent:
        relation = Relation.UNKNOWN if place.recorded else Relation.CONFLICT
        recorded = Recorded(place.recorded, place.recorded, relation)
    bare = CheckoutState(
        place.path, place.parent, recorded=recorded, url=place.url, modules_fault=modules_fault
    )
    try:
        return _read(folder, bare)
    except ProcessError as error:
        return _Look(replace(bare, fault=reason(error)))
    except OSError as error:  # a file of git's that may not be read, or went just now
        return _Look(replace(bare, fault=str(error)))


def _read(folder: Path, bare: CheckoutState) -> _Look:
    state, entries, stashes = read_status(folder, bare)
    own = git_folder(folder)
    shared = shared_folder(own)
    state = replace(
        state,
        work=_count(entries, stashes),
        operation=next((kind for name, kind in _OPERATIONS.items() if (own / name).exists()), None),
        shallow=(shared / "shallow").exists(),
        recorded=_relate(folder, bare.recorded, state.commit),
    )
    if state.commit and not _is_at_a_remote(shared, state.commit):
        state = _with_unpushed(folder, state)
    return _Look(state, _committed(entries))


def _count(entries: list[str], stashes: int) -> Uncommitted:
    """Count entries of git's status, whose first letter is about the index, the second the disk."""
    staged = changed = untracked = conflicted = 0
    for entry in entries:
        kind, _, rest = entry.partition(" ")
        if kind == "?":
            untracked += 1
        elif kind == "u":
            conflicted += 1
        elif kind == "1":
            staged += rest[0] != "."
            changed += rest[1] != "." and not _is_submodule(rest)
    return Uncommitted(staged, changed, untracked, conflicted, stashes)


def _is_submodule(rest: str) -> bool:
    return rest.split(" ", 2)[1].startswith("S")


def _committed(entries: list[str]) -> dict[str, str]:
    """What HEAD records for the submodules that differ from it; empty: it has none there."""
    found = {}
    for entry in entries:
        if entry.startswith("1 ") and SUBMODULE in (parts := entry.split(" ", 8))[3:6]:
            was_submodule = parts[3] == SUBMODULE
            found[parts[8]] = parts[6] if was_submodule else ""
    return found


def _relate(folder: Path, recorded: Recorded | None, commit: str) -> Recorded | None:
    """Compare what is recorded with what is checked out."""
    if recorded is None or not recorded.commit or not commit:
        return recorded
    if recorded.commit == commit:
        return replace(recorded, relation=Relation.SAME)
    span = f"{recorded.commit}...{commit}"
    try:
        counts = git(folder, "rev-list", "--left-right", "--count", span, "--").split()
    except ProcessError:
        return recorded
    behind, ahead = (int(count) for count in counts)
    relation = Relation.DIVERGED if ahead and behind else Relation.BEHIND
    lost = git(folder, "rev-list", "--count", f"{commit}..{recorded.commit}", "--not", "--remotes")
    return replace(
        recorded,
        relation=Relation.AHEAD if ahead and not behind else relation,
        ahead=ahead,
        behind=behind,
        unpushed=int(lost),
    )


def _with_unpushed(folder: Path, state: CheckoutState) -> CheckoutState:
    unpushed = int(git(folder, "rev-list", "--count", state.commit, "--not", "--remotes", "--"))
    if not unpushed:
        return state
    return replace(
        state,
        unpushed=unpushed,
        is_stray=not state.branch and not is_in_any(folder, state.commit, "refs/heads"),
        push_to=push_to(folder, state.upstream),
    )


def _with_committed(state: CheckoutState, looks: Mapping[str, _Look]) -> CheckoutState:
    if state.recorded is None:
        return state
    committed = looks[state.parent].committed.get(state.name, state.recorded.commit)
    return replace(state, recorded=replace(state.recorded, committed=committed))


def _is_at_a_remote(shared: Path, commit: str) -> bool:
    """Whether a branch of a remote is at a commit, as far as files tell; that saves a process."""
    branches = shared / "refs" / "remotes"
    loose = {path for path in branches.rglob("*") if path.is_file()}
    if any(path.read_text(errors="replace").strip() == commit for path in loose):
        return True
    packed = shared / "packed-refs"
    lines = packed.read_text(errors="replace").splitlines() if packed.is_file() else []
    names = [line.removeprefix(f"{commit} ") for line in lines if line.startswith(commit)]
    # What was packed is no longer so where there is a file, too.
    return any(name.startswith("refs/remotes/") and shared / name not in loose for name in names)
