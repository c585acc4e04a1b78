"""What Tab offers, as lines that the shells read from a file: dev_scripts/completion/ says how.

The file is `tmp.helpers/completion` of the repo. Fields are separated by tabs:

    for      the program `i`, and the repo whose `setenv.sh` was sourced
    needs    a path: when it is newer than this file, or gone, the file is out of date
    program  its name, then its options: `--all`, or `--dir=<kind>` where it takes a value
    task     the same
    words    a kind, then its values
    dir      a runnable dir, then its versions
"""

import argparse
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from invoke.collection import Collection
from invoke.parser.context import ParserContext

from helpers.adoption.from_template.source import FOLDER, template_names
from helpers.model.errors import HelpersError
from helpers.model.images.code_kind import CodeKind
from helpers.model.images.name import Stage
from helpers.model.images.platform import PLATFORMS
from helpers.model.repo import Repo
from helpers.model.results.results import Suite
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.version import Part
from helpers.system.files import write_atomic
from helpers.system.host import Host, read_host
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT, find_roots
from helpers.system.repo_files import load_repo, read_changelog
from helpers.tasks.command import CommandTask
from helpers.tasks.test_options import command_line_parser
from helpers.vcs.discovery import discover_dirs

_FILE = "completion"
_MAIN_PYTEST = "main_pytest.py"
# The kinds of values that are no fixed words; the shells know them by these names.
_DIR, _VERSION, _TASK, _FILES = "dir", "version", "task", "file"
_FIXED = {
    "stage": tuple(Stage),
    "code": tuple(CodeKind),
    "suite": tuple(Suite),
    "platform": PLATFORMS,
    "bump": tuple(Part),
    "test-platforms": ("own", "all"),
}
# Options that mean something else in one task: a place that is not there yet.
_ELSEWHERE = {("adopt", "registry"), ("runnable_dir_create", _DIR)}

Line = tuple[str, ...]


def print_completions(core: ParserContext, collection: Collection) -> None:
    """Print the lines, and keep them in the repo's file where that can be written."""
    host = read_host()
    own = host.environment.get("HELPERS_REPO_ROOT", "")
    root = _root(host, own)
    folder = None
    with suppress(OSError):
        # Made first: the repo's root must be older than the file.
        folder = working_folder(root)
    began = time.time_ns()
    lines = [
        ("for", host.environment.get("HELPERS_ACTIVE", ""), own),
        *_commands(core, collection),
        *_of_the_repo(root),
    ]
    needed = sorted({str(path) for path in _modules(root)})
    text = _encoded([*lines, *(("needs", path) for path in needed)])
    if folder is not None:
        with suppress(OSError):
            write_atomic(folder / _FILE, text)
            # What changes while this runs is newer than the file.
            os.utime(folder / _FILE, ns=(began, began))
    sys.stdout.buffer.write(text)


def _root(host: Host, own: str) -> Path:
    """The repo that a command typed here means."""
    try:
        return find_roots(host.directory).repo
    except HelpersError:
        return Path(own or host.directory)


def _encoded(lines: Iterable[Line]) -> bytes:
    """The lines as bytes, without those that no line can hold or no terminal should get."""
    kept = (line for line in lines if not any(map(_has_controls, line)))
    return b"".join(os.fsencode("\t".join(line)) + b"\n" for line in kept)


def _has_controls(text: str) -> bool:
    return any(ord(letter) < 32 or ord(letter) == 127 for letter in text)


# --- Commands and their options ------------------------------------------------------------------


def _commands(core: ParserContext, collection: Collection) -> Iterator[Line]:
    options = (_typed(name, core, {"help": _TASK}) for name in core.flag_names())
    yield ("program", "i", *options)
    yield ("program", _MAIN_PYTEST, *_options_of(command_line_parser(_MAIN_PYTEST)))
    for context in sorted(collection.to_contexts(), key=lambda found: str(found.name)):
        name = str(context.name)
        kinds = _kinds(name) if isinstance(collection[name], CommandTask) else {}
        typed = [_typed(option, context, kinds) for option in context.flag_names()]
        for called in (name, *context.aliases):
            yield ("task", str(called), *typed)


def _kinds(task: str) -> dict[str, str]:
    names = (_DIR, _VERSION, "template", "registry", *_FIXED)
    return {name: name for name in names if (task, name) not in _ELSEWHERE}


def _typed(option: str, context: ParserContext, kinds: dict[str, str]) -> str:
    # --no-... of a switch is not among the flags.
    if option not in context.flags or not context.flags[option].takes_value:
        return option
    name = str(context.flags[option].name).replace("_", "-")
    return f"{option}={kinds.get(name, _FILES)}"


def _options_of(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        kind = ""
        if action.nargs != 0:
            is_known = action.choices or action.dest in (_DIR, _VERSION, *_FIXED)
            kind = action.dest if is_known else _FILES
        for option in action.option_strings:
            yield f"{option}={kind}" if kind else option


def _choices_of(parser: argparse.ArgumentParser) -> Iterator[Line]:
    for action in parser._actions:
        if action.choices and action.dest not in _FIXED:
            yield ("words", action.dest, *map(str, action.choices))


# --- Values --------------------------------------------------------------------------------------


def _of_the_repo(root: Path) -> Iterator[Line]:
    """Values, those of the repo too where its settings can be read."""
    for kind, words in _FIXED.items():
        yield ("words", kind, *words)
    yield from _choices_of(command_line_parser(_MAIN_PYTEST))
    yield ("words", "template", *template_names(TOOLCHAIN_ROOT))
    yield ("needs", str(TOOLCHAIN_ROOT / FOLDER))
    config = root / CONFIG_FILE_NAME
    for path in (config if config.exists() else root, _index(root)):
        yield ("needs", str(path))
    with suppress(HelpersError):
        repo = load_repo(root)
        yield ("words", "registry", *repo.config.registries)
        yield from _dirs(repo)


def _dirs(repo: Repo) -> Iterator[Line]:
    dirs = discover_dirs(repo)
    for found in dirs:
        yield (_DIR, found.name, *_versions(found))
    # A dir more or less changes the folder that holds it; one of another folder changes the index.
    # The shells look at changelogs themselves: at the one whose versions are asked for.
    folders = {str(repo.root), *(str(found.root.parent) for found in dirs if found.name != ".")}
    nested = {str(_index(repo.root / item.place)) for item in repo.nested}
    for path in sorted(folders | nested):
        yield ("needs", path)


def _versions(found: RunnableDir) -> list[str]:
    try:
        versions = [str(entry.version) for entry in read_changelog(found).entries]
    except HelpersError:
        return []
    return list(dict.fromkeys(versions))


def _index(checkout: Path) -> Path:
    """The index of a checkout; what will hold it where there is none yet."""
    folder = checkout / ".git"
    if folder.is_file():  # a submodule, or a linked worktree
        folder = checkout / folder.read_text(errors="surrogateescape").partition(":")[2].strip()
    return next(path for path in (folder / "index", folder, checkout) if path.exists())


def _modules(root: Path) -> Iterator[Path]:
    """The files that say which tasks there are."""
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if file and not file.startswith(sys.prefix):
            path = Path(file)
            if path.is_relative_to(root) or path.is_relative_to(TOOLCHAIN_ROOT):
                yield path
