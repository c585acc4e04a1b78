"""The only module that starts processes."""

import os
import select
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.model.errors import HelpersError

_LAST_LINES = 20
# Nothing that we start and wait for runs for ever.
LONGEST_SECONDS = 3600.0
# A build may take long, but says something now and then.
_LONGEST_SILENCE = 1800.0


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """What a finished process left; times in seconds."""

    args: tuple[str, ...]
    status: int
    stdout: str
    stderr: str
    seconds: float


class ProcessError(HelpersError):
    """A process that could not be started, failed, or ran too long."""

    def __init__(self, args: Sequence[str], status: int, output: str, *, mend: str = "") -> None:
        self.command = tuple(args)
        self.status = status
        self.last_lines = output.rstrip().splitlines()[-_LAST_LINES:]
        super().__init__(
            f"'{printable(args)}' failed with status {status}",
            where="\n".join(self.last_lines),
            mend=mend,
        )


def printable(args: Sequence[str]) -> str:
    """The command as one line that a shell would take."""
    # Imported here: start-up of the tasks does not need it.
    import shlex

    return shlex.join(args)


def run(
    args: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes = "",
    check: bool = True,
    timeout: float = LONGEST_SECONDS,
    own_session: bool = False,
    names: bool = False,
) -> ProcessResult:
    """Run a program to its end and capture what it writes.

    Args:
        env: variables that are added to those of this process.
        stdin: what the program reads.
        timeout: seconds after which it is killed.
        own_session: Ctrl-C on the terminal does not reach it: what it has begun it ends.
        names: it reads and writes names of files, which need not be text: as Python has them.

    Raises:
        ProcessError: it is missing, ran into the timeout, or failed while `check` is set.
    """
    command = tuple(str(arg) for arg in args)
    began = time.monotonic()
    try:
        done = subprocess.run(
            command,
            cwd=cwd,
            env=_merged(env),
            input=os.fsencode(stdin) if names or isinstance(stdin, bytes) else stdin.encode(),
            capture_output=True,
            timeout=timeout,
            check=False,
            start_new_session=own_session,
        )
    except FileNotFoundError as error:
        raise ProcessError(command, 127, str(error), mend=f"install {command[0]}") from error
    except PermissionError as error:
        raise ProcessError(command, 126, str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise ProcessError(command, 124, f"no answer within {timeout} s") from error
    result = ProcessResult(
        command,
        done.returncode,
        os.fsdecode(done.stdout) if names else done.stdout.decode(errors="replace"),
        done.stderr.decode(errors="replace"),
        time.monotonic() - began,
    )
    if check and result.status:
        raise ProcessError(command, result.status, result.stdout + result.stderr)
    return result


def stream(
    args: Sequence[str | Path],
    on_line: Callable[[str], None],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
) -> int:
    """Run a program, hand each line of its two outputs to `on_line`; return its exit status.

    The program is terminated when `on_line` raises, when the caller is interrupted, and when it
    says nothing for half an hour.

    Raises:
        ProcessError: it cannot be started, or said nothing for too long.
    """
    command = tuple(str(arg) for arg in args)
    try:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=_merged(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        raise ProcessError(command, 127, str(error), mend=f"install {command[0]}") from error
    try:
        assert process.stdout is not None
        for line in _lines(process.stdout.fileno(), command):
            on_line(line.decode(errors="replace").rstrip("\r\n"))
        return process.wait()
    finally:
        _terminate(process)


def _lines(output: int, command: Sequence[str]) -> Iterator[bytes]:
    """The lines of an output as they come.

    Raises:
        ProcessError: nothing came for too long.
    """
    rest = b""
    while True:
        if not select.select([output], [], [], _LONGEST_SILENCE)[0]:
            raise ProcessError(command, 124, f"no output for {_LONGEST_SILENCE:g} s")
        chunk = os.read(output, 1 << 16)
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if not chunk:
            if rest:
                yield rest
            return


def attach(
    args: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> int:
    """Run a program on this process's own terminal; return its exit status.

    Raises:
        ProcessError: it cannot be started.
    """
    command = tuple(str(arg) for arg in args)
    try:
        return subprocess.run(command, cwd=cwd, env=_merged(env), check=False).returncode
    except OSError as error:
        raise ProcessError(command, 127, str(error), mend=f"install {command[0]}") from error


def become(args: Sequence[str], env: Mapping[str, str]) -> None:
    """Go on as another program, in the place of this process.

    Raises:
        ProcessError: it cannot be started.
    """
    try:
        os.execve(args[0], list(args), {**os.environ, **env})  # noqa: S606
    except OSError as error:
        raise ProcessError(args, 127, str(error), mend=f"install {args[0]}") from error


def converse(args: Sequence[str | Path]) -> socket.socket:
    """Start a program that speaks on its standard input and output; they are the socket returned.

    The program ends when the socket is closed.

    Raises:
        ProcessError: it cannot be started.
    """
    command = tuple(str(arg) for arg in args)
    ours, theirs = socket.socketpair()
    try:
        with theirs:
            end = theirs.fileno()
            subprocess.Popen(command, stdin=end, stdout=end, stderr=subprocess.DEVNULL)
    except OSError as error:
        ours.close()
        raise ProcessError(command, 127, str(error), mend=f"install {command[0]}") from error
    return ours


def _terminate(process: "subprocess.Popen[bytes]") -> None:
    if process.stdout is not None:
        process.stdout.close()
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _merged(env: Mapping[str, str] | None) -> dict[str, str] | None:
    return None if env is None else {**os.environ, **env}
