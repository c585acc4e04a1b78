"""What a command changes of what a dir asks for, and what a tool is told of that."""

from helpers.images.dependencies.by_path import plan_paths
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.commands import Action, Change, Resolver
from helpers.lockers.conda_edit import edit_asked
from helpers.lockers.locked import Wishes
from helpers.lockers.project_lockers import LOCKERS
from helpers.model.file_change import FileChange
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, path_below
from helpers.system.host import Host
from helpers.system.repo_files import read_dir_config


def plan_edit(
    repo: Repo, runnable_dir: RunnableDir, host: Host, change: Change, resolver: Resolver
) -> FileChange | None:
    """What is written before the tool runs; None: it writes that itself, or nothing is.

    Raises:
        HelpersError: it cannot be added, or what is taken out is not asked for.
    """
    if change.paths:
        return plan_paths(repo, runnable_dir, change, resolver, host.directory)
    if resolver.source == PROJECT or change.action not in (Action.ADD, Action.REMOVE):
        return None
    adds = change.action is Action.ADD
    edit = edit_asked(runnable_dir.root, change.packages, change.group, pip=change.pip, adds=adds)
    return FileChange(path_below(runnable_dir.name, edit.name), edit.before, edit.after)


def told_of(
    repo: Repo,
    runnable_dir: RunnableDir,
    host: Host,
    resolver: Resolver,
    edit: FileChange | None,
) -> tuple[str, ...]:
    """What the tool is told of what is asked for.

    Args:
        edit: what is written before it runs.

    Raises:
        HelpersError: a file is malformed.
    """
    if resolver.sources:
        return ()
    config = read_dir_config(runnable_dir)
    platforms = config.platforms or repo.of(runnable_dir.name).config.platforms
    wishes = Wishes(platforms, host.platform, config.cuda)
    edited = {edit.path.rpartition("/")[2]: edit.after or ""} if edit else {}
    return LOCKERS[resolver.name].asks(runnable_dir.root, wishes, edited)
