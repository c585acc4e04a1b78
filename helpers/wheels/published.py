"""Published wheels that bring a dir's code: the files of an index, each with its hash.

The index that is meant is asked alone, and only for packages of the repo. What those need of others
comes from the dir's lock file, as in all images.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from itertools import chain, product
from pathlib import Path

from helpers.images.building.wheels import PublishedCode, PublishedWheel, Target
from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers.project_lockers import LOCK_FILES
from helpers.lockers.required_python import Required
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.packages.index import IndexFile
from helpers.model.packages.installed import python_name
from helpers.model.runnable_dir import dir_config_name, path_below
from helpers.model.wheel import Mode
from helpers.wheels.archive import Wheel, read_inputs, read_wheel
from helpers.wheels.existing import next_version, runs_on
from helpers.wheels.on_index import check_there, meant_version, publish_command
from helpers.wheels.open_index import OpenIndex
from helpers.wheels.open_indexes import Indexes
from helpers.wheels.options import BuildOptions
from helpers.wheels.part import Part
from helpers.wheels.pins import read_pins
from helpers.wheels.plan import WheelPlan, plan_wheels

# Where commands put wheels that a user builds.
_DIST = "dist"


@dataclass(frozen=True, slots=True)
class WantedCode:
    """Which published code is wanted.

    Attributes:
        dir: the dir that it is of.
        index: which one the dir's settings name; empty: none.
        versions: by dir, the version of code that is released; others have what each says itself.
    """

    dir: str
    index: str
    target: Target
    versions: Mapping[str, str] = field(default_factory=dict)


def find_code(indexes: Indexes, inputs: RepoInputs, wanted: WantedCode) -> PublishedCode:
    """The wheels of a dir's release version that an index has: its own, and those that it pins.

    Raises:
        HelpersError: the index lacks one, what it has is not of this repo or runs elsewhere, or one
            needs what the dir's lock file lacks.
    """
    repo, name = inputs.repo.outermost, wanted.dir
    client = indexes.open(repo, wanted.index, path_below(name, dir_config_name()))
    folders = [folder / _DIST for folder in (repo.root, indexes.host.directory)]
    every = _variants(inputs, wanted, folders[0])
    plan = next(every)
    plans = [plan] if plan.own.name and plan.own.version else [plan, *every]
    own, version = meant_version(inputs, plans, client.index, folders)
    places = {one.name: one.place for one in plan.packages if one.name} | {own: name}
    finder = _Finder(client, repo.root, wanted, places)
    found = finder.find_all(own, version)
    _check_locked(finder, [one.wheel for one in found])
    is_older = all(one.inputs != found[0].inputs for one in chain(plans, every))
    return PublishedCode(tuple(one.published for one in found), str(client.index), is_older)


def _variants(inputs: RepoInputs, wanted: WantedCode, out: Path) -> Iterator[WheelPlan]:
    """The dir's own wheel as each way of publishing makes it, the usual one first."""
    for with_data, mode, locked in product((False, True), Mode, (False, True)):
        options = BuildOptions(out, mode, locked, versions=wanted.versions, with_data=with_data)
        yield plan_wheels(inputs, wanted.dir, options)[-1]


@dataclass(frozen=True, slots=True)
class _Found:
    """A wheel, and the hash of what it says that it was made from."""

    published: PublishedWheel
    wheel: Wheel
    inputs: str


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds the wheels of one dir's code.

    Attributes:
        root: the repo's.
        places: of the repo's packages that may belong to it, by normalised name.
    """

    client: OpenIndex
    root: Path
    wanted: WantedCode
    places: Mapping[str, str]

    def find_all(self, name: str, version: str) -> list[_Found]:
        """A package, and those of the repo that it requires, directly or not."""
        wanted, found = {name: version}, list[_Found]()
        while len(found) < len(wanted):  # one may require more
            name = list(wanted)[len(found)]
            found.append(self._find(name, wanted[name]))
            for other, needed in self._pinned(name, found[-1].wheel):
                if wanted.setdefault(other, needed) != needed:
                    raise HelpersError(
                        f"{name} {wanted[name]} of the index {self.client.index} needs {other}"
                        f" {needed}, and {found[0].wheel.name} needs it in {wanted[other]}",
                        where=self.client.index.simple,
                        fix=self.publish_next(name, wanted[name]),
                    )
        return found

    def _pinned(self, name: str, wheel: Wheel) -> Iterator[tuple[str, str]]:
        """The packages of the repo that a wheel of ours requires, each by one version."""
        for one in Part(self.places[name], wheel).requires:
            if python_name(one.name) in self.places:
                yield from ((python_name(one.name), each.version) for each in one.specifier)

    def _find(self, name: str, version: str) -> _Found:
        index, place = self.client.index, self.places[name]
        files = check_there(self.client, place, name, version)
        file = self._choose(files, name, version)
        sha256, content = self.client.content(file, self.root)
        inputs = read_inputs(io.BytesIO(content))
        if not inputs:
            raise HelpersError(
                f"package_build did not make {file.name} of the index {index}: it may be a"
                f" stranger's that is called {name} as well",
                where=file.url,
                fix=self.publish_next(name, version),
            )
        wheel = read_wheel(Path(file.name), content)
        pythons = Part(place, wheel).raw.get("requires_python", "")
        python = self.wanted.target.python
        if python and not Required(pythons, "", (pythons,)).allows(python):
            raise self._runs_nowhere(name, version, f"{file.name}, for Python {pythons}")
        return _Found(PublishedWheel(name, version, file.name, sha256), wheel, inputs)

    def _choose(self, files: Sequence[IndexFile], name: str, version: str) -> IndexFile:
        """The wheel that runs on the target; one of its platform before one of any."""
        platform = self.wanted.target.platform
        wheels = [one for one in files if one.name.endswith(".whl")]
        here = [one for one in wheels if runs_on(Path(one.name), platform)]
        fitting = [one for one in here if runs_with(one.name, self.wanted.target.python)]
        if fitting:
            return min(fitting, key=lambda one: (one.name.endswith("-any.whl"), one.name))
        raise self._runs_nowhere(
            name,
            version,
            ", ".join(sorted(one.name for one in files)),
            f"add {platform} to 'platforms' in {path_below(self.wanted.dir, dir_config_name())}\n"
            * bool(wheels and not here),
        )

    def _runs_nowhere(self, name: str, version: str, there: str, first: str = "") -> HelpersError:
        """What to say where no wheel runs in the image.

        Args:
            first: what is to be done before it is published again.
        """
        index, target = self.client.index, self.wanted.target
        image = target.platform + (f", Python {target.python}" if target.python else "")
        return HelpersError(
            f"no wheel of {name} {version} at {index} runs in the image ({image})",
            where=f"{index.simple} has: {there}",
            fix=f"{first}{publish_command(index, self.places[name])}\nor build with --code copy",
        )

    def publish_next(self, name: str, version: str) -> str:
        """What helps where the version of a package that the index has is of no use."""
        place = self.places[name]
        file = path_below(place, PYPROJECT)
        first = f'write  version = "{next_version(version)}"  in {file}'
        if place in self.wanted.versions:
            first = f"commit a change of {place}, whose version follows from its commits"
        return f"{first}\n{publish_command(self.client.index, place)}"


def runs_with(wheel: str, python: str) -> bool:
    """Whether a wheel is for a Python and for Debian's C library, as its file name says.

    Args:
        python: such as `3.13` or `3.13.1`; empty: it is not known, and any will do.
    """
    from packaging.tags import compatible_tags, cpython_tags
    from packaging.utils import parse_wheel_filename

    tags = [one for one in parse_wheel_filename(wheel)[3] if "musllinux" not in one.platform]
    if not python:
        return bool(tags)
    version = [int(part) for part in python.split(".")[:2]]
    short = f"cp{''.join(map(str, version))}"
    known = [
        *cpython_tags(version, abis=[short], platforms=["any"]),
        *compatible_tags(version, interpreter=short, platforms=["any"]),
    ]
    fitting = {(one.interpreter, one.abi) for one in known}
    return any((one.interpreter, one.abi) in fitting for one in tags)


def _check_locked(finder: _Finder, wheels: Sequence[Wheel]) -> None:
    """Make sure that what published wheels need of others is in the image, at a version that fits.

    Raises:
        HelpersError: the dir's lock file lacks it.
    """
    name, index, places = finder.wanted.dir, finder.client.index, finder.places
    try:
        pins = read_pins(finder.root / name, name)
    except HelpersError:
        return  # it is locked to nothing
    # A file for pip need not pin everything.
    is_whole = pins.file.name in LOCK_FILES
    for wheel in wheels:
        for one in Part(places[wheel.name], wheel).requires:
            held = [version for version, _ in pins.versions.get(python_name(one.name), ())]
            if one.marker or one.url or python_name(one.name) in places:
                continue
            fits = any(one.specifier.contains(each, prereleases=True) for each in held)
            if not fits and (held or is_whole):
                has = f"has {', '.join(held)}" if held else "does not hold it"
                raise HelpersError(
                    f"{wheel.name} {wheel.version} of the index {index} needs"
                    f" {one.name}{one.specifier}, and {pins.file.name} {has}",
                    where=str(pins.file),
                    fix=finder.publish_next(wheel.name, wheel.version),
                )
