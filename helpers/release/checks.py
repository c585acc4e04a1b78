"""Whether a registry takes the version of a release."""

from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.times import moment
from helpers.release.index import Index, read_index
from helpers.release.plan import ReleasePlan
from helpers.release.published_versions import OWNER, RELEASED, image_labels
from helpers.release.targets import ReleaseTarget


def released_before(plan: ReleasePlan, target: ReleaseTarget) -> str:
    """The digest of the same release, where a registry has it already; else nothing.

    Raises:
        HelpersError: the version is taken, or newer ones are there.
    """
    versions = plan.released(target.repository.tags())
    if versions and versions[0] > plan.version:
        raise HelpersError(
            f"{plan.version} is older than {versions[0]}, which is released",
            where=f"{target}\n{plan.runnable_dir.changelog}",
            fix=plan.instead_of_older(versions),
        )
    index = read_index(target.repository, plan.version_tag)
    if index is None:
        return ""
    commit = image_labels(target.repository, index).get(labels.COMMIT)
    if commit != plan.published.commit:
        raise taken(target, plan, index, commit or "")
    digest = index.descriptor.digest
    others = (target.repository.resolve(tag) for tag in plan.whole_with)
    return digest if all(one and one.digest == digest for one in others) else ""


def taken(target: ReleaseTarget, plan: ReleasePlan, index: Index, commit: str = "") -> HelpersError:
    """The error for a version that a registry has with other content.

    Args:
        commit: the one that it was released from; empty: it is not known.
    """
    said = index.annotations
    when, owner = said.get(RELEASED, "earlier"), said.get(OWNER, "somebody")
    return HelpersError(
        f"{plan.version_tag} is taken: {owner} released other content under it ({moment(when)})",
        where=f"{target}:{plan.version_tag}",
        fix=plan.instead_of_taken(commit),
    )
