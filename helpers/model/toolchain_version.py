"""Which version of the toolchain can drive repos that have another."""

from helpers.model.errors import HelpersError
from helpers.model.version import Version


def check_driving(driving: Version, inner: Version | None, place: str) -> None:
    """Make sure that a toolchain understands the settings of a repo that has its own.

    Old settings are understood for one major version.

    Args:
        inner: the version that the repo has; None: it has none of its own.
        place: the repo, for the message.

    Raises:
        HelpersError: it does not.
    """
    if inner is None:
        return
    if inner.major < driving.major - 1:
        raise HelpersError(
            f"the toolchain of {place} is version {inner}, whose settings {driving} does not read",
            where=place,
            fix=f"in {place}: i helpers_upgrade --to v{driving}",
        )
    if inner.major > driving.major:
        raise HelpersError(
            f"the toolchain of {place} is version {inner}, and {driving} drives it",
            where=place,
            fix=f"in the outermost repo: i helpers_upgrade --to v{inner}",
        )
