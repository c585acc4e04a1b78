"""Run pytest and note which lines ran: `helpers_coverage.py [pytest arguments]`.

It is started by `main_pytest.py --coverage` in place of `python -m pytest`, with whatever version
of coverage the tested environment has. `HELPERS_COVERAGE_DATA` names the file that all data end
in, of processes that the tests start too, and `HELPERS_COVERAGE_SOURCE` the folder that counts
where the project's own settings say nothing.
"""

from __future__ import annotations  # an application may still be on an older Python

import contextlib
import os
import sys

MISSING = "coverage is not installed in this environment"


def main(arguments: list[str]) -> int:
    """Run pytest; its exit status."""
    # As `python -m pytest` has it: the current directory, not the folder of this script.
    sys.path[0] = os.getcwd()
    data = os.environ.pop("HELPERS_COVERAGE_DATA")
    source = os.environ.pop("HELPERS_COVERAGE_SOURCE")
    if any(word == "--cov" or word.startswith("--cov=") for word in arguments):
        return run_pytest(arguments)  # pytest-cov measures by itself
    try:
        import coverage
    except ImportError:
        sys.stdout.write(MISSING + "\n")
        return run_pytest(arguments)
    measured = start(coverage, data, source)
    try:
        return run_pytest(arguments)
    finally:
        measured.stop()
        measured.save()
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)
        join(coverage, data)


def start(coverage, data: str, source: str):  # type: ignore[no-untyped-def]
    """Start measuring, in this process and, where this version can, in those that it starts."""
    measured = coverage.Coverage(data_file=data, data_suffix=True)
    measured.set_option("run:data_file", data)
    measured.set_option("run:parallel", True)
    if not measured.get_option("run:source") and not measured.get_option("run:include"):
        measured.set_option("run:source", [source])
    if hasattr(measured.config, "serialize"):
        # Since version 7.10 every Python starts measuring that finds this:
        # https://coverage.readthedocs.io/en/latest/subprocess.html
        os.environ["COVERAGE_PROCESS_CONFIG"] = measured.config.serialize()
    measured.start()
    return measured


def join(coverage, data: str) -> None:  # type: ignore[no-untyped-def]
    """Put what each process measured into one file; the parts are removed."""
    joined = coverage.Coverage(data_file=data, config_file=False)
    with contextlib.suppress(coverage.CoverageException):  # nothing was measured
        joined.combine()
        joined.save()


def run_pytest(arguments: list[str]) -> int:
    """Run pytest in this process; its exit status."""
    import pytest

    return int(pytest.main(arguments))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
