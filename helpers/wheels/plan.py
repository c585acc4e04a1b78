"""Plan wheels from files alone: which packages, which files, and the hash of all of it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from helpers.images.installed.key import git_state
from helpers.images.installed.projects import Project, plan_projects
from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers.project_lockers import LOCK_FILES
from helpers.lockers.toml_values import table, texts
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.inputs import ROOT, DependencyKind, Inputs
from helpers.model.names import digest_of
from helpers.model.packages.installed import python_name
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import DEVOPS, RunnableDir, path_below, path_inside
from helpers.model.wheel import Mode
from helpers.system.repo_files import read_dir_config
from helpers.wheels.data_files import own_files
from helpers.wheels.options import BuildOptions
from helpers.wheels.package import Package
from helpers.wheels.packed_tests import find_tests
from helpers.wheels.refusals import check_packages, denied_by

# Written into each wheel; another one is another content.
_FORMAT = 1
_KINDS = (DependencyKind.MAIN, DependencyKind.LINK)
# Who takes the version from git stands in what the build requires, or in a table of its own.
_FROM_GIT = re.compile(r"scm|vcs|git|versioneer|versioningit|dunamai|\bpbr\b|dynamic.versioning")


@dataclass(frozen=True, slots=True)
class WheelPlan:
    """A wheel before it is built.

    Attributes:
        packages: its own first, then those that it depends on, the nearest first.
        files: what is staged, with what the snapshot says of each.
        inputs: the hash of everything that it is made from.
        code: the same without what versions depend on that come from git.
        git: what those depend on; empty: no version comes from git.
        locked_by: the dir whose lock file counts.
        builder: the dir in whose builder image it is built.
        tests: the files of its own package's tests that go into it, each with its path relative to
            the package's folder.
    """

    packages: tuple[Package, ...]
    files: Mapping[str, str]
    inputs: str
    options: BuildOptions
    builder: RunnableDir
    locked_by: str
    code: str = ""
    git: str = ""
    tests: Mapping[str, str] = field(default_factory=dict)

    @property
    def own(self) -> Package:
        """The package that the wheel is of."""
        return self.packages[0]

    @property
    def place(self) -> str:
        """The dir or package that the wheel is of."""
        return self.packages[0].place

    def __str__(self) -> str:
        version = self.own.version or "of the version that its backend says"
        others = ", ".join(one.place for one in self.packages[1:]) or "nothing"
        what = "with" if self.options.mode is Mode.VENDOR else "that requires"
        data = ", with tests and data files" * self.options.with_data
        named = self.own.name or self.place
        return f"build {named} {version} of {self.place}, {what} {others}{data}"


def plan_wheels(inputs: RepoInputs, name: str, options: BuildOptions) -> tuple[WheelPlan, ...]:
    """The wheels of a dir: one, or in pin mode one for each package, dependencies first.

    Raises:
        HelpersError: one of the packages cannot be built, they depend on each other in a cycle, or
            there is no dir in whose container to build.
    """
    packages = _packages(inputs, name, options)
    check_packages(inputs, packages, options)
    builder = _builder_of(inputs, name)
    if options.mode is Mode.VENDOR:
        return (_plan(inputs, name, packages, options, builder),)
    found = []
    for package in reversed(packages):
        seen = {one.place: one for one in packages}
        closure = _closure(package, seen)
        found.append(_plan(inputs, name, closure, options, builder))
    return tuple(_in_order(found))


def is_package(inputs: RepoInputs, place: str) -> str:
    """Why a dir is no package that can be built; empty: it is one."""
    project = plan_projects(inputs, place, _main_inputs(inputs, place))[0]
    if "pyproject.toml" not in project.texts:
        return "no pyproject.toml"
    if denied := denied_by(table(project.content, "tool")):
        return f"{denied[1]} = false in its pyproject.toml"
    return "" if "build-system" in project.content else "no [build-system] in its pyproject.toml"


def package_of(inputs: RepoInputs, place: str) -> Package:
    """A dir or package as it is built."""
    return _package(inputs, plan_projects(inputs, place, _main_inputs(inputs, place))[0], "")


def _builder_of(inputs: RepoInputs, name: str) -> RunnableDir:
    """The dir in whose builder image a package is built: itself, or the first that uses it.

    Where none uses it that is the nearest dir around it, up to the root, or else the repo's first.

    Raises:
        HelpersError: the repo has no dir.
    """
    dirs = sorted(inputs.tree.dirs)
    if name in inputs.tree.dirs:
        return inputs.repo.runnable_dir(name)
    users = [one for one in dirs if name in inputs.of(one).roots]
    owner = inputs.tree.owner(name)
    # Where repos are nested, those of the repo that it is of come before others.
    places = [one.place for one in inputs.repo.nested if is_inside(name, one.place)]
    own = [one for one in dirs if is_inside(one, max(places, key=len, default=ROOT))]
    found = [*users, *([owner] if owner in dirs else []), *own, *dirs]
    if not found:
        raise HelpersError(
            f"the repo has no runnable dir, so no container is there in which to build {name}",
            where=str(inputs.repo.root / name),
            fix="i runnable_dir_create --dir apps/hello --template service",
        )
    return inputs.repo.runnable_dir(found[0])


def _main_inputs(inputs: RepoInputs, name: str) -> Inputs:
    return inputs.graph_of(*_KINDS).inputs(name, inputs.tree)


def _packages(inputs: RepoInputs, name: str, options: BuildOptions) -> tuple[Package, ...]:
    projects = plan_projects(inputs, name, _main_inputs(inputs, name))
    versions = {**options.versions, **({name: options.version} if options.version else {})}
    return tuple(_package(inputs, one, versions.get(one.place, "")) for one in projects)


def _package(inputs: RepoInputs, project: Project, version: str) -> Package:
    content = project.content
    standard, poetry = table(content, "project"), table(content, "tool", "poetry")
    said = standard.get("version") or poetry.get("version")
    from_git = not version and _is_from_git(content)
    needs = (
        one.target
        for one in inputs.graph.dependencies.get(project.place, ())
        if one.kind is DependencyKind.MAIN
    )
    return Package(
        place=project.place,
        name=python_name(str(standard.get("name") or poetry.get("name") or "")),
        version=version or ("" if from_git else str(said or "")),
        needs=tuple(needs),
        bricks=tuple(_bricks(inputs, project)),
        from_git=from_git,
        project=project,
    )


def _is_from_git(content: Mapping[str, Any]) -> bool:
    tool = table(content, "tool")
    sources = (table(tool, one, "version").get("source") for one in ("hatch", "pdm"))
    words = [*texts(table(content, "build-system").get("requires")), *map(str, sources)]
    if table(content, "project").get("version"):
        return False
    return any(_FROM_GIT.search(word.lower()) for word in words)


def _bricks(inputs: RepoInputs, project: Project) -> Iterator[str]:
    """Folders of Polylith's that a project declares, and that no project of their own describes."""
    found = inputs.declarations.pyproject(path_below(project.place, "pyproject.toml"))
    for dependency in inputs.graph.dependencies.get(project.place, ()):
        own = path_below(dependency.target, "pyproject.toml") in inputs.snapshot
        is_folder = dependency.target not in inputs.snapshot
        if dependency.kind is DependencyKind.MAIN and found.paths and is_folder and not own:
            yield dependency.target


def _plan(
    inputs: RepoInputs,
    name: str,
    packages: tuple[Package, ...],
    options: BuildOptions,
    builder: RunnableDir,
) -> WheelPlan:
    places = [one.place for one in packages]
    files: dict[str, str] = {}
    for place in _main_inputs(inputs, places[0]).roots:
        for path in inputs.tree.below(place):
            if not _is_left_out(path, places, options.out, inputs.repo.root):
                files[path] = inputs.snapshot[path]
    states = {one.place: git_state(inputs, one.project) for one in packages if one.from_git}
    lock = _lock(inputs, name) if options.locked else ""
    decides: list[Any] = [_FORMAT, places[0], options.mode, options.locked]
    tests: dict[str, str] = {}
    if options.with_data:
        tests = _tests(inputs, packages, files)
        decides.append(["with data", sorted(tests.items())])
    versions = [one.version for one in packages]
    digest = _digest([*decides, versions, lock, states, sorted(files.items())])
    # Other versions stand in the files, or follow from commits and tags.
    code = _digest([*decides, options.version, lock, sorted(files.items())])
    followed = {one.place: one.version for one in packages if one.place in options.versions}
    git = _digest([states, followed] if followed else [states]) if states or followed else ""
    if states:  # a file that is missing would be a change to git, and so part of the version
        files = dict(inputs.snapshot)
    return WheelPlan(packages, files, digest, options, builder, name, code, git, tests)


def _tests(inputs: RepoInputs, packages: Sequence[Package], files: Iterable[str]) -> dict[str, str]:
    """The tests of the first package, as they go into its wheel."""
    own = packages[0]
    suites: list[str] = []
    if own.place in inputs.tree.dirs:
        said = read_dir_config(inputs.repo.runnable_dir(own.place)).suites.values()
        sources = [path_inside(own.place, one) for one in own.project.folders if one != own.place]
        suites = [one for one in said if not any(is_inside(one, at) for at in sources)]
    return find_tests(own.place, own_files(own, files, [one.place for one in packages]), suites)


def _digest(decides: list[Any]) -> str:
    return digest_of(json.dumps(decides, sort_keys=True), 64)


def _lock(inputs: RepoInputs, place: str) -> str:
    names = (*LOCK_FILES, "requirements.txt")
    own = [inputs.snapshot.get(path_below(place, name), "") for name in names]
    return "\n".join((*own, inputs.lock_part(place)))


def _is_left_out(path: str, places: list[str], out: Path, root: Path) -> bool:
    """Whether a file is of the environment, not of the code; lock files count where they do."""
    if path.rpartition("/")[2] in LOCK_FILES or (root / path).is_relative_to(out):
        return True
    return any(is_inside(path, path_below(place, DEVOPS)) for place in places)


def _closure(package: Package, seen: Mapping[str, Package]) -> tuple[Package, ...]:
    found = [package]
    for one in found:  # grows while it is walked
        found += [seen[place] for place in one.needs if place in seen and seen[place] not in found]
        inner = (other for other in seen.values() if _is_within(other, one))
        found += [other for other in inner if other not in found]
    return tuple(found)


def _is_within(other: Package, one: Package) -> bool:
    """Whether a package is a member of a workspace that another's folder holds."""
    return other.place != one.place and (one.place == ROOT or is_inside(other.place, one.place))


def _in_order(plans: list[WheelPlan]) -> Iterator[WheelPlan]:
    """Dependencies first."""
    yield from sorted(plans, key=lambda one: len(one.packages))
