"""The only module that starts processes."""

import errno
import fcntl
import os
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Literal

from helpers.model.dataclass import dataclass
from helpers.model.errors import HelpersError
from helpers.system.signals import noted

_LAST_LINES = 20
# Nothing that we start and wait for runs for ever.
LONGEST_SECONDS = 3600.0
# A build may take long, but says something now and then.
_LONGEST_SILENCE = 1800.0
# Seconds between two looks at whether what waits for a program still wants it.
_WAIT = 0.5
# Bytes that wait for us in a pipe, where the system lets it be as large.
_PIPE = 1 << 20
# Bytes that are read at once: for more, Python asks the system for memory each time.
_PIECE = 1 << 16
# When a program ends before its time; see `run_ending`.
Ends = Literal["on interrupt", "by itself", "with us"]
# The shell beside a program reads a pipe that we alone hold open. However we end, it sees that and
# kills the program's group, which includes what the program started, such as Docker's plugins.
_WAIT_BESIDE = """
(exec <"$0" || exit; read -r _; kill -s KILL -- "-$$") >/dev/null 2>&1 &
exec "$@"
"""


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """The result of a finished process; times in seconds.

    Attributes:
        raw: the bytes of `stdout`.
    """

    args: tuple[str, ...]
    status: int
    stdout: str
    stderr: str
    seconds: float
    raw: bytes = b""

    @property
    def names(self) -> str:
        """The output with names of files, which need not be text, as Python has them."""
        return os.fsdecode(self.raw)

    def checked(self) -> "ProcessResult":
        """The result of a process that succeeded.

        Raises:
            ProcessError: it failed.
        """
        if self.status:
            raise ProcessError(self.args, self.status, self.stdout + self.stderr)
        return self


class ProcessError(HelpersError):
    """A process that could not be started, failed, or ran too long."""

    def __init__(self, args: Sequence[str], status: int, output: str, *, fix: str = "") -> None:
        self.command = tuple(args)
        self.status = status
        self.last_lines = output.rstrip().splitlines()[-_LAST_LINES:]
        super().__init__(
            f"'{printable(args)}' failed with status {status}",
            where="\n".join(self.last_lines),
            fix=fix,
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
) -> ProcessResult:
    """Run a program to its end and capture what it writes.

    Args:
        env: variables that are added to those of this process.
        stdin: what the program reads.
        timeout: seconds after which it is killed.

    Raises:
        ProcessError: it is missing, ran into the timeout, or failed while `check` is set.
    """
    done = run_ending("on interrupt", args, cwd=cwd, env=env, stdin=stdin, timeout=timeout)
    return done.checked() if check else done


def run_ending(
    ends: Ends,
    args: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    stdin: str | bytes = "",
    timeout: float = LONGEST_SECONDS,
) -> ProcessResult:
    """Run a program as `run` does, and say when it ends before its time; it may fail.

    Args:
        ends: "by itself" if Ctrl-C on the terminal does not reach it, since what it has begun it
            ends; "with us", together with all that it has started: see `_ends_with_us`.

    Raises:
        ProcessError: it is missing, or ran into the timeout.
    """
    command = tuple(str(arg) for arg in args)
    began = time.monotonic()
    try:
        with _ends_with_us(command, wanted=ends == "with us") as (started, passed):
            done = subprocess.run(
                started,
                cwd=cwd,
                env=_merged(env),
                input=stdin if isinstance(stdin, bytes) else stdin.encode(),
                capture_output=True,
                timeout=timeout,
                check=False,
                start_new_session=ends != "on interrupt",
                pass_fds=passed,
            )
    except FileNotFoundError as error:
        raise ProcessError(command, 127, str(error), fix=f"install {command[0]}") from error
    except PermissionError as error:
        raise ProcessError(command, 126, str(error)) from error
    except subprocess.TimeoutExpired as error:
        raise ProcessError(command, 124, f"no answer within {timeout} s") from error
    return ProcessResult(
        command,
        done.returncode,
        done.stdout.decode(errors="replace"),
        done.stderr.decode(errors="replace"),
        time.monotonic() - began,
        done.stdout,
    )


def stream(
    args: Sequence[str | Path],
    on_line: Callable[[str], None],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    ends: Ends = "on interrupt",
    on_wait: Callable[[], None] = lambda: None,
) -> int:
    """Run a program, hand each line of its two outputs to `on_line`; return its exit status.

    The program is terminated when `on_line` or `on_wait` raises, when the caller is interrupted,
    and when it says nothing for half an hour.

    Args:
        ends: as of `run_ending`.
        on_wait: called every half a second or so while the program works.

    Raises:
        ProcessError: it cannot be started, or said nothing for too long.
    """
    command = tuple(str(arg) for arg in args)
    with ExitStack() as last:
        try:
            started, passed = last.enter_context(_ends_with_us(command, wanted=ends == "with us"))
            process = subprocess.Popen(
                started,
                cwd=cwd,
                env=_merged(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=ends != "on interrupt",
                pass_fds=passed,
            )
        except OSError as error:
            raise ProcessError(command, 127, str(error), fix=f"install {command[0]}") from error
        last.callback(_terminate, process)
        assert process.stdout is not None
        for line in _lines(process.stdout.fileno(), command, on_wait):
            on_line(line.decode(errors="replace").rstrip("\r\n"))
        return process.wait()


@contextmanager
def reading(
    args: Sequence[str | Path], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Iterator[Iterator[bytes]]:
    """Start a program, and give what it writes in pieces, as it comes.

    It works while the caller does something else, until a megabyte waits to be read, where the
    system takes as much. It is killed if the caller leaves before its end.

    Raises:
        ProcessError: it cannot be started; the last piece was read, and it failed.
    """
    # Imported here: start-up of the tasks does not need it.
    from tempfile import TemporaryFile

    command = tuple(str(arg) for arg in args)
    with TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=_merged(env),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
            )
        except OSError as error:
            raise ProcessError(command, 127, str(error), fix=f"install {command[0]}") from error
        assert process.stdout is not None
        output = process.stdout.fileno()
        if resize := getattr(fcntl, "F_SETPIPE_SZ", None):
            with suppress(OSError):
                fcntl.fcntl(output, resize, _PIPE)

        def read() -> Iterator[bytes]:
            yield from iter(partial(os.read, output, _PIECE), b"")
            if status := process.wait():
                errors.seek(0)
                raise ProcessError(command, status, errors.read().decode(errors="replace"))

        try:
            yield read()
        finally:
            _terminate(process)


@contextmanager
def _ends_with_us(
    command: Sequence[str], *, wanted: bool
) -> Iterator[tuple[Sequence[str], tuple[int, ...]]]:
    """The command in a wrapper that ends it with us, and the file that the wrapper needs.

    Only a program that works for minutes without a word to us needs the wrapper. Any other ends by
    itself, soon or when it writes to a pipe that we no longer read. A shell around each call of git
    would cost as much as the call, and a session of its own takes Ctrl-C and questions on the
    terminal away from a program. Linux's `PR_SET_PDEATHSIG` does not help: a program's children do
    not inherit it, it fires when the thread that started the program ends, and Python would have to
    set it between fork and exec, which is not safe beside threads.

    Raises:
        FileNotFoundError: there is no such program.
    """
    if not wanted:
        yield command, ()
        return
    # Imported here: start-up of the tasks does not need it.
    from shutil import which

    if which(command[0]) is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), command[0])
    theirs, ours = os.pipe()
    try:
        yield ("sh", "-c", _WAIT_BESIDE, f"/dev/fd/{theirs}", *command), (theirs,)
    finally:
        os.close(ours)
        os.close(theirs)


def _lines(output: int, command: Sequence[str], on_wait: Callable[[], None]) -> Iterator[bytes]:
    """The lines of an output as they come.

    Raises:
        ProcessError: nothing came for too long.
    """
    rest = b""
    spoke = waited = time.monotonic()
    while True:
        speaks = select.select([output], [], [], _WAIT)[0]
        now = time.monotonic()
        if now - waited >= _WAIT:
            waited = now
            on_wait()
        if not speaks:
            if now - spoke > _LONGEST_SILENCE:
                raise ProcessError(command, 124, f"no output for {_LONGEST_SILENCE:g} s")
            continue
        spoke = now
        chunk = os.read(output, 1 << 16)
        *lines, rest = (rest + chunk).split(b"\n")
        yield from lines
        if not chunk:
            if rest:
                yield rest
            return


def attach(
    args: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    says: bool = False,
) -> int:
    """Run a program on this process's own terminal; return its exit status.

    Ctrl-C reaches the program, which decides what becomes of it; it is never killed in the middle
    of what it does to the terminal, and that is as it was in the end.

    Args:
        says: the program says itself that it was interrupted.

    Raises:
        KeyboardInterrupt: it ended since it was interrupted, and did not say so.
        ProcessError: it cannot be started.
    """
    command = tuple(str(arg) for arg in args)
    sys.stdout.flush()  # what was printed stands before what the program prints
    with _terminal_kept(), noted(signal.SIGINT) as interrupts:
        try:
            process = subprocess.Popen(command, cwd=cwd, env=_merged(env))
        except OSError as error:
            raise ProcessError(command, 127, str(error), fix=f"install {command[0]}") from error
        if interrupts:
            process.send_signal(signal.SIGINT)  # it may have come before the program was there
        status = process.wait()
    if interrupts and status and not says:
        raise KeyboardInterrupt
    return status


@contextmanager
def _terminal_kept() -> Iterator[None]:
    """Give the terminal back as it was, whatever a program that ended too early made of it."""
    try:
        before = termios.tcgetattr(0)
    except (OSError, termios.error):
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError, termios.error):
            # A background process would be stopped.
            if termios.tcgetattr(0) != before and os.tcgetpgrp(0) == os.getpgrp():
                termios.tcsetattr(0, termios.TCSADRAIN, before)


def become(args: Sequence[str], env: Mapping[str, str]) -> None:
    """Replace this process by another program.

    Raises:
        ProcessError: it cannot be started.
    """
    sys.stdout.flush()
    try:
        os.execve(args[0], list(args), {**os.environ, **env})  # noqa: S606
    except OSError as error:
        raise ProcessError(args, 127, str(error), fix=f"install {args[0]}") from error


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
        raise ProcessError(command, 127, str(error), fix=f"install {command[0]}") from error
    return ours


@contextmanager
def speaking(args: Sequence[str | Path], errors: Path) -> Iterator[socket.socket]:
    """Start a program as `converse` does; it ends with the context, and Ctrl-C does not reach it.

    However we end, the program sees the end of its input.

    Args:
        errors: the file for what it writes to its standard error.

    Raises:
        ProcessError: it cannot be started.
    """
    command = tuple(str(arg) for arg in args)
    ours, theirs = socket.socketpair()
    with ours:
        try:
            with theirs, errors.open("wb") as file:
                end = theirs.fileno()
                process = subprocess.Popen(
                    command, stdin=end, stdout=end, stderr=file, start_new_session=True
                )
        except OSError as error:
            raise ProcessError(command, 127, str(error), fix=f"install {command[0]}") from error
        try:
            yield ours
        finally:
            _terminate(process)


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
