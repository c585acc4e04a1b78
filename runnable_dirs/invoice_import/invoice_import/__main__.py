"""Command line: `python -m invoice_import FILE...`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from invoice_import.importer import Rejection, import_files


def main(arguments: Sequence[str] | None = None) -> int:
    """Write invoices as JSON lines to stdout, rejections to stderr.

    Returns:
        The exit status: 0, or 1 when something was rejected.
    """
    parser = argparse.ArgumentParser(prog="invoice_import", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help=".csv or .json")
    files: list[Path] = parser.parse_args(arguments).files
    rejected = 0
    for outcome in import_files(files):
        if isinstance(outcome, Rejection):
            rejected += 1
            print(outcome, file=sys.stderr)
        else:
            print(outcome.json())
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main())
