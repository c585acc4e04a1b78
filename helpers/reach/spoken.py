"""A run's part on a worker of somebody's cluster: orders come and answers go line by line."""

import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import field
from typing import Any, BinaryIO

from helpers.model.dataclass import dataclass
from helpers.model.plain import as_plain, from_plain
from helpers.reach.on_host import HostRun, open_host_run
from helpers.testing.order import Order


def serve_lines(given: Mapping[str, Any]) -> None:
    """Do what each line says until there is none; then end what tests left."""
    out = os.fdopen(os.dup(1), "wb")
    # What else is written is not for whoever reads our lines.
    os.dup2(2, 1)
    with open_host_run(given) as run:
        _Speaker(run, out).listen()
    os._exit(0)


@dataclass(slots=True)
class _Speaker:
    host_run: HostRun
    out: BinaryIO
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def listen(self) -> None:
        """Begin with each line as it comes: orders take long."""
        self._say({"number": None})
        for line in sys.stdin.buffer:
            said = json.loads(line)
            threading.Thread(target=self._do, args=(said,), daemon=True).start()
        self.host_run.stop()

    def _do(self, said: Mapping[str, Any]) -> None:
        if "order" in said:
            self._say({"number": said["number"], "answer": self._carry_out(said["order"])})
        elif "part" in said:
            part = self.host_run.part(*said["part"]).hex()
            self._say({"number": said["number"], "answer": part})
        else:
            self.host_run.stop()

    def _carry_out(self, order: dict[str, Any]) -> str:
        def tell(event: dict[str, Any]) -> None:
            told = {"attempt": order["attempt"], "event": event}
            self._say({"topic": order["run"], "event": told})

        answer = json.dumps(as_plain(self.host_run.carry_out(from_plain(Order, order), tell)))
        return answer.replace(self.host_run.run.folder.run, order["run"])

    def _say(self, said: Mapping[str, Any]) -> None:
        with self._lock:
            self.out.write(json.dumps(said).encode() + b"\n")
            self.out.flush()
