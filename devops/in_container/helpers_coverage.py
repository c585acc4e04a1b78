"""Run pytest and note which lines ran: `helpers_coverage.py [pytest arguments]`.

It is started by `main_pytest.py --coverage` in place of `python -m pytest`.
`HELPERS_COVERAGE_DATA` names the file that all data end in, of processes that the tests start too,
`HELPERS_COVERAGE_SOURCE` the folders that count where the project's own settings say nothing, and
`HELPERS_COVERAGE_PACKAGE` an archive with a coverage for environments that have none. That one is
taken out of `sys.modules` before pytest starts: what is tested cannot import it.

Where pytest-cov measures, by its arguments or its settings, it alone does, into the same file.
"""

from __future__ import annotations  # an application may still be on an older Python

import json
import os
import sys
from typing import Any

MISSING = "coverage is not installed in this environment"
# For workers of pytest-xdist that must borrow as well.
WORKERS = "HELPERS_COVERAGE_WORKERS"

# Warnings of a borrowed coverage: it has no part in C, and a controller of workers runs no test.
EXPECTED = ("no-ctracer", "no-sysmon", "trace-changed", "no-data-collected")


def main(arguments: list[str]) -> int:
    """Run pytest; its exit status."""
    # As `python -m pytest` has it: the current directory, not the folder of this script.
    sys.path[0] = os.getcwd()
    data = os.environ.pop("HELPERS_COVERAGE_DATA")
    source = os.environ.pop("HELPERS_COVERAGE_SOURCE")
    measuring = Measuring(data, source, os.environ.pop("HELPERS_COVERAGE_PACKAGE", ""))
    measuring.start()
    try:
        return run_pytest(arguments, measuring)
    finally:
        measuring.finish()
        measuring.join()


class Measuring:
    """One measurement of this process, which pytest-cov may take over."""

    def __init__(self, data: str, source: str, package: str) -> None:
        self._data = data
        self._source = source
        self._package = package
        self._modules: dict[str, Any] = {}
        self._coverage = own_coverage()
        if self._coverage is None and package:
            self._coverage, self._modules = borrowed_coverage(package)
        self._measured: Any = None

    def start(self) -> None:
        """Start measuring, here and, where this version can, in processes that are started."""
        if self._coverage is None:
            sys.stdout.write(MISSING + "\n")
            return
        try:
            self._measured = self._made()
            self._measured.start()
        except Exception as error:  # settings that it does not understand, say
            self._measured = None
            sys.stdout.write(f"coverage cannot measure: {error}\n")

    def _made(self) -> Any:
        made = self._coverage.Coverage(data_file=self._data, data_suffix=True)
        made.set_option("run:data_file", self._data)
        made.set_option("run:parallel", True)
        made.set_option("run:relative_files", False)
        chosen = ("source", "source_pkgs", "source_dirs", "include")
        if not any(getattr(made.config, name, None) for name in chosen):
            made.set_option("run:source", self._source.split(os.pathsep))
        if self._modules:
            # Lines alone, which Python can note by itself since 3.12.
            made.set_option("run:branch", False)
            made.set_option("run:plugins", [])
            made.set_option("run:disable_warnings", list(EXPECTED))
            if sys.version_info >= (3, 12):
                made.set_option("run:core", "sysmon")
            given = [os.getpid(), self._data, self._source, self._package]
            os.environ[WORKERS] = json.dumps(given)
        elif hasattr(made.config, "serialize"):
            # Since version 7.10 every Python starts measuring that finds this:
            # https://coverage.readthedocs.io/en/latest/subprocess.html
            os.environ["COVERAGE_PROCESS_CONFIG"] = made.config.serialize()
        return made

    def give_up(self) -> None:
        """Leave measuring to pytest-cov, which finds in the environment where data go."""
        self._stop()
        self._measured = None
        os.environ["COVERAGE_FILE"] = self._data

    def finish(self) -> None:
        """Stop, and write what this process did."""
        sys.modules.update(self._modules)
        if self._measured is not None:
            self._stop()
            self._measured.save()

    def join(self) -> None:
        """Put what each process measured into one file; the parts are removed."""
        if self._coverage is None or os.path.exists(self._data):
            return  # pytest-cov has joined them
        try:
            joined = self._coverage.Coverage(data_file=self._data, config_file=False)
            joined.combine()
            joined.save()
        except self._coverage.CoverageException:
            pass  # nothing was measured

    def _stop(self) -> None:
        if self._measured is not None:
            self._measured.stop()
        for name in ("COVERAGE_PROCESS_CONFIG", WORKERS):
            os.environ.pop(name, None)


def own_coverage() -> Any:
    """The environment's own coverage; None where it has none that can be used."""
    try:
        import coverage
    except Exception:
        # Nothing is done in here: whatever fails later would be told as a failure of this.
        return None
    if hasattr(coverage, "Coverage"):
        return coverage
    _take_out()  # a module of the application's that is called so
    return None


def borrowed_coverage(package: str) -> tuple[Any, dict[str, Any]]:
    """The toolchain's coverage, and its modules, which are known here alone from now on."""
    sys.path.insert(0, package)
    found: Any = None
    try:
        import coverage
        import coverage.sysmon

        found = coverage
    except Exception:
        pass  # this Python is older than it
    finally:
        sys.path.remove(package)
    modules = _take_out()
    return found, modules if found is not None else {}


def _take_out() -> dict[str, Any]:
    names = [name for name in sys.modules if name.partition(".")[0] == "coverage"]
    return {name: sys.modules.pop(name) for name in names}


def measure_worker() -> Measuring | None:
    """Measure this worker of pytest-xdist where its controller borrows coverage.

    The controller itself may look like a worker: one may have started it.
    """
    controller, *given = json.loads(os.environ.get(WORKERS, "[0]"))
    if controller in (0, os.getpid()):
        return None
    measuring = Measuring(*given)
    measuring.start()
    os.environ.pop(WORKERS, None)
    return measuring


def run_pytest(arguments: list[str], measuring: Measuring) -> int:
    """Run pytest in this process; its exit status."""
    try:
        import pytest
    except ModuleNotFoundError as error:
        if error.name != "pytest":
            raise
        # As `python -m pytest` says it.
        sys.stdout.write(f"{sys.executable}: No module named pytest\n")
        return 1

    class Watch:
        """Asks whether pytest-cov measures, before it begins."""

        @pytest.hookimpl(hookwrapper=True)
        def pytest_load_initial_conftests(self, early_config: Any) -> Any:
            options = early_config.known_args_namespace
            if getattr(options, "cov_source", None) and not getattr(options, "no_cov", False):
                measuring.give_up()
            yield

    return int(pytest.main(arguments, plugins=[Watch()]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
