"""Install projects as their build backends say, in a container, without touching their files.

The container sees the repo at its own path, which it can only read; of each project that is
installed it sees a copy there, so that what backends write beside the code (`*.egg-info`, `build`,
a file with the version) never reaches the work tree.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from helpers.images.installed.key import asks_git
from helpers.images.installed.projects import Project
from helpers.images.installed.source import ENVIRONMENTS, Made, Source
from helpers.images.installing.builder_container import BuilderContainer, builder_container
from helpers.images.installing.working_copy import Mount, WorkingCopy
from helpers.model.runnable_dir import DEVOPS, path_inside
from helpers.system.lease import working_folder
from helpers.vcs.git import LINK

# The script's path in the container, and its interpreter.
_SCRIPT = "editable.py"
# Modules that building made beside the code, by their paths in the project.
GENERATED = "beside"
_CODE = ".py"
_NO_CODE = re.compile(r"(^|/)(build|dist|[^/]*\.egg-info|\.eggs|__pycache__|tests?)/")
_FINDER = '''\
"""Modules that building made beside the code, such as one with the version."""

import importlib.machinery
import importlib.util
import os
import sys

FILES = {files}


class _Loader:
    def __init__(self, path):
        self.path = path

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        exec(compile(FILES[self.path], self.path, "exec"), module.__dict__)

    def get_source(self, name):
        return FILES[self.path]


class _Finder:
    """Asked last: a file that is there counts."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        for folder in sys.path if path is None else path:
            file = os.path.join(folder, name.rpartition(".")[2] + ".py")
            if file in FILES:
                spec = importlib.machinery.ModuleSpec(name, _Loader(file), origin=file)
                spec.has_location = True
                return spec
        return None


sys.meta_path.append(_Finder)
'''


def read_python(source: Source) -> tuple[str, ...]:
    """The image's Python: what tells it from others, its path, and its two folders.

    Nothing where it has none.

    Raises:
        EngineError: the engine refused the container.
    """
    with _container(source, source.folder, {}) as container:
        done = container.run(_command(source, "--python"), source.stopped)
    try:
        return tuple(json.loads(done.stdout.splitlines()[-1])) if done.status == 0 else ()
    except (ValueError, IndexError):
        return ()  # whatever calls itself Python there, is none


def build_projects(source: Source, projects: Sequence[Project], folder: Path) -> Iterator[Made]:
    """Install the projects, each into a folder of its own below `folder`.

    Raises:
        EngineError: the engine refused the container.
        OSError: the disk is full.
    """
    copies = {project.place: folder / f"copy{n}" for n, project in enumerate(projects)}
    listed = {one.place: _copy(source, one, copies[one.place]) for one in projects}
    root = source.inputs.repo.root
    with _container(source, folder, copies) as container:
        for number, project in enumerate(projects):
            target = folder / f"made{number}"
            (target / "site").mkdir(parents=True)
            place = root / project.place
            done = container.run(_command(source, str(target), str(place)), source.stopped)
            if done.status:
                yield Made(project, target, done.lines or ("it says nothing",))
                continue
            copy = copies[project.place]
            found = _keep_generated(copy, listed[project.place], target)
            _write_finder(found, place, target / "site", number)
            yield Made(project, target)


def _command(source: Source, *args: str) -> tuple[str, ...]:
    script = source.inputs.repo.shared_devops / "in_build" / _SCRIPT
    return ("python3", "-B", str(script), str(source.folder / ENVIRONMENTS), *args)


def _container(
    source: Source, folder: Path, copies: Mapping[str, Path]
) -> AbstractContextManager[BuilderContainer]:
    root = source.runnable_dir.root
    seen = WorkingCopy(source.runnable_dir, root, folder, {}, tuple(_mounts(source, copies)))
    repo = source.inputs.repo
    return builder_container(repo, seen, source.host, source.client, source.image, resolves=False)


def _mounts(source: Source, copies: Mapping[str, Path]) -> Iterator[Mount]:
    """Mount the repo read-only, and over it the writable folders and the copies."""
    repo, root = source.inputs.repo, source.inputs.repo.root
    read = [*source.git_folders]
    if not repo.toolchain.is_relative_to(root):
        read.append(repo.toolchain)
    outer = copies.get(".")
    read += [root] if outer is None else _beside(source)
    caches = working_folder(root) / "dependencies" / "caches"
    caches.mkdir(parents=True, exist_ok=True)
    written = {source.folder: source.folder, caches: caches}
    written |= {(root / place): copy for place, copy in copies.items()}
    for place, copy in copies.items():
        own = root / place / ".git"
        if place != "." and own.is_dir():
            (copy / ".git").mkdir(exist_ok=True)
            read.append(own)
    if outer is not None:
        # The engine would make them, as root.
        for inside in (path for path in (*read, *written) if path.is_relative_to(root)):
            (outer / inside.relative_to(root)).mkdir(parents=True, exist_ok=True)
    yield from ({**_bind(item, item), "ReadOnly": True} for item in read)
    yield from (_bind(item, target) for target, item in written.items())


def _beside(source: Source) -> Iterator[Path]:
    """Paths that are not part of the root's own project: git's folder, nested dirs."""
    repo, tree = source.inputs.repo, source.inputs.tree
    if (repo.root / ".git").is_dir():
        yield repo.root / ".git"
    for name in sorted({*tree.dirs, *tree.apart} - {"."}):
        if (repo.root / name).is_dir():
            yield repo.root / name


def _bind(source: Path, target: Path) -> Mount:
    return {"Type": "bind", "Source": str(source), "Target": str(target)}


def _copy(source: Source, project: Project, target: Path) -> set[str]:
    """Copy a project's files; return their paths relative to it."""
    root, place = source.inputs.repo.root, project.place
    # To a backend that looks for packages by itself, our folder is a second one beside the code.
    # For git, a missing folder would be a change, and so part of the version.
    hidden = "" if asks_git(project) else f"{DEVOPS}/"
    target.mkdir()
    listed = set()
    for path in source.inputs.tree.below(place):
        inside = path_inside(place, path)
        if hidden and inside.startswith(hidden):
            continue
        (target / inside).parent.mkdir(parents=True, exist_ok=True)
        try:
            if source.inputs.snapshot[path].startswith(LINK):
                (target / inside).symlink_to(os.readlink(root / path))  # noqa: PTH115
            else:
                shutil.copy2(root / path, target / inside)
        except FileNotFoundError:
            continue  # it went meanwhile
        listed.add(inside)
    marker = root / place / ".git"
    if marker.is_file():
        shutil.copy2(marker, target / ".git")
    return listed


def _keep_generated(copy: Path, listed: set[str], target: Path) -> dict[str, str]:
    """Keep modules that building made beside the code; return their texts by path."""
    found = {}
    for file in sorted(copy.rglob(f"*{_CODE}")):
        inside = file.relative_to(copy).as_posix()
        if inside in listed or _NO_CODE.search(inside) or inside.startswith("tmp."):
            continue
        found[inside] = file.read_text(encoding="utf-8", errors="replace")
        kept = target / GENERATED / inside
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(found[inside], encoding="utf-8")
    return found


def _write_finder(found: Mapping[str, str], place: Path, site: Path, number: int) -> None:
    """Write a finder that imports generated modules as if they stood beside the code."""
    if not found:
        return
    names = [path.name for path in site.glob("*.dist-info")] or [str(number)]
    name = "_made_beside_" + re.sub(r"\W", "_", names[0].removesuffix(".dist-info"))
    texts = {str(place / inside): text for inside, text in found.items()}
    code = _FINDER.replace("{files}", json.dumps(texts, indent=1))
    (site / f"{name}.py").write_text(code, encoding="utf-8")
    (site / f"{name}.pth").write_text(f"import {name}\n", encoding="utf-8")
