"""The job that compares all that says a version of dirs' code."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.code_version import NextVersion
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.groups import grouped
from helpers.model.packages.index import IndexFile, PackageIndex
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.model.version_check import SaidVersions, disagreements
from helpers.registry.package_index import IndexClient
from helpers.release.pyproject_version import read_version
from helpers.release.released_dirs import ReleasedDir
from helpers.vcs import commit_log
from helpers.vcs.refs import current_branch, main_remote
from helpers.wheels.existing import version_of
from helpers.wheels.plan import is_package


@dataclass(frozen=True, slots=True)
class BegunRelease:
    """The version that is being released, of which some may be there already.

    Attributes:
        gives_up: what indexes have below it and no tag names was not ended, and never will be.
    """

    version: Version
    gives_up: bool

    def covers(self, version: Version) -> bool:
        """Whether it says itself what becomes of that version."""
        return version == self.version or (self.gives_up and version < self.version)


def check_versions(
    repo: Repo,
    dirs: Sequence[tuple[ReleasedDir, NextVersion]],
    inputs: RepoInputs,
    open_index: Callable[[Repo, PackageIndex], IndexClient],
    listen: Listener,
    begun: BegunRelease | None = None,
) -> dict[str, list[HelpersError]]:
    """What disagrees, by dir.

    Args:
        dirs: with what their commits say.
        open_index: gives what asks an index of a repo.

    Raises:
        HelpersError: a project cannot be read, or an index refuses.
        ProcessError: git fails.
    """
    clients: dict[tuple[str, str], IndexClient] = {}
    errors = {}
    for place, some in grouped((one.place, (one, its)) for one, its in dirs).items():
        root, own = repo.root / place, repo.of(some[0][0].name)
        tags = dict(commit_log.read_tags(root, merged=False))
        remote, there = _remote(repo, place, [one for one, _ in some], listen)
        for one, its in some:
            indexes, files = {}, {}
            for index in _indexes(own, inputs, one):
                if (place, index.name) not in clients:
                    clients[place, index.name] = open_index(own, index)
                names = clients[place, index.name].files(inputs.name_of(one.name))
                versions = released_versions(names)
                if begun:
                    versions = [one for one in versions if not begun.covers(one)]
                if versions:
                    indexes[index.name] = versions
                    files[index.name] = _file_of(names, max(versions))
            said = SaidVersions(
                project=read_version(repo, one.name),
                branch=current_branch(root),
                tags=_of_dir(tags, one.prefix, begun),
                remote=remote,
                remote_tags=_of_dir(there, one.prefix, begun),
                indexes=indexes,
                files=files,
            )
            errors[one.name] = disagreements(its, one.config, said)
    return errors


def _remote(
    repo: Repo, place: str, dirs: Sequence[ReleasedDir], listen: Listener
) -> tuple[str, dict[str, str]]:
    """The remote of a checkout and its tags; without a name where it does not answer."""
    remote = main_remote(repo.root / place)
    if not remote:
        return "", {}
    try:
        found = commit_log.remote_tags(repo.root / place, remote, [one.prefix for one in dirs])
    except HelpersError as error:
        listen(Notice(f"{error.what}; they are not compared"))
        return "", {}
    return remote, found


def _of_dir(tags: Mapping[str, str], prefix: str, begun: BegunRelease | None) -> dict[str, str]:
    """The tags of a dir that are released versions, besides the one that is being released."""
    none = (None, begun.version if begun else None)
    return {name: id for name, id in tags.items() if _version(name, prefix) not in none}


def _version(tag: str, prefix: str) -> Version | None:
    rest = tag.removeprefix(prefix)
    return _parsed(rest.partition("+")[0]) if tag.startswith(prefix) else None


def _indexes(repo: Repo, inputs: RepoInputs, one: ReleasedDir) -> list[PackageIndex]:
    """Those that the dir's package may be on."""
    if is_package(inputs, one.name) or not inputs.name_of(one.name):
        return []
    return [index for index in repo.config.indexes.values() if index.publish]


def _file_of(files: Mapping[str, IndexFile], version: Version) -> str:
    """The address of a file of a version: it may be on another host than the index."""
    return next(one.url for name, one in files.items() if _parsed(version_of(name)) == version)


def released_versions(files: Iterable[str]) -> list[Version]:
    """The versions of files that are no development versions."""
    parsed = (_parsed(version_of(name)) for name in files)
    return sorted({one for one in parsed if one})


def _parsed(text: str) -> Version | None:
    try:
        return Version.parse(text)
    except HelpersError:
        return None
