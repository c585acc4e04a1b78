"""Whether a release can be made: asked by a dry run, and by a release before it acts."""

from collections.abc import Callable, Sequence
from pathlib import Path

from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.model.version import Version
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
        Claim(target, plan.stage, owner, plan.version_tag).check_free()
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
            raise _older(target, plan, versions)
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


def _older(target: Target, plan: ReleasePlan, versions: Sequence[Version]) -> HelpersError:
    """What to say of a version below the newest of those that a registry has."""
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


def taken(target: Target, plan: ReleasePlan, index: Index) -> HelpersError:
    """What to say where a registry has the version, of other content."""
    said = index.annotations
    when, owner = said.get(RELEASED, "earlier"), said.get(OWNER, "somebody")
    return HelpersError(
        f"{plan.version_tag} is taken: {owner} released other content under it ({when})",
        where=f"{target}:{plan.version_tag}",
        fix=f"{_bump(target)}, then release that",
    )


def _bump(target: Target) -> str:
    bump = '--bump patch --message "<what changed>"'
    return f"i docker_build_local_image {target.of_dir} {bump}"
