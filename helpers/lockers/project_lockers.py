"""The tools that lock what a dir asks for: the table to which a new one is added."""

from collections.abc import Mapping

from helpers.lockers import conda, pip, poetry, uv
from helpers.lockers.locked import Locker
from helpers.model.packages.locked import READ_LOCKS

# Where a dir has no lock file and its `pyproject.toml` names no tool, the first locks it.
PROJECT_LOCKERS: tuple[Locker, ...] = (poetry, uv, conda)
# Of those the ones that lock what `pyproject.toml` asks for.
PYPROJECT_LOCKERS: tuple[Locker, ...] = (poetry, uv)
LOCKERS: Mapping[str, Locker] = {one.NAME: one for one in PROJECT_LOCKERS}
LOCK_FILES = (*(one.LOCK_FILE for one in PROJECT_LOCKERS), *READ_LOCKS)
# A dir that has one of these is locked by itself, also within a workspace.
OWN_LOCKS = (*LOCK_FILES, pip.LOCK_FILE, pip.SOURCE_FILE)
