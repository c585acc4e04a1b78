"""What people name on the command line: dirs, folders of dirs, and files and tests in them."""

import glob
import posixpath
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, is_pattern, relative_name
from helpers.testing.hints.spelled_alike import file_alike
from helpers.vcs.chosen_dir import find_dir, looked_in, named_alike
from helpers.vcs.lost_dirs import check_lost_dirs, find_lost_dirs


@dataclass(frozen=True, slots=True)
class Place:
    """A dir, and what of its tests is meant.

    Attributes:
        node: a test, a file or a folder, relative to the dir, as pytest writes it; empty: all.
    """

    dir: RunnableDir
    node: str = ""


def find_places(
    repo: Repo,
    start: Path,
    wanted: Iterable[str],
    every_dir: Sequence[RunnableDir],
    bricks: Mapping[str, Sequence[str]],
) -> list[Place]:
    """The dirs and tests that are named, each once, in the order given.

    Args:
        start: the directory where the user stands.
        wanted: paths, relative to `start` or to the repo's root: a dir, a folder above dirs, a file
            or folder of a dir's tests, with `::` and the name of a test behind it; patterns that
            the shell did not expand.
        bricks: by dir, the folders with tests of its bricks; a place in them is one of each dir.

    Raises:
        HelpersError: one names nothing that has tests.
    """
    owners = {item.root: item for item in every_dir}
    found: dict[Place, None] = {}
    for text in wanted:
        path, colons, test = text.partition("::")
        folders = _paths(repo, start, path)
        if not folders:
            raise HelpersError(
                f"there is no {path!r}",
                where=looked_in(start, repo.root),
                fix=_meant(repo, start, path, colons + test)
                or named_alike([item.name for item in every_dir], path)
                or "i dirs  lists the runnable dirs",
            )
        new = [
            place
            for one in folders
            for place in (
                *_of(repo, one, colons + test, owners),
                *_of_bricks(repo, one, colons + test, every_dir, bricks),
            )
        ]
        if not new and folders[0].is_dir():
            find_dir(repo, start, path)  # says what it lacks to be one
        if not new:
            raise HelpersError(
                f"{path!r} is in no runnable dir",
                where=str(folders[0]),
                fix="i dirs  lists the runnable dirs",
            )
        found |= dict.fromkeys(new)
    return list(found)


def _meant(repo: Repo, start: Path, path: str, test: str) -> str:
    """The place that was meant, where a test file has nearly that name."""
    near = file_alike(repo.root, start, path) if path.endswith(".py") else ""
    return f"perhaps you meant {shlex.quote(near + test)}" if near else ""


def _paths(repo: Repo, start: Path, text: str) -> list[Path]:
    for folder in (start, repo.root):
        if (folder / text).exists():
            return [(folder / text).resolve()]
        if is_pattern(text):
            # Not Path's: that refuses a pattern that is absolute.
            matches = sorted(glob.glob(text, root_dir=folder, recursive=True))  # noqa: PTH207
            if matches:
                return [(folder / one).resolve() for one in matches]
    return []


def _of(repo: Repo, path: Path, test: str, owners: "dict[Path, RunnableDir]") -> Iterator[Place]:
    if not path.is_relative_to(repo.root):
        raise HelpersError(
            f"{str(path)!r} is outside the repo", where=str(repo.root), fix="name a place in it"
        )
    if path in owners:
        yield Place(owners[path], test)
        return
    below = [item for root, item in sorted(owners.items()) if root.is_relative_to(path)]
    if path.is_dir() and below and not test:
        lost = find_lost_dirs(repo)
        check_lost_dirs(e for name, e in lost.items() if path in (repo.root / name).parents)
        yield from map(Place, below)
        return
    for folder in path.parents:
        if folder in owners:
            yield Place(owners[folder], relative_name(folder, path) + test)
            return


def _of_bricks(
    repo: Repo,
    path: Path,
    test: str,
    every_dir: Sequence[RunnableDir],
    bricks: Mapping[str, Sequence[str]],
) -> Iterator[Place]:
    """The dirs in whose containers tests at, above or below a path run, since they are of bricks.

    What holds a dir is a place of dirs.
    """
    if any(item.root.is_relative_to(path) for item in every_dir):
        return
    for item in every_dir:
        folders = (repo.root / folder for folder in bricks.get(item.name, ()))
        if any(path.is_relative_to(one) or one.is_relative_to(path) for one in folders):
            yield Place(item, posixpath.relpath(path.as_posix(), item.root.as_posix()) + test)
