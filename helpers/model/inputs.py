"""Which files a runnable dir's tests can see, and through which dependency.

A dir's inputs are the files of its own tree and of whatever it depends on, transitively. A file
belongs to the deepest runnable dir above it, so a dir nested in another is no part of it.
All paths are relative to the repo's root, with `/`; `.` is the root itself.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import field, replace
from enum import StrEnum

from helpers.model.dataclass import dataclass

ROOT = "."


class DependencyKind(StrEnum):
    """The kind of declaration by which one place depends on another."""

    MAIN = "main"
    DEV = "dev"
    DECLARED = "declared"
    LINK = "link"
    PYTEST = "pytest"
    SERVICES = "services"


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
        return [_way_round(group, wanted) for group in groups]


@dataclass(frozen=True, slots=True)
class Affected:
    """A changed file that one dir sees.

    Attributes:
        path: the file.
        through: the dependencies that lead to it; none where it is the dir's own.
    """

    path: str
    through: tuple[Dependency, ...] = ()


def why_affected(inputs: Inputs, changed: Iterable[str], tree: FileTree) -> list[Affected]:
    """The changed files that are among a dir's inputs, each with how the dir depends on it.

    Args:
        changed: files that differ; those that were removed are found by where they were.
    """
    found = []
    for path in sorted(set(changed)):
        owner = tree.owner(path)
        for root in inputs.roots:
            inside = path == root or root == ROOT or path.startswith(root + "/")
            if inside and owner == tree.owner(root):
                found.append(Affected(path, inputs.path_to(root)))
                break
    return found


def affected_dirs(graph: DependencyGraph, tree: FileTree, changed: Iterable[str]) -> frozenset[str]:
    """The dirs that have at least one of the changed files among their inputs."""
    dependents: dict[str, list[str]] = {}
    for source, found in graph.dependencies.items():
        for dependency in found:
            dependents.setdefault(dependency.target, []).append(source)
    places = tree.dirs | dependents.keys()
    waiting = sorted({place for path in changed for place in _places_with(path, tree, places)})
    seen = set(waiting)
    for place in waiting:  # grows while it is walked
        for source in dependents.get(place, ()):
            if source not in seen:
                seen.add(source)
                waiting.append(source)
    return tree.dirs & seen


def _places_with(path: str, tree: FileTree, places: Set[str]) -> Iterator[str]:
    """The places whose files a path is among: itself, and folders above it of the same owner."""
    owner = tree.owner(path)
    place = path
    while True:
        if place in places and tree.owner(place) == owner:
            yield place
        if place == ROOT:
            return
        place = place.rpartition("/")[0] or ROOT


def components(wanted: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Strongly connected components (Tarjan 1972), without recursion.

    Each comes after those that it leads to.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []
    for start in sorted(wanted):
        if start in index:
            continue
        work = [(start, iter(wanted.get(start, ())))]
        index[start] = low[start] = len(index)
        stack.append(start)
        while work:
            place, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    work.append((target, iter(wanted.get(target, ()))))
                    break
                if target in stack:
                    low[place] = min(low[place], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[place])
                if low[place] == index[place]:
                    group = stack[stack.index(place) :]
                    del stack[stack.index(place) :]
                    found.append(sorted(group))
    return found


def _way_round(group: Sequence[str], wanted: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    start, left = group[0], set(group[1:])
    ways: list[tuple[str, ...]] = [(start,)]
    for way in ways:  # grows while it is walked: shortest ways first
        for target in wanted.get(way[-1], ()):
            if target == start:
                return (*way, start)
            if target in left:
                left.remove(target)
                ways.append((*way, target))
    return (*group, start)
