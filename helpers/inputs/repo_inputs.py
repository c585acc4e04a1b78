"""The inputs of every runnable dir of a repo, of the work tree or of a commit."""

import hashlib
import os
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path

from helpers.inputs.brick_tests import find_brick
from helpers.inputs.declarations import PYPROJECT, Declarations, open_declarations
from helpers.inputs.dependency_graph import GraphBuilder, LinkReader, WorkspaceSource
from helpers.lockers.requirement_files import decode
from helpers.lockers.workspaces import polylith
from helpers.model.dataclass import dataclass
from helpers.model.inputs import Dependency, DependencyGraph, DependencyKind, FileTree, Inputs
from helpers.model.repo import TOOLCHAIN_CODE, Repo
from helpers.model.runnable_dir import path_below, relative_name, runnable_dir_names
from helpers.vcs.snapshot import CommitFiles, Snapshot, read_work_tree


@dataclass(slots=True)
class RepoInputs:
    """What the dirs of a repo can see.

    Attributes:
        snapshot: all files, and their content.
        tree: the files by the dir that they belong to.
        outside: dependencies that lead out of the repo: the file that declares it, and the path.
        missing: dependencies on what does not exist.
        inner: by place, what it depends on within itself.
        locks: by dir, the lock file of the workspace that it is a member of.
        git_states: by checkout, what versions that come from git depend on; asked for once.
    """

    repo: Repo
    snapshot: Snapshot
    tree: FileTree
    graph: DependencyGraph
    declarations: Declarations
    outside: tuple[tuple[str, str], ...] = ()
    missing: tuple[Dependency, ...] = ()
    inner: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    locks: Mapping[str, str] = field(default_factory=dict)
    git_states: dict[Path, str] = field(default_factory=dict)
    _inputs: dict[str, Inputs] = field(default_factory=dict)
    _graphs: dict[tuple[DependencyKind, ...], DependencyGraph] = field(default_factory=dict)

    def of(self, name: str) -> Inputs:
        """The inputs of one dir."""
        if name not in self._inputs:
            self._inputs[name] = self.graph.inputs(name, self.tree)
        return self._inputs[name]

    def bricks(self, name: str) -> tuple[str, ...]:
        """The folders of the modules of the bricks that a dir lists, sorted."""
        listed = self.declarations.pyproject(path_below(name, PYPROJECT)).bricks
        found = (find_brick(name, *one) for one in listed)
        return tuple(sorted({one.modules for one in found if one}))

    def brick_tests(self, name: str) -> tuple[str, ...]:
        """The folders with tests of the bricks that a dir lists: its container runs them too."""
        found = self.graph.dependencies.get(name, ())
        return tuple(one.target for one in found if one.kind is DependencyKind.TESTS)

    def graph_of(self, *kinds: DependencyKind) -> DependencyGraph:
        """The graph with dependencies of these kinds alone; made once for all dirs."""
        if kinds not in self._graphs:
            found = {
                source: tuple(one for one in dependencies if one.kind in kinds)
                for source, dependencies in self.graph.dependencies.items()
            }
            self._graphs[kinds] = DependencyGraph(self.graph.dirs, found)
        return self._graphs[kinds]

    def digest(self, name: str) -> str:
        """A hash of the names, modes and content of a dir's inputs."""
        files = [f"{path}\0{self.snapshot[path]}" for path in self.of(name).files]
        return _digest([*files, f"lock\0{part}"] if (part := self.lock_part(name)) else files)

    def lock_part(self, name: str) -> str:
        """A hash of what the lock file of a workspace has for a member; empty where it is none."""
        if name not in self.locks:
            return ""
        if self.locks[name].endswith(polylith.LOCK_FILE):
            return self.declarations.shared_lock_part(self.locks[name], f"{name}/{PYPROJECT}")
        project = self.declarations.pyproject(f"{name}/{PYPROJECT}").name
        return self.declarations.lock_parts(self.locks[name]).get(project, "")

    def name_of(self, place: str) -> str:
        """The name of the project of a place, normalised; empty where it has none."""
        return self.declarations.pyproject(path_below(place, PYPROJECT)).name

    def workspace_source(self, place: str, target: str) -> WorkspaceSource:
        """What a workspace of uv knows of two projects of the repo."""
        builder = GraphBuilder(self.tree, self.declarations, lambda _: "/")
        return builder.workspace_source(place, target)

    def main_cycles(self) -> list[tuple[str, ...]]:
        """Cycles of main dependencies, which no order of building or installing satisfies."""
        return self.graph.cycles(DependencyKind.MAIN)

    def toolchain_digest(self) -> str:
        """A hash of the part of the toolchain's code that can change a test result."""
        root = self.repo.toolchain
        if root.is_relative_to(self.repo.root):
            code = toolchain_code(self.repo)
            own = (p for p in self.snapshot if p.startswith(code))
            return _digest(f"{path}\0{self.snapshot[path]}" for path in sorted(own))
        # Beside the repo: a checkout, or a copy that git does not know.
        files = (path for name in TOOLCHAIN_CODE for path in sorted((root / name).rglob("*.*")))
        kept = (path for path in files if path.is_file() and path.suffix != ".pyc")
        return _digest(f"{p.relative_to(root)}\0{_sha256(p.read_bytes())}" for p in kept)


def read_repo_inputs(repo: Repo, *, keep: bool = True, besides: Iterable[str] = ()) -> RepoInputs:
    """The inputs as the work tree has them.

    Args:
        keep: what was parsed for the next time, in a file; otherwise nothing is written.
        besides: folders of packages that the graph has even where no dir depends on them.

    Raises:
        ProcessError: git fails.
    """
    snapshot = read_work_tree(repo.root, keep=keep)

    def read(path: str) -> str:
        try:
            return decode((repo.root / path).read_bytes())
        except OSError:
            return ""

    def link_target(path: str) -> str:
        try:
            return _relative_to_link(repo, path, os.readlink(repo.root / path))  # noqa: PTH115
        except OSError:
            return "/"

    declarations = open_declarations(repo.root, snapshot, read)
    found = _build(repo, snapshot, declarations, link_target, besides)
    if keep:
        found.declarations.keep(repo.root)
    return found


def read_repo_inputs_of(repo: Repo, files: CommitFiles, present: RepoInputs) -> RepoInputs:
    """The inputs as a commit has them.

    Args:
        present: those of the work tree, whose parsed files are used again.

    Raises:
        ProcessError: git fails.
    """

    def link_target(path: str) -> str:
        return _relative_to_link(repo, path, os.fsdecode(files.read(path)))

    def read(path: str) -> str:
        return decode(files.read(path))

    declarations = Declarations(files.contents, read, present.declarations.known)
    return _build(repo, files.contents, declarations, link_target)


def toolchain_code(repo: Repo) -> tuple[str, ...]:
    """What the paths of the toolchain's own code start with; nothing where it is not in the repo.

    What an image or a container is made from decides about it as well as the code does.
    """
    if not repo.toolchain.is_relative_to(repo.root):
        return ()
    name = relative_name(repo.root, repo.toolchain)
    prefix = "" if name == "." else f"{name}/"
    return tuple(f"{prefix}{part}" for part in TOOLCHAIN_CODE)


def _build(
    repo: Repo,
    snapshot: Snapshot,
    declarations: Declarations,
    link_target: LinkReader,
    besides: Iterable[str] = (),
) -> RepoInputs:
    dirs = [name for name in runnable_dir_names(snapshot) if not repo.is_toolchain(name)]
    tree = FileTree.of(dirs, snapshot, repo.toolchains)
    places = tuple(item.place for item in repo.nested)
    builder = GraphBuilder(tree, declarations, link_target, places)
    graph = builder.build(besides)
    return RepoInputs(
        repo,
        snapshot,
        tree,
        graph,
        declarations,
        tuple(sorted(set(builder.outside))),
        tuple(sorted(set(builder.missing))),
        builder.inner,
        builder.locks,
    )


def _relative_to_link(repo: Repo, link: str, target: str) -> str:
    """What is written in a link; an absolute path into the repo as one from the link's folder."""
    root = f"{repo.root}/"
    if not target.startswith(root):
        return target
    return posixpath.relpath(target[len(root) :], link.rpartition("/")[0] or ".")


def _digest(lines: Iterable[str]) -> str:
    return _sha256(os.fsencode("\n".join(lines)))


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
