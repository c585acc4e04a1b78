"""Which dirs would release another image than the one that a registry has of their version."""

import json
import threading
from collections.abc import Callable, Iterable, Sequence

from helpers.images.building.plan import BuildPlan
from helpers.images.changed.differing import Differing, Made, Planned, compare
from helpers.images.changed.outdated import base_ids
from helpers.model import labels
from helpers.model.images.parts import BASE, differing, read_parts
from helpers.registry.access import Access
from helpers.release.index import Index, read_index
from helpers.release.owner import Releaser
from helpers.release.targets import ReleaseTarget, targets


def find_unreleased(
    releaser: Releaser, access: Access, planned: Iterable[Planned], registries: Sequence[str]
) -> list[Differing]:
    """The dirs whose version no registry has, or one has with another content.

    The base image counts where this engine has it: its layers are compared, which are the same on
    every engine.

    Raises:
        HelpersError: a registry refuses, or the repo has none of that name.
    """
    layers = _base_layers(releaser)

    def made(plan: BuildPlan) -> Made | None:
        repo = releaser.repo.of(plan.runnable_dir.name)
        version = f"{plan.stage}-{plan.version}"
        least: Made | None = None
        for one in targets(repo, access, plan.runnable_dir, plan.image_name, registries):
            index = read_index(one.repository, version)
            found = _read(one, index, plan, layers(plan)) if index else None
            if found is None:
                return None
            if least is None or found.others or differing(found.parts, plan.made_from.parts()):
                least = found
        return least

    return compare(planned, made)


def _base_layers(releaser: Releaser) -> Callable[[BuildPlan], Sequence[str]]:
    """What says the layers of a plan's base image; none where the engine lacks it.

    It may be asked by several threads.
    """
    base_id = base_ids(releaser.client, releaser.repo)
    read: dict[str, Sequence[str]] = {"": ()}
    lock = threading.Lock()

    def layers(plan: BuildPlan) -> Sequence[str]:
        image = base_id(plan)
        with lock:
            if image not in read:
                found = releaser.client.get(f"/images/{image}/json") or {}
                read[image] = (found.get("RootFS") or {}).get("Layers") or ()
            return read[image]

    return layers


def _read(target: ReleaseTarget, index: Index, plan: BuildPlan, base: Sequence[str]) -> Made | None:
    """What the released image of a plan's platform says; None where there is none."""
    for image in index.images:
        if image.platform not in ("", plan.platform):
            continue
        manifest = (
            index if image == index.descriptor else read_index(target.repository, image.digest)
        )
        if manifest is None:
            return None
        settings = json.loads(manifest.content)["config"]["digest"]
        config = json.loads(target.repository.blob(settings))
        said = (config.get("config") or {}).get("Labels") or {}
        parts = read_parts(said.get(labels.PARTS, ""))
        if parts is None:
            return None
        layers = (config.get("rootfs") or {}).get("diff_ids") or []
        other = bool(base) and layers[: len(base)] != list(base)
        return Made(parts, (BASE,) if other else (), said.get(labels.COMMIT, ""))
    return None
