"""Migrations: what an earlier version's configuration becomes, one step a version.

Each is a pure function from the files of a repo to their changes. It knows an old form by its
shape and not by a number, so it may run again and on what was half migrated by hand.
"""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field

from helpers.adoption.adopting import shims
from helpers.model.dataclass import dataclass
from helpers.model.file_change import FileChange
from helpers.model.runnable_dir import DEVOPS
from helpers.model.settings.config import modern_dir_config
from helpers.model.settings.file_names import DIR_CONFIG_FILE_NAME
from helpers.model.version import Version

INVOKE_SETTINGS = "invoke.yaml"
# `tasks.py` as it was copied from the docs before 1.3.0, for a submodule at any path.
_FORMER_TASKS = re.compile(
    re.escape(
        '''"""The tasks of this repo: those of the toolchain, and its own below."""

import sys
from pathlib import Path

sys.dont_write_bytecode = False
sys.path.insert(0, str(Path(__file__).resolve().parent / '''
    )
    + r"(?P<path>\"[^\"\n]*\"|'[^'\n]*')"
    + re.escape(
        """))

from helpers.tasks.namespace import namespace  # noqa: E402, F401 - the path comes first
"""
    )
)


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
    return [
        FileChange(path, text, modern_dir_config(text, path))
        for path, text in files.texts.items()
        if is_dir_config(path)
    ]


def is_dir_config(path: str) -> bool:
    """Whether a path is that of a dir's settings."""
    return f"/{path}".endswith(f"/{DEVOPS}/{DIR_CONFIG_FILE_NAME}")


def files_of_its_own(files: AdoptedFiles) -> list[FileChange]:
    """What leads to the toolchain are small files of the repo, which say what to do without it."""
    small = {
        shims.SETENV: shims.setenv_text(files.toolchain),
        shims.MAIN_PYTEST: shims.main_pytest_text(files.toolchain),
    }
    changes = [
        FileChange(path, files.texts[path], text, executable=True)
        for path, text in small.items()
        if _leads_to_toolchain(files, path)
    ]
    tasks = files.texts.get(shims.TASKS, "")
    found = _FORMER_TASKS.fullmatch(tasks)
    if found and posixpath.normpath(found["path"][1:-1]) == files.toolchain:
        changes.append(FileChange(shims.TASKS, tasks, shims.tasks_text(files.toolchain)))
        # The tasks are now called as they are written without it.
        if _leads_to_toolchain(files, INVOKE_SETTINGS):
            changes.append(FileChange(INVOKE_SETTINGS, files.texts[INVOKE_SETTINGS], None))
    return changes


def _leads_to_toolchain(files: AdoptedFiles, path: str) -> bool:
    """Whether a file at the root is a link to the one of the same name in the submodule."""
    target = posixpath.normpath(files.texts.get(path, ""))
    return path in files.links and target == f"{files.toolchain}/{path}"


# From the first to the last: each finds what those before it made.
MIGRATIONS: tuple[Migration, ...] = (
    Migration(
        Version(1, 1, 0),
        "`sibling: true` becomes a policy for the Docker socket",
        sibling_policies,
    ),
    Migration(
        Version(1, 3, 0),
        "links into the submodule become small files, which say what to do when it is not there",
        files_of_its_own,
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
