"""The virtual environment of a dir on the host: which commands make it, and what is left out.

uv makes it where it is there, pip else. Packages by path are not installed from requirements: what
`helpers.images.installed` makes of them is put beside.
"""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path

from helpers.lockers import pip
from helpers.lockers.locked import Locked
from helpers.lockers.named import named_lines
from helpers.lockers.required_python import Required
from helpers.lockers.requirement_files import logical_lines
from helpers.model.dataclass import dataclass

FOLDER = ".venv"
_UV = "uv"
# The newest first; an older Python runs no toolchain.
_MINORS = range(19, 8, -1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is installed from an index.

    Attributes:
        files: requirements by the name of their file; none names a package by path.
        main: the files that are installed; they may include the others.
        complete: every package is named, so that nothing is resolved.
    """

    files: Mapping[str, str] = field(default_factory=dict)
    main: tuple[str, ...] = ()
    complete: bool = False

    @property
    def lines(self) -> list[str]:
        """The lines of all files."""
        return [line for text in self.files.values() for line in logical_lines(text)]

    @property
    def names(self) -> tuple[str, ...]:
        """The packages, normalised and sorted."""
        return tuple(sorted(named_lines(line.partition(" --")[0] for line in self.lines)))


@dataclass(frozen=True, slots=True)
class Installer:
    """What installs on the host: uv at that path, or pip where it is empty."""

    uv: str

    @classmethod
    def find(cls, search_path: str | None) -> "Installer":
        """The one that is there."""
        return cls(shutil.which(_UV, path=search_path) or "")

    @property
    def name(self) -> str:
        """What people call it."""
        return _UV if self.uv else "pip"

    def make(self, python: str, folder: Path) -> list[str]:
        """The command that makes an empty environment.

        Args:
            python: an interpreter.
        """
        if self.uv:
            return [self.uv, "venv", "--quiet", "--no-project", "--python", python, str(folder)]
        return [python, "-m", "venv", str(folder)]

    def install(self, python: Path, folder: Path, wanted: Wanted) -> list[str]:
        """The command that installs the files, in that folder, for that Python."""
        hashes = ["--require-hashes"] if pip.has_hashes("\n".join(wanted.lines)) else []
        alone = ["--no-deps"] if wanted.complete or hashes else []
        files = (f"--requirement={folder / name}" for name in wanted.main)
        return [*self._pip(python, "install"), *alone, *hashes, *files]

    def uninstall(self, python: Path, names: Sequence[str]) -> list[str]:
        """The command that takes packages out of it."""
        return [*self._pip(python, "uninstall"), *([] if self.uv else ["--yes"]), *names]

    def _pip(self, python: Path, word: str) -> list[str]:
        if self.uv:
            return [self.uv, "pip", word, "--quiet", "--python", str(python)]
        return [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", word]


def interpreters(required: Sequence[Required], installer: Installer, own: str) -> Iterator[str]:
    """What may be the environment's Python, the best first.

    Args:
        own: the interpreter that runs this.
    """
    yield own
    yield from (f"python3.{minor}" for minor in _MINORS)
    texts = [one.alternatives[0] for one in required if len(one.alternatives) == 1]
    if installer.uv and texts:
        yield ",".join(texts)  # uv finds, or gets, one that fits


def wanted_of(locked: Locked, exported: str, root: Path) -> Wanted:
    """What of a dir's lock file is installed from an index.

    Args:
        exported: what `export_command` wrote; empty where pip's own files count.

    Raises:
        HelpersError: a file cannot be read.
    """
    if exported:
        return Wanted({pip.LOCK_FILE: _from_index(exported)}, (pip.LOCK_FILE,), complete=True)
    if locked.locker != pip.NAME:
        return Wanted()
    names = [name for name in (pip.LOCK_FILE, *pip.dev_files(root)) if name in locked.files]
    left_out = set(pip.PROD_FILES)
    texts = {n: _from_index(text) for n, text in locked.files.items() if n not in left_out}
    return Wanted(texts, tuple(names))


def _from_index(text: str) -> str:
    return "".join(f"{line}\n" for line in logical_lines(text) if not pip.is_local(line))
