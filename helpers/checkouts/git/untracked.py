"""Files that git does not keep, and their removal one by one."""

from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.system.files import remove_empty
from helpers.vcs.files import UNTRACKED
from helpers.vcs.git import git_names


@dataclass(frozen=True, slots=True)
class Untracked:
    """What a checkout has besides what git keeps; paths relative to it, with `/`, sorted.

    Attributes:
        files: none of them in a repo of its own.
        repos: folders that are repos of their own and no submodules; they are never touched.
    """

    files: tuple[str, ...]
    repos: tuple[str, ...]


def list_untracked(folder: Path, *, ignored: bool) -> Untracked:
    """What is untracked; also what git ignores, where that is wanted.

    Raises:
        ProcessError: git fails.
    """
    listed = git_names(folder, *UNTRACKED)
    if ignored:
        listed += git_names(folder, *UNTRACKED, "--ignored")
    repos = {path.rstrip("/") for path in listed if path.endswith("/")}
    inside: dict[Path, str] = {Path(): ""}
    files = set()
    for path in listed:
        if path.endswith("/"):
            continue
        repo = _repo_around(folder, Path(path).parent, inside)
        if repo:
            repos.add(repo)
        else:
            files.add(path)
    return Untracked(tuple(sorted(files)), tuple(sorted(repos)))


def remove_untracked(folder: Path, files: tuple[str, ...]) -> dict[str, str]:
    """Remove files, and folders that are empty then; why that failed, by file, where it did.

    What git came to keep meanwhile stays.

    Raises:
        ProcessError: git fails.
    """
    kept = set(git_names(folder, "ls-files", "-z"))
    failed = {}
    for name in files:
        if name in kept:
            failed[name] = "git keeps it by now"
            continue
        path = folder / name
        try:
            path.unlink()
        except OSError as error:
            failed[name] = error.strerror or str(error)
            continue
        remove_empty(path.parent, folder)
    return failed


def _repo_around(folder: Path, below: Path, known: dict[Path, str]) -> str:
    """The folder of the repo of its own that has a path; empty where it is in none."""
    if below not in known:
        own = below.as_posix() if (folder / below / ".git").exists() else ""
        known[below] = _repo_around(folder, below.parent, known) or own
    return known[below]
