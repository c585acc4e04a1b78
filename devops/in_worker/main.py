"""A worker of `--hosts` begins: it is told on standard input what to do, and lays out the sources.

It is part of the image, where the toolchain is not: that comes with the sources, and goes on. What
is told is never written down; who told it and goes away ends it.
"""

import fcntl
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, BinaryIO

# Files are as they were on the disk of whoever sent them: git is to change none.
_ATTRIBUTES = "* -text -filter -ident -working-tree-encoding !eol\n"
_COMPLETE = "helpers-complete"
_LOCK = ".git/helpers-lock"


def main() -> None:
    """Read what to do, and do it."""
    line = sys.stdin.buffer.readline()
    if not line:
        return
    given = json.loads(line)
    held = [_laid_out(Path(given["store"]), tree) for tree in given["trees"]]
    if held:
        _forget_others(Path(given["store"]).with_name("trees"))
    sys.path.insert(0, given["toolchain"])
    if not given["scheduler"]:  # a worker of somebody's cluster started us
        from helpers.reach.spoken import serve_lines

        serve_lines(given)
        return
    from helpers.reach.worker import serve

    serve(given)


def _laid_out(store: Path, tree: dict[str, Any]) -> BinaryIO:
    """Lay a tree out, unless another worker did; the lock that keeps it is held with the file."""
    folder = Path(tree["folder"])
    (folder / ".git").mkdir(exist_ok=True)
    lock = (folder / _LOCK).open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    lay_out(store, tree)
    fcntl.flock(lock, fcntl.LOCK_SH)
    return lock


def _forget_others(trees: Path) -> None:
    """Remove the trees that no worker uses."""
    for lock in trees.glob(f"*/{_LOCK}"):
        with lock.open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            # Who waits for the lock finds the marker gone, and lays it out again.
            lock.with_name(_COMPLETE).unlink(missing_ok=True)
            shutil.rmtree(lock.parents[1], ignore_errors=True)


def lay_out(store: Path, tree: dict[str, Any]) -> None:
    """Make a work tree of a commit, with checkouts in it where submodules were.

    Args:
        store: the bare repo that has the commit.
        tree: the commit, its folder, by place the commits of submodules, and by name where links
            in it lead, for what is made there.
    """
    folder, commit = Path(tree["folder"]), tree["commit"]
    complete = folder / ".git" / _COMPLETE
    if complete.exists():
        return
    _check_out(store, folder, commit, folder / ".git")
    (folder / ".git" / "info" / "exclude").write_text(
        "".join(f"/{name}\n" for name in tree["links"])
    )
    for place, recorded in tree["submodules"].items():
        inside = folder / ".git" / "modules" / place
        above = _above(folder, place, tree["submodules"])
        below = str((folder / place).relative_to(above))
        _git(above, "rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "--", below)
        _git(above, "update-index", "--add", "--cacheinfo", f"160000,{recorded},{below}")
        _check_out(store, folder / place, f"{commit}:{place}", inside)
    for name, leads in tree["links"].items():
        Path(leads).mkdir(exist_ok=True)
        (folder / name).symlink_to(leads)
    complete.touch()


def _check_out(store: Path, folder: Path, tree: str, repo: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    place = [] if repo.parent == folder else [f"--separate-git-dir={repo}"]
    repo.parent.mkdir(parents=True, exist_ok=True)
    _git(folder, "init", "--quiet", "--template=", *place)
    (repo / "info").mkdir(exist_ok=True)
    (repo / "info" / "attributes").write_text(_ATTRIBUTES)
    (repo / "objects" / "info").mkdir(exist_ok=True)
    (repo / "objects" / "info" / "alternates").write_text(f"{store / 'objects'}\n")
    _git(folder, "read-tree", tree)
    _git(folder, "checkout-index", "--all", "--force", "--quiet", "-u")


def _above(folder: Path, place: str, places: dict[str, str]) -> Path:
    """The checkout that a submodule is in."""
    around = [one for one in places if place.startswith(f"{one}/")]
    return folder / max(around, key=len, default=".")


def _git(folder: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(folder), *args], check=True)


if __name__ == "__main__":
    main()
