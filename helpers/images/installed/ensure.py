"""Give a container what `pip install -e .` of a dir's code would install.

Made beside the code, once for all dirs of a Python, below `tmp.helpers/installed/`: a folder for
each project, named by the hash of what it depends on. Looked for, locked, looked for again, built
aside and renamed; so two commands at once make the same, and none sees half of it.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from helpers.engine.containers import TextFile
from helpers.images.installed.key import installed_state, project_key
from helpers.images.installed.projects import Project, plan_projects
from helpers.images.installed.pythons import PYTHONS, keep_python, known_python
from helpers.images.installed.source import BIN, ENVIRONMENTS, SITE, Made, Source
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.dataclass import dataclass
from helpers.model.events import Listener, Notice, Warned
from helpers.model.names import digest_of
from helpers.model.runnable_dir import RunnableDir
from helpers.system.lease import Lease, is_held

_BUILDING = ".installing-"
_FAILED = "failed.txt"
_DAY = 24 * 3600
_KEPT_DAYS = 14
_KEPT_LINES = 4
# Failures that are not the project's fault and may pass next time.
_INDEX_TROUBLE = re.compile(
    r"No matching distribution|Could not find a version|[Cc]onnection|Retrying|resolve host"
    r"|name resolution|timed out|SSLError|HTTP error|\b50[0-9] "
)
# Lines of pip that only introduce other errors.
_FRAMES = re.compile(r"^\s*([^\x00-\x7f]|note:|\[end of output\]|\[notice\]|error: subprocess|$)")


@dataclass(frozen=True, slots=True)
class Installed:
    """What a container gets.

    Attributes:
        files: their paths begin with `site/` or `bin/`.
        python: the image's, and where it has packages and scripts; empty: that is not known.
        complete: nothing failed.
        learn: keeps what is known of the Python once somebody asked it.
    """

    files: tuple[TextFile, ...] = ()
    python: tuple[str, ...] = ()
    complete: bool = True
    learn: Callable[[Sequence[str]], None] | None = None

    @property
    def digest(self) -> str:
        """The hash of all of it; empty where there is nothing."""
        if not self.files:
            return ""
        content = hashlib.sha256()
        for file in self.files:
            content.update(f"{file.path}\0{len(file.content)}\0".encode() + file.content)
        return content.hexdigest()[:32]


NOTHING = Installed()


def ensure_installed(source: Source, listen: Listener) -> Installed:
    """Make what containers of the dir get, if it is missing or out of date.

    A project whose backend fails is told, and its code can be imported all the same.

    Raises:
        EngineError: the engine refused the container in which it is made.
        OSError: the disk is full.
    """
    inputs, item = source.inputs, source.runnable_dir
    projects = plan_projects(inputs, item.name)
    python, folders = ensure_made(source, projects, listen)
    failed = {project.place for project in projects if project.backend} - folders.keys()
    files = [*_made_files(folders), *_plain_files(inputs, item, projects, folders)]
    # Without a Python there is nothing to fail.
    learn = partial(keep_python, inputs.repo.root, source.image)
    return Installed(tuple(files), python[1:], complete=not (failed and python), learn=learn)


def only_importable(inputs: RepoInputs, item: RunnableDir) -> Installed:
    """What makes the code importable, and runs no build backend: no metadata, no scripts."""
    projects = plan_projects(inputs, item.name)
    return Installed(tuple(_plain_files(inputs, item, projects, {})), complete=False)


def ensure_made(
    source: Source, projects: Sequence[Project], listen: Listener
) -> tuple[tuple[str, ...], dict[str, Path]]:
    """Install the projects; return the image's Python, and each installed project's folder.

    Raises:
        EngineError: the engine refused the container in which it is made.
        OSError: the disk is full.
    """
    built = [project for project in projects if project.backend]
    python = _python(source, ask=bool(built))
    if not built or not python:
        return python, {}
    keys = {one.place: project_key(source.inputs, one, python[0]) for one in built}
    folders = _ensure(source, built, keys, listen)
    failed = {place for place, folder in folders.items() if (folder / _FAILED).is_file()}
    for project in built:
        if project.place in failed:
            _tell_failed(source, project, folders[project.place] / _FAILED, listen)
    return python, {place: found for place, found in folders.items() if place not in failed}


def reuse_state(inputs: RepoInputs, name: str) -> str:
    """The metadata that a dir's tests see besides its inputs; makes nothing."""
    return installed_state(inputs, plan_projects(inputs, name))


def _python(source: Source, *, ask: bool) -> tuple[str, ...]:
    """The cached facts of the image's Python; if there are none, it may be asked."""
    repo = source.inputs.repo.root
    found = known_python(repo, source.image)
    if found is None and ask:
        # Imported here: of most images it is known.
        from helpers.images.installed.build import read_python

        found = read_python(source)
        keep_python(repo, source.image, found)
    return found or ()


def _ensure(
    source: Source, projects: Sequence[Project], keys: Mapping[str, str], listen: Listener
) -> dict[str, Path]:
    """A folder for each project, by its place."""
    folders = {project.place: source.folder / keys[project.place] for project in projects}
    if not all(_is_made(folder) for folder in folders.values()):
        with ExitStack() as held:
            wanted = {_lease(one): one for one in projects if not _is_made(folders[one.place])}
            # In one order for all, so that none waits for another that waits for it.
            for name in sorted(wanted):
                held.enter_context(Lease(source.inputs.repo.root, name))
            missing = [one for one in wanted.values() if not _is_made(folders[one.place])]
            if missing:
                _make(source, missing, folders, listen)
    return folders


def _is_made(folder: Path) -> bool:
    try:
        seen = folder.stat().st_mtime
    except OSError:
        return False
    if (folder / _FAILED).is_file() and _INDEX_TROUBLE.search(_text(folder / _FAILED)):
        return False
    if seen < time.time() - _DAY:
        os.utime(folder)  # it is used
    return True


def _lease(project: Project) -> str:
    return f"installed-{digest_of(project.place, 12)}"


def _make(
    source: Source, projects: Sequence[Project], folders: Mapping[str, Path], listen: Listener
) -> None:
    # Imported here: mostly all is made.
    from helpers.images.installed.build import build_projects

    names = ", ".join(project.place for project in projects)
    listen(
        Notice(f"installing {names} as its build backend says (editable)", source.runnable_dir.name)
    )
    token = f"{_BUILDING[1:]}{os.getpid()}-{os.urandom(4).hex()}"
    folder = source.folder / f".{token}"
    with Lease(source.inputs.repo.root, token, passing=True):
        folder.mkdir()
        try:
            for made in build_projects(source, projects, folder):
                _take(made, folders[made.project.place])
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    _tidy(source)


def _take(made: Made, place: Path) -> None:
    """Move a result to its place; it replaces an earlier failure."""
    if made.lines:
        (made.folder / _FAILED).write_text("\n".join(made.lines) + "\n", encoding="utf-8")
    if place.exists():
        place.rename(made.folder.with_name(f"{made.folder.name}-old"))
    made.folder.rename(place)


def _tidy(source: Source) -> None:
    """Remove what was not used for two weeks, and what killed commands left."""
    before = time.time() - _KEPT_DAYS * _DAY
    for item in source.folder.iterdir():
        if item.name in (PYTHONS, ENVIRONMENTS):
            continue
        building = item.name.startswith(_BUILDING)
        if building and is_held(source.inputs.repo.root, item.name[1:]):
            continue
        if building or item.stat().st_mtime < before:
            shutil.rmtree(item, ignore_errors=True)


def _tell_failed(source: Source, project: Project, file: Path, listen: Listener) -> None:
    text = _text(file)
    lines = [line.strip() for line in text.splitlines() if not _FRAMES.match(line)]
    shown = "; ".join(lines[-_KEPT_LINES:])
    log = file.relative_to(source.inputs.repo.root)
    fix = f"correct {project.shown}; all that was said is in {log}"
    if _INDEX_TROUBLE.search(text):
        fix = "make the package index reachable (i doctor), then the same command again"
    what = f"{project.shown}: its build backend {project.backend} failed: {shown}"
    then = "its code can be imported, but it has no metadata, entry points and scripts"
    listen(Warned(f"{what}\n  {then}", source.runnable_dir.name, fix=fix))


def _made_files(folders: Mapping[str, Path]) -> list[TextFile]:
    found: dict[str, TextFile] = {}
    for folder in folders.values():
        for part in (SITE, BIN):
            for file in sorted((folder / part).rglob("*")):
                if file.is_file():
                    path = file.relative_to(folder).as_posix()
                    found.setdefault(path, TextFile(path, file.read_bytes()))
    return list(found.values())


def _plain_files(
    inputs: RepoInputs, item: RunnableDir, projects: Sequence[Project], folders: Mapping[str, Path]
) -> list[TextFile]:
    """The paths of code that nothing builds, of a backend that failed, and of bricks."""
    paths: dict[str, None] = {}
    for project in projects:
        if project.place not in folders:
            paths |= dict.fromkeys(project.folders)
        paths |= dict.fromkeys(project.outside)
    if not paths:
        return []
    lines = "".join(f"{inputs.repo.root / path}\n" for path in paths)
    return [TextFile(f"{SITE}/_code_of_{item.slug}.pth", os.fsencode(lines))]


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
