"""The plan of a run, from what a change affects; where that is not known, all dirs."""

from helpers.ci.event import FORCED, Event
from helpers.ci.plan import CiPlan, split
from helpers.ci.read_settings import read_needs_of_dirs
from helpers.inputs.affected_dirs import read_changes
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.settings.ci_config import CiConfig
from helpers.testing.history import recorded_seconds
from helpers.vcs.deepen import bring_merge_base
from helpers.vcs.refs import is_ancestor

_NOTHING = Event(reason="no base was given")


def plan_since(repo: Repo, config: CiConfig, base: str) -> CiPlan:
    """The plan for what changed since HEAD left a branch, and for what is not committed.

    Args:
        base: a branch, tag or commit; empty: all dirs.

    Raises:
        HelpersError: there is no such commit, or history is too short to compare with it.
    """
    if not base:
        return _plan(repo, config, read_repo_inputs(repo), _NOTHING)
    inputs, changes = read_changes(repo, base)
    return _plan(repo, config, inputs, Event(changes.base), changes.dirs)


def plan_event(repo: Repo, config: CiConfig, event: Event) -> CiPlan:
    """The plan for what a forge says that happened; what it lacks of history is fetched.

    Raises:
        HelpersError: settings are malformed.
    """
    inputs, affected = None, None
    if event.base:
        try:
            bring_merge_base(repo.root, event.base)
            if event.pushed and not is_ancestor(repo.root, event.base, "HEAD"):
                event = Event(reason=FORCED)
            else:
                inputs, changes = read_changes(repo, event.base)
                event, affected = Event(changes.base), changes.dirs
        except HelpersError as error:
            event = Event(reason=error.what)
    return _plan(repo, config, inputs or read_repo_inputs(repo), event, affected)


def _plan(
    repo: Repo,
    config: CiConfig,
    inputs: RepoInputs,
    event: Event,
    affected: tuple[str, ...] | None = None,
) -> CiPlan:
    every = tuple(sorted(inputs.tree.dirs))
    dirs = every if affected is None else affected
    needs = read_needs_of_dirs(repo, config, every)
    wanted = {name: needs[name] for name in dirs}
    seconds = recorded_seconds(repo.root)
    parts = split(wanted, seconds, config.max_jobs, repo.root_name(every))
    skipped = tuple(name for name in every if name not in wanted)
    return CiPlan(event.base, event.reason, parts, skipped, dirs)
