"""Build the dependency graph of a repo from what its files declare."""

import fnmatch
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from typing import Protocol

from helpers.inputs.brick_tests import BrickTests
from helpers.inputs.declarations import PYPROJECT, PYTEST_FILES, Declarations
from helpers.lockers.all_lockers import WORKSPACE_LOCK
from helpers.lockers.declared import Declared
from helpers.lockers.project_lockers import OWN_LOCKS
from helpers.lockers.workspaces import polylith
from helpers.model.dataclass import dataclass
from helpers.model.inputs import (
    NO_PACKAGES,
    ROOT,
    Dependency,
    DependencyGraph,
    DependencyKind,
    FileTree,
)
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import (
    COMPOSE,
    DEVOPS,
    dir_config_name,
    path_below,
    path_inside,
    places_above,
)
from helpers.vcs.git import LINK

_REQUIREMENTS = ("requirements*.txt", "requirements*.in")


class LinkReader(Protocol):
    """Says where a link leads."""

    def __call__(self, path: str) -> str:
        """What is written in a link; what is absolute and in the repo is relative to its root.

        A path that begins with `/` leads out of the repo.
        """
        ...


@dataclass(frozen=True, slots=True)
class WorkspaceSource:
    """What a workspace of uv knows of a project that another one is to depend on.

    Attributes:
        in_workspace: both are its members, so that it finds the one by its name.
        has_source: its root says where the one is, for all members.
    """

    in_workspace: bool = False
    has_source: bool = False


@dataclass(slots=True)
class GraphBuilder:
    """Follows dependencies from the runnable dirs on, until no new place is found.

    Attributes:
        places: the repos that are submodules: their dirs' settings are relative to them.
        outside: dependencies that lead out of the repo: source, and path as written.
        missing: dependencies on what does not exist.
        inner: by place, what it depends on within itself, such as members of its own workspace.
        locks: by dir, the lock file of the workspace of uv that locks it.
    """

    tree: FileTree
    declarations: Declarations
    link_target: LinkReader
    places: tuple[str, ...] = ()
    outside: list[tuple[str, str]] = field(default_factory=list)
    missing: list[Dependency] = field(default_factory=list)
    inner: dict[str, tuple[str, ...]] = field(default_factory=dict)
    locks: dict[str, str] = field(default_factory=dict)
    _workspaces: dict[str, dict[str, str]] = field(default_factory=dict)
    _folders: set[str] = field(default_factory=set)
    _brick_tests: BrickTests | None = None

    def build(self, besides: Iterable[str] = ()) -> DependencyGraph:
        """The graph of all runnable dirs and of what they depend on.

        Args:
            besides: folders of packages that nothing may depend on yet.
        """
        self._folders = _folders(self.declarations.snapshot)
        self._brick_tests = BrickTests(self.tree, self.declarations, self._folders)
        found: dict[str, tuple[Dependency, ...]] = {}
        places = sorted(self.tree.dirs)
        for place in places:
            self._find_lock(place)
        places += sorted(set(besides) - self.tree.dirs)
        queued = set(places)
        for place in places:  # grows while it is walked
            own = tuple(sorted(set(self._with_inner(place))))
            if own:
                found[place] = own
            for dependency in own:
                if dependency.target not in queued:
                    queued.add(dependency.target)
                    places.append(dependency.target)
        return DependencyGraph(tuple(sorted(self.tree.dirs)), found)

    def workspace_source(self, place: str, target: str) -> WorkspaceSource:
        """What the workspace that a project is a member of knows of another project."""
        self._folders = self._folders or _folders(self.declarations.snapshot)
        around = self._workspace_root(place)
        if not around:
            return WorkspaceSource()
        shared = self.declarations.pyproject(path_below(around, PYPROJECT))
        name = self.declarations.pyproject(path_below(target, PYPROJECT)).name
        known = {*dict(shared.path_sources), *shared.workspace_sources}
        return WorkspaceSource(
            target == around or target in self._members(around).values(),
            around != place and name in known,
        )

    def _with_inner(self, place: str) -> Iterator[Dependency]:
        """The dependencies of a place, and of those places inside it that it depends on."""
        inner = [place]
        for one in inner:  # grows while it is walked
            for found in self._of(one):
                dependency = replace(found, source=place)
                if self._leads_away(dependency):
                    yield dependency
                elif found.target in self._folders and found.kind not in NO_PACKAGES:
                    inner += [found.target] if found.target not in inner else []
        if inner[1:]:
            self.inner[place] = tuple(inner[1:])

    def _leads_away(self, dependency: Dependency) -> bool:
        """Whether a dependency adds files: one within the place itself does not."""
        source, target = dependency.source, dependency.target
        if target == source:
            return False
        inside = source == ROOT or target.startswith(f"{source}/")
        return not (inside and self.tree.owner(target) == self.tree.owner(source))

    def _of(self, place: str) -> Iterator[Dependency]:
        if place in self._folders or place == ROOT:
            yield from self._project(place)
            yield from self._requirements(place)
        if place in self.tree.dirs:
            yield from self._settings(place)
            yield from self._pytest(place)
            yield from self._services(place)
            yield from self._brick_tests.of(place) if self._brick_tests else ()
        yield from self._links(place)

    def _project(self, place: str) -> Iterator[Dependency]:
        path = path_below(place, PYPROJECT)
        if path not in self.declarations.snapshot:
            return
        project = self.declarations.pyproject(path)
        yield from self._paths(place, place, project, path)
        yield from self._workspace(place, project, path)

    def _paths(
        self, place: str, folder: str, found: Declared, declared_in: str
    ) -> Iterator[Dependency]:
        for kind, written in found.paths:
            yield from self._dependency(place, folder, written, DependencyKind(kind), declared_in)

    def _workspace(self, place: str, project: Declared, path: str) -> Iterator[Dependency]:
        """What uv finds by name: sources of the project itself, then those of its workspace."""
        kinds = {name: DependencyKind(kind) for kind, name in reversed(project.requires)}
        around = self._workspace_root(place) if kinds else ""
        own = {*dict(project.path_sources), *project.workspace_sources}
        places = [(place, path, project)]
        if around and around != place:
            shared = path_below(around, PYPROJECT)
            places.append((around, shared, self.declarations.pyproject(shared)))
        for folder, declared_in, sources in places:
            names = {name for name in kinds if folder == place or name not in own}
            before = declared_in
            for name, written in sources.path_sources:
                if name in names:
                    yield from self._dependency(place, folder, written, kinds[name], declared_in)
                    yield from self._on_file(place, before, path)
            for name in sources.workspace_sources:
                member = self._members(around).get(name) if name in names else None
                if member:
                    yield Dependency(place, member, kinds[name], declared_in)
                    yield from self._on_file(place, path_below(around, PYPROJECT), path)

    def _on_file(self, place: str, file: str, declared_in: str) -> Iterator[Dependency]:
        """A workspace's own file says where names are found, so its members see it."""
        if file != declared_in:
            yield Dependency(place, file, DependencyKind.MAIN, declared_in)

    def _workspace_root(self, place: str) -> str:
        """The folder whose workspace the place is a member of; empty: none; `.`: the root."""
        if path_below(place, PYPROJECT) not in self.declarations.snapshot:
            return ""
        for folder in (place, *places_above(place)):
            path = path_below(folder, PYPROJECT)
            if path in self.declarations.snapshot:
                found = self.declarations.pyproject(path)
                if found.members and (folder == place or place in self._members(folder).values()):
                    return folder
        return ""

    def _find_lock(self, place: str) -> None:
        if any(path_below(place, name) in self.declarations.snapshot for name in OWN_LOCKS):
            return
        around = self._workspace_root(place)
        lock = path_below(around, WORKSPACE_LOCK) if around else ""
        if around != place and lock in self.declarations.snapshot:
            self.locks[place] = lock
        elif path_below(place, PYPROJECT) in self.declarations.snapshot:
            folder = next(filter(self._is_polylith, places_above(place)), "")
            if folder:
                self.locks[place] = path_below(folder, polylith.LOCK_FILE)

    def _is_polylith(self, folder: str) -> bool:
        """Whether a folder is the root of a workspace of Polylith's that has a lock file."""
        names = (polylith.LOCK_FILE, polylith.WORKSPACE, PYPROJECT)
        if not all(path_below(folder, one) in self.declarations.snapshot for one in names):
            return False
        path = path_below(folder, polylith.WORKSPACE)
        return polylith.is_workspace(self.declarations.read(path))

    def _members(self, root: str) -> dict[str, str]:
        """The members of a workspace: their folders by their names."""
        if root not in self._workspaces:
            workspace = self.declarations.pyproject(path_below(root, PYPROJECT))
            found = {}
            for path in self.declarations.snapshot:
                folder, _, file = path.rpartition("/")
                if file == PYPROJECT and workspace.has_member(
                    posixpath.relpath(folder or ROOT, root)
                ):
                    found[self.declarations.pyproject(path).name] = folder or ROOT
            self._workspaces[root] = found
        return self._workspaces[root]

    def _requirements(self, place: str) -> Iterator[Dependency]:
        names = path_below(place, "requirements")
        waiting = [
            path
            for path in self.tree.below(place)
            if path.startswith(names) and _is_requirements(path, place)
        ]
        seen = set(waiting)
        for path in waiting:  # grows while it is walked: files include others
            found = self.declarations.requirements(path)
            folder = path.rpartition("/")[0] or ROOT
            for dependency in self._paths(place, folder, found, path):
                yield dependency
                target = dependency.target
                if target in self.declarations.snapshot and target not in seen:
                    seen.add(target)
                    waiting.append(target)

    def _settings(self, place: str) -> Iterator[Dependency]:
        path = path_below(place, dir_config_name())
        around = (repo for repo in self.places if is_inside(place, repo))
        root = max(around, key=len, default=ROOT)
        for written in self.declarations.depends_on(path):
            yield from self._dependency(place, root, written, DependencyKind.DECLARED, path)

    def _pytest(self, place: str) -> Iterator[Dependency]:
        """Pytest settings above a dir that has none, and conftests on the way.

        How pytest finds them: https://docs.pytest.org/en/stable/reference/customize.html
        """
        folders = [place, *places_above(place)]
        for number, folder in enumerate(folders):
            for name in PYTEST_FILES:
                path = path_below(folder, name)
                if path not in self.declarations.snapshot:
                    continue
                if not self.declarations.pytest_settings(path):
                    continue
                if number:
                    conftests = (
                        path_below(above, "conftest.py") for above in folders[1 : number + 1]
                    )
                    wanted = [path, *(c for c in conftests if c in self.declarations.snapshot)]
                    for target in wanted:
                        yield Dependency(place, target, DependencyKind.PYTEST, path)
                return

    def _services(self, place: str) -> Iterator[Dependency]:
        """What services are built from and see. What is not there may be made before they start."""
        path = path_below(place, COMPOSE)
        for kind, written in self.declarations.services(path).paths:
            target = posixpath.normpath(path_below(path_below(place, DEVOPS), written))
            if not written.startswith(("/", "~")) and self._exists(target):
                yield Dependency(place, target, DependencyKind(kind), path)

    def _links(self, place: str) -> Iterator[Dependency]:
        for path in self.tree.below(place):
            if self.declarations.snapshot[path].startswith(LINK):
                for target in self._hops(self._written_in(path)):
                    if self._exists(target):
                        yield Dependency(place, target, DependencyKind.LINK, path)

    def _written_in(self, link: str) -> str:
        """The path that a link names, relative to the repo's root, as far as it is in the repo."""
        written = self.link_target(link)
        folder = link.rpartition("/")[0] or ROOT
        return (
            written if written.startswith("/") else posixpath.normpath(path_below(folder, written))
        )

    def _hops(self, path: str) -> list[str]:
        """What a path needs: each link on its way, and the place where it ends."""
        found: list[str] = []
        rest = path
        while not rest.startswith(("/", "../")) and rest != "..":
            link = self._first_link(rest)
            if not link or link in found:  # links may form a cycle
                return [*found, rest]
            found.append(link)
            rest = posixpath.normpath(path_below(self._written_in(link), rest[len(link) + 1 :]))
        return found

    def _first_link(self, path: str) -> str:
        """The first part of a path that is a link; empty: none is."""
        parts = path.split("/")
        for end in range(1, len(parts) + 1):
            above = "/".join(parts[:end])
            if self.declarations.snapshot.get(above, "").startswith(LINK):
                return above
        return ""

    def _dependency(
        self, place: str, folder: str, written: str, kind: DependencyKind, declared_in: str
    ) -> Iterator[Dependency]:
        target = posixpath.normpath(path_below(folder, written))
        if target.startswith(("../", "/")) or target == "..":
            self.outside.append((declared_in, written))
            return
        dependency = Dependency(place, target, kind, declared_in)
        if not self._exists(target):
            self.missing.append(dependency)
        yield dependency

    def _exists(self, path: str) -> bool:
        return path == ROOT or path in self._folders or path in self.declarations.snapshot


def _is_requirements(path: str, place: str) -> bool:
    folder, _, name = path_inside(place, path).rpartition("/")
    if folder == "requirements":
        return name.endswith((".txt", ".in"))
    return not folder and any(fnmatch.fnmatchcase(name, one) for one in _REQUIREMENTS)


def _folders(paths: "dict[str, str]") -> set[str]:
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found
