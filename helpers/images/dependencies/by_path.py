"""Dependencies by path on packages of the repo: what is refused, and what is written."""

import posixpath
import shlex
from pathlib import Path

from helpers.inputs.declarations import PYPROJECT
from helpers.inputs.repo_inputs import RepoInputs, read_repo_inputs
from helpers.lockers.all_lockers import find_locker
from helpers.lockers.commands import Action, Change, Resolver
from helpers.lockers.locked import read_text
from helpers.lockers.path_dependencies import (
    PathDependency,
    add_path,
    named_in,
    names_at,
    package_name,
    remove_path,
)
from helpers.lockers.versions import parse_versions
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.inputs import DependencyKind
from helpers.model.packages.installed import python_name
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir, dir_option, path_below, relative_name

_PACKAGES = (DependencyKind.MAIN, DependencyKind.DEV)


def plan_paths(
    repo: Repo, item: RunnableDir, change: Change, resolver: Resolver, start: Path
) -> FileChange:
    """What a dir's `pyproject.toml` becomes when paths are added or taken out.

    Args:
        start: where the user stands: paths are relative to it, or to the repo's root.

    Raises:
        HelpersError: a path is none of the repo's packages, its name is taken, or a cycle of main
            dependencies would come of it.
    """
    path = path_below(item.name, PYPROJECT)
    before = _read(repo.root / path)
    after = before
    for wanted in change.paths:
        if change.action is Action.ADD:
            target = _folder(repo, start, wanted)
            inputs = read_repo_inputs(repo, keep=False, besides=[target])
            found = _checked(inputs, item, target, after, change.group)
            _check_lock(repo, item, resolver, found)
            after = add_path(after, resolver.name, found)
        else:
            after = _without(repo, item, after, _place(repo, start, wanted), change.group)
    return FileChange(path, before, after)


def package_path(repo: Repo, start: Path, wanted: str) -> str:
    """A folder of the repo as the user named it, relative to the repo's root.

    Raises:
        HelpersError: it is outside the repo.
    """
    return _place(repo, start, wanted)


def _place(repo: Repo, start: Path, wanted: str) -> str:
    there = [path for path in (start / wanted, repo.root / wanted) if path.is_dir()]
    folder = (there or [repo.root / wanted])[0].resolve()
    if not folder.is_relative_to(repo.root.resolve()):
        raise HelpersError(
            f"{wanted!r} is outside the repo, so no container and no build sees it",
            where=str(repo.root),
            fix="move it into the repo, and name it where it is then: --path libs/text",
        )
    return relative_name(repo.root.resolve(), folder)


def _folder(repo: Repo, start: Path, wanted: str) -> str:
    place = _place(repo, start, wanted)
    if not (repo.root / place).is_dir():
        raise HelpersError(
            f"there is no directory {wanted!r}",
            where=f"looked in {start} and {repo.root}",
            fix=f"name a folder of the repo that has a {PYPROJECT}: --path libs/text",
        )
    return place


def _checked(
    inputs: RepoInputs, item: RunnableDir, target: str, text: str, group: str
) -> PathDependency:
    """The dependency as it is written, once nothing speaks against it."""
    root = inputs.repo.root
    if target == item.name:
        raise HelpersError(f"{target} cannot depend on itself", fix="name another folder: --path")
    name = _project_name(inputs, target)
    key = python_name(name)
    if target in _paths_of(inputs, item.name) and key in named_in(text):
        raise HelpersError(
            f"{item.name} depends on {target} already",
            where=str(root / path_below(item.name, PYPROJECT)),
            fix=f"i dependency_lock {dir_option(item.name)}   (locks it again)",
        )
    _check_name(inputs, item, target, key, text)
    way = inputs.graph.way(target, item.name, DependencyKind.MAIN)
    if way and not group:
        raise HelpersError(
            "packages that need each other cannot be built or installed in any order: "
            + " -> ".join((item.name, *way)),
            where=str(root / path_below(way[-2], PYPROJECT)),
            fix="take out one of them: "
            f"i dependency_remove --path {shlex.quote(way[1])} {dir_option(way[0])};"
            " or --group dev, where only tests need it",
        )
    builder = inputs.workspace_source(item.name, target)
    written = posixpath.relpath(target, item.name)
    return PathDependency(name, written, group, builder.in_workspace, builder.has_source)


def _project_name(inputs: RepoInputs, target: str) -> str:
    path = path_below(target, PYPROJECT)
    where = inputs.repo.root / path
    name = package_name(where, target)
    if path not in inputs.snapshot:
        raise HelpersError(
            f"git ignores {path}, so no container and no build sees it",
            where=str(where),
            fix=f"git check-ignore -v {shlex.quote(path)}   (says which line of which file)",
        )
    return name


def _paths_of(inputs: RepoInputs, place: str) -> set[str]:
    found = inputs.graph.dependencies.get(place, ())
    return {one.target for one in found if one.kind in _PACKAGES} | {*inputs.inner.get(place, ())}


def _check_name(inputs: RepoInputs, item: RunnableDir, target: str, key: str, text: str) -> None:
    """Two packages of one name cannot be installed beside each other."""
    taken = ""
    named = named_in(text)
    if inputs.name_of(item.name) == key:
        taken = f"{item.name} itself has that name"
    elif key in named:
        taken = f"{path_below(item.name, PYPROJECT)} asks for another one in {named[key]}"
    else:
        roots = {*inputs.of(item.name).roots, *inputs.graph.inputs(target, inputs.tree).roots}
        for place in sorted(roots - {target, item.name}):
            if inputs.name_of(place) == key:
                taken = f"{place} has it, and {item.name} would have both"
                break
    if taken:
        raise _taken(inputs.repo, target, key, taken)


def _check_lock(repo: Repo, item: RunnableDir, resolver: Resolver, found: PathDependency) -> None:
    base = resolver.member.root if resolver.member else item.root
    lock = base / resolver.lock_file
    if find_locker(base) is None or not lock.is_file():
        return
    key = python_name(found.name)
    if key in parse_versions(resolver.lock_file, read_text(lock)):
        target = posixpath.normpath(posixpath.join(item.name, found.path))
        raise _taken(repo, target, key, f"{lock} holds the one of an index")


def _taken(repo: Repo, target: str, key: str, why: str) -> HelpersError:
    return HelpersError(
        f"the name {key!r} of {target} is taken: {why}",
        where=str(repo.root / path_below(target, PYPROJECT)),
        fix=f"give one of them another name, in its {PYPROJECT}",
    )


def _without(repo: Repo, item: RunnableDir, text: str, target: str, group: str) -> str:
    names = names_at(text, item.name, target)
    inputs = read_repo_inputs(repo, keep=False)
    own = inputs.name_of(target)
    if own and target in _paths_of(inputs, item.name):
        names.add(own)
    after = remove_path(text, names, group) if names else text
    if after == text:
        there = sorted(_paths_of(inputs, item.name))
        raise HelpersError(
            f"{item.name} does not depend on {target} by path"
            + (f" in the group {group}" if group else ""),
            where=str(repo.root / path_below(item.name, PYPROJECT)),
            fix=f"name one of these: {', '.join(there)}"
            if there
            else "nothing to do: it depends on nothing by path",
        )
    return after


def _read(path: Path) -> str:
    # With the line ends that it has.
    read_text(path)
    return path.read_bytes().decode()
