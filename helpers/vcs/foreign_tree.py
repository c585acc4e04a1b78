"""A checkout of somebody else's as data: its files are copied, and nothing in it is obeyed.

Git reads the index and the commit alone: no setting of the checkout makes it start a program. What
is copied is made a repo of its own, whose settings are ours.
"""

import os
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.system.lease import RESULTS_FOLDER, WORKING_FOLDER
from helpers.system.process import run
from helpers.vcs.git import SUBMODULE, Commit

_OBEYS_NOTHING = ("-c", "core.fsmonitor=false", "-c", "core.untrackedCache=false")
# No way to fetch what a partial clone lacks: a setting could name a program for it.
_ENVIRONMENT = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
# Of the copy: no filter and no hook, whatever its attributes name.
_OURS_ALONE = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file of a commit or an index: its mode and the id of its content."""

    mode: str
    content: str


def copy_tree(tree: Path, target: Path) -> Commit:
    """Copy the files of a checkout that git keeps or does not ignore; submodules are left out.

    Links that lead out of the checkout are left out as well: whoever reads the copy stays in it.

    Args:
        target: where nothing is yet.

    Returns:
        The commit that is checked out, and whether the copy differs from it.

    Raises:
        HelpersError: `tree` is not the root of a checkout.
        ProcessError: git fails, or does not trust the owner of the checkout.
    """
    if not os.path.lexists(tree / ".git"):
        raise HelpersError(
            "this is not the root of a git checkout", where=str(tree), fix=f"git -C {tree} status"
        )
    listed = _ask(tree, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    target.mkdir(parents=True)
    _copy(tree, target, dict.fromkeys(name for name in listed.split("\0") if name))
    _drop_links(target)
    run(["git", "init", "--quiet", "--template="], cwd=target, env=_OURS_ALONE)
    # What git would ignore in the copy it was asked to keep in the checkout.
    run(["git", "add", "--force", "--all"], cwd=target, env=_OURS_ALONE)
    kept = _entries(_ask(target, "ls-files", "-z", "--stage"), content=1)
    commit = _ask(tree, "rev-parse", "--verify", "--quiet", "HEAD", check=False).strip()
    there = _entries(_ask(tree, "ls-tree", "-r", "-z", "--full-tree", commit), 2) if commit else {}
    return Commit(commit, dirty=kept != there)


def _ask(folder: Path, *args: str, check: bool = True) -> str:
    command = ["git", "--no-optional-locks", *_OBEYS_NOTHING, *args]
    return run(command, cwd=folder, env=_ENVIRONMENT, check=check).names


def _entries(listed: str, content: int) -> dict[str, _Entry]:
    """By path, the files that git lists; `content` is the place of the id in a line."""
    found = {}
    for line in filter(None, listed.split("\0")):
        said, _, path = line.partition("\t")
        words = said.split(" ")
        if words[0] != SUBMODULE:
            found[path] = _Entry(words[0], words[content])
    return found


def _copy(tree: Path, target: Path, names: Iterable[str]) -> None:
    for name in names:
        # Folders of git itself would be obeyed in the copy; a `/` ends another repo's name.
        parts = name.split("/")
        if parts[0] in (WORKING_FOLDER, RESULTS_FOLDER):
            continue  # what the toolchain keeps there is believed
        if any(part.lower() in ("", ".", "..", ".git") for part in parts):
            continue
        source = tree / name
        if _is_below_link(tree, parts[:-1]):
            continue
        try:
            found = source.lstat()
        except OSError:
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        if stat.S_ISLNK(found.st_mode):
            (target / name).symlink_to(os.readlink(source))  # noqa: PTH115 - as it is written
        elif stat.S_ISREG(found.st_mode):
            _copy_file(source, target / name)
            (target / name).chmod(0o755 if found.st_mode & stat.S_IXUSR else 0o644)


def _is_below_link(tree: Path, folders: list[str]) -> bool:
    return any(tree.joinpath(*folders[: n + 1]).is_symlink() for n in range(len(folders)))


def _copy_file(source: Path, target: Path) -> None:
    opened = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    with os.fdopen(opened, "rb") as file, target.open("xb") as copy:
        shutil.copyfileobj(file, copy)


def _drop_links(root: Path) -> None:
    """Remove the links that lead out, through whatever other links."""
    real = root.resolve()
    found = (Path(at, name) for at, folders, files in os.walk(root) for name in (*folders, *files))
    # All are looked at before one goes: a link may lead out through another.
    for path in [one for one in found if one.is_symlink() and not _leads_inside(one, real)]:
        path.unlink()


def _leads_inside(link: Path, root: Path) -> bool:
    try:
        return link.resolve().is_relative_to(root)
    except (OSError, RuntimeError):  # it leads in a circle
        return False
