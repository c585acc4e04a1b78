"""What says which version a dir's code has, and where two of them disagree."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from helpers.model.code_version import DEVELOPMENT, CodeTag, NextVersion, two_commits
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.fetch_command import fetch_command
from helpers.model.images.published import TagMove
from helpers.model.numbers import list_few
from helpers.model.runnable_dir import dir_option, path_below
from helpers.model.settings.release_config import ReleaseConfig, VersionPlace
from helpers.model.times import moment
from helpers.model.version import Part, Version

_PROJECT = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class SaidVersions:
    """All that says a version of a dir, besides its commits.

    Attributes:
        project: what its `pyproject.toml` says; empty: nothing, or there is none.
        branch: the one that is checked out; empty: none is.
        tags: those of the dir that are here, each with a version; by name with their commits.
        remote: the name of the remote; empty: there is none, or it does not answer.
        remote_tags: those that it has, each with a version.
        indexes: by name, the released versions that it has of the dir's package; an index without
            any is left out.
        files: by index, the address of a file of its newest version.
    """

    project: str = ""
    branch: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    remote: str = ""
    remote_tags: Mapping[str, str] = field(default_factory=dict)
    indexes: Mapping[str, Sequence[Version]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def disagreements(
    found: NextVersion, config: ReleaseConfig, said: SaidVersions
) -> list[HelpersError]:
    """Each pair of values that do not go together, with the command that helps."""
    return [
        *_project(found, config, said.project),
        *_remote(found, said),
        *(error for name in said.indexes for error in _index(found, name, said)),
        *_branch(found, config, said.branch),
    ]


@dataclass(frozen=True, slots=True)
class FloatingImage:
    """What a floating tag names in a registry.

    Attributes:
        name: the image's, with the tag.
        label: the version of code that it says; empty: none, or the tag names nothing.
        is_there: the tag names an image.
        has_last: the registry has the image of the newest tag's version.
        rollback: what somebody did last, where that is why the tag names it.
    """

    name: str
    label: str
    is_there: bool
    has_last: bool
    rollback: TagMove | None = None


def image_disagreement(found: NextVersion, image: FloatingImage) -> HelpersError | None:
    """Where the image of a floating tag is of another version than the newest tag, and what helps.

    A dir of which the registry has no release does not disagree.
    """
    last = found.last
    if not image.is_there and not image.has_last:
        return None
    if last and image.label == str(last.version):
        return None
    says = f"is of {image.label}" if image.label else "says no version of its code"
    shown = f"the newest tag is {last.name}" if last else "no tag is here"
    what = f"{image.name} {says if image.is_there else 'names nothing'}, and {shown}"
    release = f"i release {dir_option(found.dir)}"
    if last is None or _is_newer(image.label, last.version):
        fix = f"{fetch_command('', tags=True)}   (or {release}, where nothing was released yet)"
    elif image.has_last:
        fix = f"git switch --detach {shlex.quote(last.name)} && {release}"
        if back := image.rollback:
            what += f"; {back.owner} rolled it back, {moment(back.when)}"
            fix = (
                f"{release}   (of a commit that mends what was wrong)\n"
                f"or {fix}   (takes the rollback back)"
            )
    else:
        fix = f"{release} --version {found.version or last.version.bumped(Part.PATCH)}"
    return HelpersError(what, where=found.dir, fix=fix)


def _is_newer(label: str, version: Version) -> bool:
    try:
        # Between two releases a label has more than a version.
        return Version.parse(label.partition(DEVELOPMENT)[0]) > version
    except HelpersError:
        return False


def _project(found: NextVersion, config: ReleaseConfig, said: str) -> list[HelpersError]:
    meant = found.version or (found.last.version if found.last else None)
    if not said or meant is None:
        return []
    where = path_below(found.dir, _PROJECT)
    command = f"i release_next {dir_option(found.dir)}"
    if config.version_in is VersionPlace.PYPROJECT:
        if said == str(meant):
            return []
        kind = "is next" if found.version else "is released"
        what = f"{where} says {said}, and {meant} {kind}"
        version = f" --version {meant}" if found.chosen else ""
        return [HelpersError(what, where=where, fix=f"{command} --commit{version}")]
    try:
        number = Version.parse(said)
    except HelpersError:
        return []  # the build replaces it, whatever it is
    # A version of zeros stands there for none.
    if found.last is None or number == Version(0, 0, 0) or number >= found.last.version:
        return []
    return [
        HelpersError(
            f"{where} says {said}, which is behind {found.last.name}",
            where=where,
            fix=f'{command}   (and write  version = "0.0.0": the build puts the version in)',
        )
    ]


def _remote(found: NextVersion, said: SaidVersions) -> list[HelpersError]:
    errors = []
    versions = {
        name: Version.parse(name.removeprefix(found.prefix).partition("+")[0])
        for name in said.remote_tags
    }
    for name, version in versions.items():
        commit = said.remote_tags[name]
        here = said.tags.get(name, commit)
        if here != commit:
            there = CodeTag(f"{name} of {said.remote}", commit, version)
            error = two_commits(version, there, CodeTag(name, here, version), found.dir)
            errors.append(error)
    missing = versions.keys() - said.tags.keys()
    if missing:
        newest = max(missing, key=versions.__getitem__)
        errors.append(
            HelpersError(
                f"{said.remote} has {newest}, and the newest tag here is"
                f" {found.last.name if found.last else 'none'}",
                where=found.dir,
                fix=fetch_command(said.remote, tags=True),
            )
        )
    return [*errors, *_unpushed(found, said)]


def _unpushed(found: NextVersion, said: SaidVersions) -> Iterator[HelpersError]:
    """The tags that are here alone: the newest one, and older ones."""
    last = found.last.name if found.last else ""
    only_here = {*said.tags, last} - said.remote_tags.keys() if said.remote else set()
    push = f"git push {shlex.quote(said.remote)}"
    if last and last in only_here:
        yield HelpersError(
            f"the newest tag is {last}, and {said.remote} does not have it",
            where=found.dir,
            fix=f"{push} {shlex.quote(last)}",
        )
    if older := sorted(only_here - {last}):
        are, them = ("is", "it") if len(older) == 1 else ("are", "them")
        delete = f"git tag --delete {shlex.join(older)}, if nothing was released under {them}"
        yield HelpersError(
            f"{list_few(older)} {are} here, and {said.remote} does not have {them}",
            where=found.dir,
            fix=f"{push} {shlex.join(older)}   (or {delete})",
        )


def _index(found: NextVersion, name: str, said: SaidVersions) -> list[HelpersError]:
    versions = said.indexes[name]
    newest = max(versions)
    last = found.last
    if last is None or newest > last.version:
        shown = last.name if last else "none"
        release = f"i release {dir_option(found.dir)}"
        further = f"{release} --version {max(newest.bumped(Part.PATCH), found.version or newest)}"
        return [
            HelpersError(
                f"{name} has {newest}, and the newest tag is {shown}: its tag is not here, its"
                " release was not ended, or it is somebody else's package",
                where="\n".join(filter(None, (found.dir, said.files.get(name)))),
                fix=f"{fetch_command('', tags=True)} && {release}   (ends a release of this"
                f" commit)\nor {further}   (gives {newest} up)",
            )
        ]
    if last.version in versions:
        return []
    publish = f"i package_publish {dir_option(found.dir)} --index {shlex.quote(name)}"
    return [
        HelpersError(
            f"{name} has {newest}, and the newest tag is {last.name}",
            where=found.dir,
            fix=f"git switch --detach {shlex.quote(last.name)} && {publish}",
        )
    ]


def _branch(found: NextVersion, config: ReleaseConfig, branch: str) -> list[HelpersError]:
    if not config.branches or branch in config.branches:
        return []
    shown = f"the branch {branch}" if branch else "no branch"
    return [
        HelpersError(
            f"{shown} is checked out, and code is released from {', '.join(config.branches)}",
            where=found.dir,
            fix=f"git switch {config.branches[0]}",
        )
    ]
