"""Which dirs a run is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import field

from helpers.inputs.changes import changes_since
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.names import digest_of
from helpers.model.numbers import counted
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.testing.history import last_failures, recorded_seconds
from helpers.testing.schedule import shard


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the user asks for.

    Attributes:
        since: run what changed since the branch left this commit; empty: since the newest
            commit; none: changes do not matter.
        last_failed: run what failed in the last run.
        part: which part of how many; none: all of them.
    """

    since: str | None = None
    last_failed: bool = False
    part: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """The dirs of a run.

    Attributes:
        only: by dir, the tests that are wanted; a dir that is not in it runs all of its suite.
        left_out: how many were left out, since nothing that they use had changed, or since they
            are in another part.
        part: which part this is, in words, with what shows that all parts were cut alike.
    """

    dirs: tuple[RunnableDir, ...]
    only: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left_out: int = 0
    part: str = ""


def choose(
    repo: Repo,
    named: Sequence[RunnableDir],
    wanted: Wanted,
    inputs: RepoInputs | None,
    tests: Mapping[str, tuple[str, ...]] | None = None,
) -> Choice:
    """The dirs to run, of those that are named.

    Args:
        inputs: needed where changes matter.
        tests: by dir, what is named of it; a dir that is not in it is meant as a whole.

    Raises:
        HelpersError: history does not reach back far enough, or there is no last run.
    """
    dirs, only = list(named), dict(tests or {})
    if wanted.since is not None and inputs is not None:
        affected = set(changes_since(repo, wanted.since, inputs).dirs)
        dirs = [item for item in dirs if item.name in affected]
    if wanted.last_failed:
        failed = _failed(repo)
        dirs = [item for item in dirs if item.name in failed]
        only |= {name: nodes for name, nodes in failed.items() if nodes and name not in only}
    part = ""
    if wanted.part:
        names = [item.name for item in dirs]
        seconds = recorded_seconds(repo.root)
        kept = set(shard(names, seconds, *wanted.part))
        cut = digest_of(repr([(n, seconds.get(n)) for n in names]), 8)
        number, count = wanted.part
        part = f"part {number} of {count}: {len(kept)} of {counted(len(names), 'dir')}, cut {cut}"
        dirs = [item for item in dirs if item.name in kept]
    return Choice(tuple(dirs), only, len(named) - len(dirs), part)


def _failed(repo: Repo) -> dict[str, tuple[str, ...]]:
    """The dirs that failed in the last run, with their failed tests; none: all of the dir."""
    found: dict[str, tuple[str, ...]] = {}
    for item in last_failures(repo.root):
        found[item.dir] = (*found.get(item.dir, ()), *([item.node] if item.node else []))
    return found
