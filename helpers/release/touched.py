"""Which dirs a changed file is an input of: their own files, and those that they depend on."""

from collections.abc import Iterable
from dataclasses import field

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.code_version import is_environment
from helpers.model.dataclass import dataclass
from helpers.model.inputs import ROOT, FileTree
from helpers.model.runnable_dir import places_above


@dataclass(slots=True)
class Touched:
    """Dirs as bits of a number, so that a path is looked up once for all of them.

    Attributes:
        tree: the files by the dir that they belong to.
    """

    tree: FileTree
    _own: dict[str, int] = field(default_factory=dict)
    _through: dict[str, int] = field(default_factory=dict)
    _around: dict[str, int] = field(default_factory=dict)
    _known: dict[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, inputs: RepoInputs, bits: Iterable[tuple[str, int]]) -> "Touched":
        """The dirs of one state of a repo, each with its bit."""
        made = cls(inputs.tree)
        for name, bit in bits:
            made._own[name] = made._own.get(name, 0) | bit
            for root in inputs.of(name).roots[1:]:
                made._through[root] = made._through.get(root, 0) | bit
                # A submodule around it is one path in the commits of the repo.
                for place in places_above(root):
                    made._around[place] = made._around.get(place, 0) | bit
        return made

    def by(self, path: str) -> tuple[int, int]:
        """The dirs whose own code a path is, and those that depend on it.

        What is of a dir's environment alone is neither.
        """
        found = self._known.get(path)
        if found is None:
            found = self._known[path] = self._look(path)
        return found

    def by_all(self, paths: Iterable[str]) -> tuple[int, int]:
        """The same of several paths together."""
        own = through = 0
        known = self._known
        for path in paths:
            one, other = known.get(path) or self.by(path)
            own, through = own | one, through | other
        return own, through & ~own

    def _look(self, path: str) -> tuple[int, int]:
        owner = self.tree.owner(path)
        own, through = 0, self._around.get(path, 0)
        for place in (path, *places_above(path)):
            bits = self._own.get(place, 0), self._through.get(place, 0)
            if any(bits) and self.tree.owner(place) == owner and not is_environment(place, path):
                own, through = own | bits[0], through | bits[1]
            if place == ROOT:
                break
        return own, through
