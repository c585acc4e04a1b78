"""What stands beside the files that an image is made from, and is not in it: told, with a fix."""

from collections.abc import Iterator

from helpers.adoption.existing.description import ExistingProject
from helpers.adoption.existing.draft import Draft
from helpers.lockers.absent_imports import absent_imports, own_modules
from helpers.lockers.beside import unread_files
from helpers.lockers.named import read_project, requirement_names
from helpers.model.events import Warned
from helpers.system.services_beside import services_beside


def neighbours(draft: Draft, project: ExistingProject, requirements: str) -> Iterator[Warned]:
    """Files that ask for packages and services which tests will not have.

    Args:
        requirements: the requirements file that the packages come from; empty: whatever is there.

    Raises:
        HelpersError: a file cannot be read.
    """
    held = set(project.wanted)
    if requirements:
        held |= requirement_names(project.folder / requirements)
    content = read_project(project.folder)
    for unread in unread_files(project.folder, project.kind, content, held):
        fix = unread.fix(project.folder, draft.below, project.kind)
        yield Warned(str(unread), draft.below, fix=fix)
    python = {name: project.folder / name for name in project.files if name.endswith(".py")}
    own = own_modules(python, project.import_folders)
    for found in absent_imports(python, project.absent, own):
        yield Warned(
            str(found), draft.below, fix=found.fix(project.folder, draft.below, project.config)
        )
    services = services_beside(project.folder)
    if services:
        yield Warned(str(services), draft.below, fix=services.fix(draft.below))
