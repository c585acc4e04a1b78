"""Pull released images to this engine."""

from helpers.engine.client import Client
from helpers.engine.containers import Image, find_image, tag_image
from helpers.engine.pulls import RetryBudget, pull_image
from helpers.model import labels
from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.model.events import Listener
from helpers.model.image import Stage
from helpers.model.platform import variant
from helpers.model.repo import Repo
from helpers.model.version import Version
from helpers.release.publish import read_index
from helpers.release.published_versions import not_there
from helpers.release.targets import Target
from helpers.system.host import Host
from helpers.system.process import ProcessError

_RETRIES = RetryBudget(
    (
        *("eof", "connection reset", "connection refused", "timeout", "timed out", "broken pipe"),
        *("429", "too many requests", "500 internal", "502", "503", "504", "unexpected status"),
        *("unexpected commit digest", "short read", "httpreadseeker", "failed size validation"),
        "use of closed network connection",
    ),
    attempts=5,
    wait=1.0,
)


@dataclass(frozen=True, slots=True)
class PullPlan:
    """What is pulled: a tag in a registry, and what it is called on this engine.

    Attributes:
        names: what it is called here.
    """

    target: Target
    tag: str
    platform: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(
            [
                f"pull {self.target}:{self.tag} for {self.platform}",
                *(f"tag it as {name}" for name in self.names),
            ]
        )


def plan_pull(
    repo: Repo,
    host: Host,
    target: Target,
    stage: Stage,
    version: Version | None,
    platform: str,
) -> PullPlan:
    """Decide what is pulled."""
    wanted = platform or host.platform
    name = repo.image_name(target.image.name)
    tag = f"{stage}-{version}" if version else str(stage)
    return PullPlan(
        target,
        tag,
        wanted,
        (name.tagged(stage, version, variant=variant(wanted, host.platform)),),
    )


@dataclass(frozen=True, slots=True)
class Pulled:
    """What was pulled: the digest that the registry knows the release by, and the image's own."""

    digest: str
    manifest: str


def pull(client: Client, repo: Repo, host: Host, plan: PullPlan, listen: Listener) -> Pulled:
    """Pull it.

    Raises:
        HelpersError: the registry has no such tag, or none for the platform, or refuses.
    """
    index = read_index(plan.target.repository, plan.tag)
    if index is None:
        raise not_there(plan.target, plan.tag)
    digests = {one.platform or plan.platform: one.digest for one in index.images}
    if plan.platform not in digests:
        raise HelpersError(
            f"{plan.target}:{plan.tag} has no image for {plan.platform}",
            where=f"it has: {', '.join(digests)}",
            fix=f"--platform {next(iter(digests), '')}",
        )
    # By its digest: what a tag names may change in between. On the engine an image of one platform
    # stands for itself, so that one of another never takes its place.
    reference = f"{plan.target}@{digests[plan.platform]}"
    try:
        pull_image(reference, listen, _RETRIES)
    except ProcessError as error:
        raise HelpersError(
            "the engine cannot pull the image",
            where="\n".join(error.last_lines),
            fix="i docker_login, or look whether the engine reaches the registry",
        ) from error
    image = find_image(client, reference)
    if image is None:
        raise HelpersError("the engine lost an image that it pulled", where=reference)
    for name in (*plan.names, *_version_name(repo, host, plan, image)):
        tag_image(client, image.id, name)
    return Pulled(index.descriptor.digest, digests[plan.platform])


def _version_name(repo: Repo, host: Host, plan: PullPlan, image: Image) -> list[str]:
    """What a floating tag named is known by its version as well."""
    stage = next((one for one in Stage if plan.tag == str(one)), None)
    version = image.labels.get(labels.VERSION)
    if stage is None or not version:
        return []
    name = repo.image_name(plan.target.image.name)
    ending = variant(plan.platform, host.platform)
    return [name.tagged(stage, Version.parse(version), variant=ending)]
