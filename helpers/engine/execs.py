"""Commands in a running container, over the Engine API."""

import select
import socket
from collections.abc import Callable, Sequence
from dataclasses import field

from helpers.engine.client import Client
from helpers.engine.frames import take_frames
from helpers.model.dataclass import dataclass
from helpers.model.numbers import KILLED

_POLL_SECONDS = 0.1
# How often a command whose output stays silent is asked for: one that leaves a daemon behind
# ends without its output being closed.
_CHECK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Command:
    """A command for a container.

    Attributes:
        user: `<uid>:<gid>`.
        env: `NAME=value` each.
    """

    args: tuple[str, ...]
    user: str
    directory: str
    env: tuple[str, ...] = ()
    stdin: bool = False


@dataclass(slots=True)
class Exec:
    """A command that was started in a container."""

    client: Client
    id: str
    connection: socket.socket
    _buffer: bytearray = field(default_factory=bytearray)
    _silent: float = 0.0
    _has_status: bool = False
    _ended: bool = False

    def pump(self, write: Callable[[bool, bytes], None]) -> bool:
        """Wait a moment for output and hand it on.

        Args:
            write: called with whether it is of standard error, and the bytes.

        Returns:
            False when the command has ended and all of its output was handed on.

        Raises:
            EngineError: the engine stopped answering.
        """
        self._hand_on(write)
        if self._ended:
            return False
        readable, _, _ = select.select([self.connection], [], [], _POLL_SECONDS)
        if readable:
            self._silent = 0.0
            try:
                chunk = self.connection.recv(1 << 18)
            except OSError as error:
                raise self.client.unavailable(error) from error
            self._ended = not chunk
            self._buffer += chunk
            self._hand_on(write)
        else:
            self._silent += _POLL_SECONDS
            if self._silent >= _CHECK_SECONDS:
                self._silent = 0.0
                # What it wrote last may still be on its way when the engine says that it ended.
                self._ended = self._has_status
                self._has_status = self.exit_status() is not None
        return not self._ended

    def exit_status(self) -> int | None:
        """Its exit status; None while it runs; `KILLED` where the container went away under it."""
        found = self.client.get(f"/exec/{self.id}/json")
        if found is None:
            return KILLED
        if found["Running"]:
            return None
        return int(found["ExitCode"]) if found["ExitCode"] is not None else KILLED

    def send(self, data: bytes) -> None:
        """Hand bytes to its standard input; none closes it."""
        if data:
            self.connection.sendall(data)
        else:
            self.connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close the stream; the command goes on if it still runs."""
        self.connection.close()

    def _hand_on(self, write: Callable[[bool, bytes], None]) -> None:
        for is_error, data in take_frames(self._buffer):
            write(is_error, data)


def start_command(client: Client, container: str, command: Command) -> Exec:
    """Start a command in a container.

    Raises:
        EngineError: the container does not exist (404) or does not run (409).
    """
    made = client.call(
        "POST",
        f"/containers/{container}/exec",
        body={
            "Cmd": list(command.args),
            "User": command.user,
            "WorkingDir": command.directory,
            "Env": list(command.env),
            "AttachStdin": command.stdin,
            "AttachStdout": True,
            "AttachStderr": True,
        },
    )
    connection, rest = client.hijack(f"/exec/{made['Id']}/start", {"Detach": False, "Tty": False})
    return Exec(client, made["Id"], connection, bytearray(rest))


def run_command(
    client: Client, container: str, args: Sequence[str], user: str = "0:0"
) -> tuple[int, bytes]:
    """Run a command to its end; its exit status and both outputs together."""
    output = bytearray()
    started = start_command(client, container, Command(tuple(args), user, "/"))
    try:
        while started.pump(lambda _, data: output.extend(data)):
            pass
        status = started.exit_status()
    finally:
        started.close()
    return (KILLED if status is None else status), bytes(output)
