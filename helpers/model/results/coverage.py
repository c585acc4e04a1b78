"""Which lines the tests ran."""

from collections.abc import Iterable

from helpers.model.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class FileCoverage:
    """Which statements of a file ran.

    Attributes:
        path: relative to the repo's root, with `/`.
        executed: numbers of the lines that ran, from 1, ascending.
        missing: numbers of the lines that hold a statement and did not run, ascending.
    """

    path: str
    executed: tuple[int, ...]
    missing: tuple[int, ...]

    @property
    def statements(self) -> int:
        """All lines that could have run."""
        return len(self.executed) + len(self.missing)


def covered_share(files: Iterable[FileCoverage]) -> float:
    """The share of statements that ran, from 0 to 1; 1 where there are none."""
    executed = statements = 0
    for file in files:
        executed += len(file.executed)
        statements += file.statements
    return executed / statements if statements else 1.0
