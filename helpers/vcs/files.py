"""Which files a repo has, as git knows them: tracked, untracked, ignored, not committed."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from helpers.system.process import ProcessError, run
from helpers.vcs.git import git_names
from helpers.vcs.submodules import checkouts

# What lists the files that git neither keeps nor ignores.
UNTRACKED = ("ls-files", "-z", "--others", "--exclude-standard")


def list_files(root: Path, *patterns: str) -> list[str]:
    """The files of a repo that are on the disk: tracked, or untracked and not ignored.

    Those of submodules that are checked out are among them.

    Args:
        patterns: pathspecs that files must match; none: every file.

    Returns:
        Paths relative to `root`, with `/`, sorted.

    Raises:
        ProcessError: `root` is no git checkout, or git does not trust its owner.
    """
    found = []
    for checkout in checkouts(root):
        prefix = "" if checkout == "." else f"{checkout}/"
        listed = git_names(root / checkout, *UNTRACKED, "--cached", "--", *patterns)
        # A path that ends in `/` is a repo of its own that is no submodule.
        paths = {f"{prefix}{path}" for path in listed if not path.endswith("/")}
        found += [path for path in paths if _is_file(root / path)]
    return sorted(found)


def untracked(folder: Path, *patterns: str) -> list[str]:
    """The files of one checkout that git neither keeps nor ignores, sorted.

    Args:
        patterns: pathspecs that files must match; none: every file.

    Raises:
        ProcessError: git fails.
    """
    # A path that ends in `/` is a repo of its own that is no submodule.
    listed = git_names(folder, *UNTRACKED, "--", *patterns)
    return sorted(path for path in listed if not path.endswith("/"))


def uncommitted(root: Path, paths: Sequence[str] = (".",), *, ignored: bool = False) -> list[str]:
    """The files at or below paths whose content no commit has: those that git keeps come first.

    Args:
        ignored: files that git ignores count, too.

    Raises:
        ProcessError: git fails.
    """
    if not paths:
        return []
    status = ("status", "--porcelain", "-z", "--no-renames", "--untracked-files=all")
    look = f"--ignored={'matching' if ignored else 'no'}"
    listed = git_names(root, "--literal-pathspecs", *status, look, "--", *paths)
    return [line[3:] for line in listed]


def ignored(root: Path, names: Iterable[str], *, tracked: bool = False) -> set[str]:
    """Those of the paths that git ignores.

    Args:
        tracked: those that its rules name although it tracks them count, too.

    Raises:
        ProcessError: git fails.
    """
    command = ["git", "check-ignore", "-z", "--stdin", *["--no-index"] * tracked]
    done = run(command, cwd=root, stdin=os.fsencode("\0".join(names)), check=False)
    if done.status not in (0, 1):  # 1: none of them
        raise ProcessError(command, done.status, done.stderr)
    return {name for name in done.names.split("\0") if name}


def is_tracked(path: Path) -> bool:
    """Whether a file belongs to what the checkout around it keeps; git's own folder has none."""
    command = ["git", "ls-files", "--error-unmatch", "--", path.name]
    return run(command, cwd=path.parent, check=False).status == 0


def _is_file(path: Path) -> bool:
    # A link counts wherever it points; a directory is a submodule that is not checked out.
    return path.is_symlink() or path.is_file()
