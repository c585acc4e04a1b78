"""Which dirs a run is asked for."""

from dataclasses import replace

from helpers.inputs.affected_dirs import changes_since
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.names import digest_of
from helpers.model.numbers import counted
from helpers.model.repo import Repo
from helpers.testing.history import last_failures, recorded_seconds
from helpers.testing.request import TestRequest
from helpers.testing.schedule import shards
from helpers.testing.suites import dirs_with_suite


def choose(request: TestRequest, inputs: RepoInputs) -> TestRequest:
    """The same request, for those of its dirs that it asks for.

    Raises:
        HelpersError: no dir has the suite, history does not reach back far enough, or there is no
            last run.
    """
    repo = inputs.repo
    dirs, only = dirs_with_suite(request.dirs, request.suite), dict(request.only)
    if request.since is not None:
        affected = set(changes_since(repo, request.since, inputs).dirs)
        dirs = [item for item in dirs if item.name in affected]
    if request.last_failed:
        failed = _failed(repo)
        dirs = [item for item in dirs if item.name in failed]
        only |= {name: nodes for name, nodes in failed.items() if nodes and name not in only}
    part = ""
    if request.shard:
        names = [item.name for item in dirs]
        seconds = recorded_seconds(repo.root)
        cut = digest_of(repr([(n, seconds.get(n)) for n in names]), 8)
        number, count = request.shard
        kept = set(shards(names, seconds, count)[number - 1])
        part = f"part {number} of {count}: {len(kept)} of {counted(len(names), 'dir')}, cut {cut}"
        dirs = [item for item in dirs if item.name in kept]
    left_out = len(request.dirs) - len(dirs)
    return replace(request, dirs=tuple(dirs), only=only, left_out=left_out, part=part)


def _failed(repo: Repo) -> dict[str, tuple[str, ...]]:
    """The dirs that failed in the last run, with their failed tests; none: all of the dir."""
    found: dict[str, tuple[str, ...]] = {}
    for item in last_failures(repo.root):
        if item.stack:
            continue  # `i stack_test` runs it
        found[item.dir] = (*found.get(item.dir, ()), *([item.node] if item.node else []))
    return found
