"""The script that `i` runs, by the thin environment: invoke, with our edge around it.

Until an interrupt is provided for, it imports what Python itself has loaded, and little else.
"""

import os
import signal
import sys

sys.path[0:0] = [os.path.realpath(f"{__file__}/../../..")]


def _end_at_once(_: int, __: object) -> None:
    """Ctrl-C before there is work and after it: nothing is to be cleaned up."""
    os.write(2, b"interrupted\n")
    os._exit(130)


def main() -> None:
    """Go on in invoke."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _end_at_once)
    # `i` starts us with it blocked, so that none comes before the line above.
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    from helpers.tasks.garbage import searched_rarely
    from helpers.tasks.light_invoke import import_invoke

    with searched_rarely():
        import_invoke()
        from helpers.tasks.program import main as run

        try:
            run()
        finally:
            # It is done: how Python ends has no other outcome.
            signal.signal(signal.SIGINT, signal.SIG_IGN)


if __name__ == "__main__":
    main()
