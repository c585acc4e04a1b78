"""Run tests: `python tests/run_tests.py --test_type unit|integration|all [-- pytest arguments]`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

_TESTS = Path(__file__).resolve().parent
_FOLDERS = {
    "unit": ["unit"],
    "integration": ["integration"],
    "all": ["unit", "integration"],
}


def main(arguments: Sequence[str]) -> int:
    """The exit status, which is pytest's: 5 where there was no test to run."""
    own, more = list(arguments), []
    if "--" in own:
        at = own.index("--")
        own, more = own[:at], own[at + 1 :]
    parser = argparse.ArgumentParser()
    parser.add_argument("--test_type", choices=list(_FOLDERS), default="all")
    given = parser.parse_args(own)
    folders = [_TESTS / name for name in _FOLDERS[given.test_type]]
    there = [str(folder) for folder in folders if folder.is_dir()]
    if not there:
        print(f"there is no folder {folders[0]}", file=sys.stderr)
        return int(pytest.ExitCode.NO_TESTS_COLLECTED)
    return int(pytest.main([f"--rootdir={_TESTS.parent}", *there, *more]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
