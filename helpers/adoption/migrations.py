"""Migrations: what an earlier version's configuration becomes, one step a version.

Each is a pure function from the files of a repo to their changes. It knows an old form by its
shape and not by a number, so it may run again and on what was half migrated by hand.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from helpers.model.config import DIR_CONFIG_FILE_NAME, modern_dir_config
from helpers.model.file_change import FileChange
from helpers.model.runnable_dir import DEVOPS
from helpers.model.version import Version


@dataclass(frozen=True, slots=True)
class AdoptedFiles:
    """The files of an adopting repo that a migration may look at.

    Attributes:
        texts: by path relative to the repo's root; of a link, where it points.
        links: those of the paths that are links.
        toolchain: the submodule's path relative to the root.
    """

    texts: Mapping[str, str]
    links: frozenset[str] = field(default_factory=frozenset)
    toolchain: str = "helpers_root"

    def changed(self, changes: Iterable[FileChange]) -> "AdoptedFiles":
        """The files once the changes are made."""
        made = {change.path: change.after for change in changes}
        texts = {path: text for path, text in {**self.texts, **made}.items() if text is not None}
        return AdoptedFiles(texts, self.links - made.keys(), self.toolchain)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step.

    Attributes:
        version: of the toolchain, whose form is made.
        what: what changes, as it is told to the user.
        changes: what becomes of the files; nothing where none has the old form.
    """

    version: Version
    what: str
    changes: Callable[[AdoptedFiles], list[FileChange]]


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A task that does something else since a version: those who call it must look themselves."""

    version: Version
    name: str
    what: str


def sibling_policies(files: AdoptedFiles) -> list[FileChange]:
    """`sibling` says what tests may do with the socket, not whether they have it."""
    changes = []
    for path, text in files.texts.items():
        if path.rpartition("/")[2] == DIR_CONFIG_FILE_NAME and f"/{DEVOPS}/" in f"/{path}":
            changes.append(FileChange(path, text, modern_dir_config(text, path)))
    return changes


# From the first to the last: each finds what those before it made.
MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        Version(1, 1, 0),
        "`sibling: true` becomes a policy for the Docker socket",
        sibling_policies,
    ),
)

TASK_CHANGES: tuple[TaskChange, ...] = (
    TaskChange(
        Version(1, 2, 0),
        "docker_clean",
        "removes images since 1.2.0; what it did before is docker_kill",
    ),
)


def migrate(
    files: AdoptedFiles, migrations: Iterable[Migration] = MIGRATIONS
) -> tuple[list[FileChange], list[str]]:
    """All changes that bring the files to the present form, one a file, and what they are.

    Raises:
        HelpersError: a file is malformed; names the line.
    """
    before, told = files, []
    touched: dict[str, bool] = {}
    for migration in migrations:
        changes = [change for change in migration.changes(files) if not change.changes_nothing]
        if changes:
            told.append(f"{migration.version}: {migration.what}")
        touched |= {change.path: change.executable for change in changes}
        files = files.changed(changes)
    made = (
        FileChange(path, before.texts.get(path), files.texts.get(path), executable)
        for path, executable in sorted(touched.items())
    )
    return [change for change in made if not change.changes_nothing], told
