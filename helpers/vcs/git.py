"""What git knows of a repo: its files, its newest commit, its submodules.

Plain `git` is asked: one process takes 3 ms, importing GitPython 90.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError, run

_LIST = ("ls-files", "-z", "--cached", "--others", "--exclude-standard")
_NO_COMMIT = "(initial)"


@dataclass(frozen=True, slots=True)
class Commit:
    """The newest commit of a tree: `id` is empty where there is none yet.

    Attributes:
        dirty: the tree differs from it; untracked files that git does not ignore count.
    """

    id: str
    dirty: bool


def list_files(root: Path, *patterns: str) -> list[str]:
    """The files of a repo that are on the disk: tracked, or untracked and not ignored.

    Those of submodules that are checked out are among them.

    Args:
        patterns: pathspecs that files must match; none: every file.

    Returns:
        Paths relative to `root`, with `/`, sorted.

    Raises:
        ProcessError: `root` is no git checkout, or git does not trust its owner.
    """
    found = []
    for checkout in checkouts(root):
        prefix = "" if checkout == "." else f"{checkout}/"
        listed = git_names(root / checkout, *_LIST, "--", *patterns)
        # A path that ends in `/` is a repo of its own that is no submodule.
        paths = {f"{prefix}{path}" for path in listed if not path.endswith("/")}
        found += [path for path in paths if _is_file(root / path)]
    return sorted(found)


def head(root: Path) -> Commit:
    """The newest commit, of a branch, detached, or in a worktree.

    Raises:
        ProcessError: `root` is no git checkout, or git does not trust its owner.
    """
    status = git(root, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=normal")
    lines = [line for line in status.split("\0") if line]
    headers = [line for line in lines if line.startswith("# ")]
    oid = next((line.split()[2] for line in headers if line.startswith("# branch.oid ")), "")
    return Commit("" if oid == _NO_COMMIT else oid, dirty=len(lines) > len(headers))


def missing_submodules(root: Path) -> list[str]:
    """The submodules, at any depth, that are not checked out: paths relative to `root`.

    Those that the repo does not want checked out (`update = none`) are not among them.

    Raises:
        ProcessError: git fails.
    """
    return [path for path in _absent(root) if not _is_unwanted(root, path)]


def unwanted_submodules(root: Path) -> list[str]:
    """The submodules that are not checked out since `update = none` says so: relative paths.

    Raises:
        ProcessError: git fails.
    """
    return [path for path in _absent(root) if _is_unwanted(root, path)]


def check_submodules(root: Path) -> None:
    """Make sure that all submodules are checked out, as far as the repo wants them.

    Raises:
        HelpersError: one is not; names the command that fixes it.
    """
    missing = missing_submodules(root)
    if missing:
        raise HelpersError(
            f"not checked out: submodule {', '.join(missing)}",
            where=str(root),
            fix=check_out_command(root, missing),
        )


def check_out_command(root: Path, missing: Sequence[str], *, anywhere: bool = False) -> str:
    """The commands that check submodules out, whatever their settings say; a line for each parent.

    Named ones are checked out even where `submodule.active` or `update = none` leave them out.

    Args:
        anywhere: they are typed somewhere else than in `root`.
    """
    # Imported here: nothing is missing as a rule.
    import shlex

    by_parent: dict[str, list[str]] = {}
    for path in missing:
        parent = _parent(root, path)
        by_parent.setdefault(parent, []).append(path.removeprefix(f"{parent}/"))
    command = ("submodule", "update", "--init", "--recursive", "--checkout", "--")
    return "\n".join(
        shlex.join(["git", *(("-C", folder) if folder else ()), *command, *names])
        for parent, names in by_parent.items()
        for folder in (str(root / parent) if anywhere else parent,)
    )


def _absent(root: Path) -> list[str]:
    return [path for path, present in _submodules(root, "") if not present]


def _parent(root: Path, path: str) -> str:
    """The innermost checkout that a submodule is in; empty: the repo itself."""
    for folder in PurePosixPath(path).parents:
        if folder.name and (root / folder / ".git").exists():
            return str(folder)
    return ""


def _is_unwanted(root: Path, path: str) -> bool:
    """Whether `git submodule update` leaves it out; the user's own setting counts first."""
    parent = _parent(root, path)
    folder, inner = root / parent, path.removeprefix(f"{parent}/")
    pattern = r"^submodule\..*\.path$"
    where = ("config", "--file", ".gitmodules", "-z", "--get-regexp", pattern)
    for pair in git(folder, *where).split("\0"):
        key, _, value = pair.partition("\n")
        if value != inner:
            continue
        setting = f"{key.removesuffix('.path')}.update"
        for file in ((), ("--file", ".gitmodules")):
            done = run(["git", "config", *file, "--get", setting], cwd=folder, check=False)
            if done.stdout.strip():
                return done.stdout.strip() == "none"
    return False


def checkouts(root: Path) -> list[str]:
    """The repo itself, `.`, and its submodules that are checked out, at any depth.

    Raises:
        ProcessError: git fails.
    """
    return [".", *(path for path, present in _submodules(root, "") if present)]


def _submodules(root: Path, below: str) -> Iterator[tuple[str, bool]]:
    """Path of each submodule relative to `root`, and whether it is checked out."""
    folder = root / below
    if not (folder / ".gitmodules").is_file():
        return
    get = ("config", "--file", ".gitmodules", "-z", "--get-regexp", r"^submodule\..*\.path$")
    try:
        pairs = git_names(folder, *get)
    except ProcessError as error:
        if error.status == 1 and not error.last_lines:  # it names none
            return
        raise
    for pair in pairs:
        _, _, name = pair.partition("\n")
        if not name:
            continue
        path = f"{below}/{name}" if below else name
        present = (root / path / ".git").exists()
        yield path, present
        if present:
            yield from _submodules(root, path)


def _is_file(path: Path) -> bool:
    # A link counts wherever it points; a directory is a submodule that is not checked out.
    return path.is_symlink() or path.is_file()


def git(folder: Path, *args: str) -> str:
    """Ask git; its standard output.

    Raises:
        ProcessError: git is missing or fails.
    """
    # Without optional locks: looking never gets in the way of the user's own git.
    return run(["git", "--no-optional-locks", *args], cwd=folder).stdout


def git_names(folder: Path, *args: str, stdin: str = "") -> list[str]:
    """What git lists with `-z`; a name that is no UTF-8 is as Python has it elsewhere.

    Raises:
        ProcessError: git is missing or fails.
    """
    command = ["git", "--no-optional-locks", *args]
    listed = run(command, cwd=folder, stdin=stdin, names=True).stdout
    return [entry for entry in listed.split("\0") if entry]


def git_content(folder: Path, oid: str) -> bytes:
    """What git keeps under the id of a file's content.

    Raises:
        ProcessError: git is missing, or has no such content.
    """
    command = ["git", "--no-optional-locks", "cat-file", "blob", oid]
    return os.fsencode(run(command, cwd=folder, names=True).stdout)


def hash_as_git(root: Path, name: str, content: bytes) -> str:
    """The id that git would give to the content of a file, its filters applied.

    Raises:
        ProcessError: a filter is missing or fails.
    """
    command = ["git", "hash-object", "--stdin", "--path", name]
    return run(command, cwd=root, stdin=content).stdout.strip()


def ignored(root: Path, names: Iterable[str]) -> set[str]:
    """Those of the paths that git ignores.

    Raises:
        ProcessError: git fails.
    """
    command = ["git", "check-ignore", "-z", "--stdin"]
    done = run(command, cwd=root, stdin="\0".join(names), check=False, names=True)
    if done.status not in (0, 1):  # 1: none of them
        raise ProcessError(command, done.status, done.stderr)
    return {name for name in done.stdout.split("\0") if name}


def is_tracked(path: Path) -> bool:
    """Whether a file belongs to what the checkout around it keeps; git's own folder has none."""
    command = ["git", "ls-files", "--error-unmatch", "--", path.name]
    return run(command, cwd=path.parent, check=False).status == 0


def reason(error: ProcessError) -> str:
    """The line in which git says what is wrong."""
    lines = [line for line in error.last_lines if line.startswith(("fatal: ", "error: "))]
    return (lines or error.last_lines or [error.what])[0].removeprefix("fatal: ")
