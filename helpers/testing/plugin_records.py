"""What the pytest plugin notes, read while it is being written."""

import hashlib
import hmac
import json
from dataclasses import field
from pathlib import Path
from typing import Any

from helpers.model.dataclass import dataclass
from helpers.model.results.results import TestCase, TestOutcome

_SEAL = b', "seal": "'


@dataclass(frozen=True, slots=True)
class Collected:
    """How many tests will run."""

    number: int


@dataclass(frozen=True, slots=True)
class Shows:
    """pytest was asked to show something instead of running tests."""

    option: str


@dataclass(frozen=True, slots=True)
class Ended:
    """pytest's last word: its exit status."""

    status: int


Record = Collected | Shows | Ended | TestCase


@dataclass(slots=True)
class RecordsReader:
    """Reads a file of records as it grows.

    Attributes:
        key: of the seals that the lines end with; empty: of a session that was given none.
        foreign: how often something else than the plugin wrote: a line without the right seal, or
            a line or more taken away.
    """

    path: Path
    key: bytes = b""
    foreign: int = 0
    _position: int = 0
    _lines: int = 0
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
        records = (parse_record(line) for line in lines if self._is_sealed(line))
        return [record for record in records if record is not None]

    def _is_sealed(self, line: bytes) -> bool:
        body, _, rest = line.rpartition(_SEAL)
        text = b"%d %s" % (self._lines + 1, body)
        right = hmac.new(self.key, text, hashlib.sha256).hexdigest()
        if hmac.compare_digest(rest, f'{right}"}}'.encode()):
            self._lines += 1
            return True
        self.foreign += 1
        return not self.key


def parse_record(line: bytes) -> Record | None:
    """One line as a record; None where it is none."""
    try:
        found = json.loads(line)
        kind = found["kind"]
        if kind == "collected":
            return Collected(int(found["number"]))
        if kind == "shows":
            return Shows(str(found["option"]))
        if kind == "ended":
            return Ended(int(found["status"]))
        return _test(found) if kind == "test" else None
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def _test(found: Any) -> TestCase:
    return TestCase(
        node=str(found["node"]),
        outcome=TestOutcome(found["outcome"]),
        seconds=float(found["seconds"]),
        message=str(found["message"]),
        details=str(found["details"]),
        file=str(found["file"]),
        line=int(found["line"]),
        raised_in=str(found["raised_in"]),
        raised_at=int(found["raised_at"]),
        properties=tuple((str(name), str(value)) for name, value in found["properties"]),
    )
