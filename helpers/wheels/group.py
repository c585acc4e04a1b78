"""Build the wheels of several plans in one container, and try each before anybody gets it."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from helpers.engine.client import Client
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.wheel import BuiltWheel, Mode
from helpers.wheels.archive import read_wheel, write_wheel
from helpers.wheels.builder import Builder, Place, open_builder
from helpers.wheels.check import missing_bricks, modules_of, read_back
from helpers.wheels.merge import merge, pin
from helpers.wheels.package import Package
from helpers.wheels.packed_tests import with_tests
from helpers.wheels.part import Made, Part, Stamp
from helpers.wheels.pins import read_pins
from helpers.wheels.plan import WheelPlan
from helpers.wheels.requirements import with_needs
from helpers.wheels.stage import commit_time, stage


@dataclass(frozen=True, slots=True)
class New:
    """A wheel that is complete and stands aside."""

    plan: WheelPlan
    made: Made
    path: Path


def build_group(
    place: Place,
    client: Client,
    plans: Sequence[WheelPlan],
    known: Mapping[str, BuiltWheel],
    platforms: Sequence[str],
) -> list[New]:
    """Build wheels in one container; those with compiled code once for each platform.

    Args:
        known: the wheels that are there already, by name.

    Raises:
        HelpersError: a backend failed, or a result does not install.
    """
    first, *others = platforms
    found = _build_for(_on(place, first), client, plans, known)
    compiled = [one.plan for one in found if not one.path.name.endswith("-any.whl")]
    for platform in others if compiled else ():
        found += _build_for(_on(place, platform), client, compiled, known)
    return found


def _on(place: Place, platform: str) -> Place:
    folder = place.folder / platform.replace("/", "-")
    (folder / "tree").mkdir(parents=True)
    return Place(place.inputs, place.runnable_dir, place.host, platform, folder, place.listen)


def _build_for(
    place: Place, client: Client, plans: Sequence[WheelPlan], known: Mapping[str, BuiltWheel]
) -> list[New]:
    stage(place.inputs, plans, place.tree)
    vendors = plans[0].options.mode is Mode.VENDOR
    wanted: dict[str, Package] = {}
    for plan in plans if vendors else ():
        wanted |= {one.place: one for one in plan.packages}
    wanted |= {plan.place: plan.own for plan in plans}  # whose version was given, if one was
    seconds = {plan.place: commit_time(place.inputs, plan) for plan in plans}
    of_parts = {name: seconds.get(name, max(seconds.values())) for name in wanted}
    with open_builder(place, client) as builder:
        built = builder.build(list(wanted.values()), of_parts)
        parts = {
            one.place: Part(one.place, read_wheel(built[one.place])) for one in wanted.values()
        }
        parts = {
            name: with_needs(part, wanted[name], parts, place.inputs.repo.root)
            for name, part in parts.items()
        }
        new = _compose(place, plans, parts, seconds, known)
        if plans[0].options.trial:
            _try(builder, new, known)
    return new


def _compose(
    place: Place,
    plans: Sequence[WheelPlan],
    parts: Mapping[str, Part],
    seconds: Mapping[str, int],
    known: Mapping[str, BuiltWheel],
) -> list[New]:
    """Write the wheels aside, below the staged tree, and read each back."""
    versions = {one.wheel.name: one.wheel.version for one in parts.values()}
    versions |= {name: one.version for name, one in known.items() if name not in versions}
    new = []
    for number, plan in enumerate(plans):
        stamp = Stamp(plan.inputs, seconds[plan.place], plan.options.mode)
        root = place.inputs.repo.root / plan.locked_by
        pins = read_pins(root, plan.locked_by) if plan.options.locked else None
        own = with_tests(parts[plan.place], plan.own, plan.tests, place.tree)
        if plan.options.mode is Mode.VENDOR:
            others = [parts[one.place] for one in plan.packages[1:]]
            made = merge([own, *others], stamp, pins)
        else:
            made = pin(own, versions, stamp, pins)
        folder = place.tree / "tmp.helpers" / "made" / str(number)
        folder.mkdir(parents=True)
        path = folder / made.file_name
        write_wheel(path, made.files, made.info, stamp.seconds)
        wheel = read_back(path, versions.keys(), made.requires)
        _check_bricks(place, plan, missing_bricks(wheel, _bricks(plan)))
        new.append(New(plan, made, path))
    return new


def _bricks(plan: WheelPlan) -> tuple[str, ...]:
    vendors = plan.options.mode is Mode.VENDOR
    every = plan.packages if vendors else (plan.own,)
    return tuple(brick for one in every for brick in one.bricks)


def _check_bricks(place: Place, plan: WheelPlan, missing: Sequence[str]) -> None:
    if missing:
        raise HelpersError(
            f"the backend of {plan.place} packs nothing of {', '.join(missing)}",
            where=str(place.inputs.repo.root / plan.own.file),
            fix="add hatch-polylith-bricks to 'requires' of [build-system], and"
            " [tool.hatch.build.hooks.polylith-bricks]",
        )


def _try(builder: Builder, new: Sequence[New], known: Mapping[str, BuiltWheel]) -> None:
    """Install each wheel into an environment of its own, and import it without a network."""
    beside = {one.made.name: one.path for one in new}
    for one in new:
        wheels = [one.path]
        for name in _required(one.made, {item.made.name: item.made for item in new}, known):
            wheels.append(beside[name] if name in beside else _copy(one, known[name].path))
        builder.install(one.made.name, wheels)
    builder.cut_off()
    for one in new:
        builder.check_imports(one.made.name, modules_of(read_wheel(one.path).files))


def _required(
    made: Made, new: Mapping[str, Made], known: Mapping[str, BuiltWheel]
) -> Iterator[str]:
    """The packages of the repo that a wheel requires, by way of others too."""
    waiting = list(made.requires)
    for name in waiting:  # grows while it is walked
        yield name
        further = new[name].requires if name in new else known[name].requires
        waiting += [one for one in further if one not in waiting and one != made.name]


def _copy(one: New, path: Path) -> Path:
    """A wheel that was there already, where the container sees it."""
    copy = one.path.with_name(path.name)
    shutil.copy2(path, copy)
    return copy
