"""What is refused before anything is built, with the command that fixes it."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers.locked import Toml
from helpers.lockers.toml_values import table
from helpers.model.errors import HelpersError
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import path_below
from helpers.vcs.bring import bring_history
from helpers.vcs.refs import is_shallow
from helpers.wheels.options import BuildOptions
from helpers.wheels.package import Package

_WORKSPACE = "workspace.toml"
_BACKENDS = {
    "poetry": ("poetry-core>=2,<3", "poetry.core.masonry.api"),
    "uv": ("uv_build>=0.8,<1", "uv_build"),
    "setuptools": ("setuptools>=77", "setuptools.build_meta"),
    "flit": ("flit_core>=3.11,<4", "flit_core.buildapi"),
}
_OTHER_BACKEND = ("hatchling>=1.27", "hatchling.build")
# Where tools are told that a project is no package: `false` below `[tool.NAME]`.
_NO_PACKAGE = (("poetry", "package-mode"), ("uv", "package"))


def check_version(version: str) -> None:
    """Make sure that a version is one.

    Raises:
        HelpersError: it is not.
    """
    from packaging.version import InvalidVersion, Version

    try:
        Version(version)
    except InvalidVersion as error:
        raise HelpersError(
            f"{version!r} is no version of a Python package",
            where=f"--version {version}",
            fix="--version 1.2.0",
        ) from error


def check_packages(inputs: RepoInputs, packages: Sequence[Package], options: BuildOptions) -> None:
    """Make sure that the packages of a wheel can be built.

    Raises:
        HelpersError: one cannot, or they depend on each other in a cycle.
    """
    if options.version:
        check_version(options.version)
    for package in packages:
        _check_file(inputs, package)
        _check_bricks(inputs, package)
        _check_history(inputs, package)
    _check_names(packages)
    places = {one.place for one in packages}
    for cycle in inputs.main_cycles():
        if places.issuperset(cycle):
            raise HelpersError(
                "main dependencies go in a cycle, and a wheel needs what it needs before itself",
                where=" -> ".join(cycle),
                fix="move what both need into a package of its own",
            )


def _check_file(inputs: RepoInputs, package: Package) -> None:
    path = inputs.repo.root / package.file
    texts, content = package.project.texts, package.project.content
    if "pyproject.toml" not in texts:
        raise HelpersError(
            f"{package.place} is no package: it has no pyproject.toml",
            where=str(path),
            fix="write one with [project], name, version, and [build-system]",
        )
    try:
        tomllib.loads(texts["pyproject.toml"])
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise HelpersError(
            f"pyproject.toml is malformed: {error}",
            where=str(path),
            fix=f"git checkout HEAD -- {package.file}   (takes the file of the last commit)",
        ) from error
    tool = table(content, "tool")
    lines = "" if isinstance(content.get("build-system"), dict) else _build_system(tool, texts)
    if denied := denied_by(tool):
        name, key = denied
        raise HelpersError(
            f"{package.place} says that it is no package",
            where=f"{path}, tool.{name}.{key}",
            fix=f"remove  {key} = false" + (f", and add these lines:\n{lines}" if lines else ""),
        )
    if lines:
        raise HelpersError(
            f"{package.place} has no [build-system], so nothing says how it is built",
            where=str(path),
            fix=f"add these lines to it:\n{lines}",
        )


def denied_by(tool: Toml) -> tuple[str, str] | None:
    """The tool and the key that say in `[tool]` that a project is no package; None: none does."""
    return next((one for one in _NO_PACKAGE if table(tool, one[0]).get(one[1]) is False), None)


def _build_system(tool: Toml, texts: Mapping[str, str]) -> str:
    """The lines that say how a package is built, by the tool that it names or by setuptools."""
    named = next((name for name in _BACKENDS if name in tool), "")
    named = named or ("setuptools" if "setup.py" in texts or "setup.cfg" in texts else "")
    requires, backend = _BACKENDS.get(named, _OTHER_BACKEND)
    return f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "{backend}"'


def _check_bricks(inputs: RepoInputs, package: Package) -> None:
    """A project of Polylith's has no code of its own; without bricks its wheel would be empty."""
    around = [
        path.rpartition("/")[0] or "."
        for path in (_WORKSPACE, *_above(package.place))
        if path in inputs.snapshot
    ]
    root = next((one for one in around if _is_polylith(inputs.repo.root / one / _WORKSPACE)), None)
    if root is None or not is_inside(package.place, path_below(root, "projects")):
        return
    if not package.bricks and not package.needs:
        raise HelpersError(
            f"{package.place} is a project of Polylith's without bricks: its wheel would be empty",
            where=str(inputs.repo.root / package.file),
            fix="name its bricks in [tool.polylith.bricks], or in 'packages' of [tool.poetry]",
        )


def _above(place: str) -> list[str]:
    parts = place.split("/")
    return ["/".join([*parts[:end], _WORKSPACE]) for end in range(len(parts), 0, -1)]


def _is_polylith(path: Path) -> bool:
    try:
        return "polylith" in tomllib.loads(path.read_text(encoding="utf-8")).get("tool", {})
    except (OSError, ValueError):
        return False


def _check_history(inputs: RepoInputs, package: Package) -> None:
    folder = inputs.repo.root / package.place
    if package.from_git and is_shallow(folder):
        raise HelpersError(
            f"the version of {package.place} comes from git, and this is a shallow clone:"
            " the tags may be missing",
            where=str(inputs.repo.root / package.file),
            fix=f"{bring_history(folder, str(folder), tags=True)}   (or name it: --version 1.2.0)",
        )


def _check_names(packages: Sequence[Package]) -> None:
    seen: dict[str, Package] = {}
    for package in packages:
        other = seen.setdefault(package.name or package.place, package)
        if other is not package:
            raise HelpersError(
                f"two packages have the name {package.name}",
                where=f"{other.file}\n{package.file}",
                fix="rename one",
            )
