"""An existing directory as a runnable dir: what is added beside its code, from its files alone.

The code stays where it is and as it is. Files that are there are kept; `pyproject.toml`, pytest's
settings and `requirements.in` get what is missing.
"""

import posixpath
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from helpers.adoption.existing.creating_option import creating_option
from helpers.adoption.existing.description import ExistingProject, describe_project
from helpers.adoption.existing.draft import Draft
from helpers.adoption.existing.first_tests import first_tests, needed_packages
from helpers.adoption.existing.neighbours import neighbours
from helpers.adoption.existing.packages import plan_packages
from helpers.adoption.existing.pytest_settings import plan_pytest
from helpers.adoption.makefile import plan_makefile
from helpers.lockers.commands import check_resolver
from helpers.model.changelog.parse import parse_changelog
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Warned
from helpers.model.file_change import FileChange
from helpers.model.runnable_dir import (
    CHANGELOG,
    DEVOPS,
    OS_PACKAGES,
    dir_config_name,
    dir_option,
    path_below,
)
from helpers.model.settings.config import DirConfig, parse_dir_config
from helpers.model.shell_words import quoted
from helpers.system.files import read_text

# Projects below such folders are what tests and readers look at.
_MATERIAL = frozenset({"docs", "examples", "fixtures", "templates", "test", "tests"})
_OS_PACKAGES_TEXT = "# Debian packages for the image, one per line.\n"


@dataclass(frozen=True, slots=True)
class ExistingRequest:
    """A directory that shall become a runnable dir.

    Attributes:
        folder: absolute.
        below: the directory relative to the repo's root; `.` for that itself.
        requirements: the requirements file that its packages come from, relative to the directory,
            or `pyproject.toml`; empty: whatever is there.
        add_tests: where it has no tests, it gets some.
        left_out: folders in it that new settings of pytest leave out, such as a submodule.
        makefile: whether it gets a `Makefile`; None: nobody says.
    """

    folder: Path
    below: str
    image_name: str
    requirements: str
    today: date
    add_tests: bool
    left_out: tuple[str, ...] = ()
    makefile: bool | None = None


@dataclass(frozen=True, slots=True)
class ExistingPlan:
    """What is added.

    Attributes:
        changes: paths are relative to the repo's root.
        notices: what is left to the user.
        to_lock: whether what it depends on is still to be locked, once the changes are made.
    """

    changes: tuple[FileChange, ...]
    notices: tuple[Warned, ...]
    to_lock: bool


def plan_existing(request: ExistingRequest) -> ExistingPlan:
    """Decide what is added, from files alone; nothing is changed.

    Raises:
        HelpersError: a file is malformed, or stands in the way of what is to be written.
    """
    project = describe_project(request.folder, _settings(request))
    _check_place(request, project)
    draft = Draft(request.folder, request.below)
    _write_own_files(draft, request)
    needed = needed_packages(project, add_tests=request.add_tests)
    packages = plan_packages(draft, project, needed, request.requirements)
    new = first_tests(project) if request.add_tests else {}
    for name, text in new.items():
        draft.add(name, text)
    settings = plan_pytest(draft, project, {*project.tests, *new}, request.left_out)
    notices = (
        *_of_own_dockerfile(draft),
        *packages.notices,
        *neighbours(draft, project, request.requirements),
        *settings,
        *_of_code(draft, project),
    )
    if project.has_python and not project.tests and not new:
        notices = (*notices, _no_tests(draft))
    makefile = plan_makefile(request.folder, request.below, asked=request.makefile)
    return ExistingPlan((*draft.changes(), *makefile), notices, packages.to_lock)


def _settings(request: ExistingRequest) -> DirConfig:
    """Its settings, where it is a runnable dir already, or was begun."""
    if not (request.folder / DEVOPS).is_dir():
        return DirConfig()
    text = read_text(request.folder / dir_config_name())
    path = posixpath.normpath(posixpath.join(request.below, dir_config_name()))
    return DirConfig() if text is None else parse_dir_config(text, path)


def _check_place(request: ExistingRequest, project: ExistingProject) -> None:
    devops = request.folder / DEVOPS
    if devops.is_file():
        raise HelpersError(
            f"{DEVOPS} is a file; it must be a folder that describes the image",
            where=str(devops),
            fix=f"mv {DEVOPS} {DEVOPS}.txt, or any other name",
        )
    if project.kind.has_locker:
        check_resolver(request.folder)


def _write_own_files(draft: Draft, request: ExistingRequest) -> None:
    path = path_below(draft.below, CHANGELOG)
    text = draft.read(CHANGELOG)
    if text is None:
        text = f"# {request.image_name}-1.0.0\n- {request.today.isoformat()}\n- First version\n"
        draft.write(CHANGELOG, text)
        parse_changelog(text, path)
    else:
        _check_changelog(text, path)
    draft.add(OS_PACKAGES, _OS_PACKAGES_TEXT)


def _check_changelog(text: str, path: str) -> None:
    """What is called so may be another's: a project's own history, say."""
    try:
        parse_changelog(text, path)
    except HelpersError as error:
        raise HelpersError(
            f"{CHANGELOG} is there and holds no versions of an image: {error.what}",
            where=error.where,
            fix=f"mv {quoted(path)} {quoted(path.removesuffix(CHANGELOG) + 'HISTORY.txt')}"
            ", then the same command again",
        ) from error


def _of_own_dockerfile(draft: Draft) -> tuple[Warned, ...]:
    name = f"{DEVOPS}/Dockerfile"
    if draft.read(name) is None or (draft.folder / "dev_scripts" / "thin_env.py").is_file():
        return ()
    return (
        Warned(
            f"{name} is there, so the image is built from it; {OS_PACKAGES} and lock files are not"
            " looked at",
            draft.below,
            fix=f"mv {name} {DEVOPS}/own.Dockerfile, unless that is what you want",
        ),
    )


def _of_code(draft: Draft, project: ExistingProject) -> Iterator[Warned]:
    if project.installed:
        yield Warned(
            f"{project.installed} asks for the version of the project as installed, and no"
            " [build-system] says what installs it",
            draft.below,
            fix="add that table to pyproject.toml",
        )
    start = path_below(draft.below, "")
    for name in project.inner:
        if not _MATERIAL.isdisjoint(name.split("/")):
            continue
        yield Warned(
            f"{start}{name} is a project of its own, whose tests need another image",
            draft.below,
            fix=f"i runnable_dir_create {dir_option(start + name)}"
            f" {creating_option(project.folder / name)}",
        )


def _no_tests(draft: Draft) -> Warned:
    return Warned(
        "it has no tests, so it cannot pass",
        draft.below,
        fix="write one, such as tests/test_import.py",
    )
