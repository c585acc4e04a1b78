"""A change of a text file that is decided, shown and made in this order."""

from helpers.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class FileChange:
    """The change of one file.

    Attributes:
        path: relative to the repo's root, with `/`.
        before: its text as it is; None: there is no such file.
        after: its text as it shall be; None: it goes.
        executable: whether it can be started once it is written.
        link: it shall be a link, and `after` is where that leads; of a link that goes or is
            replaced, `before` may be where it led.
    """

    path: str
    before: str | None
    after: str | None
    executable: bool = False
    link: bool = False

    @property
    def changes_nothing(self) -> bool:
        """Whether the file is already as it shall be."""
        return self.before == self.after
