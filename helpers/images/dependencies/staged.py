"""Of which dirs the next commit changes what is locked, or what asks for it."""

from pathlib import PurePosixPath

from helpers.lockers import pip
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.project_lockers import LOCK_FILES, OWN_LOCKS
from helpers.model.repo import Repo, is_inside
from helpers.model.runnable_dir import ROOT, RunnableDir
from helpers.vcs.discovery import staged_dirs
from helpers.vcs.file_history import changed_in_index, has_commits
from helpers.vcs.git import git_names

_FILES = (PROJECT, *LOCK_FILES, pip.LOCK_FILE, pip.SOURCE_FILE, *pip.DEV_FILES, *pip.PROD_FILES)


def dirs_with_staged_lock(repo: Repo) -> list[RunnableDir]:
    """The dirs whose lock, or whose project, differs in the index from the last commit.

    A dir without a lock of its own may be locked by a folder around it.

    Raises:
        ProcessError: git fails.
    """
    patterns = [f":(glob)**/{name}" for name in _FILES]
    if has_commits(repo.root):
        changed = changed_in_index(repo.root, "HEAD", patterns)
    else:
        changed = set(git_names(repo.root, "ls-files", "-z", "--cached", "--", *patterns))
    folders = {str(PurePosixPath(path).parent) for path in changed}
    return [item for item in staged_dirs(repo) if _is_locked_by(item, folders)]


def _is_locked_by(item: RunnableDir, folders: set[str]) -> bool:
    if item.name in folders:
        return True
    if any((item.root / name).is_file() for name in OWN_LOCKS):
        return False
    return any(folder == ROOT or is_inside(item.name, folder) for folder in folders)
