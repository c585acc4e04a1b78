"""Of which dirs it changed what is locked, or what asks for it."""

from pathlib import PurePosixPath

from helpers.lockers import conda_files, pip
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.project_lockers import LOCK_FILES, OWN_LOCKS
from helpers.model.repo import Repo, is_inside
from helpers.model.runnable_dir import ROOT, RunnableDir
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.file_history import changed_on_disk, has_commits
from helpers.vcs.history import merge_base

_FILES = (
    *(PROJECT, *conda_files.ASKED_FILES, *LOCK_FILES),
    *(pip.LOCK_FILE, pip.SOURCE_FILE, *pip.DEV_FILES, *pip.PROD_FILES),
)


def dirs_with_changed_lock(repo: Repo, ref: str) -> list[RunnableDir]:
    """The dirs whose lock, or whose project, is another than where the branch left a ref.

    A dir without a lock of its own may be locked by a folder around it. Dirs in submodules are not
    among them. Before the first commit everything changed.

    Raises:
        HelpersError: there is no such branch, tag or commit.
        ProcessError: git fails.
    """
    dirs = repo.own(discover_dirs(repo))
    if not has_commits(repo.root):
        return dirs
    patterns = [f":(glob)**/{name}" for name in _FILES]
    changed = changed_on_disk(repo.root, merge_base(repo.root, ref), patterns)
    folders = {str(PurePosixPath(path).parent) for path in changed}
    return [item for item in dirs if _is_locked_by(item, folders)]


def _is_locked_by(item: RunnableDir, folders: set[str]) -> bool:
    if item.name in folders:
        return True
    if any((item.root / name).is_file() for name in OWN_LOCKS):
        return False
    return any(folder == ROOT or is_inside(item.name, folder) for folder in folders)
