"""Which files a runnable dir's tests can see, and through which dependency.

A dir's inputs are the files of its own tree and of whatever it depends on, transitively. A file
belongs to the deepest runnable dir above it, so a dir nested in another is no part of it.
All paths are relative to the repo's root, with `/`; `.` is the root itself.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from enum import StrEnum

from helpers.model.cycles import components, way_round
from helpers.model.dataclass import dataclass

ROOT = "."


class DependencyKind(StrEnum):
    """The kind of declaration by which one place depends on another.

    `TESTS`: of the bricks that a project lists, which run in its container.
    """

    MAIN = "main"
    DEV = "dev"
    DECLARED = "declared"
    LINK = "link"
    PYTEST = "pytest"
    SERVICES = "services"
    TESTS = "tests"


# Those on files that nobody imports.
NO_PACKAGES = (
    DependencyKind.LINK,
    DependencyKind.PYTEST,
    DependencyKind.SERVICES,
    DependencyKind.TESTS,
)


@dataclass(frozen=True, slots=True, order=True)
class Dependency:
    """One place needs the files of another.

    Attributes:
        source: the runnable dir, package or file that depends.
        target: the directory or file that it depends on.
        declared_in: the file that says so.
    """

    source: str
    target: str
    kind: DependencyKind
    declared_in: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one dir's tests can see.

    Attributes:
        dir: the dir's name.
        roots: the directories and files that belong to it, itself first.
        files: all files below them, sorted.
        through: for each of `roots` but the first, the dependency that leads to it.
    """

    dir: str
    roots: tuple[str, ...]
    files: tuple[str, ...]
    through: Mapping[str, Dependency]

    def path_to(self, root: str) -> tuple[Dependency, ...]:
        """The dependencies that lead from the dir to one of its roots."""
        found: list[Dependency] = []
        while root in self.through:
            found.insert(0, self.through[root])
            root = self.through[root].source
        return tuple(found)


@dataclass(slots=True)
class FileTree:
    """A repo's files by the runnable dir that they belong to.

    Attributes:
        dirs: the runnable dirs.
        apart: folders whose files are no dir's own, such as the toolchain.
    """

    dirs: frozenset[str]
    apart: frozenset[str] = frozenset()
    _files: dict[str, list[str]] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, dirs: Iterable[str], files: Iterable[str], apart: Iterable[str] = ()) -> "FileTree":
        """Sort files by their owners."""
        tree = cls(frozenset(dirs), frozenset(apart))
        for path in sorted(files):
            tree._files.setdefault(tree.owner(path), []).append(path)
        return tree

    def owner(self, path: str) -> str:
        """The deepest runnable dir, or separate folder, at or above a path; empty: none."""
        if path in self.apart:
            return path
        if path in self.dirs or path == ROOT:
            return path if path in self.dirs else ""
        folder = path.rpartition("/")[0]
        found = self._owners.get(folder)
        if found is None:
            found = self.owner(folder or ROOT)
            self._owners[folder] = found
        return found

    def below(self, root: str) -> Sequence[str]:
        """The files at or below a path that belong to the same dir as the path itself, sorted."""
        files = self._files.get(self.owner(root), [])
        if root in self.dirs or root in self.apart or root == ROOT:
            return files
        found = files[bisect_left(files, root + "/") : bisect_left(files, root + "0")]
        at = bisect_left(files, root)
        return [root, *found] if at < len(files) and files[at] == root else found


@dataclass(frozen=True, slots=True)
class DependencyGraph:
    """What every runnable dir and package of a repo depends on.

    Attributes:
        dirs: names of the runnable dirs, sorted.
        dependencies: by their sources, each sorted.
    """

    dirs: tuple[str, ...]
    dependencies: Mapping[str, tuple[Dependency, ...]]

    def inputs(self, name: str, tree: FileTree) -> Inputs:
        """The inputs of one dir."""
        through: dict[str, Dependency] = {}
        order = [name]
        for place in order:  # grows while it is walked: nearest dependencies first
            for dependency in self.dependencies.get(place, ()):
                target = dependency.target
                if target != name and target not in through:
                    through[target] = dependency
                    order.append(target)
        files: set[str] = set()
        for place in order:
            files.update(tree.below(place))
        return Inputs(name, tuple(order), tuple(sorted(files)), through)

    def way(self, source: str, target: str, *kinds: DependencyKind) -> tuple[str, ...]:
        """The places on a shortest way of dependencies of these kinds; none: there is no way."""
        ways: list[tuple[str, ...]] = [(source,)]
        seen = {source}
        for way in ways:  # grows while it is walked: shortest ways first
            if way[-1] == target:
                return way
            for one in self.dependencies.get(way[-1], ()):
                if one.kind in kinds and one.target not in seen:
                    seen.add(one.target)
                    ways.append((*way, one.target))
        return ()

    def for_people(self, root_name: str) -> "DependencyGraph":
        """The same graph, whose root has the name that people call it by."""

        def name(place: str) -> str:
            return root_name if place == ROOT else place

        dependencies = {
            name(source): tuple(
                replace(one, source=name(one.source), target=name(one.target)) for one in found
            )
            for source, found in self.dependencies.items()
        }
        return DependencyGraph(tuple(sorted(map(name, self.dirs))), dependencies)

    def cycles(self, *kinds: DependencyKind) -> list[tuple[str, ...]]:
        """Places that depend on each other in a cycle, through dependencies of these kinds.

        Returns:
            For each cycle of places its shortest way round, from its first place by name back to
            that place.
        """
        wanted = {
            source: sorted({d.target for d in found if not kinds or d.kind in kinds} - {source})
            for source, found in self.dependencies.items()
        }
        groups = sorted(group for group in components(wanted) if len(group) > 1)
        return [way_round(group, wanted) for group in groups]
