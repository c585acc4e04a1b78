"""How the packages of an existing directory come from `environment.yml` or `pixi.toml`."""

from collections.abc import Sequence
from pathlib import PurePosixPath

from helpers.adoption.existing.description import ExistingProject
from helpers.adoption.existing.draft import Draft
from helpers.lockers import conda
from helpers.lockers.conda_edit import edit_asked
from helpers.lockers.conda_files import (
    DEV,
    DEV_ENVIRONMENT,
    ENVIRONMENT,
    PIXI,
    SOURCES,
    asked_names,
    read_asked,
)
from helpers.lockers.named import Kind
from helpers.model.errors import HelpersError
from helpers.model.shell_words import quoted

_KINDS = (Kind.CONDA, Kind.PLAIN, Kind.PROJECT)


def is_environment(file: str) -> bool:
    """Whether a file says what is asked of conda channels, as far as its name tells."""
    path = PurePosixPath(file)
    return path.suffix in (".yml", ".yaml") or path.name == PIXI


def plan_environment(
    draft: Draft, project: ExistingProject, file: str, needed: Sequence[str]
) -> bool:
    """Decide what is written so that the image holds what tests need; whether that is to be locked.

    Args:
        file: relative to the directory; one of another name becomes its `environment.yml`.
        needed: normalised names of packages.

    Raises:
        HelpersError: there is no such file, it is malformed, or something else locks the dir.
    """
    text = draft.read(file)
    if text is None:
        raise HelpersError(
            f"there is no {file}",
            where=str(draft.folder),
            fix=f"name the file that says what the code needs: --from-environment {ENVIRONMENT}",
        )
    if project.kind not in _KINDS:
        raise HelpersError(
            f"{project.kind} decides about the packages of {draft.below}, and not {file}",
            where=str(draft.folder / (project.lock_file or ".")),
            fix="git rm its files first, or leave --from-environment out",
        )
    if file not in SOURCES:
        _check_free(draft, file)
        draft.write(ENVIRONMENT, text)
    edited = {} if file in SOURCES else {ENVIRONMENT: text}
    there = asked_names(read_asked(draft.folder, edited))
    missing = [name for name in needed if name not in there]
    if missing and file in SOURCES:
        edit = edit_asked(draft.folder, missing, DEV, pip=False, adds=True)
        draft.write(edit.name, edit.after)
    elif missing:
        lines = "".join(f"- {name}\n" for name in missing)
        draft.add(DEV_ENVIRONMENT, f"dependencies:\n{lines}")
    return bool(missing) or draft.read(conda.LOCK_FILE) is None


def _check_free(draft: Draft, file: str) -> None:
    for name in SOURCES:
        if draft.read(name) is not None:
            raise HelpersError(
                f"the dir has {name} already, which counts, and not {file}",
                where=str(draft.folder / name),
                fix=f"--from-environment {quoted(name)}",
            )
