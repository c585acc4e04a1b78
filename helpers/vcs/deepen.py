"""History that a shallow clone lacks, fetched as deep as it takes to compare two commits."""

from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError, run
from helpers.vcs.git import git, reason, setting
from helpers.vcs.refs import find_commit, is_shallow, main_remote

# Commits that each fetch adds: few are missing, most of the time.
_STEPS = (50, 200, 1000, 5000)


def bring_merge_base(root: Path, base: str) -> None:
    """Fetch a commit, and as much history as it takes to see where HEAD left it.

    No files are fetched in a clone that has none.

    Raises:
        HelpersError: the remote does not have it, or cannot be asked.
    """
    shallow, known = is_shallow(root), find_commit(root, base)
    if known and not shallow:
        return
    remote = main_remote(root)
    filtered = setting(root, f"remote.{remote}.partialclonefilter") if remote else ""
    options = ["--quiet", "--no-tags", "--no-recurse-submodules", "--no-write-fetch-head"]
    options += [f"--filter={filtered}"] if filtered else []
    if not known:
        # Otherwise all that came before it would be fetched as well.
        _fetch(root, [*options, *["--depth=1"] * shallow], remote, base)
    head = find_commit(root, "HEAD")
    for step in _STEPS:
        if not is_shallow(root) or _meet(root, base, head):
            return
        _fetch(root, [*options, f"--deepen={step}"], remote, base, head)
    if not _meet(root, base, head):
        _fetch(root, [*options, "--unshallow"], remote, base, head)


def _meet(root: Path, base: str, head: str) -> bool:
    command = ["git", "--no-optional-locks", "merge-base", base, head]
    return run(command, cwd=root, check=False).status == 0


def _fetch(root: Path, options: list[str], remote: str, *commits: str) -> None:
    if not remote:
        raise HelpersError(f"the commit {commits[0][:12]} is not there, and there is no remote")
    try:
        git(root, "fetch", *options, remote, *commits)
    except ProcessError as error:
        raise HelpersError(
            f"the commit {commits[0][:12]} cannot be fetched: {reason(error)}"
        ) from error
