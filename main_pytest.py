#!/usr/bin/env python3
"""Run the tests of every runnable dir, each in its own container: `./main_pytest.py --help`."""

import os
import sys
from pathlib import Path

TOOLCHAIN = Path(__file__).resolve().parent
sys.path[:0] = [str(TOOLCHAIN), str(TOOLCHAIN / "dev_scripts")]


def main() -> None:
    """Go on in the thin environment, which is built where it is missing."""
    import thin_env

    try:
        environment = thin_env.ensure()
    except thin_env.ThinEnvError as error:
        sys.exit(f"{error}")
    python = environment / "bin" / "python"
    if Path(sys.prefix).resolve() != environment.resolve():
        os.execv(  # noqa: S606
            python, [str(python), str(Path(sys.argv[0]).absolute()), *sys.argv[1:]]
        )
    from helpers.tasks.test_command import run_command_line

    sys.exit(run_command_line(sys.argv[1:], str(Path(sys.argv[0]))))


if __name__ == "__main__":
    main()
