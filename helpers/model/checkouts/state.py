"""The state of a checkout: against its remote and its parent, and uncommitted files."""

from enum import StrEnum

from helpers.model.dataclass import dataclass

OUTERMOST = "."


class Operation(StrEnum):
    """A git operation in progress in a checkout."""

    MERGE = "merge"
    REBASE = "rebase"
    MAIL = "am"
    CHERRY_PICK = "cherry-pick"
    REVERT = "revert"
    BISECT = "bisect"


class Relation(StrEnum):
    """How the checked-out commit relates to the one that the parent records."""

    SAME = "same"
    AHEAD = "ahead"
    BEHIND = "behind"
    DIVERGED = "diverged"
    # The checkout does not have the recorded commit.
    UNKNOWN = "unknown"
    # The parent's merge is in conflict over what to record.
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the parent says of a submodule.

    Attributes:
        commit: in its index; what its next commit records.
        committed: in its newest commit; empty where that has no such submodule.
        relation: of what is checked out to `commit`.
        ahead: commits that are checked out and that `commit` lacks.
        behind: commits of `commit` that are not checked out.
        unpushed: commits of `commit`, not checked out, that no branch of any remote has.
    """

    commit: str
    committed: str
    relation: Relation = Relation.SAME
    ahead: int = 0
    behind: int = 0
    unpushed: int = 0

    @property
    def is_staged(self) -> bool:
        """Whether the parent is about to record something else than its newest commit does."""
        return self.relation is not Relation.CONFLICT and self.commit != self.committed


@dataclass(frozen=True, slots=True)
class Uncommitted:
    """How many files differ, in which way; `stashes` are counted too.

    A submodule at another commit than is recorded is no changed file: its own state tells.
    """

    staged: int = 0
    changed: int = 0
    untracked: int = 0
    conflicted: int = 0
    stashes: int = 0

    @property
    def is_dirty(self) -> bool:
        """Whether the work tree or the index differs from the newest commit; stashes do not."""
        return bool(self.staged or self.changed or self.untracked or self.conflicted)


@dataclass(frozen=True, slots=True)
class CheckoutState:
    """One repo or submodule as it is on the disk. Nothing was fetched to know it.

    Attributes:
        path: relative to the outermost root, with `/`; `.` for that itself.
        parent: the path of the checkout that records it; empty for the outermost.
        branch: empty when the head is detached.
        commit: the newest; empty when there is none yet, or nothing is checked out.
        upstream: the branch of a remote that `branch` follows, such as `origin/main`.
        upstream_gone: that branch is no longer there.
        ahead: commits that `upstream` lacks, as far as it was fetched.
        behind: commits of `upstream` that are not here.
        unpushed: commits that no branch of any remote has, as far as was fetched.
        shallow: its history is cut off.
        missing: it is not checked out.
        recorded: what the parent says of it; None for the outermost.
        url: where the parent's `.gitmodules` says that it comes from; empty: it does not say.
        push_to: the remote for what is unpushed; empty where nothing is, or there is no remote.
        is_stray: no branch, here or of a remote, has what is checked out.
        modules_fault: why its `.gitmodules` cannot be read.
        fault: why git could not read it; then the rest is empty.
    """

    path: str
    parent: str = ""
    branch: str = ""
    commit: str = ""
    upstream: str = ""
    upstream_gone: bool = False
    ahead: int = 0
    behind: int = 0
    unpushed: int = 0
    work: Uncommitted = Uncommitted()
    operation: Operation | None = None
    shallow: bool = False
    missing: bool = False
    recorded: Recorded | None = None
    url: str = ""
    push_to: str = ""
    is_stray: bool = False
    modules_fault: str = ""
    fault: str = ""

    @property
    def name(self) -> str:
        """Its path relative to its parent."""
        if self.parent in ("", OUTERMOST):
            return self.path
        return self.path.removeprefix(f"{self.parent}/")

    @property
    def is_outermost(self) -> bool:
        """Whether no other checkout records it."""
        return not self.parent

    @property
    def is_readable(self) -> bool:
        """Whether there is something to look at."""
        return not self.missing and not self.fault

    @property
    def is_unborn(self) -> bool:
        """Whether there is no commit yet."""
        return self.is_readable and not self.commit

    @property
    def is_detached(self) -> bool:
        """Whether the newest commit is checked out without a branch."""
        return self.is_readable and not self.branch

    @property
    def differs(self) -> bool:
        """Whether there is more to tell of it than that all is committed, pushed, recorded."""
        recorded = self.recorded
        return bool(
            not self.is_readable
            or self.is_unborn
            or self.work.is_dirty
            or self.operation
            or self.ahead
            or self.behind
            or self.unpushed
            or self.upstream_gone
            or (recorded and (recorded.relation is not Relation.SAME or recorded.is_staged))
        )
