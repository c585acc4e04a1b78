"""Make a tag, and push it: a remote takes a name once."""

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


def remove_tag(root: Path, name: str) -> None:
    """Remove a tag here.

    Raises:
        ProcessError: there is none.
    """
    git(root, "tag", "--delete", name)
