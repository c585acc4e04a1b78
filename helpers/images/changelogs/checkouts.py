"""Which git knows which dir: the repo's own checkout, or that of a submodule."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from helpers.lockers.workspaces.member import Member, find_member
from helpers.lockers.workspaces.polylith import SharedLock, find_shared_lock
from helpers.model.dataclass import dataclass
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, path_below, path_inside
from helpers.system.process import printable
from helpers.vcs.file_history import has_commits, read_blobs
from helpers.vcs.git import git
from helpers.vcs.history import merge_base
from helpers.vcs.submodules import checkouts, recorded_in_commit


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changelogs are compared with.

    Attributes:
        since: what this branch did since it left another; empty: all of history.
        staged: the index with HEAD, as before a commit.
    """

    since: str = ""
    staged: bool = False


@dataclass(frozen=True, slots=True)
class Checkout:
    """The repo, or one of its submodules, with those of its dirs that are checked.

    Attributes:
        path: below the repo's root; `.` for the repo itself.
        members: the dirs that a workspace around them locks.
        base: the commit that it is compared with; empty: all of history, or nothing.
    """

    root: Path
    path: str
    dirs: tuple[RunnableDir, ...]
    members: Mapping[str, Member | SharedLock]
    base: str = ""

    def inside(self, path: str) -> str:
        """A path of the repo as this checkout's git knows it."""
        return path_inside(self.path, path)

    def outside(self, path: str) -> str:
        """A path of this checkout as the repo knows it."""
        return path_below(self.path, path)


def find_checkouts(
    repo: Repo, dirs: Sequence[RunnableDir], comparison: Comparison, limits: list[str]
) -> list[Checkout]:
    """Group dirs by the git that knows them, each group with the commit that it is compared with.

    Args:
        limits: gets what cannot be compared.

    Raises:
        HelpersError: there is no such commit.
        ProcessError: git fails.
    """
    # The innermost first: a dir belongs to it.
    paths = sorted(checkouts(repo.root), key=len, reverse=True)
    grouped: dict[str, list[RunnableDir]] = {}
    for item in dirs:
        inside = (path for path in paths if f"{item.name}/".startswith(f"{path}/"))
        grouped.setdefault(next(inside, "."), []).append(item)
    found = [
        Checkout(
            repo.root if path == "." else repo.root / path, path, tuple(items), _members(items)
        )
        for path, items in grouped.items()
    ]
    if comparison.staged:
        # Commits in a submodule are not part of this commit.
        found = [checkout for checkout in found if checkout.path == "."]
        return [replace(checkout, base=_head(checkout.root)) for checkout in found]
    if comparison.since:
        base = merge_base(repo.root, comparison.since)
        return [_with_base(repo, checkout, base, limits) for checkout in found]
    return found


def _head(root: Path) -> str:
    return git(root, "rev-parse", "HEAD").strip() if has_commits(root) else ""


def _with_base(repo: Repo, checkout: Checkout, base: str, limits: list[str]) -> Checkout:
    """A submodule is compared with the commit that the repo had recorded for it."""
    root, commit, rest = repo.root, base, checkout.path
    while rest != ".":
        recorded = recorded_in_commit(root, commit)
        step = next((path for path in recorded if f"{rest}/".startswith(f"{path}/")), None)
        if step is None:
            return checkout  # it is new: there is nothing to compare it with
        root, commit = root / step, recorded[step]
        rest = rest.removeprefix(step).removeprefix("/") or "."
        if not _has_commit(root, commit):
            limits.append(
                f"submodule {checkout.path} lacks the commit {commit[:12]}: not compared with it"
                f"   ({printable(['git', '-C', checkout.path, 'fetch', 'origin', commit])})"
            )
            return checkout
    return replace(checkout, base=commit)


def _has_commit(root: Path, commit: str) -> bool:
    return bool(read_blobs(root, [commit]))


def _members(dirs: Sequence[RunnableDir]) -> dict[str, Member | SharedLock]:
    found = {item.name: find_member(item.root) or find_shared_lock(item.root) for item in dirs}
    return {name: member for name, member in found.items() if member}
