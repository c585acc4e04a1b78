"""What a wheel has besides code, where tests and data files were asked for."""

from collections.abc import Collection, Iterator

from helpers.model.repo import is_inside
from helpers.model.wheel import Contents, Mode
from helpers.wheels.data_files import held_and_lacking, module_folders, own_files, packed_folders
from helpers.wheels.package import Package
from helpers.wheels.packed_tests import module_of_tests
from helpers.wheels.plan import WheelPlan


def contents_of(plan: WheelPlan, names: Collection[str]) -> Contents:
    """The tests and data files of a wheel.

    Args:
        names: the files of the wheel.
    """
    packages = plan.packages if plan.options.mode is Mode.VENDOR else (plan.own,)
    held, lacking = [], []
    for package in packages:
        there, left = held_and_lacking(_files(plan, package), module_folders(package), names)
        held += there
        lacking += left
    return Contents(module_of_tests(_own_names(plan, names)), len(held), tuple(lacking))


def _files(plan: WheelPlan, package: Package) -> list[str]:
    return own_files(package, plan.files, [one.place for one in plan.packages])


def _own_names(plan: WheelPlan, names: Collection[str]) -> Iterator[str]:
    """The files of a wheel that stand below modules of the plan's own package."""
    own = packed_folders(frozenset(_files(plan, plan.own)), module_folders(plan.own), names)
    tops = {inside for _, inside in own}
    for name in names:
        if any(is_inside(name, one) for one in tops):
            yield name
