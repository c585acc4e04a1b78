"""How the packages of an existing directory come from `environment.yml` or `pixi.toml`."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from helpers.adoption.existing.description import ExistingProject
from helpers.adoption.existing.draft import Draft
from helpers.lockers import conda, conda_other_locks
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
from helpers.model.events import Warned
from helpers.model.packages.installed import python_name
from helpers.model.packages.locked import READ_LOCKS
from helpers.model.shell_words import quoted

_KINDS = (Kind.CONDA, Kind.PLAIN, Kind.PROJECT)


def is_environment(draft: Draft, file: str) -> bool:
    """Whether a file says what is asked of conda channels, or locks that."""
    path = PurePosixPath(file)
    if path.suffix in (".yml", ".yaml") or path.name == PIXI or path.name in READ_LOCKS:
        return True
    return bool(conda_other_locks.explicit_name((draft.read(file) if file else None) or ""))


def plan_environment(
    draft: Draft, project: ExistingProject, file: str, needed: Sequence[str]
) -> tuple[tuple[Warned, ...], bool]:
    """Decide what is written so that the image holds what tests need.

    Args:
        file: relative to the directory; one of another name becomes its `environment.yml`.
        needed: normalised names of packages.

    Returns:
        What is left to the user, and whether something is to be locked.

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
    if name := conda_other_locks.explicit_name(text):
        if file != name:
            _check_free(draft, name, (*READ_LOCKS, conda.LOCK_FILE))
            draft.write(name, text)
        return _of_other_lock(draft, {name: text}, needed), False
    other = {name: draft.read(name) or "" for name in READ_LOCKS if draft.read(name) is not None}
    if other:
        return _of_other_lock(draft, other, needed), False
    if file not in SOURCES:
        _check_free(draft, file, SOURCES)
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
    return (), bool(missing) or draft.read(conda.LOCK_FILE) is None


def _of_other_lock(
    draft: Draft, texts: Mapping[str, str], needed: Sequence[str]
) -> tuple[Warned, ...]:
    """What a lock that another tool writes lacks: nobody here can add it."""
    held = {
        python_name(name)
        for file, text in texts.items()
        for name, _ in conda_other_locks.parse_pairs(file, text)
    }
    missing = [name for name in needed if name not in held]
    if not missing:
        return ()
    return (
        Warned(
            f"{' and '.join(texts)} holds no {' and no '.join(missing)}, so no test can run",
            draft.below,
            fix="add it by the tool that wrote the lock",
        ),
    )


def _check_free(draft: Draft, file: str, names: Sequence[str]) -> None:
    for name in names:
        if draft.read(name) is not None:
            raise HelpersError(
                f"the dir has {name} already, which counts, and not {file}",
                where=str(draft.folder / name),
                fix=f"--from-environment {quoted(name)}",
            )
