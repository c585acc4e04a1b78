"""How each repo of a list stands: its checkout, its submodules, its toolchain."""

from collections.abc import Sequence
from pathlib import Path

from helpers.checkouts.status import read_status
from helpers.model.checkouts.hints import Hint
from helpers.model.checkouts.state import CheckoutState
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.repos.open_repos import OpenedRepo, in_each
from helpers.repos.run_command import toolchain_of
from helpers.system.toolchain import toolchain_version


@dataclass(frozen=True, slots=True)
class RepoStatus:
    """A repo of a list.

    Attributes:
        name: as the user wrote it.
        root: of its checkout.
        states: the repo itself, then its submodules; none where it cannot be looked at.
        hints: what is not in order, with the commands that help, as typed at its root.
        toolchain: the version that is checked out; empty: it has none there.
        complete: git could read all, and all remotes that were asked answered.
        error: why it cannot be looked at.
    """

    name: str
    root: Path
    states: Sequence[CheckoutState] = ()
    hints: Sequence[Hint] = ()
    toolchain: str = ""
    complete: bool = False
    error: HelpersError | None = None


def read_statuses(repos: Sequence[OpenedRepo], *, fetched: bool) -> list[RepoStatus]:
    """Look at all repos at once.

    Args:
        fetched: ask the remotes first.
    """

    def look(one: OpenedRepo) -> RepoStatus:
        if one.error:
            return RepoStatus(one.name, one.root, error=one.error)
        found = read_status(one.root, fetched=fetched)
        said = shown_toolchain(one.root)
        return RepoStatus(one.name, one.root, found.checkouts, found.hints, said, found.complete)

    return in_each(repos, look)


def shown_toolchain(root: Path) -> str:
    """The version of the toolchain that a repo has; empty: it has none, `?`: it cannot be told."""
    found = toolchain_of(root)
    try:
        return str(toolchain_version(found)) if found else ""
    except HelpersError:
        return "?"
