"""Whether a release can be made: asked by a dry run, and by a release before it acts."""

from collections.abc import Callable, Sequence
from pathlib import Path

from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.release.claim import Claim, Owner
from helpers.release.plan import ReleasePlan
from helpers.release.publish import Index, read_index
from helpers.release.published_versions import OWNER, RELEASED, image_labels, released_versions
from helpers.release.targets import Target

Tell = Callable[[str], None]


def check_release(
    plan: ReleasePlan, checkout: Path, found: Sequence[Target], owner: Owner, tell: Tell
) -> str:
    """Check tree, commit, registries and version; nothing is written anywhere.

    Returns:
        The digest of the same release, where it was made before; else nothing.

    Raises:
        HelpersError: others cannot have what is released, a registry does not answer or takes no
            push of this login, somebody else releases, or the version is taken or too old.
    """
    tell("check tree and commit")
    plan.check_published(checkout)
    for target in found:
        tell(f"check that {target} takes a push")
        target.repository.check_push()
        Claim(target.repository, plan.stage, owner, plan.version_tag).check_free()
    return released_before(plan, found, tell)


def released_before(plan: ReleasePlan, found: Sequence[Target], tell: Tell) -> str:
    """The digest of the same release, where every registry has it; else nothing.

    Raises:
        HelpersError: the version is taken, or newer ones are there.
    """
    digests = []
    for target in found:
        tell(f"check that {target}:{plan.version_tag} is free")
        versions = released_versions(target.repository.tags(), plan.stage)
        if versions and versions[0] > plan.version:
            raise HelpersError(
                f"{plan.version} is older than {versions[0]}, which is released",
                where=str(target),
                mend=f"--bump when you build, or: i docker_rollback_{plan.stage}_image"
                f" --version {plan.version}",
            )
        index = read_index(target.repository, plan.version_tag)
        if index is None:
            continue
        commit = image_labels(target.repository, index)[0].get(labels.COMMIT)
        if commit != plan.published.commit:
            raise taken(target, plan, index)
        current = target.repository.resolve(plan.floating_tag)
        if current and current.digest == index.descriptor.digest:
            digests.append(current.digest)
    return digests[0] if len(digests) == len(found) else ""


def taken(target: Target, plan: ReleasePlan, index: Index) -> HelpersError:
    """What to say where a registry has the version, of other content."""
    said = index.annotations
    when, owner = said.get(RELEASED, "earlier"), said.get(OWNER, "somebody")
    return HelpersError(
        f"{plan.version_tag} is taken: {owner} released other content under it ({when})",
        where=f"{target}:{plan.version_tag}",
        mend="i docker_build_local_image --bump patch --message ..., then release that",
    )
