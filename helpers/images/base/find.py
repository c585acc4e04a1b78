"""Find a base image, or what stands for it, on an engine."""

from helpers.engine.client import Client
from helpers.engine.containers import Image, find_image
from helpers.images.base.recipe import recipe_if_any
from helpers.model.repo import Repo


def find_base_image(repo: Repo, client: Client, wanted: str, platform: str) -> str:
    """The named base image or its replacement, if the engine has it; else empty."""
    if find_for(client, wanted, platform):
        return wanted
    recipe = recipe_if_any(repo, wanted, platform)
    return recipe.tag if recipe and find_for(client, recipe.tag, platform) else ""


def find_for(client: Client, reference: str, platform: str) -> Image | None:
    """The image, if the engine has it for that platform; else None."""
    image = find_image(client, reference)
    if image is None:
        return None
    details = client.get(f"/images/{image.id}/json") or {}
    return image if f"{details.get('Os')}/{details.get('Architecture')}" == platform else None
