"""A worker of `--hosts` begins: it is told on standard input what to do, and lays out the sources.

It is part of the image, where the toolchain is not: that comes with the sources, and goes on. What
is told is never written down; who told it and goes away ends it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

# Files are as they were on the disk of whoever sent them: git is to change none.
_ATTRIBUTES = "* -text -filter -ident -working-tree-encoding !eol\n"
_COMPLETE = "helpers-complete"


def main() -> None:
    """Read what to do, and do it."""
    line = sys.stdin.buffer.readline()
    if not line:
        return
    given = json.loads(line)
    for tree in given["trees"]:
        lay_out(Path(given["store"]), tree)
    sys.path.insert(0, given["toolchain"])
    from helpers.reach.worker import serve

    serve(given)


def lay_out(store: Path, tree: dict[str, Any]) -> None:
    """Make a work tree of a commit, with checkouts in it where submodules were.

    Args:
        store: the bare repo that has the commit.
        tree: the commit, its folder, by place the commits of submodules, and where the folder for
            what the toolchain makes is to be.
    """
    folder, commit = Path(tree["folder"]), tree["commit"]
    complete = folder / ".git" / _COMPLETE
    if complete.exists():
        return
    _check_out(store, folder, commit, folder / ".git")
    for place, recorded in tree["submodules"].items():
        inside = folder / ".git" / "modules" / place
        above = _above(folder, place, tree["submodules"])
        below = str((folder / place).relative_to(above))
        _git(above, "rm", "-r", "--quiet", "--cached", "--ignore-unmatch", "--", below)
        _git(above, "update-index", "--add", "--cacheinfo", f"160000,{recorded},{below}")
        _check_out(store, folder / place, f"{commit}:{place}", inside)
    if tree["made"]:
        Path(tree["made"]).mkdir(exist_ok=True)
        (folder / "tmp.helpers").symlink_to(tree["made"])
    complete.touch()


def _check_out(store: Path, folder: Path, tree: str, repo: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    place = [] if repo.parent == folder else [f"--separate-git-dir={repo}"]
    repo.parent.mkdir(parents=True, exist_ok=True)
    _git(folder, "init", "--quiet", "--template=", *place)
    (repo / "info").mkdir(exist_ok=True)
    (repo / "info" / "attributes").write_text(_ATTRIBUTES)
    (repo / "info" / "exclude").write_text("/tmp.helpers\n")
    (repo / "objects" / "info").mkdir(exist_ok=True)
    (repo / "objects" / "info" / "alternates").write_text(f"{store / 'objects'}\n")
    _git(folder, "read-tree", tree)
    _git(folder, "checkout-index", "--all", "--force", "--quiet", "-u")


def _above(folder: Path, place: str, places: dict[str, str]) -> Path:
    """The checkout that a submodule is in."""
    around = [one for one in places if place.startswith(f"{one}/")]
    return folder / max(around, key=len, default=".")


def _git(folder: Path, *args: str) -> None:
    subprocess.run(["git", "-C", str(folder), *args], check=True)  # noqa: S603, S607


if __name__ == "__main__":
    main()
