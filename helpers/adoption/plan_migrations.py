#!/usr/bin/env python3
"""Say what this version of the toolchain makes of an adopting repo's configuration.

The version that is in use starts this script in the version that it moves to: what is asked is read
from the standard input, the answer is written to the standard output, both as JSON (see
`helpers/adoption/upgrades/migration_plan.py`). Nothing is changed.
"""

import os
import sys
from pathlib import Path

TOOLCHAIN = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(TOOLCHAIN), str(TOOLCHAIN / "dev_scripts")]
# A version that is only looked at leaves nothing behind.
sys.dont_write_bytecode = True


def main() -> None:
    """Go on in the thin environment of this version, which is built where it is missing."""
    import thin_env

    try:
        environment = thin_env.ensure()
    except thin_env.ThinEnvError as error:
        sys.exit(f"{error}")
    python = environment / "bin" / "python"
    if Path(sys.prefix).resolve() != environment.resolve():
        os.execv(  # noqa: S606
            python, [str(python), "-I", str(Path(__file__).absolute())]
        )
    from helpers.adoption.upgrades.migration_plan import answer

    sys.stdout.write(answer(sys.stdin.read()))


if __name__ == "__main__":
    main()
