"""The root of a repo that adopts the toolchain, where it is a project itself."""

from datetime import date
from pathlib import Path

from helpers.adoption.existing_project import ExistingPlan, ExistingRequest, plan_existing
from helpers.adoption.project_description import Kind, describe_project


def plan_root(root: Path, submodule: str, image_name: str, today: date) -> ExistingPlan | None:
    """What makes a project at the root a runnable dir; none where there is no project.

    It gets tests where it has none, so that it says something from the first run on.

    Args:
        submodule: where the toolchain is, relative to the root; none of the project's.

    Raises:
        HelpersError: a file is malformed, or stands in the way of what is to be written.
    """
    project = describe_project(root)
    if project.kind is Kind.PLAIN and not project.has_python:
        return None
    return plan_existing(
        ExistingRequest(
            folder=root,
            below=".",
            image_name=image_name,
            requirements="",
            today=today,
            add_tests=True,
            left_out=(submodule,),
        )
    )
