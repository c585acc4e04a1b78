"""Roll back: point the floating tag back at an earlier version, in the registry alone."""

from collections.abc import Mapping, Sequence

from helpers.images.installing.access import open_access
from helpers.model.dataclass import dataclass
from helpers.model.descriptor import short_digest
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.images.published import TagMove
from helpers.model.runnable_dir import RunnableDir, dir_option
from helpers.model.version import Version
from helpers.release.owner import Releaser, now, read_owner
from helpers.release.plan import TagsPlan
from helpers.release.step_kinds import (
    CheckRegistry,
    ConfirmLocks,
    KeepTag,
    MoveTag,
    NamedVersion,
    NoteMove,
    Step,
)
from helpers.release.targets import ReleaseTarget, registries, targets_of
from helpers.release.version_tags import VersionTags, not_there, read_released_version, tags_of


@dataclass(frozen=True, slots=True)
class RollbackPlan(TagsPlan):
    """A rollback, before it is done; no layer is pulled or pushed.

    Attributes:
        tags: how its releases are tagged, and what floats.
        digest: of the version that is wanted.
        named: what each floating tag names now, by the image's name in each registry and the tag.
        owner: who does it.
        when: ISO 8601.
    """

    tags: VersionTags
    digest: str
    named: Mapping[tuple[str, str], NamedVersion]
    owner: str
    when: str

    @property
    def version_tag(self) -> str:
        """The tag of the version that is wanted."""
        return self.tags.of(self.version)

    @property
    def moves(self) -> tuple[MoveTag | KeepTag, ...]:
        """What is done to the floating tags in each registry."""
        wanted = NamedVersion(self.digest, self.tags.shown(self.version))
        return tuple(
            KeepTag(image, tag, wanted)
            if named.digest == wanted.digest
            else MoveTag(image, tag, self.version_tag, (named, wanted))
            for (image, tag), named in self.named.items()
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """All that is done, in its order; where nothing is to be moved, nothing is locked."""
        # Of the tags of an image that move, the first one says from where.
        first = {one.image: one for one in reversed(self.moves) if isinstance(one, MoveTag)}
        notes = [NoteMove(image, self._note(image, one.tag)) for image, one in first.items()]
        if not notes:
            return self.moves
        checks = map(CheckRegistry, self.names)
        return (*checks, *self.locks, ConfirmLocks(), *notes, *self.moves)

    @property
    def done(self) -> str:
        """The message once it is done."""
        lines = [one.done for one in self.moves]
        if any(isinstance(one, MoveTag) for one in self.moves):
            pull = f"i docker_pull {dir_option(self.runnable_dir.name)} --stage {self.stage}"
            lines.append(f"images on this machine stay as they are; to get this one: {pull}")
        return "\n".join(lines)

    def _note(self, image: str, tag: str) -> TagMove:
        named = self.named[image, tag]
        before, after = named.version or named.digest, self.tags.shown(self.version)
        return TagMove(self.stage, self.when, self.owner, before, after)


def plan_rollback(
    releaser: Releaser,
    runnable_dir: RunnableDir,
    stage: Stage,
    written: str,
    registry_names: Sequence[str],
) -> RollbackPlan:
    """Look what the registries have, and decide what is moved.

    Args:
        written: the version to go back to as the user wrote it, bare or as its tag.

    Raises:
        HelpersError: the text is no version, nothing floats, a registry has no such version, or
            refuses.
    """
    repo, host = releaser.repo, releaser.host
    version = read_released_version(written, stage)
    access = open_access(repo, host, releaser.listen)
    found = targets_of(repo, access, runnable_dir, registry_names)
    tags = tags_of(found[0], stage, written)
    digests = {target: _digest_of_version(target, tags, version) for target in found}
    if not tags.floating:
        raise _nothing_floats(found[0], tags.of(version))
    if len(set(digests.values())) > 1:
        raise HelpersError(
            f"{tags.of(version)} is not the same in all registries",
            where=", ".join(f"{one}: {short_digest(digest)}" for one, digest in digests.items()),
            fix="roll back one after the other with --registry",
        )
    return RollbackPlan(
        runnable_dir=runnable_dir,
        stage=stage,
        version=version,
        image_name=found[0].image.name,
        addresses=registries(repo, registry_names),
        tags=tags,
        digest=digests[found[0]],
        named={
            (str(target), tag): named_version(target, tags, tag)
            for target in found
            for tag in tags.floating
        },
        owner=read_owner(repo, host, keep=False).name,
        when=now(),
    )


def named_version(target: ReleaseTarget, kind: VersionTags, tag: str) -> NamedVersion:
    """What a floating tag names."""
    current = target.repository.resolve(tag)
    if current is None:
        return NamedVersion()
    for version in kind.among(target.repository.tags()):
        named = target.repository.resolve(kind.of(version))
        if named and named.digest == current.digest:
            return NamedVersion(current.digest, kind.shown(version))
    return NamedVersion(current.digest)


def _digest_of_version(target: ReleaseTarget, tags: VersionTags, version: Version) -> str:
    found = target.repository.resolve(tags.of(version))
    if found is None:
        current = named_version(target, tags, tags.floating[0]).version if tags.floating else ""
        raise not_there(target, tags.of(version), current)
    return found.digest


def _nothing_floats(target: ReleaseTarget, tag: str) -> HelpersError:
    empty = "'floating' of 'release' is empty"
    return HelpersError(
        "no floating tag names the current release of its code: there is nothing to roll back",
        where=f"{target}: {empty if target.floating is not None else 'its dir has no `release:`'}",
        fix=f"run {tag} by its tag, or name a tag that floats: floating: [latest, stable]",
    )
