"""What is pulled to this engine: the image of a platform, and what it is called here."""

from collections.abc import Iterator

from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.images.name import Stage
from helpers.model.images.platform import variant
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.release.index import read_index
from helpers.release.published_versions import image_labels, not_there
from helpers.release.step_kinds import NameImage, PullImage, Step
from helpers.release.targets import ReleaseTarget
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
    version: Version | None,
    platform: str,
) -> PullPlan:
    """Decide what is pulled.

    Raises:
        HelpersError: the registry has no such tag, or none for the platform, or refuses.
    """
    wanted = platform or host.platform
    tag = f"{stage}-{version}" if version else str(stage)
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
    versions = [version]
    if version is None:
        # What a floating tag names is known by its version as well.
        found = image_labels(target.repository, index).get(labels.VERSION)
        versions += [Version.parse(found)] if found else []
    name, ending = repo.image_name(target.image.name), variant(wanted, host.platform)
    names = tuple(name.tagged(stage, one, variant=ending) for one in versions)
    return PullPlan(f"{target}:{tag}", wanted, index.descriptor.digest, digests[wanted], names)
