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
    """What tags on an engine end in, so that a foreign image never takes the place of its own."""
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
                f"{platform!r} is no platform that images are made for",
                where=where,
                fix=f"write {nearest_value('', platform, PLATFORMS)}",
            )
    return found
