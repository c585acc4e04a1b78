"""Remove a runnable dir: its files, its containers, and its images on this engine."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from helpers.adoption.new_dir_place import check_own, checkout_of
from helpers.containers.inventory import list_own, stop_own
from helpers.engine.client import Client
from helpers.images.clean import Outcome, read_images, remove_images
from helpers.images.clean_plan import Verdict
from helpers.inputs.repo_inputs import read_repo_inputs
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.inputs import Dependency
from helpers.model.numbers import few_lines
from helpers.model.repo import Repo, is_inside
from helpers.model.runnable_dir import RunnableDir, dir_option
from helpers.model.shell_words import quoted
from helpers.system.files import remove_empty
from helpers.system.process import run
from helpers.system.repo_files import read_changelog
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.files import UNTRACKED
from helpers.vcs.git import git, git_names
from helpers.vcs.submodules import recorded_in_index

# What Python and its tools keep for themselves; git ignores it, and nobody misses it.
_CACHES = ("__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".ipynb_checkpoints")


@dataclass(frozen=True, slots=True)
class Removal:
    """What goes with a dir, and what speaks against it.

    Attributes:
        dirs: names of the runnable dirs that go: itself first, then those within it.
        tracked: files that git has, relative to the dir.
        uncommitted: what git has not, as `git status` writes it.
        dependents: what depends on the dir from outside.
        containers: names of this checkout's containers of these dirs.
        images: their images on this engine, whichever checkout built them.
    """

    dir: RunnableDir
    dirs: tuple[str, ...]
    tracked: tuple[str, ...]
    uncommitted: tuple[str, ...]
    dependents: tuple[Dependency, ...]
    containers: tuple[str, ...] = ()
    images: tuple[Verdict, ...] = ()


@dataclass(frozen=True, slots=True)
class Removed:
    """What became of it.

    Attributes:
        images: what the engine removed, and what it did not.
        left: what git ignores, or has in a repo of its own, relative to the dir: it stays.
    """

    images: Outcome
    left: tuple[str, ...]


def plan_removal(repo: Repo, runnable_dir: RunnableDir, client: Client | None) -> Removal:
    """Look at all that belongs to the dir; nothing is removed.

    Args:
        client: None: no engine answers.

    Raises:
        HelpersError: the dir is the repo's root, the toolchain's, or holds a submodule.
    """
    check_own(repo, runnable_dir)
    if runnable_dir.name == ".":
        raise HelpersError(
            "the repo's root is not removed as a runnable dir",
            where=str(runnable_dir.root),
            fix=f"git rm {runnable_dir.changelog.name}   # and it is none any more",
        )
    _check_submodules(runnable_dir)
    inputs = read_repo_inputs(repo, keep=False)
    prefix = f"{runnable_dir.name}/"
    inside = [name for name in sorted(inputs.tree.dirs) if name.startswith(prefix)]
    dirs = (runnable_dir.name, *inside)
    dependents = [
        dependency
        for source, found in inputs.graph.dependencies.items()
        for dependency in found
        if is_inside(dependency.target, runnable_dir.name)
        and not is_inside(source, runnable_dir.name)
    ]
    return Removal(
        runnable_dir,
        dirs,
        tuple(git_names(runnable_dir.root, "ls-files", "-z", "--cached", "--", ".")),
        tuple(git(runnable_dir.root, "status", "--porcelain", "--", ".").splitlines()),
        tuple(dependents),
        _containers(repo, dirs, client) if client else (),
        _images(repo, dirs, client) if client else (),
    )


def check_removal(removal: Removal, *, dry_run: bool = False) -> None:
    """Make sure that nothing is lost or broken by it.

    Args:
        dry_run: what is told to force it then removes nothing as well.

    Raises:
        HelpersError: work is not committed, or something depends on the dir.
    """
    look = " --dry-run" * dry_run
    force = f"i runnable_dir_remove {dir_option(removal.dir.name)} --force{look}"
    if removal.uncommitted:
        raise HelpersError(
            f"{removal.dir.name} has work that is not committed, and would be lost",
            where=few_lines(removal.uncommitted),
            fix=f"commit it first, so that history has it; or lose it: {force}",
        )
    if removal.dependents:
        lines = [f"{one.source} ({one.declared_in})" for one in removal.dependents]
        raise HelpersError(
            f"{removal.dir.name} is needed by others",
            where=few_lines(lines),
            fix=f"take it out of the files that are named; or break them: {force}",
        )


def remove_dir(repo: Repo, removal: Removal, client: Client | None) -> Removed:
    """Remove the dir's containers and images, then its files.

    Raises:
        EngineError: the engine does not answer any more.
        HelpersError: git cannot remove the files.
    """
    root = removal.dir.root
    checkout = checkout_of(root)
    outcome = Outcome((), {})
    if client:
        for name in removal.dirs:
            stop_own(client, repo, name, force=True)
        outcome = remove_images(client, removal.images)
    untracked = git_names(root, *UNTRACKED, "--", ".")
    if removal.tracked:
        run(["git", "rm", "-r", "--force", "--quiet", "--", root], cwd=checkout)
    for name in untracked:
        if not name.endswith("/"):  # or it is a repo of its own
            (root / name).unlink(missing_ok=True)
    _sweep(root)
    remove_empty(root if root.is_dir() else root.parent, checkout)
    left = sorted(root.iterdir()) if root.is_dir() else []
    return Removed(outcome, tuple(f"{path.name}{'/' * path.is_dir()}" for path in left))


def _check_submodules(runnable_dir: RunnableDir) -> None:
    found = list(recorded_in_index(runnable_dir.root))
    if found:
        raise HelpersError(
            f"{runnable_dir.name} holds a submodule, whose commits may be nowhere else",
            where="\n".join(found),
            fix=f"git rm {quoted(runnable_dir.root / found[0])}   # once its commits are pushed",
        )


def _containers(repo: Repo, dirs: Sequence[str], client: Client) -> tuple[str, ...]:
    return tuple(item.name for item in list_own(client, repo) if item.dir in dirs)


def _images(repo: Repo, dirs: Sequence[str], client: Client) -> tuple[Verdict, ...]:
    """Images of the dirs' names, and of the dirs themselves where no other dir has their name.

    A dir that was renamed may use images that still say its old name.
    """
    owners = _image_owners(repo)
    found = []
    for image in read_images(client, repo):
        if owners.get(image.labels.get(labels.IMAGE_NAME, ""), image.dir) in dirs:
            found += [(image, tag) for tag in image.tags or ("",)]
    return tuple(
        Verdict(image, tag, goes=True, why="an image on this engine") for image, tag in found
    )


def _image_owners(repo: Repo) -> dict[str, str]:
    """The dirs by the names of their images, as far as changelogs can be read."""
    owners = {}
    for item in discover_dirs(repo):
        with suppress(HelpersError):
            owners[read_changelog(item).image_name] = item.name
    return owners


def _sweep(root: Path) -> None:
    """Remove caches, and folders in which nothing is."""
    for folder in sorted((path for path in root.rglob("*") if path.is_dir()), reverse=True):
        if folder.is_symlink() or ".git" in folder.relative_to(root).parts:
            continue
        if folder.name in _CACHES:
            shutil.rmtree(folder, ignore_errors=True)
        elif folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
