"""Two checkouts seen by one git: what they have in common, without fetching anything.

The contents of the other are lent to git for the time of a command; neither repo changes.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.system.process import ProcessError, run
from helpers.vcs.git import SUBMODULE, git
from helpers.vcs.refs import find_commit

TRAILER = "Integrated-with"
_COMMIT = "\x01"
_MARK = re.compile(r"(?P<commit>[0-9a-f]{40,64})(?: (?P<folder>.+))?")


@dataclass(frozen=True, slots=True)
class RepoPart:
    """A folder of a checkout.

    Attributes:
        root: of the checkout, absolute.
        folder: relative to it; empty: all of it.
        head: its newest commit.
    """

    root: Path
    folder: str
    head: str


@dataclass(frozen=True, slots=True)
class IntegrationMark:
    """A commit that says what it integrated: its id, its time, and the other repo's commit."""

    commit: str
    time: int
    other: str


def find_part(folder: Path) -> RepoPart:
    """The part of a checkout that a folder is.

    Raises:
        HelpersError: it is in no checkout, or that has no commit.
    """
    if not folder.is_dir():
        raise HelpersError(f"there is no directory {folder.name!r}", where=str(folder), fix="ls ..")
    try:
        root = Path(git(folder, "rev-parse", "--show-toplevel").rstrip("\n"))
    except ProcessError as error:
        raise HelpersError(
            "this is not a git checkout, or git does not trust who owns it",
            where="\n".join([str(folder), *error.last_lines]),
            fix="name a clone by --other",
        ) from error
    head = find_commit(root, "HEAD")
    if not head:
        raise HelpersError(
            "the checkout has no commit", where=str(root), fix=f"git -C {quoted(root)} commit"
        )
    below = folder.resolve().relative_to(root.resolve()).as_posix()
    return RepoPart(root, "" if below == "." else below, head)


def common_commit(here: RepoPart, there: RepoPart) -> str:
    """The newest commit that both histories have; empty: none."""
    command = ["git", "merge-base", here.head, there.head]
    done = run(command, cwd=here.root, env=_lend(there), check=False)
    return done.stdout.split("\n")[0].strip()


def commit_time(part: RepoPart, commit: str) -> int:
    """When a commit was made, in seconds.

    Raises:
        ProcessError: there is no such commit.
    """
    return int(git(part.root, "show", "--no-patch", "--format=%ct", commit))


def read_marks(part: RepoPart, other: RepoPart) -> Iterator[IntegrationMark]:
    """The integrations of a part that are recorded in its history, newest first.

    Those that the history of the other does not have, or that were of other folders, are left out.

    Raises:
        ProcessError: git fails.
    """
    trailers = f"%(trailers:key={TRAILER},valueonly,separator=%x00)"
    lines = git(part.root, "log", f"--format={_COMMIT}%H %ct%x00{trailers}", f"--grep={TRAILER}:")
    for entry in lines.split(_COMMIT):
        head, _, values = entry.partition("\0")
        for value in values.split("\0"):
            match = _MARK.fullmatch(value.strip())
            if (
                match
                and _is_of(match["folder"] or "", part.folder)
                and _has(other, match["commit"])
            ):
                commit, time = head.split(" ")
                yield IntegrationMark(commit, int(time), match["commit"])


def read_files(here: RepoPart, there: RepoPart, commit: str) -> dict[str, str]:
    """The files that a commit of either has, without those of submodules.

    Raises:
        ProcessError: neither has the commit.
    """
    command = ["git", "ls-tree", "-r", "-z", "--full-tree", commit]
    found = {}
    for entry in run(command, cwd=here.root, env=_lend(there)).stdout.split("\0"):
        head, _, path = entry.partition("\t")
        if path and not head.startswith(SUBMODULE):
            mode, _, oid = head.split(" ")
            found[path] = f"{mode} {oid}"
    return found


def read_content(here: RepoPart, there: RepoPart, content: str) -> str:
    """The text of a file of a commit of either.

    Args:
        content: its mode and id.

    Raises:
        ProcessError: neither has it.
    """
    command = ["git", "cat-file", "blob", content.rpartition(" ")[2]]
    return run(command, cwd=here.root, env=_lend(there)).stdout


def read_authors(part: RepoPart, since: str) -> dict[str, tuple[str, ...]]:
    """Who changed each file since a commit, newest first; empty: since ever.

    Raises:
        ProcessError: the history does not have the commit.
    """
    range = f"{since}..{part.head}" if since else part.head
    names = ("--name-only", "--no-renames", "-z")
    text = git(part.root, "log", *names, f"--format={_COMMIT}%an", range, "--", part.folder or ".")
    found: dict[str, dict[str, None]] = {}
    author = ""
    for token in (piece.lstrip("\n") for piece in text.split("\0")):
        if token.startswith(_COMMIT):
            author = token[1:]
        elif token:
            found.setdefault(token, {})[author] = None
    return {path: tuple(authors) for path, authors in found.items()}


def _has(part: RepoPart, commit: str) -> bool:
    command = ["git", "merge-base", "--is-ancestor", commit, part.head]
    return run(command, cwd=part.root, check=False).status == 0


def _is_of(marked: str, folder: str) -> bool:
    """Whether a mark of one folder says something about the other: it is that, or around it."""
    return marked in ("", folder) or folder.startswith(f"{marked}/")


def _lend(part: RepoPart) -> dict[str, str]:
    path = git(part.root, "rev-parse", "--git-path", "objects").rstrip("\n")
    return {"GIT_ALTERNATE_OBJECT_DIRECTORIES": str((part.root / path).resolve())}
