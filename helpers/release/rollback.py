"""Roll back: let the floating tag name an earlier version, in the registry alone."""

from contextlib import suppress

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import ReleaseStep
from helpers.model.image import Stage
from helpers.model.published_images import TagMove
from helpers.model.version import Version
from helpers.release.moves import add_move, drop_move
from helpers.release.plan import RollbackPlan
from helpers.release.publish import Index, read_index, restoring
from helpers.release.published_versions import not_there, version_of
from helpers.release.release import Releaser, now, read_owner
from helpers.release.targets import Target

_SHORT = 19


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did in one registry: digests before and after."""

    image: str
    tag: str
    before: str
    before_version: str
    after: str
    after_version: str

    def __str__(self) -> str:
        image = f"{self.image}:{self.tag}"
        after = f"{self.after_version} ({self.after[:_SHORT]})"
        if self.before == self.after:
            return f"{image}: nothing moved, it names {after} already"
        before = f"{self.before_version or 'no version'} ({self.before[:_SHORT] or 'nothing'})"
        return f"{image}: from {before} to {after}"


def roll_back(releaser: Releaser, plan: RollbackPlan) -> list[RolledBack]:
    """Move the floating tag to a version that is there; no layer is pulled or pushed.

    Raises:
        HelpersError: a registry has no such version, or refuses; the tags are then as they were.
    """
    with releaser.claimed(plan) as claims:
        found = claims.targets
        indexes = {target: find_version(target, plan.stage, plan.version) for target in found}
        digests = {index.descriptor.digest for index in indexes.values()}
        if len(digests) > 1:
            raise HelpersError(
                f"{plan.version_tag} is not the same in all registries",
                where=", ".join(f"{t}: {i.descriptor.digest[:19]}" for t, i in indexes.items()),
                fix="roll back one at a time with --registry",
            )
        index = next(iter(indexes.values()))
        named = {target: floating_version(target, plan.stage) for target in claims.targets}
        claims.confirm()
        done: list[RolledBack] = []

        def moved(target: Target, before: str) -> None:
            done.append(
                RolledBack(
                    str(target),
                    plan.floating_tag,
                    before,
                    named[target],
                    index.descriptor.digest,
                    str(plan.version),
                )
            )

        owner, when = read_owner(releaser.repo, releaser.host).name, now()
        written: list[tuple[Target, TagMove]] = []
        try:
            for target in found:
                before = named[target] or _digest(target, plan.floating_tag)
                if before != str(plan.version):
                    move = TagMove(plan.stage, when, owner, before, str(plan.version))
                    written.append((target, move))
                    add_move(target.repository, move)
            releaser.listen(ReleaseStep(plan.runnable_dir.name, f"move {plan.floating_tag}"))
            restoring(found, plan.floating_tag, index, moved)
        except BaseException:
            for target, move in written:
                with suppress(HelpersError):
                    drop_move(target.repository, move)
            raise
        return done


def _digest(target: Target, tag: str) -> str:
    found = target.repository.resolve(tag)
    return found.digest if found else ""


def find_version(target: Target, stage: Stage, version: Version) -> Index:
    """A version that a registry has.

    Raises:
        HelpersError: it has not; says which ones it has.
    """
    index = read_index(target.repository, f"{stage}-{version}")
    if index is None:
        raise not_there(target, f"{stage}-{version}")
    return index


def floating_version(target: Target, stage: Stage) -> str:
    """The version that the floating tag names; empty where there is none."""
    current = target.repository.resolve(str(stage))
    if current is None:
        return ""
    for tag in target.repository.tags():
        found = version_of(tag)
        if found and found[0] is stage:
            named = target.repository.resolve(tag)
            if named and named.digest == current.digest:
                return str(found[1])
    return ""
