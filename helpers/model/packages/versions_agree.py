"""Code and container agree: an image's version against the changelog's."""

from enum import StrEnum

from helpers.model.version import Version


class Agreement(StrEnum):
    """How an image's version relates to the changelog's."""

    SAME = "same"
    IMAGE_OLDER_PATCH = "image older by a patch"
    IMAGE_NEWER = "image newer"
    IMAGE_TOO_OLD = "image too old"


def compare_versions(image: Version, changelog: Version) -> Agreement:
    """Older in major or minor is too old: what the code needs may be missing from the image."""
    if image == changelog:
        return Agreement.SAME
    if image > changelog:
        return Agreement.IMAGE_NEWER
    if (image.major, image.minor) == (changelog.major, changelog.minor):
        return Agreement.IMAGE_OLDER_PATCH
    return Agreement.IMAGE_TOO_OLD
