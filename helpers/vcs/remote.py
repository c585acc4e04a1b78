"""How a checkout stands to where others get it from."""

from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.system.process import ProcessError
from helpers.vcs.git import git, head
from helpers.vcs.refs import main_remote


@dataclass(frozen=True, slots=True)
class Published:
    """Whether others can have what a checkout is.

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
    """Look; nothing is fetched.

    Raises:
        ProcessError: `root` is no git checkout.
    """
    newest = head(root)
    pushed = bool(newest.id) and bool(
        git(root, "for-each-ref", "--contains", newest.id, "--count=1", "refs/remotes").strip()
    )
    return Published(newest.id, newest.dirty, pushed, _remote(root))


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
