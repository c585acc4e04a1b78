"""The job that builds wheels of dirs: plan, look for what is there, build aside, check, rename."""

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.images.dependencies.builder_image import plan_builder_image
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.wheel import BuiltWheel, Mode
from helpers.system.files import name_beside, write_atomic
from helpers.system.host import Host
from helpers.system.lease import Lease, is_held, working_folder
from helpers.system.repo_files import read_dir_config
from helpers.wheels.archive import read_seconds, read_wheel, write_wheel
from helpers.wheels.builder import Builder, Place, open_builder
from helpers.wheels.check import missing_bricks, modules_of, read_back
from helpers.wheels.existing import check_nothing_other, find_made
from helpers.wheels.merge import Made, Part, Stamp, merge, pin
from helpers.wheels.options import BuildOptions
from helpers.wheels.package import Package
from helpers.wheels.pins import read_pins
from helpers.wheels.plan import WheelPlan, plan_wheels
from helpers.wheels.requirements import with_needs
from helpers.wheels.sdist import sdist_name, sdist_of
from helpers.wheels.stage import commit_time, stage

_STARTS = "wheels-"


@dataclass(frozen=True, slots=True)
class _New:
    """A wheel that is complete and stands aside."""

    plan: WheelPlan
    made: Made
    path: Path


def build_packages(
    repo: Repo, names: Sequence[str], options: BuildOptions, host: Host, listen: Listener
) -> list[BuiltWheel]:
    """Build the wheels of dirs, as far as they are not there already, made from the same inputs.

    Args:
        names: runnable dirs, or packages that they depend on, relative to the outermost root.

    Returns:
        All wheels; in pin mode those of packages before those that require them.

    Raises:
        HelpersError: an input is refused, a backend failed, or the result does not install. In
            the folder for wheels is what was there before.
        OSError: the disk is full.
    """
    inputs = read_repo_inputs(repo.outermost)
    plans, found = look(inputs, names, options, host)
    missing = [plan for plan in plans if not found[plan.place]]
    client = Client(find_endpoint(host.environment)) if missing else None
    new: list[_New] = []
    with _folder(inputs.repo.root) as folder:
        for number, group in enumerate(_groups(inputs.repo, missing, host)):
            assert client
            place = Place(
                inputs, group[0].builder, host, host.platform, folder / str(number), listen
            )
            known = {one.name: one for wheels in found.values() for one in wheels}
            new += _build_group(place, client, group, known)
        for one in new:
            check_nothing_other(one.plan, one.made)
        there = [wheel.path for wheels in found.values() for wheel in wheels]
        sources = _sources([*there, *(one.path for one in new)], options)
        if new or sources:
            _make_out(options.out)
        for one in new:
            found[one.plan.place] = (*found[one.plan.place], _take_over(one))
        for name, content in sources.items():
            write_atomic(options.out / name, content)
    wheels = [wheel for plan in plans for wheel in found[plan.place]]
    return [_with_source(wheel, options) for wheel in wheels]


def _sources(wheels: Sequence[Path], options: BuildOptions) -> dict[str, bytes]:
    """The source distributions that are asked for and not there, by file name.

    Raises:
        HelpersError: one is there with other content, or a wheel has compiled code.
    """
    found = {}
    for path in wheels if options.sdist else ():
        content = sdist_of(path, read_seconds(path))
        name = sdist_name(read_wheel(path))
        target = options.out / name
        if not target.is_file():
            found[name] = content
        elif target.read_bytes() != content:
            raise HelpersError(
                f"{name} is there, and its content is another one",
                where=str(target),
                fix=f"rm {shlex.quote(str(target))}, then the same command again",
            )
    return found


def _with_source(wheel: BuiltWheel, options: BuildOptions) -> BuiltWheel:
    if not options.sdist:
        return wheel
    return replace(wheel, sdist=options.out / sdist_name(read_wheel(wheel.path)))


def look(
    inputs: RepoInputs, names: Sequence[str], options: BuildOptions, host: Host
) -> tuple[list[WheelPlan], dict[str, tuple[BuiltWheel, ...]]]:
    """Plan the wheels of dirs, and find those that are there already.

    Returns:
        The plans, each once, dependencies first; and by dir or package the wheels that are there.

    Raises:
        HelpersError: an input is refused, or a wheel of another content is in the way.
    """
    plans: dict[str, WheelPlan] = {}
    for name in names:
        for plan in plan_wheels(inputs, name, options, _builder_of(inputs, name)):
            if plan.place == name or plan.place not in plans:
                plans[plan.place] = plan
    found = {
        place: find_made(plan, _platforms(inputs.repo, plan, host)) for place, plan in plans.items()
    }
    for place, plan in plans.items():
        if not found[place]:
            if options.locked:
                read_pins(inputs.repo.root / plan.locked_by, plan.locked_by)
            check_nothing_other(plan)
    return list(plans.values()), found


def _builder_of(inputs: RepoInputs, name: str) -> RunnableDir:
    """The dir in whose builder image a package is built: itself, or the first that uses it.

    Raises:
        HelpersError: there is none.
    """
    dirs = sorted(inputs.tree.dirs)
    if name in inputs.tree.dirs:
        return inputs.repo.runnable_dir(name)
    users = [one for one in dirs if name in inputs.of(one).roots]
    if not users:
        raise HelpersError(
            f"no runnable dir uses {name}, so no container is there in which to build it",
            where=str(inputs.repo.root / name),
            fix="name it by path in the pyproject.toml of a dir",
        )
    return inputs.repo.runnable_dir(users[0])


def _groups(repo: Repo, plans: Sequence[WheelPlan], host: Host) -> list[list[WheelPlan]]:
    """Those that are built in one container: what their builder images are made of is the same."""
    found: dict[str, list[WheelPlan]] = {}
    for plan in plans:
        image = plan_builder_image(repo, plan.builder, host, host.platform)
        same = (_platforms(repo, plan, host), image.base_image, sorted(image.args.items()))
        found.setdefault(repr(same), []).append(plan)
    return list(found.values())


def _platforms(repo: Repo, plan: WheelPlan, host: Host) -> tuple[str, ...]:
    """The platforms for which a compiled wheel is made, this machine's first."""
    own = read_dir_config(plan.builder).platforms
    wanted = own or repo.of(plan.builder.name).config.platforms or (host.platform,)
    return tuple(sorted(set(wanted), key=lambda one: (one != host.platform, one)))


def _build_group(
    place: Place, client: Client, plans: Sequence[WheelPlan], known: Mapping[str, BuiltWheel]
) -> list[_New]:
    """Build wheels in one container; those with compiled code once for each platform."""
    first, *others = _platforms(place.inputs.repo, plans[0], place.host)
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
) -> list[_New]:
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
        _try(builder, new, known)
    return new


def _compose(
    place: Place,
    plans: Sequence[WheelPlan],
    parts: Mapping[str, Part],
    seconds: Mapping[str, int],
    known: Mapping[str, BuiltWheel],
) -> list[_New]:
    """Write the wheels aside, below the staged tree, and read each back."""
    versions = {one.wheel.name: one.wheel.version for one in parts.values()}
    versions |= {name: one.version for name, one in known.items() if name not in versions}
    new = []
    for number, plan in enumerate(plans):
        stamp = Stamp(plan.inputs, seconds[plan.place], plan.options.mode)
        root = place.inputs.repo.root / plan.locked_by
        pins = read_pins(root, plan.locked_by) if plan.options.locked else None
        if plan.options.mode is Mode.VENDOR:
            made = merge([parts[one.place] for one in plan.packages], stamp, pins)
        else:
            made = pin(parts[plan.place], versions, stamp, pins)
        folder = place.tree / "tmp.helpers" / "made" / str(number)
        folder.mkdir(parents=True)
        path = folder / made.file_name
        write_wheel(path, made.files, made.info, stamp.seconds)
        wheel = read_back(path, versions.keys(), made.requires)
        _check_bricks(place, plan, missing_bricks(wheel, _bricks(plan)))
        new.append(_New(plan, made, path))
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


def _try(builder: Builder, new: Sequence[_New], known: Mapping[str, BuiltWheel]) -> None:
    """Install each wheel into an environment of its own, and import it without a network."""
    beside = {one.made.name: one.path for one in new}
    for one in new:
        wheels = [one.path]
        for name in _required(one.made, {item.made.name: item.made for item in new}, known):
            wheels.append(beside[name] if name in beside else _copy(one, known[name].path))
        builder.install(one.made.name, wheels)
    builder.cut_off()
    for one in new:
        builder.check_imports(one.made.name, modules_of(read_wheel(one.path)))


def _required(
    made: Made, new: Mapping[str, Made], known: Mapping[str, BuiltWheel]
) -> Iterator[str]:
    """The packages of the repo that a wheel requires, by way of others too."""
    waiting = list(made.requires)
    for name in waiting:  # grows while it is walked
        yield name
        further = new[name].requires if name in new else known[name].requires
        waiting += [one for one in further if one not in waiting and one != made.name]


def _copy(one: _New, path: Path) -> Path:
    """A wheel that was there already, where the container sees it."""
    copy = one.path.with_name(path.name)
    shutil.copy2(path, copy)
    return copy


def _make_out(out: Path) -> None:
    """The folder for wheels; git ignores one that is made here, as it does uv's."""
    if not out.exists():
        out.mkdir(parents=True)
        (out / ".gitignore").write_text("*\n")


def _take_over(one: _New) -> BuiltWheel:
    """Move a wheel to where the user wants it, in one step."""
    out = one.plan.options.out
    target = out / one.made.file_name
    beside = name_beside(target)
    try:
        shutil.copyfile(one.path, beside)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    return BuiltWheel(
        dir=one.plan.place,
        path=target,
        name=one.made.name,
        version=one.made.version,
        inputs=one.plan.inputs,
        mode=one.plan.options.mode,
        requires=one.made.requires,
    )


@contextmanager
def _folder(repo: Path) -> Iterator[Path]:
    """A folder for what is built, gone in the end; what killed commands left goes as well."""
    above = working_folder(repo) / "wheels"
    above.mkdir(exist_ok=True)
    token = f"{_STARTS}{os.getpid()}-{os.urandom(4).hex()}"
    for old in above.glob(f"{_STARTS}*"):
        if not is_held(repo, old.name):
            shutil.rmtree(old, ignore_errors=True)
    with Lease(repo, token, passing=True):
        folder = above / token
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
