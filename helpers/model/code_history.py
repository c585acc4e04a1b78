"""A release of a dir's code, as people look back at it."""

from helpers.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class CodeRelease:
    """A release.

    Attributes:
        when: when its tag was made, ISO 8601.
        container_version: of its environment; empty: the commit has no changelog of the image.
        digest: of its image; empty: no registry was asked, or it has none.
    """

    dir: str
    version: str
    when: str
    commit: str
    tag: str
    container_version: str
    digest: str
