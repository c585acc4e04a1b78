"""Which runnable dirs a repo has, asked of git and not of a walk of the disk."""

from helpers.model.changelog import FILE_NAME
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.vcs.git import list_files


def discover_dirs(repo: Repo) -> list[RunnableDir]:
    """Every runnable dir, those in submodules too, sorted by name.

    Raises:
        ProcessError: git fails.
    """
    changelogs = list_files(repo.root, f":(glob)**/{FILE_NAME}")
    dirs = (repo.runnable_dir(path.rpartition("/")[0] or ".") for path in changelogs)
    return sorted(found for found in dirs if found.devops.is_dir())
