"""How the packages that tests need get into the image of an existing directory."""

import json
import shlex
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from helpers.adoption.existing.conda_packages import is_environment, plan_environment
from helpers.adoption.existing.creating_option import creating_option
from helpers.adoption.existing.description import ExistingProject
from helpers.adoption.existing.draft import Draft
from helpers.adoption.existing.first_tests import PYTEST
from helpers.adoption.existing.notices import (
    hashes_lack,
    lock_lacks,
    not_asked_for,
    not_pinned,
    not_seen,
    of_setup_script,
    unseen_members,
)
from helpers.lockers import pip
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.fixes import DEV_GROUP
from helpers.lockers.named import Kind, requirement_names
from helpers.lockers.toml_values import table
from helpers.managed_files.blocks import add_table
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_toml
from helpers.model.documents.toml_layout import keep_line_ends
from helpers.model.errors import HelpersError
from helpers.model.events import Warned

_COMPILED = f"# Compiled into {pip.LOCK_FILE} by  i dependency_lock"
_PYTEST_LOCKED = Path(__file__).with_name("pytest_requirements.txt")


@dataclass(frozen=True, slots=True)
class PackagesPlan:
    """What is left to the user, and whether something is still to be locked."""

    notices: tuple[Warned, ...] = ()
    to_lock: bool = False


def plan_packages(
    draft: Draft, project: ExistingProject, needed: Sequence[str], requirements: str
) -> PackagesPlan:
    """Decide what of the directory's files changes so that its image holds what tests need.

    Args:
        needed: normalised names of packages.
        requirements: the requirements file to start from, relative to the directory, or
            `pyproject.toml`, or what is asked of conda channels; empty: whatever is there.

    Raises:
        HelpersError: a file is malformed, or `requirements` cannot be what the image is made from.
    """
    if is_environment(draft, requirements):
        return PackagesPlan(*plan_environment(draft, project, requirements, needed))
    missing = _missing(needed, project.wanted)
    if requirements == PROJECT:
        _check_project_counts(project)
        requirements = ""
    if requirements and requirements not in (pip.LOCK_FILE, pip.SOURCE_FILE):
        return _from_file(draft, project, requirements, needed)
    if requirements and not (project.folder / requirements).is_file():
        # A directory that asks for nothing gets the file, which then asks for pytest.
        if requirements != pip.SOURCE_FILE or project.kind is not Kind.PLAIN:
            raise _no_such_file(project.folder, requirements)
        requirements = ""
    if requirements and project.kind is not Kind.REQUIREMENTS:
        raise _other_lock(project, requirements)
    if project.kind.has_locker:
        return _with_lock_file(draft, project, missing)
    if project.kind is Kind.REQUIREMENTS:
        return _with_requirements(draft, project, needed)
    draft.write(pip.SOURCE_FILE, _source(project.kind, missing))
    if draft.read(pip.SOURCE_FILE) == _source(Kind.PLAIN, [PYTEST]):
        return _with_pytest_alone(draft, project)
    return PackagesPlan(of_setup_script(draft, project), to_lock=True)


def _with_pytest_alone(draft: Draft, project: ExistingProject) -> PackagesPlan:
    """Every such directory has the same, so no engine and no network is needed to lock it."""
    draft.add(pip.LOCK_FILE, _PYTEST_LOCKED.read_text(encoding="utf-8"))
    return PackagesPlan(of_setup_script(draft, project))


def _missing(needed: Sequence[str], there: Collection[str]) -> list[str]:
    return [name for name in needed if name not in there]


def _source(kind: Kind, missing: Sequence[str]) -> str:
    """A `requirements.in` for what no other file names."""
    with_project = f", together with what {PROJECT} asks for" if kind is Kind.PROJECT else ""
    heading = f"{_COMPILED}{with_project}.\n"
    return heading + _for_tests(missing)


def _for_tests(names: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in ("# For its tests:", *names)) if names else ""


def _from_file(
    draft: Draft, project: ExistingProject, requirements: str, needed: Sequence[str]
) -> PackagesPlan:
    """A file of any name and place is included by a `requirements.in` that is compiled."""
    file = project.folder / requirements
    if not file.is_file():
        raise _no_such_file(project.folder, requirements)
    if project.kind.has_locker:
        raise _other_lock(project, requirements)
    include = f"-r {requirements}"
    source = draft.read(pip.SOURCE_FILE)
    included = source is not None and include in source.splitlines()
    if included or _counts_already(project, source, requirements):
        return _with_requirements(draft, project, needed)
    if project.kind is Kind.REQUIREMENTS:
        there = pip.LOCK_FILE if source is None else pip.SOURCE_FILE
        raise HelpersError(
            f"the image is made from {there}, which is there, and not from {requirements}",
            where=str(project.folder / there),
            fix=f"leave {requirements} out of the command, or include it in {there}",
        )
    named = requirement_names(file) | project.wanted
    missing = _missing(needed, named)
    draft.write(pip.SOURCE_FILE, f"{_COMPILED}.\n{include}\n{_for_tests(missing)}")
    return PackagesPlan(to_lock=True)


def _counts_already(project: ExistingProject, source: str | None, requirements: str) -> bool:
    """Whether a file for developing stands beside the `requirements.txt` that it adds to."""
    beside = source is None and bool(project.lock_file) and project.kind is Kind.REQUIREMENTS
    return beside and requirements in pip.dev_files(project.folder)


def _with_requirements(
    draft: Draft, project: ExistingProject, needed: Sequence[str]
) -> PackagesPlan:
    missing = _missing(needed, project.wanted)
    source = draft.read(pip.SOURCE_FILE)
    if source == _source(Kind.PLAIN, [PYTEST]) and not missing:
        return _with_pytest_alone(draft, project)
    if source is not None:
        if missing:
            gap = "" if source.endswith("\n") or not source else "\n"
            draft.write(pip.SOURCE_FILE, f"{source}{gap}{_for_tests(missing)}")
        locked = requirement_names(draft.folder / pip.LOCK_FILE)
        return PackagesPlan(to_lock=bool(_missing(needed, locked)))
    text = draft.read(pip.LOCK_FILE) or ""
    notices = [*not_seen(draft), *not_asked_for(draft, project), *not_pinned(draft)]
    if missing and pip.has_hashes(text):
        return PackagesPlan((*notices, hashes_lack(draft, missing)))
    if missing:
        name = _free_name(draft)
        draft.write(name, _for_tests(missing))
    return PackagesPlan(tuple(notices))


def _free_name(draft: Draft) -> str:
    """The name of a file for developing that is not there."""
    found = next((name for name in pip.DEV_FILES if draft.read(name) is None), "")
    if not found:
        raise HelpersError(
            "no file for developing holds pytest",
            where=str(draft.folder),
            fix=f"echo pytest >> {shlex.quote(str(draft.folder / pip.DEV_FILES[0]))}",
        )
    return found


def _with_lock_file(draft: Draft, project: ExistingProject, missing: Sequence[str]) -> PackagesPlan:
    notices = unseen_members(draft, project)
    if not missing:
        return PackagesPlan(notices, to_lock=not project.lock_file)
    if project.lock_file:
        return PackagesPlan((*notices, lock_lacks(draft, project, missing)))
    _add_group(draft, project.kind, missing)
    return PackagesPlan(notices, to_lock=True)


def _add_group(draft: Draft, kind: Kind, missing: Sequence[str]) -> None:
    """Have `pyproject.toml` ask for packages, in the words that it uses; comments are kept."""
    text = draft.read(PROJECT) or ""
    content = load_toml(text)
    if kind is Kind.POETRY and "project" not in content:
        keys: tuple[str, ...] = ("tool", "poetry", "group", DEV_GROUP, "dependencies")
        lines = [f'{name} = "*"' for name in missing]
    else:
        keys = ("dependency-groups",)
        lines = [f"{DEV_GROUP} = {json.dumps(missing)}"]
    if keys[-1] in table(content, *keys[:-1]):
        draft.write(PROJECT, _with_packages(text, keys, missing))
    else:
        draft.write(PROJECT, add_table(text, [f"[{'.'.join(keys)}]", *lines]))


def _with_packages(text: str, keys: Sequence[str], missing: Sequence[str]) -> str:
    """A document with more packages in a table that is there: of Poetry, or of groups."""
    # Imported here: start-up of the tasks does not need it.
    import tomlkit

    document = tomlkit.parse(text)
    found: Any = document
    for key in keys:
        found = found[key]
    for name in missing:
        if len(keys) > 1:
            found[name] = "*"
        else:
            found.setdefault(DEV_GROUP, tomlkit.array()).append(name)
    return keep_line_ends(text, tomlkit.dumps(document))


def _check_project_counts(project: ExistingProject) -> None:
    """Whether the image is made from what `pyproject.toml` asks for, or will be."""
    if not (project.folder / PROJECT).is_file():
        raise _no_such_file(project.folder, PROJECT)
    compiled = (project.folder / pip.SOURCE_FILE).is_file()
    if project.kind is Kind.REQUIREMENTS and not compiled:
        raise _other_lock(project, PROJECT)
    if project.kind is Kind.PLAIN:
        raise HelpersError(
            f"{PROJECT} has no [project] and no [tool.poetry]: it does not say what the code needs",
            where=str(project.folder / PROJECT),
            fix=creating_option(project.folder),
        )


def _no_such_file(folder: Path, requirements: str) -> HelpersError:
    return HelpersError(
        f"there is no {requirements}",
        where=str(folder),
        fix=f"name a file that is there, relative to the directory, or {creating_option(folder)}",
    )


def _other_lock(project: ExistingProject, requirements: str) -> HelpersError:
    what = project.lock_file or PROJECT
    return HelpersError(
        f"the image is made from {what}, and not from {requirements}",
        where=str(project.folder / what),
        fix=f"leave {requirements} out of the command",
    )
