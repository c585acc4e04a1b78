"""Commits with their messages and the files that they touch, and tags: one process of git each."""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from helpers.model.errors import HelpersError
from helpers.model.inputs import ROOT
from helpers.system.process import ProcessError, reading, run
from helpers.vcs.bring import bring_history
from helpers.vcs.git import LINK, git, reason
from helpers.vcs.no_questions import ask_remote
from helpers.vcs.refs import is_shallow

# No setting of the user's decides what is listed.
_SETTINGS = ("log.showSignature=false", "log.diffMerges=off", "diff.ignoreSubmodules=none")
_OPTIONS = (
    "--topo-order",
    "--raw",
    "--abbrev=4",
    "--no-renames",
    "--no-relative",
    "--encoding=UTF-8",
)
# Seconds that a remote may take to list its tags.
_PATIENCE = 30.0
_PEELED = "^{}"


class LoggedCommit(NamedTuple):
    """A commit; a merge touches nothing itself.

    Attributes:
        paths: what it adds, changes or removes; relative to the checkout's root, with `/`.
        has_links: a symbolic link is among them.
    """

    id: str
    parents: tuple[str, ...]
    message: str
    paths: tuple[str, ...]
    has_links: bool = False


# The history of a checkout by its path below the repo's root.
Logs = Callable[[str], Iterable[LoggedCommit]]


@contextmanager
def reading_log(root: Path) -> Iterator[Iterator[LoggedCommit]]:
    """The commits of HEAD, each before its parents: git reads on while the caller does other work.

    Whoever has seen enough leaves, and git ends.

    Raises:
        ProcessError: git cannot be started, or it fails: there is no commit.
    """
    # Nothing else is a line of its own between two bytes 0.
    mark = os.urandom(16).hex()
    form = f"--format=%x00{mark}%x00%H%x00%P%x00%B%x00"
    settings = [word for one in _SETTINGS for word in ("-c", one)]
    command = ["git", "--no-optional-locks", *settings, "log", "-z", *_OPTIONS, form, "HEAD", "--"]
    # Otherwise git writes each commit by itself.
    with reading(command, cwd=root, env={"GIT_FLUSH": "0"}) as pieces:
        yield _commits(pieces, f"\0{mark}\0")


@contextmanager
def reading_logs(root: Path) -> Iterator[Logs]:
    """What gives the histories of a repo's checkouts; that of the repo itself is begun at once.

    Raises:
        ProcessError: git cannot be started.
    """
    with ExitStack() as stack:
        begun = {ROOT: stack.enter_context(reading_log(root))}

        def log_of(place: str) -> Iterable[LoggedCommit]:
            if place not in begun:
                begun[place] = stack.enter_context(reading_log(root / place))
            return begun[place]

        yield log_of


def _commits(pieces: Iterable[bytes], mark: str) -> Iterator[LoggedCommit]:
    start, rest = mark.encode(), b""
    for piece in chain(pieces, [start]):
        rest += piece
        end = rest.rfind(start)
        if end > 0:
            yield from map(_commit, os.fsdecode(rest[:end]).split(mark)[1:])
            rest = rest[end:]


def _commit(text: str) -> LoggedCommit:
    id, parents, message, *rest = text.split("\0")
    # Of each path what it was and is, then the path. Few commits hold these digits at all.
    is_link = LINK in text and any(LINK in entry[:15] for entry in rest[1::2])
    return LoggedCommit(id, tuple(parents.split()), message, tuple(rest[2::2]), is_link)


def read_tags(root: Path, *, merged: bool) -> list[tuple[str, str]]:
    """The names of tags with their commits, sorted; those of something else are left out.

    Args:
        merged: those in the history of HEAD alone.

    Raises:
        ProcessError: git fails; there is no commit.
    """
    fields = ("refname:lstrip=2", "objecttype", "objectname", "*objecttype", "*objectname")
    form = f"--format={'%00'.join(f'%({name})' for name in fields)}"
    limits = ["--merged=HEAD"] if merged else []
    listed = git(root, "for-each-ref", form, *limits, "refs/tags")
    found = []
    for line in listed.splitlines():
        name, kind, id, inner_kind, inner_id = line.split("\0")
        if "commit" in (kind, inner_kind):
            found.append((name, inner_id or id))
    return sorted(found)


def tag_times(root: Path) -> dict[str, str]:
    """When tags were made, ISO 8601; of one that only names a commit, when that was.

    Raises:
        ProcessError: git fails.
    """
    form = "--format=%(refname:lstrip=2)%00%(creatordate:iso-strict)"
    listed = git(root, "for-each-ref", form, "refs/tags")
    return dict(line.split("\0")[:2] for line in listed.splitlines())


def read_messages(root: Path, commits: Sequence[str]) -> dict[str, str]:
    """The messages of commits.

    Raises:
        ProcessError: git fails, or there is no such commit.
    """
    if not commits:
        return {}
    command = ["git", "--no-optional-locks", "log", "-z", "--no-walk=unsorted", "--encoding=UTF-8"]
    asked = "".join(f"{one}\n" for one in commits)
    done = run([*command, "--format=%H%n%B", "--stdin"], cwd=root, stdin=asked)
    entries = (entry.partition("\n") for entry in done.names.split("\0") if entry)
    return {commit: message for commit, _, message in entries}


def remote_tags(root: Path, remote: str, prefixes: Iterable[str]) -> dict[str, str]:
    """The tags that a remote has, by name with their commits.

    Args:
        prefixes: what the names begin with.

    Raises:
        HelpersError: it cannot be asked.
    """
    patterns = [f"refs/tags/{prefix}[0-9]*" for prefix in prefixes]
    try:
        listed = ask_remote(root, "ls-remote", "--tags", remote, *patterns, timeout=_PATIENCE)
    except ProcessError as error:
        raise HelpersError(f"{remote} cannot be asked for its tags: {reason(error)}") from error
    found = {}
    for line in listed.splitlines():
        id, _, name = line.partition("\t")
        # The commit of an annotated tag stands below it.
        found[name.removeprefix("refs/tags/").removesuffix(_PEELED)] = id
    return found


def check_complete(root: Path, folder: str = "") -> None:
    """Make sure that the whole history is there.

    Args:
        folder: where the clone is, for a command that is typed elsewhere.

    Raises:
        HelpersError: the clone is shallow.
    """
    if is_shallow(root):
        raise HelpersError(
            "a version follows from all commits since the last release, and this is a shallow"
            " clone",
            where=str(root),
            fix=bring_history(root, folder, tags=True),
        )
