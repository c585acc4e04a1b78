"""Whether lock files are what their projects ask for: asked of the tools, which write nothing."""

from collections.abc import Sequence

from helpers.images.dependencies.change import (
    DependencyPlan,
    StaleLockError,
    plan_dependencies,
    resolve_all,
)
from helpers.lockers.commands import Action, Change, choose_resolver, has_resolver
from helpers.lockers.stale import check_compiled
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host


@dataclass(frozen=True, slots=True)
class CheckedLocks:
    """The result: how many lock files were checked, and what is wrong with which."""

    number: int
    errors: tuple[HelpersError, ...]

    @property
    def only_stale(self) -> bool:
        """Whether every error says that a lock file is out of date."""
        return all(isinstance(error, StaleLockError) for error in self.errors)


def check_locks(
    repo: Repo, dirs: Sequence[RunnableDir], host: Host, listen: Listener, platform: str = ""
) -> CheckedLocks:
    """Check the lock files of dirs; of those that have none, nothing is said.

    Raises:
        HelpersError: a `pyproject.toml` is malformed, or two tools lock a dir.
    """
    plans: list[DependencyPlan] = []
    errors: list[HelpersError] = []
    compiled = 0
    for item in dirs:
        if not has_resolver(item.root, Action.LOCK):
            continue
        if choose_resolver(item.root).sources:
            compiled += 1
            errors += _compiled_error(item)
            continue
        plan = plan_dependencies(repo, item, host, Change(Action.CHECK), platform)
        if (plan.base / plan.resolver.lock_file).is_file():
            plans.append(plan)
    outcomes = resolve_all(repo, plans, host, listen)
    errors += [one.error for one in outcomes if one.error]
    return CheckedLocks(compiled + len(plans), tuple(errors))


def _compiled_error(item: RunnableDir) -> list[HelpersError]:
    try:
        check_compiled(item.root, item.name)
    except HelpersError as error:
        return [StaleLockError(error.what, where=error.where, fix=error.fix)]
    return []
