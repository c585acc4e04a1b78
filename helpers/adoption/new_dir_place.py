"""Where a runnable dir may be put, and what its image may be called."""

import shlex
from pathlib import Path

from helpers.adoption.existing.creating_option import creating_option
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.runnable_dir import DEVOPS, RunnableDir, relative_name, shown_name
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog
from helpers.vcs.discovery import discover_dirs
from helpers.vcs.files import ignored


def find_place(repo: Repo, host: Host, wanted: str, option: str) -> RunnableDir:
    """The dir that is to be made, which git will see and of which nothing is there yet.

    Args:
        wanted: a path as the user gave it, relative to where he stands.
        option: the one that he gave it with, for messages.

    Raises:
        HelpersError: a runnable dir cannot be made there.
    """
    found = _dir_at(repo, host, wanted, option)
    _check_empty(repo, found)
    _check_surroundings(repo, found)
    return found


def find_code(repo: Repo, host: Host, wanted: str, option: str) -> RunnableDir:
    """The dir with code that is to be made runnable; it may be one already.

    Args:
        wanted: a path as the user gave it, relative to where he stands.
        option: the one that he gave it with, for messages.

    Raises:
        HelpersError: there is no such directory, or a runnable dir cannot be made of it.
    """
    found = _dir_at(repo, host, wanted, option)
    if not found.root.is_dir():
        raise HelpersError(
            f"there is no directory {found.name!r}",
            where=str(found.root),
            fix=f"name one that is there; without code yet:  i runnable_dir_create {option}"
            f" {shlex.quote(found.name)}",
        )
    _check_surroundings(repo, found)
    return found


def _dir_at(repo: Repo, host: Host, wanted: str, option: str) -> RunnableDir:
    if not wanted:
        raise HelpersError("--dir is required", fix=f"{option} apps/forecast")
    inside = host.directory.is_relative_to(repo.root)
    folder = ((host.directory if inside else repo.root) / wanted).resolve()
    if not folder.is_relative_to(repo.root):
        raise HelpersError(
            f"{wanted!r} is outside the repo", where=str(repo.root), fix=f"{option} apps/forecast"
        )
    return repo.runnable_dir(relative_name(repo.root, folder))


def check_own(repo: Repo, runnable_dir: RunnableDir) -> None:
    """Make sure that a dir is the repo's business, and not the toolchain's that it has.

    Raises:
        HelpersError: it stands in the toolchain's checkout.
    """
    is_submodule = repo.toolchain != repo.root and repo.toolchain.is_relative_to(repo.root)
    if is_submodule and runnable_dir.root.is_relative_to(repo.toolchain):
        raise HelpersError(
            f"{runnable_dir.name} is in the toolchain's own checkout: it is not this repo's",
            where=str(repo.toolchain),
            fix="choose a directory outside of it",
        )


def names_of_images(repo: Repo) -> dict[str, str]:
    """Which dir an image belongs to: names of dirs by names of images.

    Raises:
        HelpersError: a changelog is malformed.
    """
    return {read_changelog(item).image_name: item.name for item in discover_dirs(repo)}


def _check_empty(repo: Repo, found: RunnableDir) -> None:
    folder = found.root
    if not folder.exists():
        return
    if not folder.is_dir():
        raise HelpersError(f"{found.name} is a file", where=str(folder), fix="choose another name")
    if not any(folder.iterdir()):
        return
    name = shlex.quote(found.name)
    if found.devops.is_dir() and found.changelog.is_file():
        raise HelpersError(
            f"{shown_name(found.name, repo.root_name(()))} is a runnable dir already",
            where=str(folder),
            fix=f"i runnable_dir_update --dir {name}",
        )
    raise HelpersError(
        f"{found.name} is there, and not empty: a template would mix with what is in it",
        where=str(folder),
        fix="choose a directory that is not there; code that is there becomes runnable by"
        f" i runnable_dir_create --dir {name} {creating_option(folder)}",
    )


def _check_surroundings(repo: Repo, found: RunnableDir) -> None:
    check_own(repo, found)
    if DEVOPS in Path(found.name).parts:
        raise HelpersError(
            f"{found.name} is within {DEVOPS}/, which describes the image of the dir above it",
            where=str(found.root),
            fix="choose a directory outside of it",
        )
    places = (found.root, *found.root.parents)
    above = next(folder for folder in places if folder.exists())
    if not above.is_dir():
        raise HelpersError(f"{above.name} is a file", where=str(above), fix="choose another name")
    if ignored(checkout_of(above), [str(found.changelog)]):
        raise HelpersError(
            f"git ignores {found.name}, so nobody would find a runnable dir there",
            where=str(found.root),
            fix=f"git check-ignore -v {shlex.quote(str(found.changelog))}   # says which rule",
        )


def checkout_of(folder: Path) -> Path:
    """The root of the checkout that has a folder: a submodule, or the repo itself."""
    return next(path for path in (folder, *folder.parents) if (path / ".git").exists())
