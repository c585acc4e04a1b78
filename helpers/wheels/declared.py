"""Which data files of a package its wheel lacks, as its declaration says; nothing is built.

A backend's rule is read where it is exactly known. Where it is not, that is the answer: patterns of
other tools are not guessed.
"""

from collections.abc import Collection, Sequence

from helpers.lockers.locked import Toml
from helpers.lockers.toml_values import table
from helpers.model.dataclass import dataclass
from helpers.model.runnable_dir import path_below
from helpers.wheels.data_files import DataFile, data_files, module_folders
from helpers.wheels.package import Package
from helpers.wheels.setuptools_data import setuptools_lacking, unread_of_setuptools

# What narrows down what of a package is packed, by table; without it all is.
_HATCH = ("include", "exclude", "only-include", "only-packages")
_UV = ("wheel-exclude", "source-exclude")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a declaration says of the data files of a package.

    Attributes:
        files: the data files that stand in packages of it.
        lacking: those of them that the wheel lacks.
        unread: what decides about that, and is not exactly known; empty: it is known.
    """

    files: tuple[DataFile, ...]
    lacking: tuple[DataFile, ...] = ()
    unread: str = ""


def read_declared(package: Package, files: Sequence[str], ignored: Collection[str]) -> Declared:
    """What a package's own declaration says of its data files.

    Args:
        files: the package's own, relative to the repo's root.
        ignored: those that git's rules of ignored files name, although git tracks them.
    """
    found = data_files(files, module_folders(package))
    backend, content = package.project.backend, package.project.content
    if not found or not backend:
        return Declared(())
    if backend.startswith("setuptools."):
        unread = unread_of_setuptools(package, files)
        lacking = () if unread else setuptools_lacking(package, files, found)
        return Declared(found, lacking, unread)
    if backend.startswith("hatchling."):
        named = any(one.path in ignored for one in found)
        hatch_toml = path_below(package.place, "hatch.toml") in files
        unread = "hatch.toml" * hatch_toml or _of_hatch(content) or ".gitignore" * named
    elif backend.startswith("poetry.core."):
        unread = _of_poetry(content)
    elif backend == "uv_build":
        unread = _first(table(content, "tool", "uv", "build-backend"), _UV, "tool.uv.build-backend")
    else:
        unread = "" if backend == "flit_core.buildapi" else f"the backend {backend}"
    return Declared(found, (), unread)


def _of_hatch(content: Toml) -> str:
    build = table(content, "tool", "hatch", "build")
    wheel = table(build, "targets", "wheel")
    return _first(build, _HATCH, "tool.hatch.build") or _first(
        wheel, _HATCH, "tool.hatch.build.targets.wheel"
    )


def _of_poetry(content: Toml) -> str:
    poetry = table(content, "tool", "poetry")
    for one in poetry.get("packages") or ():
        if isinstance(one, dict) and "*" in str(one.get("include")):
            return "packages of [tool.poetry]"
    return _first(poetry, ("exclude",), "tool.poetry")


def _first(found: Toml, keys: Sequence[str], name: str) -> str:
    return next((f"{key} of [{name}]" for key in keys if found.get(key)), "")
