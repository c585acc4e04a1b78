"""The tests and their files that were most likely meant by names that there are not."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from helpers.model.numbers import list_few
from helpers.model.runnable_dir import RunnableDir
from helpers.vcs.files import list_files

# How much alike two names are, from 0 to 1.
_FILES, _TESTS = 0.8, 0.6


def file_alike(repo: Path, start: Path, wanted: str) -> str:
    """The test file whose path, from where the user stands or the repo's root, is nearly that."""
    # Imported here: most names are right.
    import difflib

    files = [repo / name for name in list_files(repo, ":(glob)**/*test*.py")]
    near = [path.relative_to(start) for path in files if path.is_relative_to(start)]
    names = [str(name) for name in (*near, *(path.relative_to(repo) for path in files))]
    return next(iter(difflib.get_close_matches(wanted, names, 1, _FILES)), "")


def hints_on_tests(runnable_dir: RunnableDir, nodes: Iterable[str]) -> Iterator[str]:
    """A sentence for each test that was named and is not in its file, with those that are."""
    import difflib

    for node in nodes:
        path, colons, test = node.partition("::")
        there = _tests_in(runnable_dir.root / path) if colons else []
        name = test.partition("[")[0]
        if not there or name in there or any(one.startswith(f"{name}::") for one in there):
            continue
        near = difflib.get_close_matches(name, there, 1, _TESTS)
        yield f"perhaps you meant {path}::{near[0]}" if near else f"{path} has: {list_few(there)}"


def _tests_in(file: Path) -> list[str]:
    """The names of a file's tests, as they stand behind it in a node; none where it is no code."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return []
    return list(_named(tree.body, ""))


def _named(body: Sequence[ast.stmt], within: str) -> Iterator[str]:
    for item in body:
        if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name[:4] == "test":
            yield within + item.name
        elif isinstance(item, ast.ClassDef):
            yield from _named(item.body, f"{within}{item.name}::")
