"""Make and delete branches of one checkout."""

from pathlib import Path

from helpers.checkouts.git.checkout_moves import BlockedError, change, in_the_way, put_back
from helpers.model.dataclass import dataclass
from helpers.system.process import ProcessError, run
from helpers.vcs.git import NOBODY, git, git_lines
from helpers.vcs.refs import find_commit, is_ancestor

_TIMEOUT = 120


@dataclass(frozen=True, slots=True)
class Branch:
    """A local branch.

    Attributes:
        commit: the newest.
        upstream: the branch of a remote that it follows, such as `origin/topic`; or nothing.
        is_checked_out: here or in another worktree.
    """

    name: str
    commit: str
    upstream: str
    is_checked_out: bool


def list_branches(folder: Path) -> list[Branch]:
    """The local branches, by name.

    Raises:
        ProcessError: git fails.
    """
    form = "%00".join(
        ("%(refname:lstrip=2)", "%(objectname)", "%(upstream:lstrip=2)", "%(worktreepath)")
    )
    lines = git_lines(folder, "for-each-ref", f"--format={form}", "refs/heads")
    return [
        Branch(name, commit, upstream, bool(worktree))
        for name, commit, upstream, worktree in (line.split("\0") for line in lines)
    ]


def why_not_creatable(folder: Path, name: str, start: str) -> str:
    """Why a branch cannot be made and checked out here; empty: it can.

    Args:
        start: the commit that it begins at; empty: what is checked out.

    Raises:
        ProcessError: git fails.
    """
    names = [branch.name for branch in list_branches(folder)]
    if name in names:
        return f"there is a branch {name}"
    # A branch is a file, and so cannot be the folder of another one.
    near = [one for one in names if one.startswith(f"{name}/") or name.startswith(f"{one}/")]
    if near:
        return f"there is a branch {near[0]}, and git cannot keep both names"
    if start and start != find_commit(folder, "HEAD"):
        return in_the_way(folder, start)
    return ""


def is_branch_name(name: str, folder: Path) -> bool:
    """Whether git takes it for a new branch."""
    command = ["git", "check-ref-format", f"refs/heads/{name}"]
    return not name.startswith("-") and run(command, cwd=folder, check=False).status == 0


def create_branch(folder: Path, name: str, start: str) -> None:
    """Make a branch and check it out; files that are not committed come along.

    Args:
        start: the commit that it begins at; empty: what is checked out.

    Raises:
        BlockedError: git refuses; nothing changed.
    """
    begin = (start,) if start else ()
    change(folder, "switch", "--quiet", "--no-track", "--no-overwrite-ignore", "--create", name,
           *begin)  # fmt: skip


def take_back_branch(folder: Path, name: str, branch: str, commit: str) -> None:
    """Undo the making of a branch.

    Args:
        branch: what was checked out before; empty: nothing, the head was detached.
        commit: what was checked out before.

    Raises:
        BlockedError: git refuses; the new branch is then left.
    """
    made = find_commit(folder, f"refs/heads/{name}")
    put_back(folder, branch, commit)
    change(folder, "update-ref", "-d", f"refs/heads/{name}", made)


def delete_branch(folder: Path, branch: Branch) -> None:
    """Delete a branch that is where it was when it was looked at.

    Raises:
        BlockedError: it moved meanwhile, or is checked out somewhere.
    """
    if find_commit(folder, f"refs/heads/{branch.name}") != branch.commit:
        raise BlockedError(f"{branch.name} moved meanwhile")
    # Git itself refuses what is checked out or rebased in any worktree.
    change(folder, "branch", "--quiet", "-D", "--", branch.name)


def delete_remote_branch(folder: Path, remote: str, name: str, commit: str) -> None:
    """Delete a branch of a remote that is still at a commit.

    Raises:
        BlockedError: it moved meanwhile, or the remote refuses.
    """
    ref = f"refs/heads/{name}"
    lease = f"--force-with-lease={ref}:{commit}"
    change(folder, "push", "--quiet", "--no-verify", lease, remote, f":{ref}", timeout=_TIMEOUT)


def is_squashed(folder: Path, commit: str, into: str) -> bool:
    """Whether another branch has what a commit brings, though not the commits themselves.

    Either each of its commits has one there that changes the same, or one has all of it.

    Raises:
        ProcessError: git fails.
    """
    return _has_each(folder, commit, into) or _has_all_in_one(folder, commit, into)


def _has_each(folder: Path, commit: str, into: str) -> bool:
    # What a merge settled by hand no comparison of commits shows.
    if git(folder, "rev-list", "--merges", "--count", f"{into}..{commit}", "--").strip() != "0":
        return False
    lines = git_lines(folder, "cherry", into, commit)
    return all(line.startswith("-") for line in lines)


def _has_all_in_one(folder: Path, commit: str, into: str) -> bool:
    try:
        base = git(folder, "merge-base", into, commit).strip()
    except ProcessError:  # they have nothing in common
        return False
    if is_ancestor(folder, commit, base):
        return True
    tree = f"{commit}^{{tree}}"
    command = ["git", "commit-tree", tree, "-p", base, "-m", "all in one"]
    whole = run(command, cwd=folder, env=NOBODY).stdout.strip()
    return git(folder, "cherry", into, whole, base).startswith("-")
