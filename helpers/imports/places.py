"""The projects and packages of a repo, with the modules that each has and what it declares."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs
from helpers.lockers import pip
from helpers.lockers.declared import brick_folders
from helpers.lockers.locked import Toml
from helpers.lockers.named import project_names, requirement_names
from helpers.lockers.path_dependencies import has_unknown_names, main_names, optional_names
from helpers.lockers.workspaces.polylith import WORKSPACE
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_toml
from helpers.model.inputs import ROOT, DependencyKind
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import DEVOPS, path_below, path_inside

# Top-level folders and modules that are no code of the project.
_APART = frozenset(
    {
        *("tests", "test", "docs", "doc", "examples", "benchmarks", DEVOPS, "build", "dist"),
        *("setup", "noxfile", "tasks", "conftest", "main_pytest"),
    }
)
_TEST_FOLDERS = frozenset({"tests", "test"})


@dataclass(frozen=True, slots=True)
class Place:
    """A runnable dir, a shared package or a brick.

    Attributes:
        folder: relative to the repo's root.
        is_dir: it is a runnable dir: a project that others do not import.
        is_brick: a folder of modules that projects list (Polylith), without a project of its own.
        modules: what can be imported from it, with dots, each with the folder or file where it is.
        main: the packages that its main dependencies name, normalised; None: not known from files.
        optional: those that an extra or a group alone names, with which one.
        internal: the places that it declares, those of main dependencies.
    """

    folder: str
    is_dir: bool = False
    is_brick: bool = False
    modules: Mapping[str, str] = field(default_factory=dict)
    main: frozenset[str] | None = frozenset()
    optional: Mapping[str, str] = field(default_factory=dict)
    internal: frozenset[str] = frozenset()


def read_places(inputs: RepoInputs) -> dict[str, Place]:
    """All places that dirs depend on, the dirs themselves, and the bricks beside those in use."""
    sources = _brick_sources(inputs)
    bricks = {brick for root, depth in sources.items() for brick in _bricks(inputs, root, depth)}
    folders = {*inputs.tree.dirs, *bricks}
    for name in inputs.tree.dirs:
        inside = inputs.inner.get(name, ())
        for root in (*inputs.of(name).roots, *inside):
            if path_below(root, PYPROJECT) in inputs.snapshot:
                folders.add(root)
    apart = [one for one in folders if one != "."]
    return {one: _place(inputs, one, sources, apart) for one in sorted(folders)}


def brick_places(inputs: RepoInputs, sources: Mapping[str, int]) -> dict[str, Place]:
    """The bricks in some folders, whether or not a dir lists them.

    Args:
        sources: how deep below each of the folders a brick is.
    """
    found = {brick for root, depth in sources.items() for brick in _bricks(inputs, root, depth)}
    return {one: _place(inputs, one, sources, ()) for one in sorted(found)}


def module_file(root: Path, place: Place, module: str) -> str:
    """The file of a module of a place, relative to the repo's root.

    Args:
        root: the repo's.
    """
    parts = module.split(".")
    names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    name = next(one for one in names if one in place.modules)
    where = place.modules[name]
    if where.endswith(".py"):
        return where
    below = module.removeprefix(name).replace(".", "/")
    package = f"{where}{below}/__init__.py"
    return package if (root / package).is_file() else f"{where}{below}.py"


def is_test(path: str) -> bool:
    """Whether a file is code of tests."""
    *folders, name = path.split("/")
    named = name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"
    return named or not _TEST_FOLDERS.isdisjoint(folders)


def _brick_sources(inputs: RepoInputs) -> dict[str, int]:
    """The folders that hold bricks, and how deep below them a brick is."""

    def own(name: str, root: str) -> bool:
        # What a project takes from a folder of its own is its code, but for the root of Polylith.
        return is_inside(root, name) and (name != ROOT or WORKSPACE not in inputs.snapshot)

    found = {}
    for name in inputs.tree.dirs:
        path = path_below(name, PYPROJECT)
        if path in inputs.snapshot:
            for source, module in brick_folders(inputs.declarations.read(path)):
                root = posixpath.normpath(posixpath.join(name, source))
                if not root.startswith("..") and not own(name, root) and module.strip("/"):
                    found[root] = len(module.strip("/").split("/"))
    return found


def _bricks(inputs: RepoInputs, root: str, depth: int) -> Iterator[str]:
    below = f"{root}/"
    for path in inputs.snapshot:
        if path.startswith(below) and path.endswith(".py"):
            parts = path.removeprefix(below).split("/")
            # Within a namespace a brick may have any name, such as `tasks`.
            if len(parts) > depth and _APART.isdisjoint(parts[: max(1, depth - 1)]):
                yield below + "/".join(parts[:depth])


def _place(
    inputs: RepoInputs, folder: str, sources: Mapping[str, int], apart: Iterable[str]
) -> Place:
    for root in sources:
        if folder.startswith(f"{root}/") and folder not in inputs.tree.dirs:
            module = folder.removeprefix(f"{root}/").replace("/", ".")
            return Place(folder, is_brick=True, modules={module: folder})
    path = path_below(folder, PYPROJECT)
    content = load_toml(inputs.declarations.read(path)) if path in inputs.snapshot else {}
    internal = {
        one.target
        for one in inputs.graph.dependencies.get(folder, ())
        if one.kind in (DependencyKind.MAIN, DependencyKind.DECLARED)
    }
    is_dir = folder in inputs.tree.dirs
    return Place(
        folder,
        is_dir=is_dir,
        modules=_modules(inputs, folder, [one for one in apart if one != folder]),
        main=_main(inputs, folder, content, is_dir=is_dir),
        optional=optional_names(content),
        internal=frozenset({*internal, *inputs.inner.get(folder, ())}),
    )


def _modules(inputs: RepoInputs, folder: str, apart: Iterable[str]) -> dict[str, str]:
    """The top-level modules below a folder, or its `src`, without those of places in it."""
    inner = tuple(f"{one}/" for one in apart if folder == "." or one.startswith(f"{folder}/"))
    found: dict[str, str] = {}
    for path in inputs.tree.below(folder):
        if not path.endswith(".py") or path.startswith(inner):
            continue
        parts = path_inside(folder, path).split("/")
        start = 1 if parts[0] == "src" and len(parts) > 1 else 0
        name = parts[start].removesuffix(".py")
        if name.isidentifier() and name not in _APART and not is_test(parts[start]):
            found[name] = path_below(folder, "/".join(parts[: start + 1]))
    return found


def _main(inputs: RepoInputs, folder: str, content: Toml, *, is_dir: bool) -> frozenset[str] | None:
    if has_unknown_names(content):
        return None
    names = project_names(content) | main_names(content)
    if is_dir:
        root = inputs.repo.root / folder
        listed = (pip.SOURCE_FILE, pip.LOCK_FILE)
        there = [name for name in listed if (root / name).is_file()]
        names |= requirement_names(root / there[0]) if there else set()
    return frozenset(names)
