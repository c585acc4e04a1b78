"""How the packages that tests need get into the image of an existing directory."""

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.adoption.draft import Draft
from helpers.adoption.project_description import (
    ExistingProject,
    Kind,
    group_names,
    project_names,
    requirement_names,
    workspace_members,
)
from helpers.lockers import pip
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.locked import Toml, read_toml
from helpers.lockers.versions import parse_versions
from helpers.model.errors import HelpersError
from helpers.model.events import Warned
from helpers.model.packages import python_name

_COMPILED = f"# Compiled into {pip.LOCK_FILE} by  i poetry_lock"
_GROUP = "dev"


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
        needed: names of packages.
        requirements: the requirements file to start from, relative to the directory; empty:
            whatever is there.

    Raises:
        HelpersError: a file is malformed, or `requirements` cannot be what the image is made from.
    """
    missing = [name for name in needed if python_name(name) not in project.wanted]
    if requirements and requirements not in (pip.LOCK_FILE, pip.SOURCE_FILE):
        return _from_file(draft, project, requirements, needed)
    if requirements and not (project.folder / requirements).is_file():
        raise _no_such_file(project.folder, requirements)
    if requirements and project.kind is not Kind.REQUIREMENTS:
        raise _other_lock(project, requirements)
    if project.kind in (Kind.POETRY, Kind.UV):
        return _with_lock_file(draft, project, missing)
    if project.kind is Kind.REQUIREMENTS:
        return _with_requirements(draft, project, missing)
    if not missing and project.kind is Kind.PLAIN:
        return PackagesPlan()
    draft.add(pip.SOURCE_FILE, _source(project.kind, missing))
    return PackagesPlan(_of_setup_script(draft, project), to_lock=True)


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
    if project.kind in (Kind.POETRY, Kind.UV):
        raise _other_lock(project, requirements)
    include = f"-r {requirements}"
    source = draft.read(pip.SOURCE_FILE)
    included = source is not None and include in source.splitlines()
    if included or _counts_already(project, source, requirements):
        missing = [name for name in needed if python_name(name) not in project.wanted]
        return _with_requirements(draft, project, missing)
    if project.kind is Kind.REQUIREMENTS:
        there = pip.LOCK_FILE if source is None else pip.SOURCE_FILE
        raise HelpersError(
            f"the image is made from {there}, which is there, and not from {requirements}",
            where=str(project.folder / there),
            mend=f"leave {requirements} out of the command, or include it in {there}",
        )
    named = requirement_names(file) | project.wanted
    missing = [name for name in needed if python_name(name) not in named]
    draft.write(pip.SOURCE_FILE, f"{_COMPILED}.\n{include}\n{_for_tests(missing)}")
    return PackagesPlan(to_lock=True)


def _counts_already(project: ExistingProject, source: str | None, requirements: str) -> bool:
    """Whether a file for developing stands beside the `requirements.txt` that it adds to."""
    beside = source is None and bool(project.lock_file) and project.kind is Kind.REQUIREMENTS
    return beside and requirements in pip.dev_files(project.folder)


def _with_requirements(
    draft: Draft, project: ExistingProject, missing: Sequence[str]
) -> PackagesPlan:
    source = draft.read(pip.SOURCE_FILE)
    if source is not None:
        if missing:
            gap = "" if source.endswith("\n") or not source else "\n"
            draft.write(pip.SOURCE_FILE, f"{source}{gap}{_for_tests(missing)}")
        return PackagesPlan(to_lock=bool(missing) or not project.lock_file)
    text = draft.read(pip.LOCK_FILE) or ""
    notices = [*_not_asked_for(draft, project), *_not_pinned(draft, text)]
    if missing and pip.has_hashes(text):
        return PackagesPlan((*notices, _hashes_lack(draft, missing)))
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
            mend=f"echo pytest >> {shlex.quote(str(draft.folder / pip.DEV_FILES[0]))}",
        )
    return found


def _with_lock_file(draft: Draft, project: ExistingProject, missing: Sequence[str]) -> PackagesPlan:
    notices = _unseen_members(draft, project)
    if not missing:
        return PackagesPlan(notices, to_lock=not project.lock_file)
    if project.lock_file:
        return PackagesPlan((*notices, _lock_lacks(draft, project, missing)))
    _add_group(draft, project.kind, missing)
    return PackagesPlan(notices, to_lock=True)


def _add_group(draft: Draft, kind: Kind, missing: Sequence[str]) -> None:
    """Have `pyproject.toml` ask for packages, in the words that it uses; comments are kept."""
    # Imported here: start-up of the tasks does not need it.
    import tomlkit

    document = tomlkit.parse(draft.read(PROJECT) or "")
    if kind is Kind.POETRY and "project" not in document:
        table = _nested(document, ("tool", "poetry", "group", _GROUP, "dependencies"))
        table.update(dict.fromkeys(missing, "*"))
    else:
        groups = _nested(document, ("dependency-groups",))
        groups.setdefault(_GROUP, tomlkit.array())
        for name in missing:
            groups[_GROUP].append(name)
    draft.write(PROJECT, tomlkit.dumps(document))


def _nested(document: Any, keys: Sequence[str]) -> Any:
    """A table of a document, made where it is missing; only the innermost gets a heading."""
    import tomlkit

    for number, key in enumerate(keys, start=1):
        if key not in document:
            document[key] = tomlkit.table(is_super_table=number < len(keys))
        document = document[key]
    return document


def _unseen_members(draft: Draft, project: ExistingProject) -> tuple[Warned, ...]:
    """Members that the root of a workspace does not ask for, so no image has their packages."""
    if project.kind is not Kind.UV:
        return ()
    content = _project(project.folder)
    if "project" not in content:
        return ()  # without a project of its own, it is all of its members
    names = {
        path: _member_name(project.folder / path)
        for path in workspace_members(project.folder, content)
    }
    seen = project_names(content) | group_names(content)
    waiting = [path for path, name in names.items() if name in seen]
    for path in waiting:  # grows while it is walked
        needs = project_names(_project(project.folder / path))
        waiting += [
            other for other, name in names.items() if name in needs and other not in waiting
        ]
    unseen = [path for path in names if path not in waiting]
    if not unseen:
        return ()
    text = (
        f"the workspace's root does not depend on {', '.join(unseen)}: no image has their packages"
    )
    added = " ".join(f"--package {names[path]}" for path in unseen)
    return (Warned(text, draft.below, mend=f"i poetry_add {added} --group {_GROUP}{_at(draft)}"),)


def _lock_lacks(draft: Draft, project: ExistingProject, missing: Sequence[str]) -> Warned:
    extras = [name for name in missing if name in project.only_extras]
    why = f"; an extra asks for {extras[0]}, and images are made without extras" if extras else ""
    added = " ".join(f"--package {name}" for name in missing)
    return Warned(
        f"{project.lock_file} holds no {' and no '.join(missing)}, so no test can run{why}",
        draft.below,
        mend=f"i poetry_add {added} --group {_GROUP}{_at(draft)}",
    )


def _hashes_lack(draft: Draft, missing: Sequence[str]) -> Warned:
    return Warned(
        f"{pip.LOCK_FILE} has hashes and holds no {' and no '.join(missing)}, so no test can run",
        draft.below,
        mend=f"git mv {pip.LOCK_FILE} {pip.SOURCE_FILE}, strip the hashes, add"
        f" {' and '.join(missing)}, then  i poetry_lock{_at(draft)}",
    )


def _of_setup_script(draft: Draft, project: ExistingProject) -> tuple[Warned, ...]:
    script = next((n for n in ("setup.py", "setup.cfg") if (project.folder / n).is_file()), "")
    if project.kind is not Kind.PLAIN or not script:
        return ()
    return (
        Warned(
            f"what {script} asks for is known only when it runs, so the image does not have it",
            draft.below,
            mend=f"list it in {pip.SOURCE_FILE}, then  i poetry_lock{_at(draft)}",
        ),
    )


def _not_asked_for(draft: Draft, project: ExistingProject) -> Iterator[Warned]:
    """`requirements.txt` alone decides, also beside a `pyproject.toml`."""
    lacking = sorted(project_names(_project(project.folder)) - project.wanted)
    if lacking:
        yield Warned(
            f"{PROJECT} asks for {', '.join(lacking)}, which {pip.LOCK_FILE} does not name;"
            f" the image has what {pip.LOCK_FILE} says",
            draft.below,
            mend=f"add {' and '.join(lacking)} to {pip.LOCK_FILE}",
        )


def _not_pinned(draft: Draft, text: str) -> Iterator[Warned]:
    pinned = parse_versions(pip.LOCK_FILE, text)
    loose = sorted(requirement_names(draft.folder / pip.LOCK_FILE) - set(pinned))
    if loose:
        yield Warned(
            f"{pip.LOCK_FILE} pins no version of {', '.join(loose)}: each build takes the newest",
            draft.below,
            mend=f"git mv {pip.LOCK_FILE} {pip.SOURCE_FILE} && i poetry_lock{_at(draft)}",
        )


def _at(draft: Draft) -> str:
    return f" --dir {shlex.quote(draft.below)}"


def _project(folder: Path) -> Toml:
    return read_toml(folder / PROJECT) if (folder / PROJECT).is_file() else {}


def _member_name(folder: Path) -> str:
    return python_name(str(_project(folder).get("project", {}).get("name", "")))


def _no_such_file(folder: Path, requirements: str) -> HelpersError:
    return HelpersError(
        f"there is no {requirements}",
        where=str(folder),
        mend="name a file that is there, relative to the directory",
    )


def _other_lock(project: ExistingProject, requirements: str) -> HelpersError:
    what = project.lock_file or PROJECT
    return HelpersError(
        f"the image is made from {what}, and not from {requirements}",
        where=str(project.folder / what),
        mend=f"leave {requirements} out of the command",
    )
