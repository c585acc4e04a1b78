"""Which file, of those that a dir's tests cannot see, a failure may be about."""

import posixpath
import re
from collections.abc import Iterator, Set
from pathlib import Path

from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.results.results import DirResult
from helpers.model.runnable_dir import dir_config_name, dir_option, path_below

_QUOTED = re.compile(r"['\"]([^'\"\n]{1,300})['\"]")
_ABSOLUTE = re.compile(r"(/[^\s'\":,;()\[\]]{1,300})")
_MODULE = re.compile(r"No module named '?([A-Za-z_][\w.]*)'?")
_MOST = 5


def undeclared_hints(result: DirResult, inputs: RepoInputs, root: Path) -> list[str]:
    """A sentence for each file of the repo that a failure names and that is no input.

    Args:
        root: the repo's.
    """
    texts = [f"{test.message}\n{test.details}" for test in result.tests if test.bad]
    texts.append(result.problem)
    seen: dict[str, None] = {}
    visible = set(inputs.of(result.dir).files)
    for text in texts:
        for path in (*_files(text, result.dir, root), *_modules(text, inputs, visible)):
            # Asked of the disk first, which is quick, since most of what looks like a path is none.
            if (root / path).exists() and path not in visible and not _holds(path, visible):
                seen.setdefault(path)
    hints = [_hint(path, result.dir, inputs) for path in list(seen)[:_MOST]]
    bricks = dict.fromkeys(brick for text in texts for brick in _bricks(text, inputs, visible))
    hints += [_brick_hint(brick, result.dir) for brick in list(bricks)[:_MOST]]
    if any("not a git repository" in text for text in texts):
        config = posixpath.normpath(posixpath.join(result.dir, dir_config_name()))
        hints.append(
            f"git's own folder is no input: if the tests of {result.dir} need it, write"
            f" 'reuse: false' in {config}, or run with --no-reuse"
        )
    return hints


def _hint(path: str, name: str, inputs: RepoInputs) -> str:
    if path not in inputs.snapshot and not _holds(path, inputs.snapshot.keys()):
        return (
            f"{path} is ignored by git, so it is no input of {name}, and its tests do not see it:"
            " add it to git, or run with --no-reuse"
        )
    config = posixpath.normpath(posixpath.join(name, dir_config_name()))
    return (
        f"{path} is in the repo, but is no input of {name}: if its tests need it, add it to"
        f" depends_on in {config}"
    )


def _files(text: str, name: str, root: Path) -> Iterator[str]:
    """Paths that a text names, relative to the repo's root."""
    prefix = f"{root}/"
    for found in (*_ABSOLUTE.findall(text), *_QUOTED.findall(text)):
        path = posixpath.normpath(found)
        if path.startswith(prefix):
            yield path[len(prefix) :]
        elif not path.startswith("/"):
            relative = posixpath.normpath(posixpath.join(name, path))
            if not relative.startswith("..") and relative != ".":
                yield relative


def _modules(text: str, inputs: RepoInputs, visible: set[str]) -> Iterator[str]:
    """Where modules are that could not be imported."""
    for dotted in dict.fromkeys(_MODULE.findall(text)):
        top = dotted.partition(".")[0]
        ends = (f"/{top}/__init__.py", f"/{top}.py")
        places = sorted(
            (path for path in inputs.snapshot if f"/{path}".endswith(ends) and path not in visible),
            key=len,
        )
        if places:
            path = places[0].removesuffix("/__init__.py")
            yield _project_of(path, inputs)


def _bricks(text: str, inputs: RepoInputs, visible: set[str]) -> Iterator[str]:
    """The bricks (Polylith) whose modules could not be imported since nothing of them is seen."""
    for dotted in dict.fromkeys(_MODULE.findall(text)):
        namespace, _, rest = dotted.partition(".")
        if not rest:
            continue
        module = f"{namespace}/{rest.partition('.')[0]}"
        of_brick = re.compile(rf"(.+/)?(bases|components)/([^/]+/src/)?{re.escape(module)}(?=/)")
        found = (match[0] for path in inputs.snapshot if (match := of_brick.match(path)))
        brick = next(found, "")
        if brick and not _holds(brick, visible):
            yield brick


def _brick_hint(brick: str, name: str) -> str:
    return (
        f"{brick} is a brick that {name} does not list: if its tests need it, list it in"
        f" {path_below(name, PYPROJECT)}; what code outside tests imports,"
        f" i package_check {dir_option(name)} --fix  lists"
    )


def _project_of(path: str, inputs: RepoInputs) -> str:
    """The project that a module is part of, or the module itself."""
    folder = path.rpartition("/")[0]
    while folder:
        if f"{folder}/pyproject.toml" in inputs.snapshot:
            return folder
        folder = folder.rpartition("/")[0]
    return path


def _holds(folder: str, visible: Set[str]) -> bool:
    """Whether a path is a folder that the tests see something of."""
    return any(path.startswith(f"{folder}/") for path in visible)
