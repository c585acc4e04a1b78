"""Which images of this engine are out of date: their labels against the files, without history."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace

from helpers.engine.client import Client
from helpers.images.base.find import find_base_image
from helpers.images.building.out_of_date import recipe_of
from helpers.images.building.plan import BuildPlan
from helpers.images.building.planning import plan_images
from helpers.images.changed.ahead import Lookup
from helpers.images.changed.differing import Differing, Made, Planned, compare
from helpers.model import labels
from helpers.model.images.parts import BASE, SETTINGS, read_parts
from helpers.model.repo import Repo
from helpers.system.host import Host


def find_outdated(
    images: Lookup, repo: Repo, host: Host, planned: Iterable[Planned]
) -> list[Differing]:
    """The dirs whose image on this engine is not what would be built now, or is not there.

    Args:
        images: each is looked up by its name: a list takes an engine ten times as long for each.

    Raises:
        EngineError: the engine does not answer.
    """
    base_id = base_ids(images.client, repo)

    def made(plan: BuildPlan) -> Made | None:
        image = images.find(plan.reference)
        if image is None:
            return None
        base, commit = base_id(plan), image.labels.get(labels.COMMIT, "")
        parts = read_parts(image.labels.get(labels.PARTS, ""))
        if parts is None:
            # An earlier version built it, which labelled all parts as one.
            whole = _with_commit(repo, host, plan)
            same = recipe_of(whole, base) == image.labels.get(labels.RECIPE)
            return Made(plan.made_from.parts(), () if same else (SETTINGS,), commit)
        other = base and base != image.labels.get(labels.OCI_BASE_DIGEST)
        return Made(parts, (BASE,) if other else (), commit)

    return compare(planned, made)


def base_ids(client: Client, repo: Repo) -> Callable[[BuildPlan], str]:
    """What says the id of the base image that a plan is built on; empty where the engine lacks it.

    It may be asked by several threads, and raises EngineError where the engine does not answer.
    """

    def key(plan: BuildPlan) -> tuple[str, str, str]:
        return repo.of(plan.runnable_dir.name).place, plan.base_image, plan.platform

    found: dict[tuple[str, str, str], str] = {}
    lock = threading.Lock()

    def base_id(plan: BuildPlan) -> str:
        with lock:
            if key(plan) not in found:
                own = repo.of(plan.runnable_dir.name)
                base = find_base_image(own, client, plan.base_image, plan.platform)
                found[key(plan)] = base.id if base else ""
            return found[key(plan)]

    return base_id


def _with_commit(repo: Repo, host: Host, plan: BuildPlan) -> BuildPlan:
    """The same plan as a build makes it, which images of earlier versions are compared with."""
    if plan.code is None:
        return plan
    options = replace(plan.options, platforms=(plan.platform,))
    return plan_images(repo, plan.runnable_dir, host, options)[0]
