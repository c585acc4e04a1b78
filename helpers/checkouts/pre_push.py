"""What is looked at before a push: that others can get each submodule commit that it records."""

import tempfile
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.checkouts.git.gitlinks import Gitlink, peel, recorded_since
from helpers.checkouts.git.submodule_store import (
    RemoteError,
    SubmoduleStore,
    branches_with,
    declared_address,
    find_store,
    is_head,
    is_here,
    lacking,
    make_store,
    open_checkout,
    recorded_inside,
)
from helpers.model.checkouts.hints import git_in, short
from helpers.model.checkouts.state import OUTERMOST
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import path_below
from helpers.vcs.git import split_lines
from helpers.vcs.submodules import DeclaredSubmodule, declared_in

_AT_ONCE = 8
_ESCAPE = "git push --no-verify"


@dataclass(frozen=True, slots=True)
class PushedRef:
    """What a branch or tag is to become at the remote, and what it is there; zeros: nothing."""

    commit: str
    there: str


@dataclass(frozen=True, slots=True)
class _Problem:
    """What others cannot get, and the command that gives it to them."""

    what: str
    fix: str


@dataclass(frozen=True, slots=True)
class _Parent:
    """A repo that records submodules, and what all of the check shares.

    Attributes:
        path: relative to the repo that is pushed; `.` for that itself.
        scratch: a folder for what is made to ask remotes.
        tell: takes what the user should know.
    """

    path: str
    store: SubmoduleStore
    scratch: Path
    tell: Callable[[str], None]


def parse_refs(text: str) -> list[PushedRef]:
    """Read what git tells a pre-push hook: `<local ref> <id> <remote ref> <id>` in each line.

    Raises:
        HelpersError: it is something else.
    """
    found = []
    for line in split_lines(text):
        # What is pushed is told as it was typed, perhaps with blanks: `HEAD@{1 day ago}`.
        words = line.rsplit(" ", 3)
        if len(words) != 4:
            raise HelpersError(f"not the input that git gives a pre-push hook: {line!r}")
        found.append(PushedRef(commit=words[1], there=words[3]))
    return found


def check_push(
    root: Path, remote: str, refs: Sequence[PushedRef], tell: Callable[[str], None]
) -> None:
    """Make sure that others can get what a push records for submodules, at any depth.

    Args:
        root: of the repo that is pushed.
        remote: its name, or its address where it has none.
        tell: takes what the user should know.

    Raises:
        HelpersError: they cannot, or that cannot be told; says which command fixes it.
    """
    wanted = peel(root, [ref.commit for ref in refs])
    if not wanted:  # branches are removed, nothing is recorded
        return
    known = peel(root, [ref.there for ref in refs])
    store = open_checkout(root, remote)
    named = remote if remote == store.remote else ""
    gitlinks = recorded_since(root, wanted.values(), known.values(), named)
    if not gitlinks:
        return
    with tempfile.TemporaryDirectory(prefix="helpers_push_") as scratch:
        problems = _check(_Parent(OUTERMOST, store, Path(scratch), tell), gitlinks)
    if problems:
        fixes = dict.fromkeys(problem.fix for problem in problems)
        raise HelpersError(
            "the push would record commits of submodules that others cannot get",
            where="\n".join(dict.fromkeys(problem.what for problem in problems)),
            fix="\n".join([*fixes, f"(typed in {root}; {_ESCAPE} pushes all the same)"]),
        )


def _check(parent: _Parent, gitlinks: Iterable[Gitlink]) -> list[_Problem]:
    """What of the recorded commits others cannot get."""
    declared: dict[str, dict[str, DeclaredSubmodule]] = {}
    groups: dict[tuple[str, DeclaredSubmodule], list[Gitlink]] = {}
    store = parent.store
    for link in gitlinks:
        if link.recorded_by not in declared:
            declared[link.recorded_by] = declared_in(store.folder, link.recorded_by, *store.options)
        known = declared[link.recorded_by].get(link.path, DeclaredSubmodule("", ""))
        groups.setdefault((link.path, known), []).append(link)
    # Each waits for remotes.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        jobs = [pool.submit(_check_submodule, parent, *key, links) for key, links in groups.items()]
        return [problem for job in jobs for problem in job.result()]


def _check_submodule(
    parent: _Parent, path: str, declared: DeclaredSubmodule, links: Sequence[Gitlink]
) -> list[_Problem]:
    if not declared.url:
        what = ".gitmodules does not say where it comes from"
        fix = git_in(parent.path, "submodule", "add", "--force", "URL", path)
        return [_Problem(f"{_named(parent, link)}: {what}", fix) for link in links]
    inside = path_below(parent.path, path)
    store = find_store(parent.store, path, declared)
    if store is None:
        address = declared_address(parent.store, declared)
        parent.tell(f"{inside} is not checked out: {address} is asked for what is recorded")
        store = make_store(_unused(parent.scratch), address, links[0].commit)
    try:
        gone = lacking(store, [link.commit for link in links], _unused(parent.scratch))
    except RemoteError as error:
        # Once it is fetched, nobody has to be asked.
        fix = git_in(inside, "fetch", store.remote)
        if store.folder == store.kept:
            fix = _check_out(parent, path)
        return [_Problem(f"{inside}: its remote failed: {error}", fix)]
    nested = _Parent(inside, store, parent.scratch, parent.tell)
    problems = []
    for link in links:
        if link.commit in gone:
            problems.append(_unpublished(parent, store, link))
        else:
            problems += _check(nested, recorded_inside(store, link))
    return problems


def _unpublished(parent: _Parent, store: SubmoduleStore, link: Gitlink) -> _Problem:
    """What is wrong with a commit that the remote does not have."""
    named, inside = _named(parent, link), path_below(parent.path, link.path)
    branches = branches_with(store, link.commit)
    what = f"{named}: {store.remote} does not have it"
    checkout = ""
    if store.folder == store.kept:
        checkout = f"{_check_out(parent, link.path)} && "
    if branches:
        return _Problem(what, checkout + git_in(inside, "push", store.remote, branches[0]))
    if not is_here(store, link.commit):
        fix = f"push {short(link.commit)} from the checkout that made it"
        return _Problem(f"{what}, and it is not here either", fix)
    source = "HEAD" if is_head(store, link.commit) else short(link.commit)
    push = git_in(inside, "push", store.remote, f"{source}:refs/heads/NAME")
    return _Problem(f"{what}, and no branch here has it", checkout + push)


def _check_out(parent: _Parent, path: str) -> str:
    return git_in(parent.path, "submodule", "update", "--init", "--", path)


def _named(parent: _Parent, link: Gitlink) -> str:
    commit, recorded_by = short(link.commit), short(link.recorded_by)
    return f"{path_below(parent.path, link.path)} {commit}, recorded by {recorded_by}"


def _unused(scratch: Path) -> Path:
    return Path(tempfile.mkdtemp(dir=scratch)) / "asked"
