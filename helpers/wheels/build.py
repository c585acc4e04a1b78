"""The job that builds wheels of dirs: plan, look for what is there, build aside, check, rename."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.repo import Repo
from helpers.model.wheel import BuiltWheel
from helpers.system.files import name_beside, write_atomic
from helpers.system.host import Host
from helpers.system.lease import Lease, is_held, working_folder
from helpers.system.repo_files import read_dir_config
from helpers.wheels.archive import read_seconds, read_wheel
from helpers.wheels.contents import contents_of
from helpers.wheels.existing import check_nothing_other, find_made, read_there
from helpers.wheels.options import BuildOptions
from helpers.wheels.packed_tests import check_imports
from helpers.wheels.pins import read_pins
from helpers.wheels.plan import WheelPlan, plan_wheels
from helpers.wheels.sdist import sdist_name, sdist_of

if TYPE_CHECKING:
    from helpers.wheels.group import New

_STARTS = "wheels-"


def build_packages(
    inputs: RepoInputs, names: Sequence[str], options: BuildOptions, host: Host, listen: Listener
) -> list[BuiltWheel]:
    """Build the wheels of dirs, as far as they are not there already, made from the same inputs.

    Args:
        inputs: those of the outermost repo.
        names: runnable dirs, or packages that they depend on, relative to its root.

    Returns:
        All wheels; in pin mode those of packages before those that require them.

    Raises:
        HelpersError: an input is refused, a backend failed, or the result does not install. In
            the folder for wheels is what was there before.
        OSError: the disk is full.
    """
    plans, found = look(inputs, names, options, host)
    missing = [plan for plan in plans if not found[plan.place]]
    if not missing and not options.sdist:
        return [_with_contents(plan, wheel) for plan in plans for wheel in found[plan.place]]
    with building_folder(inputs.repo.root) as folder:
        known = {one.name: one for wheels in found.values() for one in wheels}
        new = _build(inputs, missing, known, host, folder, listen) if missing else []
        now = read_there(options.out)
        for one in new:
            check_nothing_other(one.plan, now, one.made)
        there = [wheel.path for wheels in found.values() for wheel in wheels]
        sources = _sources([*there, *(one.path for one in new)], options)
        if new or sources:
            _make_out(options.out)
        for one in new:
            found[one.plan.place] = (*found[one.plan.place], _take_over(one))
        for name, content in sources.items():
            write_atomic(options.out / name, content)
    wheels = [_with_contents(plan, wheel) for plan in plans for wheel in found[plan.place]]
    return [_with_source(wheel, options) for wheel in wheels]


def _build(
    inputs: RepoInputs,
    plans: Sequence[WheelPlan],
    known: Mapping[str, BuiltWheel],
    host: Host,
    folder: Path,
    listen: Listener,
) -> list[New]:
    # Imported here: where nothing changed, nothing is built.
    from helpers.engine.client import Client
    from helpers.engine.endpoint import find_endpoint
    from helpers.wheels.builder import Place
    from helpers.wheels.group import build_group

    client = Client(find_endpoint(host.environment))
    new = []
    for number, group in enumerate(_groups(inputs.repo, plans, host)):
        place = Place(inputs, group[0].builder, host, host.platform, folder / str(number), listen)
        platforms = platforms_of(inputs.repo, group[0], host)
        new += build_group(place, client, group, known, platforms)
    return new


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


def _with_contents(plan: WheelPlan, wheel: BuiltWheel) -> BuiltWheel:
    if not plan.options.with_data:
        return wheel
    return replace(wheel, contents=contents_of(plan, read_wheel(wheel.path).files))


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
        for plan in plan_wheels(inputs, name, options):
            if plan.place == name or plan.place not in plans:
                plans[plan.place] = plan
    there = read_there(options.out)
    found = {
        place: find_made(plan, platforms_of(inputs.repo, plan, host), there)
        for place, plan in plans.items()
    }
    for place, plan in plans.items():
        if not found[place]:
            if options.locked:
                read_pins(inputs.repo.root / plan.locked_by, plan.locked_by)
            check_imports(inputs.repo.root, plan.tests)
            check_nothing_other(plan, there)
    return list(plans.values()), found


def _groups(repo: Repo, plans: Sequence[WheelPlan], host: Host) -> list[list[WheelPlan]]:
    """Those that are built in one container: what their builder images are made of is the same."""
    from helpers.images.dependencies.builder_image import plan_builder_image

    found: dict[str, list[WheelPlan]] = {}
    for plan in plans:
        image = plan_builder_image(repo, plan.builder, host, host.platform)
        same = (platforms_of(repo, plan, host), image.base_image, sorted(image.args.items()))
        found.setdefault(repr(same), []).append(plan)
    return list(found.values())


def platforms_of(repo: Repo, plan: WheelPlan, host: Host) -> tuple[str, ...]:
    """The platforms for which a compiled wheel is made, this machine's first."""
    own = read_dir_config(plan.builder).platforms
    wanted = own or repo.of(plan.builder.name).config.platforms or (host.platform,)
    return tuple(sorted(set(wanted), key=lambda one: (one != host.platform, one)))


def _make_out(out: Path) -> None:
    """The folder for wheels; git ignores one that is made here, as it does uv's."""
    if not out.exists():
        out.mkdir(parents=True)
        (out / ".gitignore").write_text("*\n")


def _take_over(one: New) -> BuiltWheel:
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
def building_folder(repo: Path) -> Iterator[Path]:
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
