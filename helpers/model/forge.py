"""What a forge, such as GitHub or GitLab, has beside a repo: pages of releases."""

from helpers.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """The page of a release, which belongs to a tag.

    Attributes:
        notes: Markdown.
        url: where people see it; empty: it is not written yet.
    """

    tag: str
    title: str
    notes: str
    url: str = ""
