"""Move what is checked out, without ever writing over what git does not have."""

import shlex
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from helpers.model.numbers import list_few
from helpers.system.process import ProcessError, run, run_ending
from helpers.vcs.git import git_lines, git_names, reason, split_lines
from helpers.vcs.no_questions import ENVIRONMENT, without_questions
from helpers.vcs.refs import is_in_any

# The user's settings must not make a move stash, merge, or go on into submodules.
_SETTINGS = ("-c", "submodule.recurse=false", "-c", "core.quotePath=false")
# What git says is read.
_ENVIRONMENT = {"LC_ALL": "C", **ENVIRONMENT}
_TIMEOUT = 300
_UNTRACKED = ("untracked working tree files would be", "lose untracked files in")
_CHANGED = "local changes to the following files would be overwritten"
_NO_LOCK, _LOCKED = "Unable to create '", ".lock': File exists"


class BlockedError(Exception):
    """Git did not move a checkout, and nothing changed.

    Args:
        what: why, in one line.
        is_refusal: because of what is in the checkout; otherwise git itself failed.
        fix: words for git that fix it in that checkout.
        command: fixes it where that is no command of git.
    """

    def __init__(
        self, what: str, *, is_refusal: bool = True, fix: tuple[str, ...] = (), command: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.is_refusal = is_refusal
        self.fix = fix
        self.command = command


def fast_forward(folder: Path, commit: str) -> None:
    """Move the branch, or a detached head, to a commit that comes after it.

    Files that are not committed stay as they are.

    Raises:
        BlockedError: the commit does not come after it, or files are in the way.
    """
    # Without the last option git writes over files that it ignores.
    change(folder, "merge", "--quiet", "--ff-only", "--no-autostash", "--no-overwrite-ignore",
           commit)  # fmt: skip


def in_the_way(folder: Path, commit: str) -> str:
    """What git says is in the way of checking a commit out; nothing changes.

    Of files that git ignores it does not tell.
    """
    # Else files that were only touched pass for changed ones.
    run(["git", "update-index", "-q", "--refresh"], cwd=folder, check=False)
    trial = ["git", "read-tree", "--dry-run", "-m", "-u", "HEAD", commit]
    done = run(trial, cwd=folder, check=False, env=_ENVIRONMENT)
    if not done.status:
        return ""
    return done.stderr.strip().partition("\n")[0].removeprefix("error: ")


def detach(folder: Path, commit: str) -> None:
    """Check a commit out without a branch.

    Raises:
        BlockedError: files that are not committed are in the way.
    """
    change(folder, "checkout", "--quiet", "--detach", "--no-overwrite-ignore", commit)


def attach_branch(folder: Path, branch: str, before: str) -> None:
    """Move a branch to the commit that is checked out, and check it out; no file is touched.

    Args:
        before: where the branch is: somebody may have moved it meanwhile.

    Raises:
        BlockedError: the branch is elsewhere.
    """
    change(folder, "update-ref", f"refs/heads/{branch}", "HEAD", before)
    change(folder, "symbolic-ref", "-m", "helpers: go on with the branch", "HEAD",
           f"refs/heads/{branch}")  # fmt: skip


def put_back(folder: Path, branch: str, commit: str) -> None:
    """Check out what was checked out before.

    Args:
        branch: empty where the head was detached.

    Raises:
        BlockedError: files that are not committed are in the way.
    """
    back = (branch,) if branch else ("--detach", commit)
    change(folder, "switch", "--quiet", "--no-overwrite-ignore", *back)


def commit_submodules(root: Path, names: Iterable[str], message: str) -> None:
    """Commit what is checked out of submodules, and nothing else.

    Args:
        names: their paths relative to `root`.

    Raises:
        BlockedError: a hook or git refuses; the index is then as it was.
    """
    pathspecs = (f":(literal){name}" for name in names)
    change(root, "commit", "--quiet", "--only", "--message", message, "--", *pathspecs)


def describe_commits(folder: Path, older: str, newer: str, limit: int) -> list[str]:
    """The newest commits that one has and another lacks: short id and subject of each.

    Raises:
        ProcessError: git fails.
    """
    form = ("log", "--no-decorate", "--no-show-signature", "--format=%h %s", f"--max-count={limit}")
    return git_lines(folder, *form, f"{older}..{newer}", "--")


def keep_if_stray(folder: Path, day: str, commit: str, *options: str) -> str:
    """Make a branch for a commit that no branch, here or of a remote, and no tag has.

    Args:
        options: what git is told before each command.

    Returns:
        The branch's name; empty where none is needed.

    Raises:
        BlockedError: git refuses to make it.
        ProcessError: git fails.
    """
    places = ("refs/heads", "refs/remotes", "refs/tags")
    if is_in_any(folder, commit, *places, options=options):
        return ""
    # Nobody else makes such a name, or for the same commit.
    name = f"helpers/kept-{day}-{commit[:12]}"
    change(folder, *options, "branch", "--no-track", name, commit)
    return name


def fetch_commit(folder: Path, remote: str, commit: str) -> str:
    """Fetch one commit that no branch of the remote may have; why that failed, or nothing."""
    command = ("fetch", "--quiet", "--no-recurse-submodules", remote, commit)
    try:
        change(folder, *command, timeout=_TIMEOUT)
    except BlockedError as error:
        return error.what
    return ""


def changed_files(folder: Path) -> list[str]:
    """The files that git keeps and that differ from the newest commit, staged or not.

    Raises:
        ProcessError: git fails.
    """
    status = ("status", "--porcelain", "-z", "--untracked-files=no", "--no-renames")
    return [entry[3:] for entry in git_names(folder, *status, "--ignore-submodules=all")]


def change(folder: Path, *args: str, timeout: float | None = None) -> str:
    """Let git change something; its standard output.

    What only asks a network is ended by Ctrl-C and by `timeout` in seconds; all else ends what it
    has begun, so that nothing is left half done.

    Raises:
        BlockedError: git refused or failed; what it says is told in one line.
    """
    asks = () if timeout is None else without_questions(folder)
    command = ("git", *_SETTINGS, *asks, *args)
    start = partial(run_ending, args=command, cwd=folder, env=_ENVIRONMENT)
    try:
        if timeout is None:
            # An interrupt is raised in the main thread, and would kill what is waited for there.
            with ThreadPoolExecutor(1) as pool:
                done = pool.submit(start, "by itself").result()
        else:
            done = start("on interrupt", timeout=timeout)
    except ProcessError as error:
        raise BlockedError(reason(error), is_refusal=False) from error
    if done.status:
        verb = next(word for word in args if not word.startswith("-"))
        silent = f"git {verb} failed with status {done.status} and does not say why"
        said = done.stderr if done.stderr.strip() else silent
        raise _explain(ProcessError(command, done.status, said), said)
    return done.stdout


def _explain(error: ProcessError, text: str) -> BlockedError:
    """What git said, in one line, and what fixes it."""
    # Each name stands on an indented line.
    names = [line.strip() for line in split_lines(text) if line.startswith("\t")]
    if _LOCKED in text:
        lock = text.partition(_LOCKED)[0].partition(_NO_LOCK)[2] + ".lock"
        return BlockedError(
            "another git is at work in it, or one was killed and left a lock",
            command=f"rm {shlex.quote(lock)}  # once no git runs there",
        )
    if any(words in text for words in _UNTRACKED):
        what = f"untracked files are in the way: {list_few(names)}"
        return BlockedError(what, fix=("stash", "push", "--all", "--", *names))
    if _CHANGED in text:
        return BlockedError(f"changed files are in the way: {list_few(names)}", fix=("stash",))
    if "ot possible to fast-forward" in text:
        return BlockedError("it has diverged", fix=("status",))
    return BlockedError(reason(error), is_refusal=False)
