"""The files that the next commit changes, as git's index has them."""

from pathlib import Path

from helpers.model.runnable_dir import runnable_dir_names
from helpers.model.staged_files import Layout, StagedFile, is_read
from helpers.system.process import run
from helpers.vcs.file_history import read_blobs
from helpers.vcs.git import SUBMODULE, git, git_names

# Against the newest commit, or nothing where there is none yet; what goes away is no matter.
_DIFFERENCE = ("diff", "--cached", "--raw", "-z", "--no-abbrev", "--no-renames", "--no-ext-diff")


def read_staged(root: Path) -> tuple[list[StagedFile], dict[str, str], Layout]:
    """What `refusals` takes: the files, the content of some, and where data would be.

    Raises:
        ProcessError: `root` is no git checkout.
    """
    names = frozenset(git_names(root, "ls-files", "-z", "--cached"))
    layout = Layout(tuple(runnable_dir_names(names)), names)
    changed = _changed(root)
    sizes = _sizes(root, list(dict.fromkeys(changed.values())))
    files = [StagedFile(path, sizes[id]) for path, id in sorted(changed.items()) if id in sizes]
    wanted = {file.path: changed[file.path] for file in files if is_read(file, layout)}
    found = read_blobs(root, wanted.values()) if wanted else {}
    return files, {path: found[id] for path, id in wanted.items() if id in found}, layout


def toplevel(folder: Path) -> Path:
    """The root of the checkout around a folder.

    Raises:
        ProcessError: there is none.
    """
    return Path(git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))


def _changed(root: Path) -> dict[str, str]:
    """The ids of the contents that are new, by path; submodules have none."""
    parts = git_names(root, *_DIFFERENCE, "--diff-filter=ACMT")
    found = {}
    for facts, path in zip(parts[::2], parts[1::2], strict=True):
        _, mode, _, id, _ = facts.split(" ")
        if mode != SUBMODULE:
            found[path] = id
    return found


def _sizes(root: Path, ids: list[str]) -> dict[str, int]:
    if not ids:
        return {}
    command = ["git", "cat-file", "--batch-check=%(objectname) %(objectsize)"]
    lines = run(command, cwd=root, stdin="".join(f"{id}\n" for id in ids)).stdout.splitlines()
    pairs = (line.split(" ") for line in lines)
    return {id: int(size) for id, size in pairs if size.isdigit()}
