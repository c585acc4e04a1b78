"""Roll back: point the floating tag back at an earlier version, in the registry alone."""

from collections.abc import Mapping, Sequence

from helpers.images.installing.access import open_access
from helpers.model.dataclass import dataclass
from helpers.model.descriptor import short_digest
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.images.published import TagMove
from helpers.model.runnable_dir import RunnableDir
from helpers.model.version import Version
from helpers.release.owner import Releaser, now, read_owner
from helpers.release.plan import TagsPlan
from helpers.release.published_versions import not_there, version_of
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


@dataclass(frozen=True, slots=True)
class RollbackPlan(TagsPlan):
    """A rollback, before it is done; no layer is pulled or pushed.

    Attributes:
        digest: of the version that is wanted.
        named: what the floating tag names now, by the image's name in each registry.
        owner: who does it.
        when: ISO 8601.
    """

    digest: str
    named: Mapping[str, NamedVersion]
    owner: str
    when: str

    @property
    def moves(self) -> tuple[MoveTag | KeepTag, ...]:
        """What is done to the floating tag in each registry."""
        wanted, tag = NamedVersion(self.digest, str(self.version)), self.floating_tag
        return tuple(
            KeepTag(image, tag, wanted)
            if named.digest == wanted.digest
            else MoveTag(image, tag, self.version_tag, (named, wanted))
            for image, named in self.named.items()
        )

    @property
    def steps(self) -> tuple[Step, ...]:
        """All that is done, in its order; where nothing is to be moved, nothing is locked."""
        moves = (one.image for one in self.moves if isinstance(one, MoveTag))
        notes = [NoteMove(image, self._note(image)) for image in moves]
        if not notes:
            return self.moves
        checks = map(CheckRegistry, self.names)
        return (*checks, *self.locks, ConfirmLocks(), *notes, *self.moves)

    def _note(self, image: str) -> TagMove:
        named = self.named[image]
        before = named.version or named.digest
        return TagMove(self.stage, self.when, self.owner, before, str(self.version))


def plan_rollback(
    releaser: Releaser,
    runnable_dir: RunnableDir,
    stage: Stage,
    version: Version,
    registry_names: Sequence[str],
) -> RollbackPlan:
    """Look what the registries have, and decide what is moved.

    Raises:
        HelpersError: a registry has no such version, or refuses.
    """
    repo, host = releaser.repo, releaser.host
    access = open_access(repo, host, releaser.listen)
    found = targets_of(repo, access, runnable_dir, registry_names)
    digests = {target: _digest_of_version(target, f"{stage}-{version}") for target in found}
    if len(set(digests.values())) > 1:
        raise HelpersError(
            f"{stage}-{version} is not the same in all registries",
            where=", ".join(f"{one}: {short_digest(digest)}" for one, digest in digests.items()),
            fix="roll back one after the other with --registry",
        )
    return RollbackPlan(
        runnable_dir=runnable_dir,
        stage=stage,
        version=version,
        image_name=found[0].image.name,
        addresses=registries(repo, registry_names),
        digest=digests[found[0]],
        named={str(target): named_version(target, stage) for target in found},
        owner=read_owner(repo, host, keep=False).name,
        when=now(),
    )


def named_version(target: ReleaseTarget, stage: Stage) -> NamedVersion:
    """What the floating tag names."""
    current = target.repository.resolve(str(stage))
    if current is None:
        return NamedVersion()
    for tag in target.repository.tags():
        found = version_of(tag)
        if found and found[0] is stage:
            named = target.repository.resolve(tag)
            if named and named.digest == current.digest:
                return NamedVersion(current.digest, str(found[1]))
    return NamedVersion(current.digest)


def _digest_of_version(target: ReleaseTarget, tag: str) -> str:
    found = target.repository.resolve(tag)
    if found is None:
        raise not_there(target, tag)
    return found.digest
