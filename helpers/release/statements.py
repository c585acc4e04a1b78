"""The index of a release: its images, and their attestations."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from helpers.images.contents.inspection import inspecting
from helpers.images.contents.packages import read_packages
from helpers.images.contents.sbom import make_sbom
from helpers.images.resolve import choose_named
from helpers.model import labels
from helpers.model.descriptor import Descriptor
from helpers.model.packages.installed import PackageSet
from helpers.release.attestations import CYCLONEDX, PROVENANCE, Attested, Origin, attest, provenance
from helpers.release.checks import taken
from helpers.release.index import Index, make_index, read_index
from helpers.release.owner import Releaser, now
from helpers.release.plan import ReleasePlan
from helpers.release.published_versions import OWNER, RELEASED
from helpers.release.targets import ReleaseTarget


def index_of_release(
    releaser: Releaser,
    plan: ReleasePlan,
    found: Sequence[ReleaseTarget],
    images: Sequence[tuple[str, Descriptor]],
    started: str,
    packages_of: Callable[[str], PackageSet],
) -> tuple[Index, list[Attested]]:
    """The index: that of an earlier attempt, where its images are these.

    Args:
        images: their names on the engine, and what was pushed of them.
        packages_of: gives what `read_image_packages` reads of one of those.

    Raises:
        HelpersError: a registry has other content under the version.
    """
    digests = {image.digest for _, image in images}
    for target in found:
        there = read_index(target.repository, plan.version_tag)
        if there is None:
            continue
        if {one.digest for one in there.images} != digests:
            raise taken(target, plan, there)
        # What it names is pushed to the others as well.
        return there, _attested(target, there)
    attested = [
        _attest(releaser, plan, image, name, started, packages_of(name)) for name, image in images
    ]
    annotations = {
        RELEASED: now(),
        OWNER: releaser.owner.name,
        labels.OCI_VERSION: str(plan.version),
        labels.OCI_REVISION: plan.published.commit,
    }
    if plan.options.forced:
        annotations[labels.FORCED] = plan.options.forced
    return make_index([image for _, image in images], attested, annotations), attested


def read_image_packages(releaser: Releaser, reference: str) -> PackageSet:
    """What an image of this engine holds; the whole of it is read.

    Raises:
        EngineError: the engine has no such image, or stops answering.
    """
    with inspecting(releaser.repo) as labelled:
        return read_packages(releaser.client, reference, labelled)


def _attest(
    releaser: Releaser,
    plan: ReleasePlan,
    image: Descriptor,
    reference: str,
    started: str,
    packages: PackageSet,
) -> Attested:
    # By the name that it gets: the one that it has now ends with the release.
    shown = f"{releaser.repo.image_name(plan.image_name)}:{plan.version_tag}"
    chosen = replace(choose_named(releaser.client, reference, plan.stage), reference=shown)
    local = chosen.image
    origin = Origin(
        parameters={
            "dir": plan.runnable_dir.name,
            "stage": str(plan.stage),
            "version": str(plan.version),
            "platform": image.platform,
        },
        source=plan.published.remote,
        commit=plan.published.commit,
        base=(
            local.labels.get(labels.OCI_BASE_NAME, ""),
            local.labels.get(labels.OCI_BASE_DIGEST, ""),
        ),
        owner=releaser.owner.name,
        started=started,
        ended=now(),
    )
    predicates = {
        CYCLONEDX: make_sbom(packages, chosen),
        PROVENANCE: provenance(origin),
    }
    return attest(image, shown, predicates)


def _attested(target: ReleaseTarget, index: Index) -> list[Attested]:
    """The attestations of an index's images, as they were pushed."""
    found = []
    for entry in index.entries:
        if entry in index.images:
            continue
        manifest = read_index(target.repository, entry.digest)
        if manifest is None:
            continue
        blobs = {digest: target.repository.blob(digest) for digest in manifest.blobs}
        found.append(Attested(entry, manifest.content, blobs))
    return found
