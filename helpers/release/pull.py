"""What is pulled to this engine: the image of a platform, and what it is called here."""

from collections.abc import Iterable, Iterator

from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import ImageName, Stage
from helpers.model.images.platform import variant
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.release.index import Index, read_index
from helpers.release.published_versions import image_labels
from helpers.release.step_kinds import NameImage, PullImage, Step
from helpers.release.targets import ReleaseTarget
from helpers.release.version_tags import find_tag, not_there, tags_of
from helpers.system.host import Host


@dataclass(frozen=True, slots=True)
class PullPlan:
    """A pull, before it is done.

    Attributes:
        digest: what the registry knows the release by.
        manifest: that of the platform's image.
        names: what it is called here.
    """

    shown: str
    platform: str
    digest: str
    manifest: str
    names: tuple[str, ...]

    @property
    def steps(self) -> Iterator[Step]:
        """All that is done, in its order."""
        reference = f"{self.shown.rpartition(':')[0]}@{self.manifest}"
        yield PullImage(self.shown, self.platform, reference)
        yield from (NameImage(reference, self.shown, name) for name in self.names)

    @property
    def done(self) -> str:
        """The message once it is done."""
        manifest = f"  manifest of {self.platform}: {self.manifest}"
        return f"{self.names[0]} is {self.digest}\n{manifest}"


def plan_pull(
    repo: Repo,
    host: Host,
    target: ReleaseTarget,
    stage: Stage,
    written: str,
    platform: str,
) -> PullPlan:
    """Decide what is pulled.

    Args:
        target: with the floating tags of its dir's settings.
        written: the version as the user wrote it, bare or as its tag; empty: the current release.

    Raises:
        HelpersError: the text is no version, the registry has no such tag, or none for the
            platform, or refuses.
    """
    wanted = platform or host.platform
    tag = find_tag(target, stage, written)
    index = read_index(target.repository, tag)
    if index is None:
        raise not_there(target, tag)
    digests = {one.platform or wanted: one.digest for one in index.images}
    if wanted not in digests:
        raise HelpersError(
            f"{target}:{tag} has no image for {wanted}",
            where=f"it has: {', '.join(digests)}",
            fix=f"--platform {next(iter(digests), '')}",
        )
    tags = [tag] if written else _current_tags(target, stage, tag, index)
    names = _names(repo.image_name(target.image.name), tags, variant(wanted, host.platform))
    return PullPlan(f"{target}:{tag}", wanted, index.descriptor.digest, digests[wanted], names)


def _current_tags(target: ReleaseTarget, stage: Stage, tag: str, index: Index) -> list[str]:
    """What the current release is called on the engine: by its stage and its version as well.

    By its stage it is found by all that use a production image here, whatever it is released as.
    """
    kind = tags_of(target, stage)
    label = labels.RELEASE_VERSION if kind.is_code else labels.VERSION
    found = image_labels(target.repository, index).get(label)
    versions = [kind.of(Version.parse(found))] if found else []
    return list(dict.fromkeys([tag, str(stage), *versions]))


def _names(name: ImageName, tags: Iterable[str], ending: str) -> tuple[str, ...]:
    return tuple(f"{name}:{tag}{f'-{ending}' if ending else ''}" for tag in tags)
