"""The version in a dir's `pyproject.toml`: read, and committed once where the settings say so."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from helpers.lockers import uv
from helpers.lockers.all_lockers import PROJECT
from helpers.lockers.toml_values import table
from helpers.managed_files.written import apply_changes
from helpers.model.code_version import NextVersion
from helpers.model.commits import RELEASE_AS_KEY, RELEASE_VERSION
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.file_change import FileChange
from helpers.model.inputs import ROOT
from helpers.model.repo import Repo
from helpers.model.runnable_dir import path_below
from helpers.model.settings.release_config import VersionPlace
from helpers.model.shell_words import quoted
from helpers.release.released_dirs import ReleasedDir
from helpers.system.files import read_text
from helpers.vcs.files import uncommitted
from helpers.vcs.git import git, git_names
from helpers.vcs.refs import current_branch


@dataclass(frozen=True, slots=True)
class WrittenVersion:
    """A version that is written into a file, and the tag that it would get.

    Attributes:
        place: the checkout that the dir is of, as a path below the repo's root.
        dir: whose version it is.
        chosen: the user says it, and the commits another one.
    """

    place: str
    dir: str
    change: FileChange
    version: str
    tag: str
    chosen: bool = False


def read_version(repo: Repo, name: str) -> str:
    """The version that a dir's project says; empty: it says none, or there is no project.

    Raises:
        HelpersError: the file is no TOML.
    """
    path = path_below(name, PROJECT)
    text = read_text(repo.root / path)
    return _said(_parse(text, path))[1] if text else ""


def plan_versions(
    repo: Repo, dirs: Sequence[ReleasedDir], found: Mapping[str, NextVersion]
) -> list[WrittenVersion]:
    """The files that say another version than the next one, or the last where there is no next.

    Raises:
        HelpersError: a dir's version stands in its tags alone, its file has none to be replaced, or
            the file has changes that are not committed.
    """
    planned = []
    for one in dirs:
        its = found[one.name]
        version = its.version or (its.last.version if its.last else None)
        path = path_below(one.name, PROJECT)
        if one.config.version_in is not VersionPlace.PYPROJECT:
            raise HelpersError(
                f"the version of {one.name} stands in its tags alone, and is committed nowhere",
                where=repo.of(one.name).config_path.name,
                fix="write  version_in: pyproject  below 'release', or leave --commit out",
            )
        text = read_text(repo.root / path) or ""
        document = _parse(text, path)
        holder, said = _said(document)
        if not said:
            raise HelpersError(
                f"{path} has no version that could be written",
                where=path,
                fix='write  version = "0.0.0"  below [project], and take it out of `dynamic`',
            )
        if version is None or said == str(version):
            continue
        _check_committed(repo, one.place, path)
        holder["version"] = str(version)
        change = FileChange(path, text, document.as_string())
        tag = f"{one.prefix}{version}"
        chosen = its.chosen and its.version is not None
        planned.append(WrittenVersion(one.place, one.name, change, str(version), tag, chosen))
    return planned


def _lock_changes(
    repo: Repo, place: str, written: Sequence[WrittenVersion]
) -> Iterator[FileChange]:
    """The lock files of uv's of a checkout that say the versions of these dirs as well.

    With another version there, uv would call them out of date.

    Raises:
        HelpersError: one has changes that are not committed.
    """
    versions = {one.dir: one.version for one in written}
    listed = git_names(repo.root / place, "ls-files", "-z", "--", f":(glob)**/{uv.LOCK_FILE}")
    for inside in listed:
        path = path_below(place, inside)
        text = read_text(repo.root / path) or ""
        changed = uv.with_versions(text, posixpath.dirname(path), versions)
        if changed != text:
            _check_committed(repo, place, path)
            yield FileChange(path, text, changed)


def _check_committed(repo: Repo, place: str, path: str) -> None:
    if uncommitted(repo.root / place, [_inside(place, path)]):
        raise HelpersError(
            f"{path} has changes that are not committed",
            where=path,
            fix=f"git commit {quoted(path)}   (or git stash), then the same command again",
        )


def commit_versions(repo: Repo, planned: Sequence[WrittenVersion]) -> list[str]:
    """Write the files and commit them alone, once for each repo; the ids of the commits.

    Lock files of uv's that say such a version are written with them.

    Raises:
        HelpersError: no branch is checked out, a lock file has changes that are not committed, or a
            hook refuses the commit: nothing is written.
    """
    places = list(dict.fromkeys(one.place for one in planned))
    for place in places:
        if not current_branch(repo.root / place):
            raise HelpersError(
                "no branch is checked out, so the commit would be lost",
                where=str(repo.root / place),
                fix="git switch BRANCH",
            )
    by_place = {place: [one for one in planned if one.place == place] for place in places}
    locks = {place: list(_lock_changes(repo, place, some)) for place, some in by_place.items()}
    commits = []
    for place, some in by_place.items():
        changes = [*(one.change for one in some), *locks[place]]
        root, paths = repo.root / place, [_inside(place, one.path) for one in changes]
        title = f"chore: version {', '.join(one.tag for one in some)}"
        trailers = [f"{RELEASE_VERSION}: {one.tag}" for one in some]
        # From now on the commits say it as well.
        trailers += [f"{RELEASE_AS_KEY}: {one.tag}" for one in some if one.chosen]
        apply_changes(repo.root, changes)
        try:
            messages = ("--message", title, "--message", "\n".join(trailers))
            git(root, "commit", "--quiet", *messages, "--", *paths)
        except HelpersError:
            undo = [FileChange(one.path, one.after, one.before) for one in changes]
            apply_changes(repo.root, undo)
            raise
        commits.append(git(root, "rev-parse", "HEAD").strip())
    return commits


def _said(document: Any) -> tuple[Any, str]:
    """The table that has the version, and the version; empty: none has."""
    for keys in (("project",), ("tool", "poetry")):
        if version := table(document, *keys).get("version"):
            return table(document, *keys), str(version)
    return document, ""


def _parse(text: str, path: str) -> Any:
    # Imported here: most commands write no TOML.
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise HelpersError(
            f"not valid TOML: {error}", where=path, fix="correct the file"
        ) from error


def _inside(place: str, path: str) -> str:
    return path if place == ROOT else path.removeprefix(f"{place}/")
