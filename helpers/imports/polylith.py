"""A workspace of Polylith's: its bricks, and what a base needs of them and of packages.

Source: https://davidvujic.github.io/python-polylith-docs/workspace/
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from helpers.imports.graph import Import, owner_of
from helpers.imports.places import Place, brick_places, is_test, module_file
from helpers.imports.source_lines import guards
from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers.locked import Toml
from helpers.lockers.toml_values import table
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_toml
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import path_below
from helpers.model.spelling import nearest_value

_FILE = "workspace.toml"
_BASES, _COMPONENTS = "bases", "components"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace, and the bricks in it.

    Attributes:
        folder: relative to the repo's root.
        content: of its `pyproject.toml`.
        bricks: by their folders; bases are in `bases`.
    """

    folder: str
    content: Toml
    bricks: Mapping[str, Place]

    @property
    def bases(self) -> dict[str, Place]:
        """The bases, by their modules, with dots."""
        start = f"{path_below(self.folder, _BASES)}/"
        found = (one for folder, one in self.bricks.items() if folder.startswith(start))
        return {next(iter(one.modules)): one for one in found}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a base needs.

    Attributes:
        bricks: itself first, then those that it imports, and those that these import.
        modules: the top-level modules of packages, each with the place of an import: file and line.
        perhaps: the same for those that may be missing, or are for type checkers alone.
    """

    bricks: tuple[Place, ...]
    modules: Mapping[str, str]
    perhaps: Mapping[str, str]


def find_workspace(inputs: RepoInputs, name: str) -> Workspace:
    """The workspace around a dir.

    Args:
        name: the dir's, which need not exist.

    Raises:
        HelpersError: there is none, or one of its files is malformed.
    """
    folder = name
    while folder != ".":
        folder = folder.rpartition("/")[0] or "."
        own = table(_read(inputs, path_below(folder, _FILE)), "tool", "polylith")
        content = _read(inputs, path_below(folder, PYPROJECT))
        own = own or table(content, "tool", "polylith")
        namespace, theme = own.get("namespace"), table(own, "structure").get("theme", "tdd")
        if isinstance(namespace, str) and namespace and content:
            sources = _sources(inputs, folder, namespace, theme)
            found = brick_places(inputs, dict.fromkeys(sources, 2))
            return Workspace(folder, content, _of_namespace(found, namespace))
    raise HelpersError(
        f"{name} is in no workspace of Polylith, whose bases a project deploys",
        where=f"no folder above it has {PYPROJECT}, and {_FILE} with a namespace",
        fix=f"poly create workspace --name NAMESPACE --theme loose   (beside {PYPROJECT})",
    )


def find_base(workspace: Workspace, name: str) -> Place:
    """The base that a project deploys.

    Args:
        name: its module, with dots.

    Raises:
        HelpersError: there is none of that name.
    """
    bases = workspace.bases
    if name in bases:
        return bases[name]
    raise HelpersError(
        f"there is no base {name!r}" if name else "which base is deployed was not said",
        where=f"{path_below(workspace.folder, _BASES)}: {', '.join(bases) or 'has no base'}",
        fix=f"--data base={nearest_value('', name, bases)}"
        if bases
        else "poly create base --name NAME",
    )


def find_needs(root: Path, workspace: Workspace, base: Place, imports: Iterable[Import]) -> Needs:
    """What a base needs.

    Args:
        root: the repo's.
        imports: of all bricks.

    Raises:
        HelpersError: an import is of a brick that is not there.
    """
    bricks = workspace.bricks
    owners = {module: one.folder for one in bricks.values() for module in one.modules}
    namespaces = {module.partition(".")[0] for module in owners}
    sites = _by_place(imports)
    order, modules, perhaps = [base.folder], dict[str, str](), dict[str, str]()
    for folder in order:  # grows while it is walked
        for one in sites.get(folder, ()):
            file = module_file(root, bricks[folder], one.module)
            top = one.imported.partition(".")[0]
            if is_test(file):
                continue
            if top in namespaces:
                other = owner_of(owners, one.imported)
                if not other and one.imported != top:
                    raise _no_brick(f"{file}:{one.line}", one.imported)
                order += [other] if other and other not in order else []
            elif top not in sys.stdlib_module_names:
                guarded = one.line in guards(root / file)
                (perhaps if guarded else modules).setdefault(top, f"{file}:{one.line}")
    return Needs(tuple(bricks[one] for one in order), modules, perhaps)


def _read(inputs: RepoInputs, path: str) -> Toml:
    if path not in inputs.snapshot:
        return {}
    try:
        return load_toml(inputs.declarations.read(path))
    except ValueError as error:
        raise HelpersError(str(error), where=path, fix=f"correct {path}") from error


def _sources(inputs: RepoInputs, folder: str, namespace: str, theme: object) -> list[str]:
    """The folders that have the namespace in them.

    In the theme `loose` one for all bases and one for all components, in `tdd` one for each brick.
    """
    found = []
    for kind in (_BASES, _COMPONENTS):
        above = path_below(folder, kind)
        if theme == "loose":
            found.append(above)
            continue
        depth = above.count("/") + 1
        for path in inputs.snapshot:
            parts = path.split("/")
            if path.startswith(f"{above}/") and parts[depth + 1 : depth + 3] == ["src", namespace]:
                found.append("/".join(parts[: depth + 2]))
    return list(dict.fromkeys(found))


def _of_namespace(bricks: Mapping[str, Place], namespace: str) -> dict[str, Place]:
    start = f"{namespace}."
    return {
        folder: one
        for folder, one in bricks.items()
        if any(module.startswith(start) for module in one.modules)
    }


def _by_place(imports: Iterable[Import]) -> dict[str, list[Import]]:
    found: dict[str, list[Import]] = {}
    for one in imports:
        found.setdefault(one.place, []).append(one)
    return found


def _no_brick(where: str, module: str) -> HelpersError:
    name = module.split(".")[1]
    return HelpersError(
        f"{module} is imported, and no brick of the workspace gives it",
        where=where,
        fix=f"poly create component --name {name}, or correct the import",
    )
