"""Files beside those that a dir's image is made from, which ask for packages that it lacks.

Nothing is executed: a `setup.py` counts as far as it is plain lists.
"""

import ast
import re
from collections.abc import Collection, Iterator, Mapping
from configparser import ConfigParser, Error
from pathlib import Path

from helpers.lockers import pip
from helpers.lockers.compiled import development_extras
from helpers.lockers.fixes import add_packages
from helpers.lockers.locked import Toml
from helpers.lockers.named import Kind, named_lines, requirement_lines, requirement_names
from helpers.lockers.toml_values import texts
from helpers.model.dataclass import dataclass
from helpers.model.runnable_dir import DEVOPS
from helpers.system.files import unreadable

_REQUIREMENTS = re.compile(r"((.+[-_.])?requirements([-_.].+)?|requirements/.+)\.(txt|in)")
# What builds documentation, or looks at code alone, runs elsewhere; versions alone are no wish.
_OTHER_USE = re.compile(r"bench|build|constraint|doc|lint|mypy|release")
_DEVELOPING = re.compile(r"dev|test|check|\bci\b")
_ASKS = re.compile(r"\b(?:install|extras|tests)_require")
_SETUP_SCRIPT, _SETUP_CONFIG = "setup.py", "setup.cfg"


@dataclass(frozen=True, slots=True)
class Unread:
    """A file that asks for packages which no image of the dir has.

    Attributes:
        file: relative to the dir.
        packages: what is lacking: the normalised name, and the requirement.
        dev: only developing needs them.
    """

    file: str
    packages: Mapping[str, str]
    dev: bool

    def __str__(self) -> str:
        names = ", ".join(sorted(self.packages))
        return f"{self.file} asks for {names}, and the image is not made from {self.file}"

    def fix(self, folder: Path, below: str, kind: Kind) -> str:
        """The command, typed at the repo's root, that adds the packages to images."""
        lines = sorted(self.packages.values())
        if _REQUIREMENTS.fullmatch(self.file) and not kind.has_locker:
            as_it_is = kind is Kind.REQUIREMENTS and not (folder / pip.SOURCE_FILE).is_file()
            # A file without hashes, beside one with: what it asks for gets some in its place.
            if not (as_it_is and self.file in pip.DEV_FILES):
                lines = [f"-r {self.file}"]
        return add_packages(folder, below, kind, lines, dev=self.dev)


def unread_files(
    folder: Path, kind: Kind, content: Toml, held: Collection[str]
) -> tuple[Unread, ...]:
    """The files in a dir that ask for more than its development image holds.

    Args:
        content: its `pyproject.toml`.
        held: the packages that the image has, normalised.

    Raises:
        HelpersError: a file cannot be read.
    """
    if (folder / DEVOPS / "Dockerfile").is_file():
        return ()  # it decides alone what the image has
    there = set(held)
    if kind is Kind.REQUIREMENTS:
        for name in (pip.LOCK_FILE, *pip.dev_files(folder), *pip.PROD_FILES):
            there |= requirement_names(folder / name)
    found: list[Unread] = []
    for name, packages in (*_of_setup(folder, kind, content), *_of_requirements(folder)):
        # Each package is told once, of the first file that asks for it.
        lacking = {one: line for one, line in packages.items() if one not in there}
        if lacking:
            there |= lacking.keys()
            found.append(Unread(name, lacking, bool(_DEVELOPING.search(name))))
    return tuple(found)


def _of_requirements(folder: Path) -> Iterator[tuple[str, Mapping[str, str]]]:
    files = [path.name for path in folder.iterdir() if path.is_file()]
    below = folder / "requirements"
    if below.is_dir():
        files += [f"requirements/{path.name}" for path in below.iterdir() if path.is_file()]
    wanted = [
        name for name in files if _REQUIREMENTS.fullmatch(name) and not _OTHER_USE.search(name)
    ]
    # Compiled files name all that comes along; what they are compiled from says what is wanted.
    sources = {name.removesuffix(".in") for name in wanted if name.endswith(".in")}
    for name in sorted(wanted, key=lambda one: (bool(_DEVELOPING.search(one)), one)):
        if not (name.endswith(".txt") and name.removesuffix(".txt") in sources):
            yield name, requirement_lines(folder / name)


def _of_setup(folder: Path, kind: Kind, content: Toml) -> Iterator[tuple[str, Mapping[str, str]]]:
    """What setuptools' own files ask for, where no `[project]` speaks for them."""
    if "project" in content or kind in (Kind.PROJECT, Kind.UV):
        return
    for name, read in ((_SETUP_CONFIG, _read_config), (_SETUP_SCRIPT, _read_script)):
        if (folder / name).is_file():
            yield name, read(_text(folder / name))


def says_nothing_plainly(folder: Path) -> str:
    """The setup script, if one would have to run it to know which packages it asks for."""
    path = folder / _SETUP_SCRIPT
    text = _text(path) if path.is_file() else ""
    return _SETUP_SCRIPT if _ASKS.search(text) and not _read_script(text) else ""


def _text(path: Path) -> str:
    """A file in any encoding: names of packages are ASCII in all of them."""
    try:
        return path.read_bytes().decode(errors="replace")
    except OSError as error:
        raise unreadable(path, error) from error


def _read_config(text: str) -> dict[str, str]:
    parser = ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(text)
    except Error:
        return {}
    lines = parser.get("options", "install_requires", fallback="").splitlines()
    section = "options.extras_require"
    extras = dict(parser[section]) if parser.has_section(section) else {}
    listed = {name: given.splitlines() for name, given in extras.items()}
    return _named(lines, listed)


def _read_script(text: str) -> dict[str, str]:
    """The lists of a `setup.py` that stand there as such, or under a name of the module's own."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {}  # as Python says of what is nested too deeply, too
    own = {
        node.targets[0].id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    asked: dict[str, ast.expr] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("setup"):
            asked |= {one.arg: one.value for one in node.keywords if one.arg}
    values = {key: _literal(asked.get(key), own) for key in ("install_requires", "extras_require")}
    extras = values["extras_require"]
    return _named(
        list(texts(values["install_requires"])),
        {str(name): list(texts(lines)) for name, lines in extras.items()}
        if isinstance(extras, dict)
        else {},
    )


def _literal(node: ast.expr | None, own: Mapping[str, ast.expr]) -> object:
    if isinstance(node, ast.Name):
        node = own.get(node.id)
    try:
        return ast.literal_eval(node) if node is not None else None
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None


def _named(lines: list[str], extras: Mapping[str, list[str]]) -> dict[str, str]:
    """The packages of the project, and of the extras that developing needs."""
    as_project: Toml = {"project": {"optional-dependencies": dict(extras)}}
    wanted = [*lines, *(line for name in development_extras(as_project) for line in extras[name])]
    return {name: line.strip() for name, line in named_lines(wanted).items()}
