"""The only place here that starts processes."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap.errors import BootstrapError

LAST_LINES = 15


@dataclass(frozen=True)
class Result:
    """How a command ended; `output` is its standard output, after `run_shown` both streams."""

    status: int
    output: str


def run(args: Sequence[str], *, timeout: float = 60) -> Result:
    """Run a command quietly; one that is missing or too slow has the status 127 or 124."""
    try:
        done = subprocess.run(
            list(args), stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False
        )
    except OSError:
        return Result(127, "")
    except subprocess.TimeoutExpired:
        return Result(124, "")
    return Result(done.returncode, done.stdout.decode(errors="replace"))


def run_shown(
    args: Sequence[str], *, env: Mapping[str, str] | None = None, shows: Callable[[str], bool]
) -> Result:
    """Run a command and print, indented, those of its lines that `shows` chooses.

    Raises:
        BootstrapError: there is no such command.
    """
    lines: list[str] = []
    try:
        process = subprocess.Popen(
            list(args),
            env=env,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except OSError as error:
        raise BootstrapError(f"cannot run {args[0]}: {error.strerror}") from error
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line.rstrip())
            if shows(lines[-1]):
                print(f"    {lines[-1][:110]}", flush=True)
    return Result(process.returncode, "\n".join(lines))


def run_on_terminal(args: Sequence[str]) -> int:
    """Run a command that talks to the user itself; the exit status."""
    try:
        return subprocess.run(list(args), check=False).returncode
    except OSError as error:
        raise BootstrapError(f"cannot run {args[0]}: {error.strerror}") from error


def start_detached(args: Sequence[str], log: Path, env: Mapping[str, str]) -> int:
    """Start a process that outlives us, in its own session, with its output in `log`; its id."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            list(args),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(env),
            cwd="/",
            start_new_session=True,
        )
    process.returncode = 0  # it is not ours to wait for; without this Python warns
    return process.pid


def last_lines(text: str, count: int = LAST_LINES) -> str:
    """The last lines of some output, indented below a message."""
    return "".join(f"\n    {line}" for line in text.strip().splitlines()[-count:])
