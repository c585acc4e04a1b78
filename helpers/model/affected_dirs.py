"""Which runnable dirs a changed file affects, and through which dependencies."""

from collections.abc import Iterable, Iterator, Set

from helpers.model.dataclass import dataclass
from helpers.model.inputs import ROOT, Dependency, DependencyGraph, FileTree, Inputs


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
