"""The result of adopting the toolchain."""

from helpers.model.dataclass import dataclass
from helpers.model.events import Warned
from helpers.model.file_change import FileChange


@dataclass(frozen=True, slots=True)
class ByHand:
    """A file of the repo's own that only its owner can change.

    Attributes:
        path: relative to the repo's root.
        why: the reason.
        add: the lines to be added at its end; empty where there is nothing to add.
    """

    path: str
    why: str
    add: str = ""


@dataclass(frozen=True, slots=True)
class AdoptPlan:
    """What adopting writes, and what it leaves to the user.

    Attributes:
        notices: what is to be known of the project at the root.
        to_lock: what that project depends on is still to be locked.
    """

    changes: tuple[FileChange, ...]
    by_hand: tuple[ByHand, ...] = ()
    notices: tuple[Warned, ...] = ()
    to_lock: bool = False


@dataclass(frozen=True, slots=True)
class AdoptCheck:
    """One thing that was looked at in an adopting repo.

    Attributes:
        wrong: it is to be fixed.
        found: the state that was found.
        fix: the command that fixes it, or, where nothing is wrong, brings what is optional.
    """

    name: str
    wrong: bool
    found: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class UnadoptPlan:
    """What taking the toolchain out changes, and what it leaves.

    Attributes:
        changes: files that go or lose what adopting added.
        kept: files that stay, each with the reason.
        folders: folders of results that go.
    """

    changes: tuple[FileChange, ...]
    kept: tuple[tuple[str, str], ...]
    folders: tuple[str, ...]
