"""A submodule that is moved from one commit to another, and its remote."""

import re
from pathlib import Path

from helpers.model.changelog.release_notes import NUMBER
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.model.version import Version
from helpers.system.process import run
from helpers.vcs.git import git, git_names
from helpers.vcs.refs import is_shallow, need_remote

_RELEASE = re.compile(f"v?({NUMBER})")


def fetch_all(checkout: Path, remote: str) -> None:
    """Get all branches and tags of the remote, and the history that a shallow clone lacks.

    Raises:
        ProcessError: the remote cannot be reached, or has a tag that is another one here.
    """
    deeper = ("--unshallow",) if is_shallow(checkout) else ()
    # A clone of one branch would get that branch alone.
    branches = f"+refs/heads/*:refs/remotes/{remote}/*"
    git(checkout, "fetch", "--quiet", "--tags", *deeper, remote, branches)


def remote_of(checkout: Path) -> str:
    """The name of the remote that the checkout comes from.

    Raises:
        HelpersError: it has none.
    """
    return need_remote(checkout, "the toolchain's checkout has no remote to get versions from")


def releases(checkout: Path) -> dict[Version, str]:
    """The tags of releases by version, `v1.2.0` or `1.2.0`, the newest first.

    Raises:
        ProcessError: git fails.
    """
    tags = git(checkout, "tag", "--list").split()
    found = {Version.parse(m[1]): tag for tag in tags if (m := _RELEASE.fullmatch(tag))}
    return dict(sorted(found.items(), reverse=True))


def ask_default_branch(checkout: Path, remote: str) -> str:
    """The remote's own branch, such as `main`; empty: it does not say.

    Raises:
        ProcessError: the remote cannot be reached.
    """
    first = git(checkout, "ls-remote", "--symref", remote, "HEAD").partition("\n")[0]
    return first.partition("\t")[0].removeprefix("ref: refs/heads/") if "ref:" in first else ""


def file_at(checkout: Path, commit: str, path: str) -> str | None:
    """The text of a file as a commit has it; None where it has none."""
    done = run(["git", "show", f"{commit}:{path}"], cwd=checkout, check=False)
    return done.stdout if done.status == 0 else None


def extract(checkout: Path, commit: str, folder: Path) -> None:
    """Write all files of a commit into a folder that is there; the checkout stays as it is.

    Raises:
        ProcessError: git fails.
        OSError: they cannot be written.
    """
    # Of an index of its own: the checkout's stays as it is.
    index = {"GIT_INDEX_FILE": str(folder / ".index")}
    run(["git", "read-tree", commit], cwd=checkout, env=index)
    prefix = f"--prefix={folder}/"
    run(["git", "checkout-index", "--all", "--force", prefix], cwd=checkout, env=index)


def check_unlocked(checkout: Path) -> None:
    """Make sure that no git is at work in the checkout, nor was killed there.

    Raises:
        HelpersError: one is, or was.
    """
    lock = Path(git(checkout, "rev-parse", "--git-path", "index.lock").strip())
    if (checkout / lock).exists():
        raise HelpersError(
            "git is at work in the toolchain's checkout, or was killed there",
            where=str(checkout / lock),
            fix=f"when no git runs there: rm {quoted(checkout / lock)}"
            ", then the same command again",
        )


def unlike_both(checkout: Path, first: str, second: str) -> list[str]:
    """The tracked files that are neither as one commit has them nor as the other.

    Raises:
        ProcessError: git fails.
    """
    differ = [set(git_names(checkout, "diff", "--name-only", "-z", one)) for one in (first, second)]
    return sorted(differ[0] & differ[1])


def check_out(checkout: Path, commit: str, branch: str = "", *, force: bool = False) -> None:
    """Move the checkout to a commit, on a branch where that is given.

    Args:
        force: also where an earlier move was cut off: its files are written again.

    Raises:
        ProcessError: git refuses, since a file of the user's would be lost, or the disk is full.
    """
    options = ("--force",) if force else ()
    where = (branch,) if branch else ("--detach", commit)
    git(checkout, "checkout", "--quiet", *options, *where, "--")
