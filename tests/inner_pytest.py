"""A pytest that a test starts as a process of its own."""

import sys
from collections.abc import Mapping
from pathlib import Path

from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run

# What `main_pytest.py` puts on the path of a container's pytest.
IN_CONTAINER = TOOLCHAIN_ROOT / "devops" / "in_container"
# Without the plugins that happen to be installed here: to import them, and to rewrite what they
# assert, takes six times as long as all the rest of a small session.
BARE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
_PLUGIN = "helpers_pytest_plugin"


def run_pytest(
    folder: Path,
    *args: str,
    records: Path,
    env: Mapping[str, str] | None = None,
) -> ProcessResult:
    """Run pytest with our plugin in `folder`, as `main_pytest.py` has it.

    Args:
        records: where the plugin notes what it sees; made when missing.
    """
    records.touch()
    given = {"PYTHONPATH": str(IN_CONTAINER), "HELPERS_RECORDS": str(records)}
    command = [sys.executable, "-m", "pytest", "-p", _PLUGIN, "-p", "no:cacheprovider"]
    return run([*command, *args], cwd=folder, env={**BARE, **given, **(env or {})}, check=False)


def workers(number: int) -> tuple[str, ...]:
    """The arguments that share the tests among processes."""
    return ("-p", "xdist", "-n", str(number))
