"""The tests of the bricks that a project lists, and what pytest reads on the way to them.

In Polylith's theme `loose` they are in `test/` of the workspace, in `tdd` beside the brick:
https://davidvujic.github.io/python-polylith-docs/workspace/
"""

import fnmatch
import posixpath
from collections.abc import Iterator, Set
from dataclasses import field

from helpers.inputs.declarations import PYPROJECT, PYTEST_FILES, Declarations
from helpers.lockers.workspaces import polylith
from helpers.model.dataclass import dataclass
from helpers.model.inputs import ROOT, Dependency, DependencyKind, FileTree
from helpers.model.repo import is_inside
from helpers.model.runnable_dir import path_below, path_in_repo, places_above

FOLDER = "test"
_KINDS = ("bases", "components")
_SOURCE = "src"
# https://docs.pytest.org/en/stable/reference/reference.html#confval-python_files
_TEST_FILES = ("test_*.py", "*_test.py")
_READ_ON_THE_WAY = ("conftest.py", "__init__.py")


@dataclass(frozen=True, slots=True)
class Brick:
    """A brick of a workspace.

    Attributes:
        workspace: the workspace's folder, relative to the repo's root, as the others are.
        modules: where its modules are.
        tests: where Polylith has its tests, which need not be there.
    """

    workspace: str
    modules: str
    tests: str


def find_brick(project: str, source: str, include: str) -> Brick | None:
    """The brick that a project lists; None where it lists something else.

    Args:
        source: the folder of its modules, relative to the project.
        include: its path below that, with `/`; a pattern stands for the folders before it.
    """
    at = path_in_repo(project, source)
    parts = include.strip("/").split("/")
    plain = [part for n, part in enumerate(parts) if "*" not in "".join(parts[: n + 1])]
    if not at or not plain or not plain[0]:
        return None
    name = posixpath.normpath("/".join(plain))
    *above, last = at.split("/")
    if last in _KINDS:
        workspace = "/".join(above) or ROOT
        tests = path_below(workspace, f"{FOLDER}/{last}/{name}")
    elif last == _SOURCE and above[-2:-1] and above[-2] in _KINDS:
        workspace = "/".join(above[:-2]) or ROOT
        tests = f"{'/'.join(above)}/{FOLDER}/{name}"
    else:
        return None
    return Brick(workspace, f"{at}/{name}", tests)


@dataclass(slots=True)
class BrickTests:
    """Finds tests of bricks in the files of one snapshot.

    Attributes:
        folders: all that have files.
    """

    tree: FileTree
    declarations: Declarations
    folders: Set[str]
    _workspaces: dict[str, bool] = field(default_factory=dict)
    _tested: dict[str, bool] = field(default_factory=dict)

    def of(self, project: str) -> Iterator[Dependency]:
        """The folders with tests of a project's bricks, and what pytest reads above them."""
        declared_in = path_below(project, PYPROJECT)
        for source, include in self.declarations.pyproject(declared_in).bricks:
            brick = find_brick(project, source, include)
            if brick is None or not self._is_workspace(brick.workspace):
                continue
            for folder in self._with_tests(brick):
                yield Dependency(project, folder, DependencyKind.TESTS, declared_in)
                for path in self._read_above(folder, brick.workspace):
                    yield Dependency(project, path, DependencyKind.PYTEST, declared_in)

    def _with_tests(self, brick: Brick) -> Iterator[str]:
        if brick.tests in self.folders:
            yield brick.tests
        if brick.modules not in self._tested:
            self._tested[brick.modules] = any(
                fnmatch.fnmatchcase(path.rpartition("/")[2], pattern)
                for path in self.tree.below(brick.modules)
                for pattern in _TEST_FILES
            )
        if self._tested[brick.modules]:
            yield brick.modules

    def _is_workspace(self, folder: str) -> bool:
        if folder not in self._workspaces:
            paths = (path_below(folder, name) for name in (polylith.WORKSPACE, PYPROJECT))
            there = (path for path in paths if path in self.declarations.snapshot)
            self._workspaces[folder] = any(
                polylith.is_workspace(self.declarations.read(path)) for path in there
            )
        return self._workspaces[folder]

    def _read_above(self, tests: str, workspace: str) -> Iterator[str]:
        """Settings of pytest's, conftests and packages above tests.

        All those of the workspace; above it, as far as the settings that pytest finds.
        """
        waiting: list[str] = []
        for folder in places_above(tests):
            found = [
                path
                for path in (path_below(folder, name) for name in PYTEST_FILES)
                if path in self.declarations.snapshot and self.declarations.pytest_settings(path)
            ]
            for name in _READ_ON_THE_WAY:
                if (path := path_below(folder, name)) in self.declarations.snapshot:
                    waiting.append(path)
            inside = workspace == ROOT or is_inside(folder, workspace)
            if inside or found:
                yield from (*waiting, *found)
                waiting.clear()
            if found and (folder == workspace or not inside):
                return
