"""The root of a repo that adopts the toolchain, where it is a project itself."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from helpers.adoption.existing.description import describe_project
from helpers.adoption.existing.plan import ExistingPlan, ExistingRequest, plan_existing
from helpers.model.runnable_dir import CHANGELOG, DEVOPS


def plan_root(root: Path, submodule: str, image_name: str, today: date) -> ExistingPlan | None:
    """What makes the root a runnable dir; none where it is one, or is a project without code.

    Its changelog, which makes it one, comes last: a run that was cut off is taken up again. It gets
    tests where it has none, so that it says something from the first run on.

    Args:
        submodule: where the toolchain is, relative to the root; none of the project's.

    Raises:
        HelpersError: a file is malformed, or stands in the way of what is to be written.
    """
    runnable = (root / CHANGELOG).is_file() and (root / DEVOPS).is_dir()
    if runnable:
        return None
    plan = plan_existing(
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
    if plan.to_lock and not describe_project(root).has_python:
        return None  # there is nothing yet that would be worth the wait
    return replace(plan, changes=tuple(sorted(plan.changes, key=lambda one: one.path == CHANGELOG)))
