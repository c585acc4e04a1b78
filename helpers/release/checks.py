"""Whether a registry takes the version of a release."""

from collections.abc import Sequence

from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.version import Version
from helpers.release.plan import ReleasePlan
from helpers.release.publish import Index, read_index
from helpers.release.published_versions import OWNER, RELEASED, image_labels, released_versions
from helpers.release.targets import ReleaseTarget


def released_before(plan: ReleasePlan, target: ReleaseTarget) -> str:
    """The digest of the same release, where a registry has it already; else nothing.

    Raises:
        HelpersError: the version is taken, or newer ones are there.
    """
    versions = released_versions(target.repository.tags(), plan.stage)
    if versions and versions[0] > plan.version:
        raise _older(target, plan, versions)
    index = read_index(target.repository, plan.version_tag)
    if index is None:
        return ""
    commit = image_labels(target.repository, index).get(labels.COMMIT)
    if commit != plan.published.commit:
        raise taken(target, plan, index)
    current = target.repository.resolve(plan.floating_tag)
    return current.digest if current and current.digest == index.descriptor.digest else ""


def _older(target: ReleaseTarget, plan: ReleasePlan, versions: Sequence[Version]) -> HelpersError:
    """The error for a version that is older than the newest in a registry."""
    if plan.version in versions:
        task = f"docker_rollback_{plan.stage}_image"
        fix = f"i {task} {target.of_dir} --version {plan.version}"
    else:
        fix = f"git pull, or put an entry above {versions[0]} on top of its changelog"
    return HelpersError(
        f"{plan.version} is older than {versions[0]}, which is released",
        where=f"{target}\n{plan.runnable_dir.changelog}",
        fix=fix,
    )


def taken(target: ReleaseTarget, plan: ReleasePlan, index: Index) -> HelpersError:
    """The error for a version that a registry has with other content."""
    said = index.annotations
    when, owner = said.get(RELEASED, "earlier"), said.get(OWNER, "somebody")
    return HelpersError(
        f"{plan.version_tag} is taken: {owner} released other content under it ({when})",
        where=f"{target}:{plan.version_tag}",
        fix=f"{_bump(target)}, then release that",
    )


def _bump(target: ReleaseTarget) -> str:
    bump = '--bump patch --message "<what changed>"'
    return f"i docker_build_local_image {target.of_dir} {bump}"
