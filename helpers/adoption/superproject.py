"""A checkout as a submodule of the repo around it."""

import os
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.system.files import remove_empty
from helpers.system.process import ProcessError
from helpers.vcs.git import git, git_lines
from helpers.vcs.no_questions import ask_remote
from helpers.vcs.submodules import GITMODULES, recorded_in_index

# Where git keeps the clones of submodules.
_CLONES = "modules"
# Of one that is being removed.
_GOING = ".going"
# Seconds until a URL counts as one that cannot be reached.
_TIMEOUT = 20
# Lines of what would be lost that an error shows.
_SHOWN = 5
_ADD = "cd <your repo> && git submodule add <url of the toolchain> helpers_root"


@dataclass(frozen=True, slots=True)
class Submodule:
    """A submodule as the repo around it sees it.

    Attributes:
        repo: the root of the repo around it, absolute.
        path: relative to that root, with `/`.
    """

    repo: Path
    path: str

    @property
    def root(self) -> Path:
        """Where it is checked out."""
        return self.repo / self.path


def find_submodule(root: Path) -> Submodule:
    """The checkout at `root` as a submodule.

    Raises:
        HelpersError: it is none; says what it is, and how it becomes one.
    """
    marker = root / ".git"
    if not marker.exists():
        raise HelpersError(
            "the toolchain is no git checkout here, so no repo has it as a submodule",
            where=str(root),
            fix=_ADD,
        )
    repo = git(root, "rev-parse", "--show-superproject-working-tree").removesuffix("\n")
    around = Path(repo) if repo else root.parent
    if _is_bare(around):
        raise HelpersError(
            "the repo around the toolchain is bare: it has no files that could adopt it",
            where=str(around),
            fix="git clone <url of the repo>, and adopt the toolchain in the clone",
        )
    if repo:
        return Submodule(around, root.relative_to(around).as_posix())
    try:
        top = git(around, "rev-parse", "--show-toplevel").removesuffix("\n")
    except ProcessError as error:
        raise HelpersError(
            "this is a clone of the toolchain by itself: no repo around it has it as a submodule",
            where=str(root),
            fix=_ADD,
        ) from error
    raise _not_registered(root, Path(top))


def _is_bare(folder: Path) -> bool:
    try:
        return git(folder, "rev-parse", "--is-bare-repository").strip() == "true"
    except ProcessError:
        return False  # no repo at all


def _not_registered(root: Path, repo: Path) -> HelpersError:
    path = root.relative_to(repo).as_posix()
    where, quoted = shlex.quote(str(repo)), shlex.quote(path)
    return HelpersError(
        "the toolchain is a clone of its own here, not a submodule of the repo around it",
        where=str(root),
        fix=f"git -C {where} submodule add <url of the toolchain> {quoted}",
    )


def check_nothing_is_lost(submodule: Submodule) -> None:
    """Make sure that all that is in the submodule's clone is elsewhere too.

    Raises:
        HelpersError: it has changes, commits, stashes or work trees that no remote has.
    """
    root = submodule.root
    where = shlex.quote(str(root))
    fix = f"git -C {where} push origin HEAD:<branch>"
    found = [
        (
            git_lines(root, "status", "--porcelain", "--untracked-files=all"),
            f"git -C {where} status    (commit and push, or throw away)",
        ),
        (git_lines(root, "rev-list", "--oneline", "HEAD", "--branches", "--not", "--remotes"), fix),
        (git_lines(root, "stash", "list"), f"git -C {where} stash list    (apply or drop them)"),
        (git_lines(root, "worktree", "list")[1:], f"git -C {where} worktree remove <work tree>"),
    ]
    words = ("changes that are not committed", "commits that no remote has", "stashed changes")
    for (lines, how), what in zip(found, (*words, "further work trees"), strict=True):
        if lines:
            raise HelpersError(
                f"the submodule {submodule.path} has {what}, which would be lost",
                where="\n".join(lines[:_SHOWN]),
                fix=how,
            )
    if git_lines(submodule.repo, "diff", "--name-only", "--", GITMODULES):
        raise HelpersError(
            f"{GITMODULES} has changes that are not staged",
            where=str(submodule.repo / GITMODULES),
            fix=f"git -C {shlex.quote(str(submodule.repo))} add {GITMODULES}",
        )


def unstaged_files(repo: Path, paths: Iterable[str]) -> list[str]:
    """Those of the paths whose files are not as they are staged: of these git has no copy.

    Raises:
        ProcessError: git fails.
    """
    wanted = list(paths)
    if not wanted:
        return []
    status = git(repo, "status", "--porcelain", "-z", "--untracked-files=all", "--", *wanted)
    return [entry[3:] for entry in status.split("\0") if len(entry) > 3 and entry[1] != " "]


def stage(repo: Path, paths: Iterable[str]) -> None:
    """Stage the files as they are; those that are gone, as gone.

    Raises:
        ProcessError: git fails.
    """
    wanted = list(paths)
    if wanted:
        git(repo, "add", "--all", "--force", "--", *wanted)


def remove_submodule(submodule: Submodule) -> None:
    """Remove the submodule, its clone, and all that git's settings say of it; staged.

    Raises:
        HelpersError: git fails.
        OSError: the clone cannot be removed.
    """
    repo, path = submodule.repo, submodule.path
    clone = Path(git(submodule.root, "rev-parse", "--absolute-git-dir").removesuffix("\n"))
    git(repo, "submodule", "--quiet", "deinit", "--force", "--", path)
    for folder in clone.parents:
        if folder.name == _CLONES:
            # At once: of a clone that is half gone, git can neither bring it again nor remove it.
            aside = clone.with_name(f"{clone.name}{_GOING}")
            shutil.rmtree(aside, ignore_errors=True)
            shutil.rmtree(clone.rename(aside))
            remove_empty(clone.parent, folder.parent)
            break
    # Last: as long as the repo names it, it can be brought again and this be ended.
    git(repo, "rm", "--quiet", "--force", "--", path)
    shutil.rmtree(submodule.root, ignore_errors=True)
    remove_empty(submodule.root.parent, repo)
    modules = repo / GITMODULES
    if modules.is_file() and not modules.read_text().strip():
        git(repo, "rm", "--quiet", "--force", "--", GITMODULES)


def recorded_commit(submodule: Submodule) -> str:
    """The commit that the repo records for the submodule, staged or committed; empty: none.

    Raises:
        ProcessError: git fails.
    """
    return recorded_in_index(submodule.repo).get(submodule.path, "")


def reach(repo: Path, url: str) -> str:
    """Why nothing can be fetched from a URL; empty: it can."""
    command = ("ls-remote", "--quiet", "--exit-code", url, "HEAD")
    try:
        ask_remote(repo, *command, timeout=_TIMEOUT)
    except ProcessError as error:
        return (error.last_lines or ["it has no HEAD"])[-1]
    return ""


def find_hook(repo: Path, name: str) -> Path | None:
    """The hook of a repo, where it has one that git runs.

    Raises:
        ProcessError: git fails.
    """
    path = repo / git(repo, "rev-parse", "--git-path", f"hooks/{name}").removesuffix("\n")
    return path if os.access(path, os.X_OK) else None
