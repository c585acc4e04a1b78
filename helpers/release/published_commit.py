"""Whether others can get what a checkout has: it is committed and pushed."""

from dataclasses import replace
from pathlib import Path

from helpers.model.checkouts.hints import git_in, push_command
from helpers.model.dataclass import dataclass
from helpers.system.process import ProcessError
from helpers.vcs.git import git, head
from helpers.vcs.refs import is_in_any, main_remote
from helpers.vcs.status import read_push_state


@dataclass(frozen=True, slots=True)
class Published:
    """Whether others can get what a checkout has.

    Attributes:
        commit: the newest commit; empty where there is none.
        dirty: the tree differs from it.
        pushed: a branch of a remote has the commit, as far as is known here.
        remote: the address of the remote that the branch comes from, without a password.
    """

    commit: str
    dirty: bool
    pushed: bool
    remote: str


def read_published(root: Path) -> Published:
    """Read it from the checkout; nothing is fetched.

    Raises:
        ProcessError: `root` is no git checkout.
    """
    newest = head(root)
    pushed = bool(newest.id) and is_in_any(root, newest.id, "refs/remotes")
    return Published(newest.id, newest.dirty, pushed, _remote(root))


def publish_commands(root: Path) -> list[str]:
    """The commands that commit and push what a checkout has, one after the other.

    Words in capitals are for the user to replace.

    Raises:
        ProcessError: `root` is no git checkout.
    """
    changed = git(root, "status", "--porcelain=v2", "-z", "--no-renames").split("\0")
    # A commit does not take what is not committed in a submodule.
    inside = [
        str(root / entry.split(" ", 8)[8])
        for entry in changed
        if entry.startswith("1 ") and set(entry.split(" ")[2]) & {"M", "U"}
    ]
    commits = [*inside, str(root)] if any(changed) or not head(root).id else []
    lines = [f"{git_in(one, 'add', '--all')} && {git_in(one, 'commit')}" for one in commits]
    state = read_push_state(root)
    if not state.push_to:
        lines.append(push_command(state))
        state = replace(state, push_to="origin")
    return [*lines, push_command(state)]


def _remote(root: Path) -> str:
    name = main_remote(root)
    if not name:
        return ""
    try:
        url = git(root, "remote", "get-url", name).strip()
    except ProcessError:
        return ""
    scheme, found, rest = url.partition("://")
    # A user with a password may stand before the host.
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else url
