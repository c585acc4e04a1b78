"""The job that writes the notes of a release: from the commits between two versions of a dir."""

import shlex
from collections.abc import Sequence

from helpers.inputs.repo_inputs import RepoInputs
from helpers.model.code_notes import CodeNotes
from helpers.model.code_version import Change, CodeTag, NextVersion, raise_version
from helpers.model.commits import Reason
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.numbers import list_few
from helpers.model.repo import Repo
from helpers.model.runnable_dir import dir_option
from helpers.model.version import Version
from helpers.release.changes_since import ChangesSince
from helpers.release.code_versions import next_versions, read_releases
from helpers.release.released_dirs import ReleasedDir
from helpers.vcs.commit_log import read_messages, reading_log
from helpers.vcs.refs import find_commit, is_ancestor


def next_notes(repo: Repo, one: ReleasedDir, found: NextVersion) -> CodeNotes:
    """The notes of the version that a dir gets next.

    Raises:
        ProcessError: git fails.
    """
    version = found.version or "unreleased"
    since = found.last.name if found.last else ""
    return _notes(repo, one, f"{one.image_name} {version}", since, found.counted)


def find_notes(
    repo: Repo, one: ReleasedDir, inputs: RepoInputs, version: Version | None, listen: Listener
) -> CodeNotes:
    """The notes of a version: one that is released, or the next one.

    Args:
        version: None: the next one.

    Raises:
        HelpersError: the dir has no such version, or another branch has it.
        ProcessError: git fails.
    """
    released = read_releases(repo, [one], listen)[one.name]
    if isinstance(released, HelpersError):
        raise released
    tag = next((found for found in released if found.version == version), None)
    if tag:
        return _released_notes(repo, one, inputs, tag, released)
    found = next_versions(repo, [one], inputs, lambda _: None)[one.name]
    if isinstance(found, HelpersError):
        raise found
    if version and version != found.version:
        names = list_few(str(each.version) for each in released) or "none"
        following = f", and {found.version} is next" if found.version else ""
        raise HelpersError(
            f"{one.name} has no version {version}",
            where=f"released: {names}{following}",
            fix=f"i release_history {dir_option(one.name)}",
        )
    return next_notes(repo, one, found)


def notes_since(repo: Repo, one: ReleasedDir, inputs: RepoInputs, ref: str) -> CodeNotes:
    """The notes of all that changed since a branch, tag or commit.

    Raises:
        HelpersError: there is no such commit.
        ProcessError: git fails.
    """
    commit = find_commit(repo.root / one.place, ref)
    if not commit:
        raise HelpersError(
            f"--since {ref}: there is no such branch, tag or commit",
            where=str(repo.root / one.place),
            fix="git log --oneline   shows commits",
        )
    changes = _changes(repo, one, inputs, commit)
    return _notes(repo, one, f"{one.image_name} since {ref}", ref, _counted(one, changes))


def _released_notes(
    repo: Repo,
    one: ReleasedDir,
    inputs: RepoInputs,
    tag: CodeTag,
    released: Sequence[CodeTag],
) -> CodeNotes:
    root = repo.root / one.place
    if not is_ancestor(root, tag.commit, "HEAD"):
        raise HelpersError(
            f"{tag.name} was released from another branch",
            where=f"{one.name}: {tag.commit[:12]} is not in the history of HEAD",
            fix=f"git switch --detach {shlex.quote(tag.name)}, then the same command",
        )
    older = (each for each in released if each.version < tag.version)
    before = next((each for each in older if is_ancestor(root, each.commit, tag.commit)), None)
    # What came after it is of later versions.
    later = {change.commit for change in _changes(repo, one, inputs, tag.commit)}
    changes = _changes(repo, one, inputs, before.commit if before else "")
    counted = _counted(one, [change for change in changes if change.commit not in later])
    since = before.name if before else ""
    return _notes(repo, one, f"{one.image_name} {tag.version}", since, counted)


def _changes(repo: Repo, one: ReleasedDir, inputs: RepoInputs, since: str) -> list[Change]:
    releases = {one.name: since} if since else {}
    with reading_log(repo.root / one.place) as log:
        changes = ChangesSince(repo, one.place, [one], releases, inputs).read(log)
    return changes[one.name].touching


def _counted(one: ReleasedDir, changes: Sequence[Change]) -> Sequence[Change]:
    plain = NextVersion(one.name, one.image_name, one.prefix, None, None)

    return raise_version(plain, changes, one.config).counted


def _notes(
    repo: Repo, one: ReleasedDir, title: str, since: str, counted: Sequence[Change]
) -> CodeNotes:
    breaking = [each.commit for each in counted if each.reason is Reason.BREAKING]
    messages = read_messages(repo.root / one.place, breaking)
    return CodeNotes(title, since, counted, messages)
