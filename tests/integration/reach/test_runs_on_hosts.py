"""Runs on several hosts, which are one engine here: each has a worker, and sources of its own."""

import hashlib
import json
import os
import secrets
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.console.runs.summary import summary_lines
from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.images.base.recipe import plan_recipe
from helpers.model import labels
from helpers.model.events import DirStateChanged, Event, TestEnded
from helpers.model.labels import own_labels
from helpers.model.repo import Repo
from helpers.model.results.results import DirState, RunResult
from helpers.model.settings.config import DEFAULT_BASE_IMAGE
from helpers.system.host import read_host
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from helpers.system.repo_files import load_repo
from tests import engine
from tests.builders import TEST_REPO, commit_all, git, make_repo, write_files
from tests.hosts import Hosts, by_dir
from tests.installable import SETUPTOOLS
from tests.integration.conftest import Workplace
from tests.registries import Registry

pytestmark = pytest.mark.superslow

_SECRET = secrets.token_hex(16)
_DATA = Path("one", "data.txt")
_TESTS = """\
import hashlib, os, pathlib, time

def test_sees_what_was_sent():
    assert (pathlib.Path(__file__).parent / "data.txt").read_bytes() == b"a\\r\\nb\\n"
    token = os.environ["TOKEN"].encode()
    assert hashlib.sha256(token).hexdigest() == "{digest}"

def test_writes():
    pathlib.Path("made.txt").write_text("made")

def test_takes_a_while():
    time.sleep(float(os.environ["NAP"]))
"""


_INSTALLED = """
def test_has_metadata():
    import by_setuptools
    assert by_setuptools.VERSION == "3.3"
"""


@pytest.fixture(scope="module")
def hosts(client: Client) -> Iterator[Hosts]:
    """Two hosts, and a repo with three dirs; a filter of git would change a file of each."""
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    # Its images are no other test's.
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    config = f"name: {name}\nenvironment: [TOKEN, NAP]\n"
    repo = make_repo(folder / "repo", {".gitattributes": "*.txt text eol=lf\n"}, config=config)
    workplace = Workplace(repo, client)
    tests = _TESTS.format(digest=hashlib.sha256(_SECRET.encode()).hexdigest())
    files = {"data.txt": "a\r\nb\n"}
    workplace.add_dir("one", tests, **files)
    workplace.add_dir("two", tests, **files)
    workplace.add_dir("three", tests + _INSTALLED, **files, **SETUPTOOLS)
    variables = {"TOKEN": _SECRET, "NAP": "0.1"}
    here = read_host()
    host = replace(here, directory=repo.root, environment={**here.environment, **variables})
    yield Hosts(repo, host, client, folder / "hosts")
    stop_own(client, repo, force=True)
    engine.remove_images({labels.REPO: name})
    shutil.rmtree(folder, ignore_errors=True)


def _napping(hosts: Hosts, seconds: str) -> Hosts:
    return replace(
        hosts, host=replace(hosts.host, environment={**hosts.host.environment, "NAP": seconds})
    )


def _of_host(hosts: Hosts, name: str) -> list[str]:
    """The containers of dirs that a host has."""
    found = engine.containers({labels.REPO_ROOT: str(hosts.folder / name)})
    return [one.name for one in found if "-idle-" not in one.name]


def _left(hosts: Hosts) -> list[str]:
    """The containers of the repo's runs, wherever they ran."""
    mine = f"{hosts.host.user.name}@{socket.gethostname()}:{os.getpid()}"
    found = engine.containers(own_labels(hosts.repo)) + engine.containers({labels.DRIVER: mine})
    return [one.name for one in found if "-idle-" not in one.name]


def test_a_run_on_hosts_comes_to_what_it_would_here(hosts: Hosts) -> None:
    seen: list[str] = []

    def look(event: Event) -> None:
        if isinstance(event, TestEnded) and not seen:
            seen.append(_everything_that_shows())

    result = hosts.run(look, coverage=True)
    assert result.exit_status == 0, _told(result)
    assert {item.host for item in result.dirs} <= set(hosts.names)
    assert result.counts.passed == 10
    folder = hosts.repo.root / result.folder
    for item in result.dirs:
        assert (folder / item.dir / "written" / item.dir / "made.txt").read_text() == "made"
        assert " passed" in (hosts.repo.root / item.log).read_text()
        assert item.coverage
        assert DirState.TESTING in {phase.state for phase in item.phases}
    assert (folder / "coverage.xml").exists()
    assert sum(isinstance(event, TestEnded) for event in hosts.events) == 10
    assert seen
    assert _SECRET not in seen[0]
    assert not _left(hosts)
    assert not [path for path in hosts.folder.rglob("*") if _SECRET in _text(path)]

    again = hosts.run(coverage=True)
    assert all(item.reused for item in again.dirs), "the passes of hosts are recorded here"


def test_a_dir_whose_host_is_lost_runs_elsewhere_and_is_named(hosts: Hosts) -> None:
    both = _napping(hosts, "2")
    lost: list[str] = []

    def kill(event: Event) -> None:
        if not isinstance(event, DirStateChanged) or event.state is not DirState.TESTING or lost:
            return
        lost.extend(name for name in hosts.names if _of_host(hosts, name))
        del lost[1:]
        (worker,) = [n for n in _left(both) if n.startswith("helpers-worker") and lost[0] in n]
        run(["docker", "kill", "--signal", "KILL", worker])

    result = both.run(kill, again=True)
    assert result.exit_status == 0, _told(result)
    moved = [item for item in result.dirs if any("was lost" in hint for hint in item.hints)]
    assert moved, _told(result)
    assert all(f"the host {lost[0]} was lost" in str(item.hints) for item in moved)
    assert {item.host for item in moved} == set(hosts.names) - {lost[0]}
    hosts.run(again=True)
    assert not _left(hosts), "the next run removes what the lost host kept"


def test_a_run_that_is_interrupted_ends_the_tests_on_all_hosts(hosts: Hosts) -> None:
    both = _napping(hosts, "60")
    wanted = threading.Event()

    def interrupt(event: Event) -> None:
        if isinstance(event, DirStateChanged) and event.state is DirState.TESTING:
            wanted.set()

    began = time.monotonic()
    result = both.run(interrupt, wanted.is_set, again=True)
    assert time.monotonic() - began < 30
    assert result.interrupted
    assert {item.state for item in result.dirs} == {DirState.STOPPED}
    assert not _left(hosts)


def test_one_changed_line_is_little_to_send(hosts: Hosts) -> None:
    hosts.run()
    size = _size(hosts.folder / "n1" / "objects.git")
    changed = hosts.repo.root / _DATA
    changed.write_bytes(b"a\r\nc\n")
    result = hosts.run()
    changed.write_bytes(b"a\r\nb\n")
    assert by_dir(result)["one"].state is DirState.FAILED, "it sees what is not committed"
    assert [item.dir for item in result.dirs if item.reused] == ["three", "two"]
    assert _size(hosts.folder / "n1" / "objects.git") - size < 100_000


def test_this_machine_is_a_host_too(hosts: Hosts) -> None:
    root = hosts.repo.root
    commit_all(root)
    Workplace(hosts.repo, hosts.client).add_dir(".", "def test_it() -> None: ...\n")
    try:
        # The root is a dir like any other.
        assert _hosts_of(hosts, hosts.repo, ".") == ["local"]
    finally:
        git(root, "reset", "--quiet", "--hard", "HEAD~")


def test_from_a_linked_work_tree_services_run_whose_image_is_in_a_registry(
    hosts: Hosts, registry: Registry
) -> None:
    commit_all(hosts.repo.root)
    root = hosts.repo.root.parent / "linked"
    git(hosts.repo.root, "worktree", "add", "--quiet", str(root))
    shutil.copy(hosts.repo.root / _DATA, root / _DATA)  # as no filter has changed it
    image = f"{registry.address}/idle:1"
    sleeps = f"services:\n  idle:\n    image: {image}\n    command: [sleep, '600']\n"
    write_files(root, {"one/devops/compose.yaml": sleeps})
    base = plan_recipe(DEFAULT_BASE_IMAGE, hosts.host.platform).tag
    for command in (["tag", base, image], ["push", image], ["rmi", image]):
        run(["docker", *command])
    linked = load_repo(root)
    try:
        assert _hosts_of(hosts, linked, "one") == ["local"]
    finally:
        stop_own(hosts.client, linked, force=True)
        run(["docker", "rmi", image])


def _hosts_of(hosts: Hosts, repo: Repo, *dirs: str) -> list[str]:
    """Where tests of dirs passed, in a run that has this machine as its host."""
    variables = {"TOKEN": _SECRET, "NAP": "0"}
    words = ("--hosts", "local", "--json", *(word for one in dirs for word in ("--dir", one)))
    done = Workplace(repo, hosts.client).main_pytest(*words, env=variables)
    assert done.status == 0, done.stdout + done.stderr
    return [str(one["host"]) for one in json.loads(done.stdout)["dirs"]]


def _told(result: RunResult) -> str:
    """What a run says of its dirs."""
    return "\n".join(summary_lines(result))


def _everything_that_shows() -> str:
    """What any user of a host sees of containers and processes."""
    ids = [found.id for found in engine.containers()]
    shown = run(["docker", "inspect", *ids], check=False).stdout
    return shown + run(["ps", "-eo", "args"]).stdout


def _text(path: Path) -> str:
    return path.read_text(errors="replace") if path.is_file() and not path.is_symlink() else ""


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
