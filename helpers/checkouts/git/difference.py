"""The difference between a checkout as it is on the disk and one of its commits."""

from pathlib import Path

from helpers.vcs.git import git


def diff_text(folder: Path, commit: str, prefix: str, *options: str) -> str:
    """The difference as git tells it, that of submodules apart.

    Args:
        prefix: what stands before each path; empty or with `/` at its end.
        options: of `git diff`.

    Raises:
        ProcessError: git fails.
    """
    sides = (f"--src-prefix=a/{prefix}", f"--dst-prefix=b/{prefix}")
    fixed = ("--no-ext-diff", "--ignore-submodules=all")
    return git(folder, "diff", *sides, *fixed, *options, commit, "--")


def short_status(folder: Path, *, colours: bool) -> str:
    """What differs from the newest commit, in git's short form with the branch above.

    Raises:
        ProcessError: git fails.
    """
    colour = f"color.status={'always' if colours else 'never'}"
    options = ("--short", "--branch", "--untracked-files=normal", "--ignore-submodules=dirty")
    return git(folder, "-c", colour, "status", *options)
