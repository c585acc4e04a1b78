"""Which branch of a remote a submodule follows."""

from pathlib import Path

from helpers.system.process import ProcessError, run
from helpers.vcs.git import git_lines, setting
from helpers.vcs.refs import current_branch, main_remote
from helpers.vcs.submodules import declared_on_disk


def declared_branch(parent: Path, name: str) -> str:
    """The branch that the parent says a submodule follows; empty where it says nothing.

    Args:
        name: the submodule's path relative to its parent.

    Raises:
        ProcessError: git fails.
    """
    try:
        declared = declared_on_disk(parent)[name]
    except (KeyError, ProcessError):
        return ""
    # What was set for this checkout alone comes before what the parent says to all.
    found = setting(parent, f"submodule.{declared.name}.branch") or declared.branch
    return current_branch(parent) if found == "." else found


def default_branch(folder: Path, remote: str) -> str:
    """The branch that a remote shows first, without the remote's name; empty: it is not known."""
    head = f"refs/remotes/{remote}/HEAD"
    found = run(["git", "symbolic-ref", "--quiet", head], cwd=folder, check=False).stdout.strip()
    return found.removeprefix(f"refs/remotes/{remote}/")


def followed_branch(parent: Path, folder: Path, name: str) -> str:
    """The branch that a submodule follows, such as `origin/main`; empty where none is known.

    Raises:
        ProcessError: git fails.
    """
    remote = main_remote(folder)
    branch = declared_branch(parent, name) or default_branch(folder, remote)
    return f"{remote}/{branch}" if remote and branch else ""


def read_remote_refs(folder: Path) -> dict[str, str]:
    """The branches of remotes, as last fetched, and the tags, with the commits they are at.

    Raises:
        ProcessError: git fails.
    """
    form = "--format=%(objectname) %(refname:lstrip=2) %(symref)"
    lines = git_lines(folder, "for-each-ref", form, "refs/remotes", "refs/tags")
    # No name has a blank in it. One that stands for another, as origin/HEAD does, is no branch.
    words = (line.split(" ") for line in lines)
    return {name: commit for commit, name, stands_for in words if not stands_for}
