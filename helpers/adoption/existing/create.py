"""Make a runnable dir of an existing directory: plan, ask, write, lock."""

from collections.abc import Callable

from helpers.adoption.existing.plan import ExistingPlan, ExistingRequest, plan_existing
from helpers.images.base.python_check import check_python
from helpers.images.dependencies.change import plan_dependencies, resolve
from helpers.lockers.commands import Action, Change
from helpers.managed_files.written import apply_changes
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.packages.locked import DependencyOutcome
from helpers.model.repo import Repo
from helpers.model.shell_words import quoted
from helpers.system.host import Host
from helpers.system.repo_files import read_dir_config


@dataclass(frozen=True, slots=True)
class MadeRunnable:
    """What became of a directory.

    Attributes:
        written: whether the plan was carried out.
        locked: what was locked; None: nothing was.
    """

    plan: ExistingPlan
    written: bool = False
    locked: DependencyOutcome | None = None


def make_from_existing(
    repo: Repo,
    request: ExistingRequest,
    host: Host,
    listen: Listener,
    agree: Callable[[ExistingPlan], bool],
    *,
    lock: bool = True,
) -> MadeRunnable:
    """Make a directory of the repo runnable; where that was begun, it goes on.

    Args:
        agree: shows what will be written, and says whether it shall be.
        lock: also lock what it depends on, in a container of its builder image.

    Raises:
        HelpersError: a file is malformed or in the way, or locking failed; the dir is complete then
            but for its lock file, and the same command locks it.
        OSError: a file cannot be written.
    """
    plan = plan_existing(request)
    if not agree(plan):
        return MadeRunnable(plan)
    apply_changes(repo.root, plan.changes)
    if not lock:
        return MadeRunnable(plan, written=True)
    if not plan.to_lock:
        _check_python(repo, request.below)
        return MadeRunnable(plan, written=True)
    return MadeRunnable(plan, written=True, locked=lock_existing(repo, request.below, host, listen))


def _check_python(repo: Repo, name: str) -> None:
    """Of what is locked already, nothing else looks at the image's Python before it is built."""
    runnable_dir = repo.runnable_dir(name)
    if not (runnable_dir.devops / "Dockerfile").is_file():
        check_python(repo, runnable_dir, read_dir_config(runnable_dir))


def lock_existing(repo: Repo, name: str, host: Host, listen: Listener) -> DependencyOutcome:
    """Lock what a dir depends on, once the changes of its plan are made.

    Raises:
        HelpersError: it cannot be locked; with the command that goes on.
    """
    change = Change(Action.LOCK)
    try:
        plan = plan_dependencies(repo, repo.runnable_dir(name), host, change)
        return resolve(repo, plan, host, listen)
    except HelpersError as error:
        again = f"i dependency_lock --dir {quoted(name)}"
        first = error.fix.removesuffix(", then the same command again")
        raise HelpersError(
            f"{name} is runnable, but its packages cannot be locked: {error.what}",
            where=error.where,
            fix=f"{first}; then  {again}" if first else again,
        ) from error
