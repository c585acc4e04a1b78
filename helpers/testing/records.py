"""What the pytest plugin notes, read while it is being written."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.model.results import Outcome, TestCase


@dataclass(frozen=True, slots=True)
class Collected:
    """How many tests will run."""

    number: int


@dataclass(frozen=True, slots=True)
class Ended:
    """pytest's last word: its exit status."""

    status: int


Record = Collected | Ended | TestCase


@dataclass(slots=True)
class RecordsReader:
    """Reads a file of records as it grows."""

    path: Path
    _position: int = 0
    _rest: bytes = field(default=b"")

    def read(self) -> list[Record]:
        """The records that were completed since the last call.

        A line that is not yet whole is left for later; one that is no record is passed over, as a
        test may write to any file.
        """
        with self.path.open("rb") as file:
            file.seek(self._position)
            new = file.read()
        self._position += len(new)
        *lines, self._rest = (self._rest + new).split(b"\n")
        records = (parse_record(line) for line in lines)
        return [record for record in records if record is not None]


def parse_record(line: bytes) -> Record | None:
    """One line as a record; None where it is none."""
    try:
        found = json.loads(line)
        kind = found["kind"]
        if kind == "collected":
            return Collected(int(found["number"]))
        if kind == "ended":
            return Ended(int(found["status"]))
        return _test(found) if kind == "test" else None
    except (ValueError, KeyError, TypeError):
        return None


def _test(found: Any) -> TestCase:
    return TestCase(
        node=str(found["node"]),
        outcome=Outcome(found["outcome"]),
        seconds=float(found["seconds"]),
        message=str(found["message"]),
        details=str(found["details"]),
        file=str(found["file"]),
        line=int(found["line"]),
        properties=tuple((str(name), str(value)) for name, value in found["properties"]),
    )
