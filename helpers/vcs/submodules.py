"""The submodules of a repo: which are declared, which commits are recorded, which are checked out.

A repo declares them in `.gitmodules`, and records a commit of each in its index and its commits.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from pathlib import Path, PurePosixPath

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.system.process import ProcessError
from helpers.vcs.git import SUBMODULE, git_entries, git_names, setting

GITMODULES = ".gitmodules"


@dataclass(frozen=True, slots=True)
class DeclaredSubmodule:
    """What `.gitmodules` says of a submodule.

    Attributes:
        name: that git keeps it under.
        url: where it comes from; this and the rest are empty where the file does not say it.
        branch: of its remote, that it follows.
        update: how it is checked out, such as `none`.
    """

    name: str
    url: str
    branch: str = field(default="", compare=False)
    update: str = field(default="", compare=False)


def declared_on_disk(folder: Path) -> dict[str, DeclaredSubmodule]:
    """The submodules that the file in a checkout declares, by path; none where there is no file.

    Raises:
        ProcessError: it is malformed.
    """
    if not (folder / GITMODULES).is_file():
        return {}
    return _parse(git_names(folder, "config", "--file", GITMODULES, "-z", "--list"))


def declared_in(folder: Path, commit: str, *options: str) -> dict[str, DeclaredSubmodule]:
    """The submodules that a commit declares, by path; none where its file is malformed.

    Args:
        options: what git is told before the command.
    """
    blob = ("config", "--blob", f"{commit}:{GITMODULES}", "-z", "--list")
    try:
        return _parse(git_names(folder, *options, *blob))
    except ProcessError:
        return {}


def recorded_in_index(folder: Path) -> dict[str, str]:
    """The commits in the index of what is below a folder, by path: empty while a merge conflicts.

    Raises:
        ProcessError: git fails.
    """
    found = {}
    for (mode, commit, stage), path in git_entries(folder, "ls-files", "-z", "--stage"):
        if mode == SUBMODULE:
            found[path] = commit if stage == "0" else ""
    return found


def recorded_in_commit(
    folder: Path, commit: str, paths: Sequence[str] = (), options: Sequence[str] = ()
) -> dict[str, str]:
    """The commits that a commit records for submodules, by path.

    Args:
        paths: of the submodules that are meant; none: all of them.
        options: what git is told before the command.

    Raises:
        ProcessError: git fails.
    """
    look = ("-z", "--full-tree", commit, "--", *paths) if paths else ("-rz", "--full-tree", commit)
    listed = git_entries(folder, "--literal-pathspecs", *options, "ls-tree", *look)
    return {path: commit for (mode, _, commit), path in listed if mode == SUBMODULE}


def missing_submodules(root: Path) -> list[str]:
    """The submodules, at any depth, that are not checked out: paths relative to `root`.

    Those that the repo does not want checked out (`update = none`) are not among them.

    Raises:
        ProcessError: git fails.
    """
    return [path for path, is_unwanted in _absent(root) if not is_unwanted]


def unwanted_submodules(root: Path) -> list[str]:
    """The submodules that are not checked out since `update = none` says so: relative paths.

    Raises:
        ProcessError: git fails.
    """
    return [path for path, is_unwanted in _absent(root) if is_unwanted]


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


def _absent(root: Path) -> Iterator[tuple[str, bool]]:
    """What is not checked out, and whether `git submodule update` leaves it out."""
    for path, declared, folder in _walk(root):
        if not (root / path / ".git").exists():
            # The user's own setting counts first.
            own = setting(folder, f"submodule.{declared.name}.update")
            yield path, (own or declared.update) == "none"


def _parent(root: Path, path: str) -> str:
    """The innermost checkout that a submodule is in; empty: the repo itself."""
    for folder in PurePosixPath(path).parents:
        if folder.name and (root / folder / ".git").exists():
            return str(folder)
    return ""


def checkouts(root: Path) -> list[str]:
    """The repo itself, `.`, and its submodules that are checked out, at any depth.

    Raises:
        ProcessError: git fails.
    """
    return [".", *(path for path, *_ in _walk(root) if (root / path / ".git").exists())]


def _walk(root: Path, below: str = "") -> Iterator[tuple[str, DeclaredSubmodule, Path]]:
    """The path of each submodule relative to `root`, what is said of it, and by which checkout."""
    for name, declared in declared_on_disk(root / below).items():
        path = f"{below}/{name}" if below else name
        yield path, declared, root / below
        if (root / path / ".git").exists():
            yield from _walk(root, path)


def _parse(entries: Iterable[str]) -> dict[str, DeclaredSubmodule]:
    found: dict[str, dict[str, str]] = {}
    for entry in entries:
        key, _, value = entry.partition("\n")
        section, _, what = key.rpartition(".")
        found.setdefault(section, {})[what] = value
    return {
        said["path"]: DeclaredSubmodule(
            section.removeprefix("submodule."),
            *(said.get(what, "") for what in ("url", "branch", "update")),
        )
        for section, said in found.items()
        if section.startswith("submodule.") and said.get("path")
    }
