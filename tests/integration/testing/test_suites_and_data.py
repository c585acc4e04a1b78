"""A dir laid out for models: its offline tests reach nothing, and its data comes from outside."""

from pathlib import Path

import pytest

from tests.builders import write_files
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_CONFIG = """\
suites: {unit: tests/unit, integration: tests/integration}
offline: [unit]
data:
  prices: {path: "${DATA_DIR}/prices"}
"""
_UNIT = """
import socket, subprocess, sys

def test_loopback():
    server = socket.create_server(("127.0.0.1", 0))
    socket.create_connection(server.getsockname(), timeout=5).close()

def test_reaches():
    try:
        socket.create_connection(("192.0.2.1", 443), timeout=5)
    except OSError:
        pass

def test_lets_another_reach():
    code = "import socket; socket.create_connection(('192.0.2.1', 443), timeout=5)"
    subprocess.run([sys.executable, "-c", code], check=True)
"""
_INTEGRATION = """
import os
from pathlib import Path
import pytest

def test_data():
    assert Path("/data/prices/a.csv").read_text() == "1\\n"
    with pytest.raises(OSError):
        Path("/data/prices/new.csv").write_text("2")

def test_has_a_network():
    assert len(os.listdir("/sys/class/net")) > 1
"""


@pytest.mark.superslow
def test_offline_tests_reach_nothing_and_passes_are_of_the_data_that_they_saw(
    workplace: Workplace, workspace: Path
) -> None:
    data = {"DATA_DIR": str(workspace / "dä ta")}
    write_files(workspace / "dä ta", {"prices/a.csv": "1\n"})
    files = {"devops/config.yaml": _CONFIG, "tests/unit/test_u.py": _UNIT}
    files["tests/integration/test_i.py"] = _INTEGRATION
    workplace.add_dir("one", "raise SystemExit('beside both suites')\n", **files)

    def tested(suite: str) -> str:
        done = workplace.main_pytest("--dir", "one", "--suite", suite, env=data)
        return f"{done.status} {done.stdout}{done.stderr}"

    def ran(*args: str) -> str:
        done = workplace.invoke(*args, env=data)
        return f"{done.status} {done.stdout}{done.stderr}"

    unset = workplace.main_pytest("--dir", "one", "--suite", "integration")
    assert unset.status == 2
    assert "the variable DATA_DIR is not set" in unset.stdout
    assert "export DATA_DIR=..." in unset.stdout
    assert "i data_version --name prices --dir one" in tested("integration")
    assert "1 file, 2 B" in ran("data_version", "--name", "prices", "--dir", "one")

    said = tested("unit")
    assert said.startswith("1 ")
    assert "it reaches for 192.0.2.1:443, and the suite 'unit' is offline" in said
    assert "these tests run without a network: the suite 'unit' is offline" in said
    assert "1 passed" in said
    assert "2 failed" in said

    assert "2 passed" in tested("integration")
    assert "reused" in tested("integration")
    write_files(workspace / "dä ta", {"prices/b.csv": "22\n"})
    assert ran("data_check", "--dir", "one").startswith("1 error: the data prices is not")
    assert ran("data_version", "--name", "prices", "--dir", "one").startswith("0 ")
    again = tested("integration")
    assert again.startswith("0 ")
    assert "reused" not in again
    shown = ran("docker_cmd", "--dir", "one", "--cmd", "cat /data/prices/*; touch /data/prices/x")
    assert shown.startswith("1 1\n22\n")
    assert "Read-only file system" in shown
