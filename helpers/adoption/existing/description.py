"""What there is in a directory that has code but is no runnable dir yet."""

from pathlib import Path, PurePosixPath

from helpers.adoption.existing.files import TEST_FILE, find_project_files
from helpers.adoption.existing.layout import (
    find_packages,
    import_folders,
    needs_to_be_installed,
)
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.declared import read_pyproject, read_pytest_settings
from helpers.lockers.locked import read_text
from helpers.lockers.named import (
    Kind,
    find_kind,
    find_lock_file,
    read_project,
    workspace_members,
)
from helpers.lockers.optional import Absent, chosen_parts, find_absent, held_names
from helpers.model.dataclass import dataclass
from helpers.model.settings.config import DirConfig

# At the top of a directory, and nothing that a test would be about.
_TOOLCHAINS_OWN = frozenset({"tasks.py", "helpers_tasks.py", "main_pytest.py"})
_SCRIPTS_OF_TOOLS = frozenset(
    {"__init__.py", "setup.py", "conftest.py", "noxfile.py", *_TOOLCHAINS_OWN}
)
# In the order in which pytest looks.
_PYTEST_FILES = ("pytest.ini", ".pytest.ini", PROJECT, "tox.ini", "setup.cfg")


@dataclass(frozen=True, slots=True)
class ExistingProject:
    """A directory with code, as its files say.

    Attributes:
        folder: absolute.
        kind: what decides about its packages.
        lock_file: the name of what its image is made from; empty: nothing is locked yet.
        import_folders: where its packages are imported from, besides the directory itself.
        packages: what can be imported, by name.
        scripts: Python files at the top that are no packages' parts.
        notebooks: paths of its notebooks.
        tests: paths of its files with tests.
        pytest_file: the file with pytest's settings; empty: it has none.
        wanted: the packages that its image will hold, as far as its files name them; normalised.
        files: paths of its own files, relative to it.
        config: its settings; the defaults where it has none yet.
        absent: what its image lacks since it leaves extras or groups out.
        inner: folders below it that are projects of their own.
        installed: a file of it that asks for the project's version as if that was installed.
    """

    folder: Path
    kind: Kind
    lock_file: str
    import_folders: tuple[str, ...]
    packages: tuple[str, ...]
    scripts: tuple[str, ...]
    notebooks: tuple[str, ...]
    tests: tuple[str, ...]
    pytest_file: str
    wanted: frozenset[str]
    files: tuple[str, ...]
    config: DirConfig
    absent: Absent
    inner: tuple[str, ...]
    installed: str

    @property
    def has_python(self) -> bool:
        """Whether there is anything that a test could be about."""
        return bool(self.packages or self.scripts or self.notebooks)

    @property
    def is_empty(self) -> bool:
        """Whether there is no code at all, not even in projects below."""
        return not (self.has_python or self.tests or self.inner)


def describe_project(folder: Path, config: DirConfig | None = None) -> ExistingProject:
    """Look at a directory.

    Args:
        config: its settings, where it has some.

    Raises:
        HelpersError: a file that describes it is malformed.
    """
    content = read_project(folder)
    settings = config or DirConfig()
    members = workspace_members(folder, content)
    found = find_project_files(folder, members)
    files = found.names
    kind = find_kind(folder, content)
    places = import_folders(folder, content, files, members)
    held, _ = chosen_parts(kind, content, settings)
    return ExistingProject(
        folder=folder,
        kind=kind,
        lock_file=find_lock_file(folder, kind),
        import_folders=places,
        packages=find_packages(files, (".", *places), content),
        scripts=tuple(n for n in files if n.endswith(".py") and "/" not in n and _is_script(n)),
        notebooks=tuple(n for n in files if n.endswith(".ipynb")),
        tests=tuple(n for n in files if TEST_FILE.fullmatch(PurePosixPath(n).name)),
        pytest_file=_pytest_file(folder),
        wanted=frozenset(held_names(folder, kind, content, held)),
        files=files,
        config=settings,
        absent=find_absent(folder, settings),
        inner=found.inner,
        installed=needs_to_be_installed(folder, files, content),
    )


def _is_script(name: str) -> bool:
    return name not in _SCRIPTS_OF_TOOLS and not TEST_FILE.fullmatch(name)


def _pytest_file(folder: Path) -> str:
    """The file from which pytest takes its settings, in the order in which it looks."""
    for name in _PYTEST_FILES:
        path = folder / name
        if not path.is_file():
            continue
        text = read_text(path)
        if name == PROJECT:
            if read_pyproject(text).pytest:
                return name
        elif read_pytest_settings(text, name).pytest:
            return name
    return ""
