#!/usr/bin/env python3
"""Run the tests of every runnable dir, each in its own container: `./main_pytest.py --help`."""

# Not `signal`: it imports so much that most interrupts would come before our handler.
import _signal as signal  # type: ignore[import-not-found]
import os
import sys


def _end_at_once(_: int, __: object) -> None:
    """Ctrl-C where there is nothing to clean up."""
    os.write(2, b"interrupted\n")
    os._exit(2)


def _watch_interrupts() -> None:
    if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
        signal.signal(signal.SIGINT, _end_at_once)
    # We block it as we start ourselves anew, so that none comes before the line above.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


if __name__ == "__main__":
    _watch_interrupts()

from pathlib import Path  # noqa: E402 - an interrupt comes first

# Ours is written also for whom PYTHONDONTWRITEBYTECODE is set: a third of a start.
sys.dont_write_bytecode = False
TOOLCHAIN = Path(__file__).resolve().parent
sys.path[:0] = [str(TOOLCHAIN), str(TOOLCHAIN / "dev_scripts")]


def main() -> None:
    """Go on in the thin environment, which is built where it is missing."""
    _watch_interrupts()
    python = _thin_environment() / "bin" / "python"
    if Path(sys.prefix).resolve() != python.parent.parent.resolve():
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        os.execv(  # noqa: S606
            python, [str(python), str(Path(sys.argv[0]).absolute()), *sys.argv[1:]]
        )
    from helpers.tasks.garbage import searched_rarely

    with searched_rarely():
        from helpers.tasks.test_command import run_command_line

        status = run_command_line(sys.argv[1:], str(Path(sys.argv[0])))
        # It is done: how Python ends has no other outcome.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(status)


def _thin_environment() -> Path:
    import thin_env

    try:
        with thin_env.interruptible():
            return thin_env.ensure()
    except thin_env.ThinEnvError as error:
        sys.stderr.write(f"{error}\n")
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing is left half-built\n")
    sys.exit(2)


if __name__ == "__main__":
    main()
