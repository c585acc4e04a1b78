"""The steps of releases, as values: a dry run prints them, `carry_out` carries them out.

Those before the first lock only read: a dry run carries them out as well, and ends as they do.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from helpers.model.dataclass import dataclass
from helpers.model.descriptor import short_digest
from helpers.model.images.name import Stage
from helpers.model.images.published import TagMove
from helpers.release.lock import LOCK_TAG
from helpers.release.moves import HISTORY_TAG

if TYPE_CHECKING:
    # A promotion builds nothing, and what builds takes long to load.
    from helpers.images.building.plan import BuildPlan


@dataclass(frozen=True, slots=True)
class Step:
    """Something that is done, and its message."""

    says: ClassVar[str] = ""

    def __str__(self) -> str:
        return self.says.format(self)

    @property
    def done(self) -> str:
        """The message once it is done."""
        return str(self)


@dataclass(frozen=True, slots=True)
class CheckCommit(Step):
    """Others can get what is released."""

    says = "{0.said}"
    said: str


@dataclass(frozen=True, slots=True)
class CheckRegistry(Step):
    """A registry takes a push, and nobody else releases."""

    says = "check that {0.image} takes a push, and that nobody else releases it"
    image: str


@dataclass(frozen=True, slots=True)
class CheckVersion(Step):
    """A registry has neither the version nor a newer one, or has this very release."""

    says = "check that {0.image}:{0.tag} is free"
    image: str
    tag: str


@dataclass(frozen=True, slots=True)
class TakeLock(Step):
    """Nobody else moves the tags of a stage until this plan is carried out."""

    image: str
    stage: Stage

    def __str__(self) -> str:
        return f"take the lock {self.image}:{LOCK_TAG.format(stage=self.stage)}"


@dataclass(frozen=True, slots=True)
class Build(Step):
    """Build the images, one for each platform."""

    plans: "tuple[BuildPlan, ...]"

    def __str__(self) -> str:
        return "\n".join(map(str, self.plans))


@dataclass(frozen=True, slots=True)
class BuildForTests(Step):
    """Build what tests run in: the image itself, with what tests need on top."""

    plan: "BuildPlan"
    image: str

    def __str__(self) -> str:
        return f"build {self.plan.reference}: the same, with what tests need"


@dataclass(frozen=True, slots=True)
class RunTests(Step):
    """Run the dir's tests in an image."""

    says = "test in {0.reference} ({0.suite} tests)"
    reference: str
    platform: str
    suite: str


@dataclass(frozen=True, slots=True)
class PushImage(Step):
    """Push an image of this engine by its digest, while no tag names it yet."""

    reference: str
    images: tuple[str, ...]

    def __str__(self) -> str:
        return f"push {self.reference} to {', '.join(self.images)} by its digest"


@dataclass(frozen=True, slots=True)
class MakeIndex(Step):
    """Put the images of all platforms under one digest.

    Attributes:
        described: with statements about them.
    """

    references: tuple[str, ...]
    described: bool = True

    def __str__(self) -> str:
        described = ", with lists of packages and provenance" if self.described else ""
        return f"make an index of {', '.join(self.references)}{described}"


@dataclass(frozen=True, slots=True)
class PushIndex(Step):
    """Push the index by its digest."""

    says = "push the index to {0.image} by its digest"
    image: str


@dataclass(frozen=True, slots=True)
class ConfirmLocks(Step):
    """Make sure that the locks are ours, before anything is done that others see."""

    says = "check that nobody else took a lock"


@dataclass(frozen=True, slots=True)
class TagIndex(Step):
    """Give the index the tag that only it has.

    Attributes:
        replaces: the tag may name another index already.
    """

    says = "tag {0.image}:{0.tag}, read it back"
    image: str
    tag: str
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """What a floating tag names: a digest, and its version where one of the registry's has it."""

    digest: str = ""
    version: str = ""

    def __str__(self) -> str:
        return f"{self.version or 'no version'} ({short_digest(self.digest) or 'nothing'})"


@dataclass(frozen=True, slots=True)
class MoveTag(Step):
    """Move the floating tag to the tag of a version.

    Attributes:
        change: from what to what, where the plan knows it: it must still be so.
    """

    image: str
    tag: str
    to: str
    change: tuple[NamedVersion, NamedVersion] | None = None

    @property
    def done(self) -> str:
        """The message once it is done."""
        return f"moved {self._change}"

    @property
    def _change(self) -> str:
        change = "from {} to {}".format(*self.change) if self.change else f"to {self.to}"
        return f"{self.image}:{self.tag} {change}"

    def __str__(self) -> str:
        return f"move {self._change}, read it back"


@dataclass(frozen=True, slots=True)
class KeepTag(Step):
    """The floating tag names the version already."""

    says = "{0.image}:{0.tag}: nothing moved, it names {0.named} already"
    image: str
    tag: str
    named: NamedVersion


@dataclass(frozen=True, slots=True)
class NoteMove(Step):
    """Write into the history, beside the image, that a rollback is done."""

    image: str
    move: TagMove

    def __str__(self) -> str:
        history = HISTORY_TAG.format(stage=self.move.stage)
        return f"note the rollback to {self.move.after} in {self.image}:{history}"


@dataclass(frozen=True, slots=True)
class PullImage(Step):
    """Pull the image of one platform to this engine.

    Attributes:
        shown: by its tag, for people.
        reference: by its digest: what a tag names may change in between. On the engine an image of
            one platform stands for itself, so that one of another never takes its place.
    """

    says = "pull {0.shown} for {0.platform}"
    shown: str
    platform: str
    reference: str


@dataclass(frozen=True, slots=True)
class NameImage(Step):
    """Give an image of this engine a further name.

    Attributes:
        image: its name or id.
        shown: the name that people know it by.
    """

    says = "tag {0.shown} as {0.name}"
    image: str
    shown: str
    name: str


@dataclass(frozen=True, slots=True)
class RenameImage(Step):
    """Give an image of this engine other names, and take away the one that it has.

    Attributes:
        names: none: the image goes, where it has no others.
    """

    reference: str
    names: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.names:
            return f"remove {self.reference}"
        return f"rename {self.reference} to {' and '.join(self.names)}"


def printed(steps: Iterable[Step]) -> str:
    """The steps as a dry run prints them."""
    return "\n".join(map(str, steps))
