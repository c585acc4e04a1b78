"""A project that only deploys: the bricks that a base of Polylith's needs, and their dependencies.

The template gives what is the same in all of them; bricks and dependencies are written into what
it gives, so that for updates of the template they are the user's.
"""

import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path

from helpers.imports.fix_bricks import plan_bricks
from helpers.imports.graph import Import, read_imports
from helpers.imports.places import Place
from helpers.imports.polylith import Needs, Workspace, find_base, find_needs, find_workspace
from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.lockers.declared import read_pyproject
from helpers.lockers.workspaces.part import Shared, write_part
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.packages.installed import python_name
from helpers.model.packages.python_imports import gives_module
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, path_below
from helpers.system.files import read_text

TEMPLATE = "project"
_BASE, _ENTRY, _MODULES, _LAYOUT = "base", "entry", "modules", "layout"
_MAIN, _CORE = "__main__", "core"
# Where a workspace does not say it, as the other templates have it.
_PYTHON = {True: "^3.11", False: ">=3.11"}


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a project deploys, and how its workspace has it written.

    Attributes:
        project: the project's folder, relative to the repo's root.
        needs: what its base needs.
        packages: those of the workspace's dependencies that are needed, normalised.
    """

    project: str
    shared: Shared
    needs: Needs
    packages: frozenset[str]

    @property
    def base(self) -> Place:
        """The base."""
        return self.needs.bricks[0]


def find_deployed(
    repo: Repo, project: RunnableDir, data: Mapping[str, str], listen: Listener
) -> Deployed:
    """What the answers ask for.

    Raises:
        HelpersError: there is no such workspace or base, or what a brick imports is in none of the
            workspace's declarations.
    """
    inputs = read_repo_inputs(repo)
    workspace = find_workspace(inputs, project.name)
    find_base(workspace, data.get(_BASE, ""))  # imports of many files are read after it
    imports = read_imports(inputs, list(workspace.bricks.values()), listen)
    return decide_deployed(inputs, project.name, data, imports)


def decide_deployed(
    inputs: RepoInputs, project: str, data: Mapping[str, str], imports: Iterable[Import]
) -> Deployed:
    """The same, of imports that were read.

    Args:
        project: the project's folder, relative to the repo's root.
        imports: of all bricks of the workspace.

    Raises:
        HelpersError: as `find_deployed`.
    """
    workspace = find_workspace(inputs, project)
    base = find_base(workspace, data.get(_BASE, ""))
    shared = _shared(inputs, workspace, project)
    named = _read_modules(data.get(_MODULES, ""))
    needs = find_needs(inputs.repo.root, workspace, base, imports)
    return Deployed(project, shared, needs, _packages(workspace, shared, needs, named))


def fixed_answers(deployed: Deployed, data: Mapping[str, str]) -> dict[str, str]:
    """The answers that are not asked for: bricks and dependencies are found with them.

    Raises:
        HelpersError: the project is to be written otherwise than its workspace.
    """
    layout = deployed.shared.layout
    if data.get(_LAYOUT, layout) != layout:
        raise HelpersError(
            f"--data {_LAYOUT}={data[_LAYOUT]}: the workspace's layout is {layout}, and its"
            " dependencies are taken as they are written there",
            fix=f"leave out --data {_LAYOUT}",
        )
    return {_MODULES: "", **data, _LAYOUT: layout}


def project_defaults(root: Path, deployed: Deployed, data: Mapping[str, str]) -> dict[str, str]:
    """The answers that the workspace and the base suggest.

    Args:
        root: the repo's.

    Raises:
        HelpersError: nothing says what production is to run.
    """
    shared = deployed.shared
    module, where = next(iter(deployed.base.modules.items()))
    found = {
        "python": shared.python or _PYTHON[shared.is_classic],
        "description": f"Deploys {module}.",
    }
    return found if data.get(_ENTRY) else {**found, _ENTRY: _entry(root, module, where)}


def fill_project(text: str, deployed: Deployed) -> str:
    """The text of the project's `pyproject.toml`, with its bricks and dependencies."""
    name = deployed.project
    listed = [(name, one.folder, next(iter(one.modules))) for one in deployed.needs.bricks]
    changes = plan_bricks({name: text}, listed)
    text = changes[0].after or text
    return write_part(text, deployed.shared, deployed.packages)


def _shared(inputs: RepoInputs, workspace: Workspace, project: str) -> Shared:
    way = posixpath.relpath(workspace.folder, project)
    declared = read_pyproject(inputs.declarations.read(path_below(workspace.folder, PYPROJECT)))
    below = "" if workspace.folder == "." else f"{workspace.folder}/"
    members = {}
    for path in inputs.snapshot if declared.members else ():
        if path.startswith(below) and path.endswith(f"/{PYPROJECT}"):
            folder = path.removesuffix(f"/{PYPROJECT}").removeprefix(below)
            if declared.has_member(folder):
                members[inputs.declarations.pyproject(path).name] = folder
    is_member = declared.has_member(project.removeprefix(below)) and bool(declared.members)
    return Shared(workspace.content, way, members, is_member)


def _packages(
    workspace: Workspace, shared: Shared, needs: Needs, named: Mapping[str, set[str]]
) -> frozenset[str]:
    declared = shared.names()
    found: set[str] = set()
    lacking: dict[str, str] = {}
    for module, where in {**needs.perhaps, **needs.modules}.items():
        giving = named.get(module) or {one for one in declared if gives_module(one, module)}
        if giving and giving <= declared:
            found |= giving
        elif module in needs.modules or module in named:
            lacking[module] = where
    if not lacking:
        return frozenset(found)
    module, where = next(iter(lacking.items()))
    file = path_below(workspace.folder, PYPROJECT)
    known = ", ".join(sorted(named.get(module, set()) - declared))
    raise HelpersError(
        f"{file} does not declare {known}, which is to give {module}"
        if known
        else f"{module} is imported, and no dependency that {file} declares is called like it",
        where="\n".join(f"{where}: {one}" for one, where in lacking.items()),
        fix=f"declare it in {file}"
        + ("" if known else f"; or, if one of these gives it:  --data {_MODULES}={module}=PACKAGE"),
    )


def _read_modules(given: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for item in filter(None, (one.strip() for one in given.split(","))):
        module, equals, package = (part.strip() for part in item.partition("="))
        if not (module and equals and package):
            raise HelpersError(
                f"--data {_MODULES}: {item!r} is not <module>=<package>",
                fix=f"--data {_MODULES}=git=gitpython,cv2=opencv-python",
            )
        found.setdefault(module, set()).add(python_name(package))
    return found


def _entry(root: Path, module: str, where: str) -> str:
    """The module that production runs: the base itself, or `core`, in which Polylith puts code."""
    if (root / where / f"{_MAIN}.py").is_file():
        return module
    text = read_text(root / where / f"{_CORE}.py") or ""
    if _MAIN in text:
        return f"{module}.{_CORE}"
    if "\ndef main(" in f"\n{text}":
        return f"{module}.{_CORE}:main"
    raise HelpersError(
        f"nothing says what production runs: {where} has no {_MAIN}.py, and its {_CORE}.py no"
        " main() and nothing for `if __name__ == ...`",
        where=where,
        fix=f"--data {_ENTRY}=MODULE, or --data {_ENTRY}=MODULE:FUNCTION",
    )
