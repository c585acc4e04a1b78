"""Run a command in a container to its end, its time limit, or an interrupt."""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from helpers.engine.client import Client
from helpers.engine.containers import kill_container, settled_state
from helpers.engine.execs import Command, start_command
from helpers.model.dataclass import dataclass
from helpers.model.numbers import KILLED
from helpers.system.logs import Log

Writer = Callable[[bool, bytes], None]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended.

    Attributes:
        status: None: it was ended, since its time was up.
        out_of_memory: a process was killed, since the container's memory was used up.
    """

    status: int | None
    out_of_memory: bool = False


def run_to_end(
    client: Client, container: str, command: Command, timeout: int, log: Path, show: Writer
) -> Ended:
    """Run it; all that it prints goes to the log, and is shown.

    Raises:
        EngineError: the engine stopped answering.
    """
    deadline = time.monotonic() + timeout
    started = start_command(client, container, command)
    try:
        with Log(log) as keep:

            def hand_on(is_error: bool, data: bytes) -> None:
                keep(is_error, data)
                # Who reads the first lines alone does not end what takes hours.
                with suppress(BrokenPipeError):
                    show(is_error, data)

            while started.pump(hand_on):
                if time.monotonic() > deadline:
                    kill_container(client, container)
                    return Ended(None)
        status = started.exit_status()
    finally:
        started.close()
    status = KILLED if status is None else status
    state = settled_state(client, container) if status else None
    return Ended(status, state is not None and state.out_of_memory)
