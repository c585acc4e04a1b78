"""Which dirs a change affects: all, those whose inputs differ, or those that depend on it."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from helpers.inputs import brick_tests
from helpers.inputs.repo_inputs import (
    RepoInputs,
    read_repo_inputs,
    read_repo_inputs_of,
    toolchain_code,
)
from helpers.lockers.all_lockers import WORKSPACE_LOCK
from helpers.lockers.workspaces import polylith
from helpers.model.dataclass import dataclass
from helpers.model.dependents import Affected, affected_dirs, why_affected
from helpers.model.repo import Repo
from helpers.model.runnable_dir import CHANGELOG, DEVOPS
from helpers.vcs.git import LINK
from helpers.vcs.history import merge_base
from helpers.vcs.snapshot import CommitFiles, Snapshot, read_commit

# Files whose change may change the graph itself, by their names.
_STRUCTURAL = (
    "pyproject.toml",
    CHANGELOG,
    "conftest.py",
    "pytest.ini",
    ".pytest.ini",
    "tox.ini",
    "setup.cfg",
    # Of a workspace's each member sees a part.
    WORKSPACE_LOCK,
    polylith.LOCK_FILE,
    polylith.WORKSPACE,
)


@dataclass(frozen=True, slots=True)
class Changes:
    """The difference between a commit and the work tree.

    Attributes:
        base: the commit.
        paths: files that were added, removed or changed, sorted.
        toolchain: those of them that are the toolchain's own code, which every dir depends on.
        dirs: names of the affected dirs, sorted.
    """

    base: str
    paths: tuple[str, ...]
    toolchain: tuple[str, ...]
    dirs: tuple[str, ...]
    _present: RepoInputs
    _before: RepoInputs | None

    def why(self, name: str) -> list[Affected]:
        """The changed files that a dir sees or saw, each with how it depends on it."""
        found = {path: Affected(path) for path in self.toolchain}
        for inputs in (self._before, self._present):
            if inputs and name in inputs.tree.dirs:
                for item in why_affected(inputs.of(name), self.paths, inputs.tree):
                    found[item.path] = item
        if self._before and self._before.lock_part(name) != self._present.lock_part(name):
            lock = self._present.locks.get(name) or self._before.locks[name]
            found[lock] = Affected(lock)
        return [found[path] for path in sorted(found)]


def changes_since(repo: Repo, ref: str, present: RepoInputs) -> Changes:
    """What a branch changed since it left `ref`, and uncommitted changes.

    Args:
        ref: a branch, tag or commit; empty: the newest commit, so the work tree's changes alone.

    Raises:
        HelpersError: there is no such commit, or none that both have in common.
        ProcessError: git fails.
    """
    return _compared(present, *_read_base(repo, ref))


def read_changes(repo: Repo, ref: str) -> tuple[RepoInputs, Changes]:
    """The inputs as the work tree has them, and what `changes_since` says: read side by side.

    Raises:
        HelpersError: as `changes_since`.
        ProcessError: git fails.
    """
    with ThreadPoolExecutor(1) as pool:
        base = pool.submit(_read_base, repo, ref)
        present = read_repo_inputs(repo)
        return present, _compared(present, *base.result())


def _read_base(repo: Repo, ref: str) -> tuple[str, CommitFiles]:
    base = merge_base(repo.root, ref or "HEAD")
    return base, read_commit(repo.root, base)


def _compared(present: RepoInputs, base: str, files: CommitFiles) -> Changes:
    repo, before, now = present.repo, files.contents, present.snapshot
    paths = sorted(
        [
            *(path for path, said in now.items() if before.get(path) != said),
            *(path for path in before if path not in now),
        ]
    )
    # Without a toolchain in the repo nothing starts with an impossible path.
    code = toolchain_code(repo) or ("\0",)
    toolchain = tuple(path for path in paths if path.startswith(code))
    earlier = None
    if any(_is_structural(path, before, now) for path in paths) or (paths and present.missing):
        earlier = read_repo_inputs_of(repo, files, present)
    if toolchain:
        dirs = present.tree.dirs
    elif earlier:
        dirs = frozenset(n for n in present.tree.dirs if _differs(n, earlier, present))
    else:
        dirs = affected_dirs(present.graph, present.tree, paths)
    return Changes(base, tuple(paths), toolchain, tuple(sorted(dirs)), present, earlier)


def _differs(name: str, before: RepoInputs, now: RepoInputs) -> bool:
    return name not in before.tree.dirs or before.digest(name) != now.digest(name)


def _is_structural(path: str, *snapshots: Snapshot) -> bool:
    """Whether the graph may be another.

    Args:
        snapshots: without the change, and with it.
    """
    name = path.rpartition("/")[2]
    if name in _STRUCTURAL or "requirements" in path or DEVOPS in path.split("/"):
        return True
    if brick_tests.FOLDER in path.split("/") and path not in snapshots[-1]:
        return True  # of bricks whose last test it was nothing leads to it any more
    return _any_link(found.get(path, "") for found in snapshots)


def _any_link(contents: Iterable[str]) -> bool:
    return any(content.startswith(LINK) for content in contents)
