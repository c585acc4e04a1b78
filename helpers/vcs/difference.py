"""The difference between a checkout as it is on the disk and one of its commits."""

from pathlib import Path

from helpers.vcs.git import git

_SUBMODULE = "160000"
_OTHERS = ("ls-files", "-z", "--others", "--exclude-standard")


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


def untracked(folder: Path) -> list[str]:
    """The files that git neither knows nor ignores.

    Raises:
        ProcessError: git fails.
    """
    # A path that ends in `/` is a repo of its own that is no submodule.
    listed = git(folder, *_OTHERS).split("\0")
    return sorted(path for path in listed if path and not path.endswith("/"))


def gitlinks_of(folder: Path, commit: str) -> dict[str, str]:
    """The commits that a commit records for submodules, by path.

    Raises:
        ProcessError: git fails.
    """
    found = {}
    for entry in git(folder, "ls-tree", "-r", "-z", "--full-tree", commit).split("\0"):
        head, _, path = entry.partition("\t")
        if head.startswith(_SUBMODULE):
            found[path] = head.split(" ")[2]
    return found


def short_status(folder: Path, *, colours: bool) -> str:
    """What differs from the newest commit, in git's short form with the branch above.

    Raises:
        ProcessError: git fails.
    """
    colour = f"color.status={'always' if colours else 'never'}"
    options = ("--short", "--branch", "--untracked-files=normal", "--ignore-submodules=dirty")
    return git(folder, "-c", colour, "status", *options)
