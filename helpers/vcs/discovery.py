"""Which runnable dirs a repo has, asked of git and not of a walk of the disk."""

from helpers.model.changelog.parse import FILE_NAME
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, runnable_dir_names
from helpers.vcs.files import list_files
from helpers.vcs.git import git_names


def discover_dirs(repo: Repo) -> list[RunnableDir]:
    """Every runnable dir, those in submodules too, sorted by name.

    The toolchain's own dirs are not among those of a repo that has it as a submodule, of its own or
    in another submodule: they are its business, not the repo's.

    Raises:
        ProcessError: git fails.
    """
    changelogs = list_files(repo.root, f":(glob)**/{FILE_NAME}")
    dirs = (repo.runnable_dir(path.rpartition("/")[0] or ".") for path in changelogs)
    return sorted(
        found for found in dirs if found.devops.is_dir() and not repo.is_toolchain(found.name)
    )


def staged_dirs(repo: Repo) -> list[RunnableDir]:
    """The runnable dirs as the next commit will have them, sorted by name.

    Submodules are not asked: while git commits, its variables mean the repo itself alone.

    Raises:
        ProcessError: git fails.
    """
    listed = git_names(repo.root, "ls-files", "-z", "--cached")
    return [repo.runnable_dir(name) for name in runnable_dir_names(listed)]
