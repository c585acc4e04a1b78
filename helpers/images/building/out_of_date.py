"""Whether a dir's local image is up to date with the files that describe it."""

import hashlib
from datetime import UTC, datetime
from enum import StrEnum

from helpers.engine.client import Client
from helpers.engine.containers import Image, find_image
from helpers.images.building.plan import BuildOptions, BuildPlan, BuildSources, plan_build
from helpers.model import labels
from helpers.model.changelog.parse import entry_day
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.system.host import Host
from helpers.system.repo_files import read_changelog_text, read_dir_config


class ImageState(StrEnum):
    """The state of an image compared to its inputs."""

    THERE = "there"
    OUTDATED = "outdated"
    NEVER_BUILT = "never built"


def recipe_of(plan: BuildPlan, base_id: str) -> str:
    """The hash of everything that an image is made from; the image carries it as a label."""
    return hashlib.sha256(f"{plan.content} {base_id}".encode()).hexdigest()


def find_made(client: Client, reference: str, recipe: str) -> Image | None:
    """The image of that name if it was made from that recipe; else None."""
    image = find_image(client, reference)
    return image if image and image.labels.get(labels.RECIPE) == recipe else None


def is_outdated(
    repo: Repo, runnable_dir: RunnableDir, host: Host, image: Image, platform: str = ""
) -> bool:
    """Whether what a local image was built from has changed since.

    Args:
        platform: the image's; by default the host's own.

    Raises:
        HelpersError: a file that describes the image is malformed.
    """
    text, config = read_changelog_text(runnable_dir), read_dir_config(runnable_dir)
    sources = BuildSources(text, entry_day(datetime.now(UTC)), config)
    plan = plan_build(repo, runnable_dir, host, sources, BuildOptions(), platform)
    recipe = image.labels.get(labels.RECIPE)
    return recipe != recipe_of(plan, image.labels.get(labels.OCI_BASE_DIGEST, ""))
