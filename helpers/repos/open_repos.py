"""Make the repos of a list usable: addresses are cloned, and paths must be repos."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from tempfile import mkdtemp
from typing import TypeVar

from helpers.checkouts.pull import pull_everything
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.shell_words import quoted
from helpers.system.process import ProcessError
from helpers.vcs.git import reason
from helpers.vcs.listed_repos import ListedRepo
from helpers.vcs.no_questions import ask_remote

# Each waits for a network or a disk, not for a core.
_AT_ONCE = 8
Repo = TypeVar("Repo")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class OpenedRepo:
    """A repo of a list; with an error, nothing can be done in it."""

    listed: ListedRepo
    error: HelpersError | None = None

    @property
    def name(self) -> str:
        """As the user wrote it."""
        return self.listed.name

    @property
    def root(self) -> Path:
        """Of the checkout."""
        return self.listed.root


def open_repos(
    listed: Sequence[ListedRepo], listen: Listener, *, fresh: bool = False
) -> list[OpenedRepo]:
    """Look for the repos of a list, all at once; those that are no repo say so of themselves.

    Args:
        fresh: clones that are there follow their branch, which their remotes are asked for.
    """

    def opened(one: ListedRepo) -> OpenedRepo:
        try:
            _open(one, listen, fresh=fresh)
        except HelpersError as error:
            return OpenedRepo(one, error)
        except OSError as error:
            return OpenedRepo(one, HelpersError(str(error), where=one.line))
        return OpenedRepo(one)

    return in_each(listed, opened)


def in_each(repos: Iterable[Repo], job: Callable[[Repo], Found]) -> list[Found]:
    """Do something for each of them, some at once; the results in their order."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(job, repos))


def _open(one: ListedRepo, listen: Listener, *, fresh: bool) -> None:
    """Raises HelpersError where it is no repo, or its remote does not answer."""
    if one.address:
        if not one.root.exists():
            _clone(one, listen)
        elif fresh:
            _follow(one)
        return
    if not one.root.is_dir():
        raise HelpersError(
            f"there is no directory {one.name}", where=one.line, fix="correct the list"
        )
    if not (one.root / ".git").exists():
        raise HelpersError(
            f"{one.name} is no repo: it is not the root of a checkout",
            where=one.line,
            fix=f"correct the list, or git -C {quoted(one.root)} init",
        )


def _clone(one: ListedRepo, listen: Listener) -> None:
    """Clone it with its submodules beside its place, and put it there whole."""
    listen(Notice(f"cloning {one.name}: first use only"))
    one.root.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(mkdtemp(prefix=f".{one.root.name}-", dir=one.root.parent))
    try:
        clone = ("clone", "--quiet", "--recurse-submodules", "--", one.address, str(beside))
        ask_remote(one.root.parent, *clone)
        if not one.root.exists():  # another process may have been quicker
            beside.rename(one.root)
    except ProcessError as error:
        raise HelpersError(
            f"{one.name} cannot be cloned: {reason(error)}",
            where=one.line,
            fix=f"git ls-remote {quoted(one.address)}",
        ) from error
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _follow(one: ListedRepo) -> None:
    bad = [done for done in pull_everything(one.root, date.today()) if done.is_bad]
    if bad:
        raise HelpersError(
            f"the clone of {one.name} cannot be brought up to date: {bad[0].what}",
            where=f"{one.line}\n{one.root}",
            fix=f"cd {quoted(one.root)} && {bad[0].fix or 'git status'}",
        )
