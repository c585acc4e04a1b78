"""Messages of commits that are there, or about to be."""

from pathlib import Path

from helpers.vcs.git import git


def messages_since(root: Path, base: str) -> list[tuple[str, str]]:
    """The commits that HEAD has and a base lacks, the oldest first, each with its message.

    Merges are left out: nobody wrote their messages.

    Args:
        base: a commit; empty: all but the newest commit.

    Raises:
        ProcessError: git fails; there is no commit.
    """
    limits = ("--no-merges", f"{base}..HEAD") if base else ("--max-count=1", "HEAD")
    options = ("-z", "--encoding=UTF-8", "--reverse", "--format=%H%n%B")
    text = git(root, "-c", "log.showSignature=false", "log", *options, *limits, "--")
    found = (entry.partition("\n") for entry in text.split("\0") if entry)
    return [(id, message) for id, _, message in found]
