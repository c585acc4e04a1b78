"""Find a base image, or what stands for it, on an engine."""

from typing import NamedTuple

from helpers.engine.client import Client
from helpers.engine.containers import find_image
from helpers.images.base.recipe import recipe_if_any
from helpers.model.repo import Repo


class FoundBase(NamedTuple):
    """A base image that an engine has."""

    reference: str
    id: str


def find_base_image(repo: Repo, client: Client, wanted: str, platform: str) -> FoundBase | None:
    """The named base image or its replacement; None where the engine has neither."""
    if found := _find_for(client, wanted, platform):
        return found
    recipe = recipe_if_any(repo, wanted, platform)
    return _find_for(client, recipe.tag, platform) if recipe else None


def _find_for(client: Client, reference: str, platform: str) -> FoundBase | None:
    image = find_image(client, reference)
    return FoundBase(reference, image.id) if image and image.platform == platform else None
