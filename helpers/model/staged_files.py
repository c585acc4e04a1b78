"""What no commit is to bring into a repo: large files, outputs of notebooks, and data."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from helpers.model.data import DATA_FOLDER, VERSION_SUFFIX, is_version
from helpers.model.errors import HelpersError
from helpers.model.runnable_dir import ROOT, path_below
from helpers.model.settings.file_names import CONFIG_FILE_NAME
from helpers.model.shell_words import quoted

LARGEST = 5_000_000
_NOTEBOOK = ".ipynb"
# What says of a folder what it is for, and that git is to ignore the rest.
_ABOUT_FOLDERS = (".gitignore", ".gitkeep", ".gitattributes", "README.md")


class StagedFile(NamedTuple):
    """A file whose content a commit changes.

    Attributes:
        path: relative to the root of its repo, with `/`.
        size: in bytes, as git keeps it.
    """

    path: str
    size: int


class Layout(NamedTuple):
    """What of a repo decides where data would be.

    Attributes:
        dirs: its runnable dirs.
        files: all files as the commit has them.
    """

    dirs: tuple[str, ...]
    files: Collection[str]

    def data_folder(self, path: str) -> str:
        """The folder of data that a file is in; empty: it is in none.

        Such a folder stands at the top of the repo or of a dir. A Python package of that name is
        code, and so are runnable dirs in it.
        """
        if f"{DATA_FOLDER}/" not in path:
            return ""  # of most files no dir need be asked
        for dir in (ROOT, *self.dirs):
            folder = path_below(dir, DATA_FOLDER)
            if not path.startswith(f"{folder}/") or f"{folder}/__init__.py" in self.files:
                continue
            below = (one for one in self.dirs if f"{one}/".startswith(f"{folder}/"))
            if not any(path.startswith(f"{one}/") for one in below):
                return folder
        return ""


def is_read(file: StagedFile, layout: Layout) -> bool:
    """Whether the content of a file decides about it, besides its name and size."""
    if file.size > LARGEST:
        return False
    is_noted = file.path.endswith(VERSION_SUFFIX) and bool(layout.data_folder(file.path))
    return is_noted or file.path.endswith(_NOTEBOOK)


def refusals(
    files: Iterable[StagedFile],
    texts: Mapping[str, str],
    layout: Layout,
    allowed: Mapping[str, date],
    today: date,
) -> Iterator[HelpersError]:
    """Why files may not be committed, one error for each.

    Args:
        texts: by path, the content of those that `is_read` says.
        allowed: by path, the last day on which a file may be committed all the same.
    """
    for file in files:
        last = allowed.get(file.path)
        if last and today <= last:
            continue
        error = _refusal(file, texts.get(file.path, ""), layout)
        if error and last:
            ended = f"{error.what}; 'large_files' allowed it until {last}"
            error = HelpersError(ended, where=error.where, fix=error.fix)
        if error:
            yield error


def _refusal(file: StagedFile, text: str, layout: Layout) -> HelpersError | None:
    path, name = file.path, file.path.rpartition("/")[2]
    leave = f"git restore --staged -- {quoted(f':/{path}')}"
    allow = f"; or allow it by name and date: large_files in {CONFIG_FILE_NAME}"
    folder = layout.data_folder(path)
    if folder and name not in _ABOUT_FOLDERS and not is_version(text):
        what = f"data is not committed, and this is below {folder}/: name its folder in 'data'"
        return HelpersError(f"{what} of devops/config.yaml", where=path, fix=leave + allow)
    if file.size > LARGEST:
        most = f"{LARGEST // 1_000_000} MB"
        what = f"a file of {file.size / 1_000_000:.1f} MB is not committed: {most} are the most"
        return HelpersError(what, where=path, fix=leave + allow)
    if path.endswith(_NOTEBOOK) and has_outputs(text):
        again = quoted(path)
        fix = f"pre-commit run nbstripout --files {again}; git add -- {quoted(f':/{path}')}"
        what = "a notebook is committed without its outputs, and this one has some"
        return HelpersError(what, where=path, fix=fix + allow)
    return None


def has_outputs(text: str) -> bool:
    """Whether a cell of a notebook has outputs; what is no notebook has none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    # Version 3 of the format has its cells in sheets.
    sheets = [found, *_items(found, "worksheets")]
    return any(_items(cell, "outputs") for sheet in sheets for cell in _items(sheet, "cells"))


def _items(value: Any, name: str) -> list[Any]:
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []
