"""The guard of offline suites in a real pytest, as `main_pytest.py` loads it."""

import json
from pathlib import Path

import pytest

from helpers.model.results.results import TestCase
from helpers.testing.plugin_records import RecordsReader
from tests.builders import write_files
from tests.inner_pytest import run_pytest, workers

# An address that is nobody's (RFC 5737): without the guard nothing answers either.
_REACHES = """
import asyncio, socket, threading, urllib.request
import pytest

def test_connects():
    socket.create_connection(("192.0.2.1", 443), timeout=0.01)

def test_swallows():
    try:
        socket.create_connection(("192.0.2.1", 443), timeout=0.01)
    except BaseException:
        pass

def test_asks_for_a_name():
    urllib.request.urlopen("https://prices.example.invalid/x", timeout=0.01)

def test_sends():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))

def test_asynchronous():
    async def ask():
        await asyncio.open_connection("prices.example.invalid", 443)
    asyncio.run(ask())

@pytest.mark.xfail(reason="known")
def test_expected_to_fail():
    socket.getaddrinfo("prices.example.invalid", 443)

@pytest.fixture
def fixed():
    socket.gethostbyname("prices.example.invalid")

def test_by_a_fixture(fixed): pass
"""
_STAYS = """
import asyncio, socket, threading

def _serve(family, host):
    server = socket.create_server((host, 0), family=family)
    with socket.create_connection(server.getsockname()[:2], timeout=5):
        server.close()

def test_loopback(): _serve(socket.AF_INET, "127.0.0.1")
def test_by_name():
    server = socket.create_server(("localhost", 0))
    socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()
def test_every_address(): _serve(socket.AF_INET, "0.0.0.0")
def test_own_name(): socket.getfqdn; socket.gethostname()
def test_pair(): socket.socketpair()
def test_files(tmp_path):
    server = socket.socket(socket.AF_UNIX); server.bind(str(tmp_path / "s")); server.listen()
    socket.socket(socket.AF_UNIX).connect(str(tmp_path / "s"))
def test_loop(): asyncio.run(asyncio.sleep(0))
"""


def _tests(folder: Path, files: dict[str, str], *args: str) -> dict[str, TestCase]:
    write_files(folder, {"pytest.ini": "[pytest]\n", **files})
    records = folder / "records.jsonl"
    env = {"HELPERS_OFFLINE": json.dumps({"unit": "tests/unit"})}
    run_pytest(folder, *args, records=records, env=env)
    found = RecordsReader(records).read()
    return {one.node: one for one in found if isinstance(one, TestCase)}


_ELSEWHERE = "import socket\ndef test_a(): socket.create_connection(('192.0.2.1', 1), 0.01)\n"
_IMPORTS = "import socket\nsocket.getaddrinfo('prices.example.invalid', 1)\ndef test_a(): pass\n"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, TestCase]:
    """All of it in one session: what an import does ends no other test."""
    files = {
        "tests/unit/test_it.py": _REACHES,
        "tests/unit/test_stays.py": _STAYS,
        "tests/unit/test_imports.py": _IMPORTS,
        "tests/units/test_elsewhere.py": _ELSEWHERE,
    }
    return _tests(tmp_path_factory.mktemp("offline"), files, "--continue-on-collection-errors")


def _of(found: dict[str, TestCase], file: str) -> list[TestCase]:
    return [test for node, test in found.items() if node.partition("::")[0].endswith(file)]


def test_what_reaches_for_a_network_fails_and_says_so(found: dict[str, TestCase]) -> None:
    tests = _of(found, "/test_it.py")
    assert len(tests) == _REACHES.count("def test_")
    for test in tests:
        assert test.bad, test.node
        assert "the suite 'unit' is offline (devops/config.yaml)" in test.message, test.node
    by_address = found["tests/unit/test_it.py::test_connects"]
    assert "it reaches for 192.0.2.1:443" in by_address.message
    assert by_address.raised_in == "tests/unit/test_it.py"


def test_loopback_files_and_pairs_are_no_network(found: dict[str, TestCase]) -> None:
    tests = _of(found, "test_stays.py")
    assert len(tests) == _STAYS.count("def test_")
    assert {test.node: test.message for test in tests if test.bad} == {}


def test_other_suites_have_the_network(found: dict[str, TestCase]) -> None:
    # What fails is the system's own refusal, and not ours.
    (test,) = _of(found, "test_elsewhere.py")
    assert "offline" not in test.message


def test_an_import_that_reaches_for_a_network_is_an_error_that_says_so(
    found: dict[str, TestCase],
) -> None:
    (test,) = _of(found, "test_imports.py")
    assert test.bad
    assert "the suite 'unit' is offline" in test.details


@pytest.mark.slow
def test_processes_that_share_the_tests_are_watched_too(tmp_path: Path) -> None:
    tests = _tests(tmp_path, {"tests/unit/test_it.py": _REACHES}, *workers(2))
    assert len(tests) == _REACHES.count("def test_")
    assert all("is offline" in test.message for test in tests.values())
