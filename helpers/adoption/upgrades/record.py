"""What an upgrade changes, written down before the first change, so that it can be undone.

It is `tmp.helpers/upgrade/record.json` in the adopting repo. Another version of the toolchain may
read it than the one that wrote it: the one after the change, or the one before.
"""

from dataclasses import replace
from pathlib import Path

from helpers.managed_files.file_states import ABSENT
from helpers.managed_files.record import note, recall
from helpers.managed_files.written import Written
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted
from helpers.system.lease import working_folder
from helpers.system.process import printable

_FOLDER = "upgrade"
_FILE = "record.json"
_FACTS = ("submodule", "before", "branch", "after", "version", "head", "done")


@dataclass(frozen=True, slots=True)
class UpgradeRecord:
    """One upgrade.

    Attributes:
        submodule: the toolchain's path relative to the repo's root.
        before: the commit that the submodule is moved from.
        branch: the branch that it is on before; empty: none.
        after: the commit that it is moved to.
        version: what that is called.
        head: the commit of the repo itself that has the files as they are before.
        files: what becomes of the repo's own files.
        done: whether it came to its end.
    """

    submodule: str
    before: str
    branch: str
    after: str
    version: str
    head: str
    files: tuple[Written, ...]
    done: bool = False

    def finished(self) -> "UpgradeRecord":
        """The same, at its end."""
        return replace(self, done=True)

    @property
    def paths(self) -> list[str]:
        """What an upgrade changes, relative to the repo's root."""
        moved = [self.submodule] if self.before != self.after else []
        return [*moved, *(file.path for file in self.files)]

    @property
    def committed_paths(self) -> list[str]:
        """What is committed together: the submodule too where it was moved by hand before."""
        return [self.submodule, *(file.path for file in self.files)]

    @property
    def undone_by_git(self) -> str:
        """What to type at the repo's root where not even the undoing starts."""
        steps = []
        if self.before != self.after:
            there = self.branch or self.before
            steps.append(["git", "-C", self.submodule, "checkout", "--force", there])
        kept = [file.path for file in self.files if file.before != ABSENT]
        new = [file.path for file in self.files if file.before == ABSENT]
        steps += [["git", "checkout", self.head, "--", *kept]] if kept else []
        steps += [["rm", "-f", "--", *new]] if new else []
        return " && ".join(printable(step) for step in steps)


def upgrade_folder(root: Path) -> Path:
    """The folder for what upgrades keep, at the root of a repo; git ignores it."""
    folder = working_folder(root) / _FOLDER
    folder.mkdir(exist_ok=True)
    return folder


def read_record(root: Path) -> UpgradeRecord | None:
    """The last upgrade of the repo; None where there is none.

    Raises:
        HelpersError: what is written there cannot be read.
    """
    path = upgrade_folder(root) / _FILE
    try:
        found = recall(path)
        if found is None:
            return None
        files, facts = found
        return UpgradeRecord(files=files, **{name: facts[name] for name in _FACTS})
    except (ValueError, KeyError, TypeError) as error:
        raise HelpersError(
            f"the record of the last upgrade cannot be read: {error!r}",
            where=str(path),
            fix=f"restore the submodule and the files with git, then: rm {quoted(path)}",
        ) from error


def write_record(root: Path, record: UpgradeRecord) -> None:
    """Write the upgrade down, in one step.

    Raises:
        OSError: it cannot be written.
    """
    facts = {name: getattr(record, name) for name in _FACTS}
    # For people whose toolchain does not start.
    facts["undone by git"] = record.undone_by_git
    note(upgrade_folder(root) / _FILE, record.files, facts)


def forget_record(root: Path) -> None:
    """Nothing is left that could be undone."""
    (upgrade_folder(root) / _FILE).unlink(missing_ok=True)
