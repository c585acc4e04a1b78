"""Files of a directory as they shall be, while it is being decided."""

from dataclasses import field
from pathlib import Path

from helpers.model.dataclass import dataclass
from helpers.model.file_change import FileChange
from helpers.model.runnable_dir import path_below
from helpers.system.files import read_text


@dataclass(frozen=True, slots=True)
class Draft:
    """What becomes of files; several decisions may be about one.

    Attributes:
        folder: the directory, absolute.
        below: the directory relative to the repo's root; `.` for that itself.
    """

    folder: Path
    below: str
    _texts: dict[str, str] = field(default_factory=dict)

    def read(self, name: str) -> str | None:
        """A file as it shall be; None: there is none.

        Raises:
            HelpersError: it cannot be read.
        """
        return self._texts[name] if name in self._texts else read_text(self.folder / name)

    def write(self, name: str, text: str) -> None:
        """Decide what a file shall be."""
        self._texts[name] = text

    def add(self, name: str, text: str) -> None:
        """Decide what a file shall be that is not there; one that is there stays.

        Raises:
            HelpersError: it is there, and cannot be read.
        """
        if self.read(name) is None:
            self.write(name, text)

    def changes(self) -> list[FileChange]:
        """All that changes, with paths relative to the repo's root.

        Raises:
            HelpersError: a file cannot be read.
        """
        found = [
            FileChange(path_below(self.below, name), read_text(self.folder / name), text)
            for name, text in sorted(self._texts.items())
        ]
        return [change for change in found if not change.changes_nothing]
