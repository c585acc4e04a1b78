"""A copy of a dir's `pyproject.toml` and lock file, in which a tool may write and be interrupted.

In the container it stands at the dir's own path: a folder with the two copies, in which everything
else of the dir is mounted. So tools find the dir, and what it depends on by path, where they are,
and yet write nothing of the dir's own two files. Of a member of a workspace it is a copy of the
workspace: there the lock file is.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from helpers.lockers.project_lockers import PROJECT_LOCKERS
from helpers.model.dataclass import dataclass
from helpers.model.documents.parsing import load_toml, load_yaml
from helpers.model.errors import HelpersError
from helpers.model.names import digest_of
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.files import write_atomic
from helpers.system.lease import Lease, working_folder

# Environments of the host, which no container can use.
_LEFT_OUT = (".venv",)
_YAML = frozenset(one.LOCK_FILE for one in PROJECT_LOCKERS if not one.IS_TOML)
_YAML_ENDINGS = (".yml", ".yaml")

Mount = dict[str, Any]


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """The copy, and the files' contents when it was made.

    Attributes:
        root: what it is a copy of: the dir, or the workspace that the dir is a member of.
        before: by the files' paths relative to it.
        mounts: what the container is given, in the words of the Engine API.
        network: that of the container, in the same words; empty: the engine's default.
    """

    runnable_dir: RunnableDir
    root: Path
    folder: Path
    before: Mapping[str, bytes | None]
    mounts: tuple[Mount, ...]
    network: str = ""

    def read(self, name: str) -> str:
        """The current content of a file of the copy; empty if there is none."""
        path = self.folder / name
        return path.read_text(encoding="utf-8") if path.is_file() else ""

    def write(self, name: str, text: str) -> None:
        """Change a file of the copy, or make one that it may have."""
        if name in self.before:
            (self.folder / name).write_text(text, encoding="utf-8", newline="")

    def forget(self, name: str) -> None:
        """Remove a file of the copy: the tool starts without it."""
        (self.folder / name).unlink(missing_ok=True)

    def take_over(self) -> tuple[str, ...]:
        """Replace the dir's own files by the changed ones: all of them or none.

        Returns:
            The names of the files that were replaced.

        Raises:
            HelpersError: a result is incomplete, or somebody else changed the files meanwhile.
            OSError: the dir cannot be written; its files are as they were.
        """
        changed = {}
        for name, old in self.before.items():
            new = _read(self.folder / name)
            _check_complete(name, new)
            if _read(self.root / name) != old:
                raise HelpersError(
                    f"{name} changed in the meantime: nothing is written",
                    where=str(self.root / name),
                    fix="the same command again",
                )
            if new is not None and new != old:
                changed[name] = new
        _replace(self.root, changed, self.before)
        return tuple(changed)


@contextmanager
def working_copy(
    repo: Repo, runnable_dir: RunnableDir, root: Path, names: tuple[str, ...]
) -> Iterator[WorkingCopy]:
    """A copy of files, for as long as the context lasts; a folder has one at a time.

    Args:
        root: the dir's folder, or one around it, which `names` are relative to.
    """
    place = digest_of(str(root), 16)
    with Lease(repo.root, f"dependencies-{place}"):
        folder = working_folder(repo.root) / "dependencies" / place
        shutil.rmtree(folder, ignore_errors=True)  # of a command that was killed
        folder.mkdir(parents=True)
        try:
            before = {name: _read(root / name) for name in names}
            for name, content in before.items():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                if content is not None:
                    (folder / name).write_bytes(content)
            mounts = [_bind(folder, root), *_others(root, folder, names)]
            if root != repo.root:
                mounts.insert(0, _bind(repo.root, repo.root))
            yield WorkingCopy(runnable_dir, root, folder, before, tuple(mounts))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _others(root: Path, folder: Path, names: Iterable[str]) -> Iterator[Mount]:
    """The entries of a folder that are mounted into its copy; makes a mount point for each."""
    for item in sorted(root.iterdir()):
        if item.name in names or item.name in _LEFT_OUT:
            continue
        place = folder / item.name
        below = [name.partition("/")[2] for name in names if name.startswith(f"{item.name}/")]
        if below:
            yield from _others(item, place, below)
        elif item.is_symlink():
            place.symlink_to(item.readlink())
        elif item.is_dir():
            place.mkdir()
            yield _bind(item, item)
        elif item.is_file():
            place.touch()
            yield _bind(item, item)


def _bind(source: Path, target: Path) -> Mount:
    return {"Type": "bind", "Source": str(source), "Target": str(target)}


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _check_complete(name: str, content: bytes | None) -> None:
    try:
        text = (content or b"").decode("utf-8")
        if PurePosixPath(name).name in _YAML or name.endswith(_YAML_ENDINGS):
            load_yaml(text)
        elif not name.endswith(".txt"):
            load_toml(text)
    except ValueError as error:
        raise HelpersError(f"{name} was left half written: {error}; nothing is changed") from error
    if not content:
        raise HelpersError(f"the tool wrote no {name}; nothing is changed")


def _replace(root: Path, changed: Mapping[str, bytes], before: Mapping[str, bytes | None]) -> None:
    begun = []
    try:
        for name, content in changed.items():
            begun.append(name)
            write_atomic(root / name, content)
    except BaseException:
        for name in begun:
            old = before[name]
            if old is None:
                (root / name).unlink(missing_ok=True)
            elif _read(root / name) != old:
                write_atomic(root / name, old)
        raise
