"""What can be asked for: one function for each kind of job."""

import hashlib
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any


def write_checksum(payload: Mapping[str, Any]) -> None:
    """Write the SHA-256 of the file `path` beside it, as `sha256sum` would."""
    path = Path(payload["path"])
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    path.with_name(path.name + ".sha256").write_text(f"{digest}  {path.name}\n", encoding="utf-8")


def wait(payload: Mapping[str, Any]) -> None:
    """Do nothing for `seconds`; to see how the queue behaves."""
    time.sleep(payload["seconds"])


HANDLERS = MappingProxyType({"checksum": write_checksum, "wait": wait})
