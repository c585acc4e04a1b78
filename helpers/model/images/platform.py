"""Platforms in the form of OCI: `<system>/<architecture>`."""

from collections.abc import Iterable

from helpers.model.errors import HelpersError
from helpers.model.spelling import nearest_value

# Those that images are made for; a base image can be made from packages for each of them.
PLATFORMS = ("linux/amd64", "linux/arm64")


def architecture(platform: str) -> str:
    """The part that tells platforms of one system apart; Debian has the same names."""
    return platform.split("/", 1)[1]


def variant(platform: str, own: str) -> str:
    """The ending of a foreign image's tags, so that it never replaces the engine's own."""
    return "" if platform == own else architecture(platform)


def check_platforms(platforms: Iterable[str], where: str) -> tuple[str, ...]:
    """The platforms, each once.

    Raises:
        HelpersError: one is not among those that images are made for.
    """
    found = tuple(dict.fromkeys(platforms))
    for platform in found:
        if platform not in PLATFORMS:
            raise HelpersError(
                f"{platform!r} is not a supported platform",
                where=where,
                fix=f"write {nearest_value('', platform, PLATFORMS)}",
            )
    return found
