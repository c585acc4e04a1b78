"""End a classic build whose client has left.

The engine notices only when it writes the next line, and not at all while a step is silent. The
build's answer names the container of each step, which carries no label.
"""

import re
from contextlib import suppress

from helpers.engine.client import EngineError
from helpers.engine.proxy.requests import Engine

_RUNNING = re.compile(rb"Running in ([0-9a-f]{12})\b")
# As long as what is looked for, which may come in two pieces.
_KEPT = len(b"Running in ") + 12


class BuildWatch:
    """Reads along what one build says."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._tail = b""
        self._running = ""

    def read(self, piece: bytes) -> None:
        """Note the container of the step that runs."""
        text = self._tail + piece
        found = _RUNNING.findall(text)
        if found:
            self._running = found[-1].decode()
        self._tail = text[-_KEPT:]

    def end(self) -> None:
        """Remove the container of the step that runs, with which the build fails."""
        if self._running:
            with suppress(EngineError):
                query = {"force": "1", "v": "1"}
                self._engine.call("DELETE", f"/containers/{self._running}", query=query)
