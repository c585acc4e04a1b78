"""How files came to be what they are: one process of git for many files."""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.system.process import ProcessError, run
from helpers.vcs.files import is_tracked, untracked
from helpers.vcs.git import git, git_names
from helpers.vcs.refs import find_commit

_LOG = ("log", "--first-parent", "-m", "--raw", "--no-renames", "--no-abbrev", "-z")
_COMMIT = "\x01"


@dataclass(frozen=True, slots=True)
class FileState:
    """A file as a commit left it: ids of the commit, of its tree, and of the file's content."""

    commit: str
    tree: str
    blob: str


def has_commits(root: Path) -> bool:
    """Whether the branch has a commit; one that was just made has none."""
    return bool(find_commit(root))


def read_history(root: Path, paths: Sequence[str]) -> dict[str, list[FileState]]:
    """The states that each of the files had, oldest first, along the first parents of HEAD.

    What a merge brought counts as changed by the merge.

    Raises:
        ProcessError: git fails; there is no commit.
    """
    found: dict[str, list[FileState]] = {}
    text = git(root, "--literal-pathspecs", *_LOG, f"--format={_COMMIT}%H %T", "--", *paths)
    commit = tree = blob = ""
    for token in (part.lstrip("\n") for part in text.split("\0")):
        if token.startswith(_COMMIT):
            commit, tree = token[1:].split(" ")[:2]
        elif token.startswith(":"):
            blob = token.split(" ")[3]
        elif token and blob.strip("0"):
            found.setdefault(token, []).append(FileState(commit, tree, blob))
    return {path: states[::-1] for path, states in found.items()}


def read_blobs(root: Path, names: Iterable[str]) -> dict[str, str]:
    """The text of objects by their ids or names (`<commit>:<path>`); what is missing is left out.

    Raises:
        ProcessError: git fails.
    """
    wanted = list(dict.fromkeys(names))
    # What is asked for after each name is never there: its answer ends that of the name, also
    # where the content is no text and its length therefore not what git says.
    never = _COMMIT + hashlib.sha256("\n".join(wanted).encode()).hexdigest()
    asked = "".join(f"{name}\n{never}\n" for name in wanted)
    output = run(["git", "cat-file", "--batch"], cwd=root, stdin=asked).stdout
    answers = output.split(f"{never} missing\n")
    found = {}
    for name, answer in zip(wanted, answers, strict=False):
        head, _, content = answer.partition("\n")
        if not head.endswith((" missing", " ambiguous")):
            found[name] = content.removesuffix("\n")
    return found


def age_of(file: Path) -> tuple[int, int]:
    """How long git has a file, to compare with others: less is longer; not at all is the most."""
    # When it was written, which stays where commits are moved.
    added = ("log", "-1", "--format=%at", "--diff-filter=A", "--", file.name)
    with suppress(ProcessError):  # there is no commit yet
        when = git(file.parent, *added).strip()
        if when:
            return 0, int(when)
    return (1, 0) if is_tracked(file) else (2, 0)


def changed_between(
    root: Path, pairs: Iterable[tuple[str, str]], patterns: Sequence[str]
) -> dict[tuple[str, str], dict[str, str]]:
    """For each pair of trees, the files that differ, with the id that each had in the first.

    Args:
        pairs: ids of trees.
        patterns: pathspecs of the files that matter.

    Raises:
        ProcessError: git fails.
    """
    found: dict[tuple[str, str], dict[str, str]] = {pair: {} for pair in pairs}
    differing = [pair for pair in found if pair[0] != pair[1]]
    if not differing:
        return found
    command = ["git", "diff-tree", "--stdin", "-r", "--raw", "--no-renames", "--no-abbrev"]
    lines = "".join(f"{before} {after}\n" for before, after in differing)
    done = run([*command, "-z", "--", *patterns], cwd=root, stdin=lines)
    current: dict[str, str] = {}
    blob = ""
    for token in done.stdout.replace("\n", "\0").split("\0"):
        if token.startswith(":"):
            blob = token.split(" ")[2]
        elif tuple(token.split(" ")) in found:
            before, after = token.split(" ")
            current = found[before, after]
        elif token:
            current[token] = blob
    return found


def changed_on_disk(root: Path, base: str, patterns: Sequence[str]) -> set[str]:
    """The files that differ from a commit as they are on the disk, untracked ones too.

    Raises:
        ProcessError: git fails.
    """
    difference = ("diff", "--name-only", "--no-renames", "--ignore-submodules=all", "-z")
    return {*git_names(root, *difference, base, "--", *patterns), *untracked(root, *patterns)}


def changed_in_index(root: Path, base: str, patterns: Sequence[str]) -> set[str]:
    """The files of which the index has something else than a commit.

    Raises:
        ProcessError: git fails.
    """
    difference = ("diff", "--cached", "--name-only", "--no-renames", "-z")
    return set(git_names(root, *difference, base, "--", *patterns))
