"""A dir's `Makefile`: for people who type `make`, five targets that call the five verbs.

Its first line has the hash of all that follows: one that somebody edited is known, and kept.
"""

import shlex
from pathlib import Path

from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.names import digest_of
from helpers.model.runnable_dir import dir_option, path_below
from helpers.system.files import read_text

NAME = "Makefile"
_MARK = "# Kept by `i runnable_dir_update`, until somebody edits it: "
# By their full names: a repo may mean something of its own by a short one.
_TARGETS = {
    "dep": "dependency_install",
    "build": "docker_build_prod_image",
    "test": "run_tests",
    "run": "docker_run -- $(ARGS)",
    "clean": "docker_remove_image --version current",
}
_START = """\
# make run ARGS="--help"   # words for the program
ifeq (,$(shell command -v i))
$(error there is no i on PATH; fix: source setenv.sh, at the root of the repo)
endif

"""


def makefile_text() -> str:
    """The file, the same for every dir."""
    rules = (f"\n{target}:\n\t@i {task}\n" for target, task in _TARGETS.items())
    body = f"{_START}.PHONY: {' '.join(_TARGETS)}\n{''.join(rules)}"
    return f"{_MARK}{digest_of(body, 16)}\n{body}"


def plan_makefile(folder: Path, below: str, *, asked: bool | None) -> list[FileChange]:
    """What becomes of a dir's `Makefile`; nothing where it is as it should be.

    Args:
        folder: the dir's, absolute.
        below: the dir relative to the repo's root.
        asked: whether there is to be one; None: one that is ours is renewed.

    Raises:
        HelpersError: there is one that is somebody's own, or that somebody edited.
    """
    path = path_below(below, NAME)
    here, text = read_text(folder / NAME), makefile_text()
    ours = here is not None and _is_as_written(here)
    if asked is None or (asked is False and here is None):
        asked = ours
        if not ours:
            return []
    if here is not None and not ours:
        edited = here.startswith(_MARK)
        away = shlex.join(["git", "mv", path, path_below(below, "own.mk")])
        again = f"i runnable_dir_update {dir_option(below)} --data makefile=yes"
        raise HelpersError(
            f"{path} was edited since it was written" if edited else f"{path} is your own",
            where=path,
            fix=f"{away} && {again}   (make -f own.mk goes on working)"
            if asked
            else shlex.join(["git", "rm", path]),
        )
    change = FileChange(path, here, text if asked else None)
    return [] if change.changes_nothing else [change]


def _is_as_written(text: str) -> bool:
    first, _, body = text.partition("\n")
    return first == f"{_MARK}{digest_of(body, 16)}"
