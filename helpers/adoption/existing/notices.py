"""What is said of an existing directory's packages: what its image will lack, and what fixes it."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from helpers.adoption.existing.description import ExistingProject
from helpers.adoption.existing.draft import Draft
from helpers.lockers import pip
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.beside import says_nothing_plainly
from helpers.lockers.fixes import DEV_GROUP, add_packages
from helpers.lockers.locked import Toml, read_toml
from helpers.lockers.named import (
    Kind,
    group_names,
    project_names,
    requirement_names,
    requirement_texts,
    workspace_members,
)
from helpers.lockers.optional import fix_absent
from helpers.lockers.versions import parse_versions
from helpers.model.errors import HelpersError
from helpers.model.events import Warned
from helpers.model.packages.installed import python_name
from helpers.model.runnable_dir import dir_option


def unseen_members(draft: Draft, project: ExistingProject) -> tuple[Warned, ...]:
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
    return (
        Warned(text, draft.below, fix=f"i dependency_add {added} --group {DEV_GROUP}{_at(draft)}"),
    )


def lock_lacks(draft: Draft, project: ExistingProject, missing: Sequence[str]) -> Warned:
    """A lock file is the user's: Poetry or uv add to it."""
    absent = {name: project.absent.packages.get(name) for name in missing}
    part = next(iter(absent.values()))
    if part and all(one == part for one in absent.values()):
        return Warned(
            f"{part} alone asks for {' and '.join(missing)}, and the image is made without it,"
            " so no test can run",
            draft.below,
            fix=fix_absent(project.folder, draft.below, project.config, missing[0], part),
        )
    return Warned(
        f"{project.lock_file} holds no {' and no '.join(missing)}, so no test can run",
        draft.below,
        fix=add_packages(project.folder, draft.below, project.kind, missing),
    )


def hashes_lack(draft: Draft, missing: Sequence[str]) -> Warned:
    """Beside hashes only what has some counts."""
    wanted = "".join(f"{name}\\n" for name in missing)
    return Warned(
        f"{pip.LOCK_FILE} has hashes and holds no {' and no '.join(missing)}, so no test can run",
        draft.below,
        fix=f"in {draft.below}: printf '{wanted}' | uv pip compile --universal --generate-hashes"
        f" --constraint {pip.LOCK_FILE} --output-file {pip.DEV_FILES[0]} -",
    )


def of_setup_script(draft: Draft, project: ExistingProject) -> tuple[Warned, ...]:
    """What only executing a script would say cannot be locked."""
    script = says_nothing_plainly(draft.folder)
    if project.kind is not Kind.PLAIN or not script:
        return ()
    return (
        Warned(
            f"there is no [project] in {PROJECT}, and what {script} asks for is not looked at",
            draft.below,
            fix=f"list it in {pip.SOURCE_FILE}, then  i dependency_lock{_at(draft)}",
        ),
    )


def not_asked_for(draft: Draft, project: ExistingProject) -> Iterator[Warned]:
    """`requirements.txt` alone decides, also beside a `pyproject.toml`."""
    lacking = sorted(project_names(_project(project.folder)) - project.wanted)
    if lacking:
        yield Warned(
            f"{PROJECT} asks for {', '.join(lacking)}, which {pip.LOCK_FILE} does not name;"
            f" the image has what {pip.LOCK_FILE} says",
            draft.below,
            fix=f"add {' and '.join(lacking)} to {pip.LOCK_FILE}",
        )


def not_pinned(draft: Draft) -> Iterator[Warned]:
    """What is used as it is need not be the same tomorrow."""
    path = draft.folder / pip.LOCK_FILE
    pinned: set[str] = set()
    for text in requirement_texts(path).values():
        pinned |= parse_versions(pip.LOCK_FILE, text).keys()
    loose = sorted(requirement_names(path) - pinned)
    if loose:
        yield Warned(
            f"{pip.LOCK_FILE} pins no version of {', '.join(loose)}: each build takes the newest",
            draft.below,
            fix=_compile_instead(draft),
        )


def not_seen(draft: Draft) -> Iterator[Warned]:
    """A build sees only files beside `requirements.txt`; what compiles sees the whole repo."""
    try:
        pip.read(draft.folder)
    except HelpersError as error:
        yield Warned(f"{error.what}, at {error.where}", draft.below, fix=_compile_instead(draft))


def _compile_instead(draft: Draft) -> str:
    folder = shlex.quote(str(draft.folder))
    move = f"(cd {folder} && mv {pip.LOCK_FILE} {pip.SOURCE_FILE})"
    return f"{move} && i dependency_lock{_at(draft)}"


def _at(draft: Draft) -> str:
    return f" {dir_option(draft.below)}"


def _project(folder: Path) -> Toml:
    return read_toml(folder / PROJECT) if (folder / PROJECT).is_file() else {}


def _member_name(folder: Path) -> str:
    return python_name(str(_project(folder).get("project", {}).get("name", "")))
