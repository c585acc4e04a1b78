"""The job that lists the releases of dirs' code: from tags, and from the registry."""

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from helpers.model.changelog.parse import parse_changelog
from helpers.model.code_history import CodeRelease
from helpers.model.code_version import CodeTag
from helpers.model.errors import HelpersError
from helpers.model.events import Listener, Notice
from helpers.model.inputs import ROOT
from helpers.model.repo import Repo
from helpers.model.runnable_dir import CHANGELOG, path_below
from helpers.registry.access import Access
from helpers.release.code_versions import read_releases
from helpers.release.published_versions import code_tag
from helpers.release.released_dirs import ReleasedDir
from helpers.release.targets import targets_of
from helpers.system.process import run
from helpers.vcs.commit_log import tag_times
from helpers.vcs.file_history import read_blobs

_AT_ONCE = 8


def read_code_history(
    repo: Repo, dirs: Sequence[ReleasedDir], access: Access | None, listen: Listener
) -> tuple[list[CodeRelease], list[HelpersError]]:
    """The releases of dirs, each dir's newest version first; and what is wrong with their tags.

    Args:
        access: how registries are asked; None: they are not.

    Raises:
        HelpersError: the history of a repo is not all there.
        ProcessError: git fails.
    """
    found: list[CodeRelease] = []
    errors: list[HelpersError] = []
    for name, tags in read_releases(repo, dirs, listen).items():
        (one,) = (each for each in dirs if each.name == name)
        if isinstance(tags, HelpersError):
            errors.append(tags)
            continue
        root = repo.root / one.place
        times, containers = tag_times(root), _container_versions(root, one, tags)
        digests = _digests(repo, one, tags, access, listen) if access and tags else {}
        found += [
            CodeRelease(
                name,
                str(tag.version),
                times.get(tag.name, ""),
                tag.commit,
                tag.name,
                containers.get(tag.commit, ""),
                digests.get(tag.name, ""),
            )
            for tag in tags
        ]
    return found, errors


def _container_versions(root: Path, one: ReleasedDir, tags: Sequence[CodeTag]) -> dict[str, str]:
    """By commit, the version on top of the changelog that the dir had there."""
    own = path_below(one.name, CHANGELOG)
    path = own if one.place == ROOT else posixpath.relpath(own, one.place)
    found = dict(_read_changelogs(root, one, {tag.commit: path for tag in tags}))
    moved = {
        tag.commit: there
        for tag in tags
        if tag.commit not in found and (there := _changelog_at(root, one, tag.commit))
    }
    return found | dict(_read_changelogs(root, one, moved))


def _read_changelogs(
    root: Path, one: ReleasedDir, paths: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    texts = read_blobs(root, [f"{commit}:{path}" for commit, path in paths.items()])
    for commit, path in paths.items():
        try:
            changelog = parse_changelog(texts.get(f"{commit}:{path}", ""), path)
        except HelpersError:
            continue  # of that time; nobody can correct it
        if changelog.image_name == one.image_name:
            yield commit, str(changelog.version)


def _changelog_at(root: Path, one: ReleasedDir, commit: str) -> str:
    """Where a commit has the image's changelog: the dir may have moved since."""
    pattern = f"# {one.image_name}-[0-9]"
    command = ["git", "--no-optional-locks", "grep", "--name-only", "-z", f"-e{pattern}", commit]
    listed = run([*command, "--", f":(glob)**/{CHANGELOG}"], cwd=root, check=False).names
    return next((path.partition(":")[2] for path in listed.split("\0") if path), "")


def _digests(
    repo: Repo,
    one: ReleasedDir,
    tags: Sequence[CodeTag],
    access: Access,
    listen: Listener,
) -> dict[str, str]:
    """By tag, the digest of its image in the registry that the dir's images are named after."""
    own = repo.of(one.name)
    if not own.config.registries:
        return {}
    (target,) = targets_of(own, access, one.item)

    def digest(tag: CodeTag) -> str:
        found = target.repository.resolve(code_tag(tag.version))
        return found.digest if found else ""

    try:
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip((tag.name for tag in tags), pool.map(digest, tags), strict=True))
    except HelpersError as error:
        listen(Notice(f"{error.what}; its digests are left out", one.name))
        return {}
