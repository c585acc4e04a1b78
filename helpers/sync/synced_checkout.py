"""A checkout whose shared files are looked at: the repo, and the toolchain that it has."""

from pathlib import Path, PurePosixPath

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.sync.git_objects import has_object, read_entries
from helpers.system.toolchain import is_toolchain
from helpers.vcs.bring import bring_commit
from helpers.vcs.refs import find_commit
from helpers.vcs.submodules import check_out_command, checkouts, missing_submodules


@dataclass(frozen=True, slots=True)
class SyncPlace:
    """Where shared files are looked at.

    Attributes:
        root: the repo's root, absolute.
        below: the toolchain, relative to it; `.`: the repo is the toolchain.
        commit: the toolchain's commit whose files are shared.
        at: the repo's commit that is looked at; empty: its work tree.
    """

    root: Path
    below: str
    commit: str
    at: str = ""

    @property
    def toolchain(self) -> Path:
        """The toolchain's root, absolute."""
        return self.root / self.below

    @property
    def is_toolchain(self) -> bool:
        """Whether the repo is the toolchain itself."""
        return self.below == "."

    def link_to(self, path: str, source: str) -> str:
        """Where a link at `path` leads, so that it reaches a file of the toolchain."""
        up = [".."] * (len(PurePosixPath(path).parts) - 1)
        return str(PurePosixPath(*up, self.below, source))


def find_place(root: Path, at: str = "") -> SyncPlace:
    """The place of a repo; a submodule is its toolchain, or it is the toolchain itself.

    Args:
        at: a commit to look at instead of the work tree.

    Raises:
        HelpersError: it has no toolchain that is checked out, or that one lacks the commit that the
            repo records.
    """
    below = _find_toolchain(root)
    if below == ".":
        commit = at or find_commit(root, "HEAD")
    elif at:
        entry = read_entries(root, at, [below]).get(below)
        commit = entry.id if entry else ""
    else:
        commit = find_commit(root / below, "HEAD")
    if not commit:
        raise HelpersError(
            "the repo has no commit of the toolchain" + (f" at {at[:12]}" if at else ""),
            where=str(root / below),
            fix=f"git -C {quoted(root)} add {quoted(below)} && git -C {quoted(root)} commit",
        )
    if not has_object(root / below, f"{commit}^{{commit}}"):
        raise HelpersError(
            f"the toolchain lacks the commit {commit[:12]} that the repo records",
            where=str(root / below),
            fix=bring_commit(root / below, commit, str(root / below)),
        )
    return SyncPlace(root, below, commit, at)


def _find_toolchain(root: Path) -> str:
    if not (root / ".git").exists():
        raise HelpersError(
            "this is not a git checkout", where=str(root), fix=f"git -C {quoted(root)} init"
        )
    if is_toolchain(root):
        return "."
    inner = [name for name in checkouts(root) if name != "."]
    # A submodule of a submodule is the business of the latter.
    own = [name for name in inner if not any(name.startswith(f"{other}/") for other in inner)]
    found = [name for name in own if is_toolchain(root / name)]
    if found:
        return min(found, key=lambda name: (name.count("/"), name))
    missing = missing_submodules(root)
    if missing:
        raise HelpersError(
            f"no toolchain is checked out here; not checked out: {', '.join(missing)}",
            where=str(root),
            fix=check_out_command(root, missing, anywhere=True),
        )
    raise HelpersError(
        "the repo does not have the toolchain as a submodule",
        where=str(root),
        fix=f"git -C {quoted(root)} submodule add <url of the toolchain> helpers_root",
    )
