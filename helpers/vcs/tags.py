"""Make tags, push and move them."""

import os
from pathlib import Path

from helpers.system.process import run
from helpers.vcs.git import git
from helpers.vcs.no_questions import ask_remote


def make_tag(root: Path, name: str, commit: str, message: str, tagger: tuple[str, str]) -> None:
    """Tag a commit, with a message.

    Args:
        tagger: name and address of who does it, where git knows nobody.

    Raises:
        ProcessError: the name is taken here, or git cannot sign as its settings say.
    """
    known = run(["git", "var", "GIT_COMMITTER_IDENT"], cwd=root, check=False).status == 0
    person, address = tagger
    nobody = {"GIT_COMMITTER_NAME": person, "GIT_COMMITTER_EMAIL": address}
    # As it is: Markdown has lines that git would take for comments.
    command = ["git", "tag", "--annotate", "--cleanup=verbatim", "--file=-", name, commit]
    run(command, cwd=root, stdin=os.fsencode(message), env={} if known else nobody)


def push_tag(root: Path, remote: str, name: str) -> None:
    """Push a tag.

    Raises:
        ProcessError: the remote has another one of that name, refuses, or does not answer.
    """
    ref = f"refs/tags/{name}"
    # Hooks of the user's look at branches.
    ask_remote(root, "push", "--quiet", "--no-verify", remote, f"{ref}:{ref}")


def fetch_tag(root: Path, remote: str, name: str) -> None:
    """Fetch one tag.

    Raises:
        ProcessError: the remote does not answer, or another one of that name is here.
    """
    ref = f"refs/tags/{name}"
    ask_remote(root, "fetch", "--quiet", "--no-tags", remote, f"{ref}:{ref}")


def remote_tag(root: Path, remote: str, name: str) -> tuple[str, str]:
    """What a tag names at a remote: an object, and the commit that it stands for; empty: none.

    Raises:
        ProcessError: the remote does not answer.
    """
    ref = f"refs/tags/{name}"
    listed = ask_remote(root, "ls-remote", "--tags", remote, ref, f"{ref}^{{}}")
    # The commit of an annotated tag stands below the tag itself.
    found = [line.split()[0] for line in listed.splitlines()]
    return (found[0], found[-1]) if found else ("", "")


def move_tag(root: Path, remote: str, name: str, change: tuple[str, str]) -> None:
    """Point a tag at a commit, at a remote and then here.

    Args:
        change: the object that it names at the remote, empty: none; and the commit.

    Raises:
        ProcessError: somebody else moved it since, or the remote refuses.
    """
    ref, (seen, commit) = f"refs/tags/{name}", change
    lease = f"--force-with-lease={ref}:{seen}"
    ask_remote(root, "push", "--quiet", "--no-verify", lease, remote, f"{commit}:{ref}")
    git(root, "update-ref", ref, commit)


def remove_tag(root: Path, name: str) -> None:
    """Remove a tag here.

    Raises:
        ProcessError: there is none.
    """
    git(root, "tag", "--delete", name)
