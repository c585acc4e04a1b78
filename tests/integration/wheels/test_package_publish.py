"""Wheels go to a real index, whatever happens on the way, and install from there alone."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.system.process import ProcessResult
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir, write_files
from tests.integration.conftest import Workplace
from tests.package_indexes import PASSWORD, USER, RunningIndex
from tests.registries import Fault
from tests.wheel_repos import whole

pytestmark = pytest.mark.slow

_PINNED = (
    "api-1.2-py3-none-any.whl",
    "log_lib-1.2-py3-none-any.whl",
    "store_lib-1.2-py3-none-any.whl",
    "text_lib-1.2-py3-none-any.whl",
)


def project(folder: Path, client: Client, index: RunningIndex) -> Workplace:
    config = f"name: {TEST_REPO}\n{index.settings}"
    repo = make_repo(folder, config=config, files=whole())
    make_runnable_dir(repo, "projects/api")
    commit_all(folder)
    return Workplace(repo, client)


def typed(workplace: Workplace, task: str, *args: str) -> ProcessResult:
    login = ("--username", USER, "--password-stdin")
    done = workplace.invoke(task, "--dir", "projects/api", *args, *login, stdin=f"{PASSWORD}\n")
    assert PASSWORD not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def publish_killed(workplace: Workplace, index: RunningIndex) -> None:
    """Publish, and kill the command with its first upload under way."""
    before = index.proxy.count("POST")
    index.proxy.fail(Fault("POST", delay=1.5, drop=True))
    command = [*workplace.invoke_command(), "package_publish", "--dir", "projects/api"]
    command += ["--mode", "pin", "--username", USER, "--password-stdin"]
    process = subprocess.Popen(
        command,
        cwd=workplace.repo.root,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdin
    process.stdin.write(f"{PASSWORD}\n".encode())
    process.stdin.close()
    while index.proxy.count("POST") == before and process.poll() is None:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@pytest.mark.superslow
def test_what_is_published_installs_from_that_index_alone(
    workspace: Path, client: Client, package_index: RunningIndex
) -> None:
    workplace = project(workspace / "repo", client, package_index)
    done = typed(workplace, "package_publish", "--mode", "pin", "--dry-run")
    assert done.stdout.count("and publish it at team") == 4, done.stderr
    assert not package_index.names()

    package_index.proxy.fail(Fault("POST", cut_request=300))
    package_index.proxy.fail(Fault("POST", lose_answer=True))
    done = typed(workplace, "package_publish", "--mode", "pin", "--index", "team")
    assert done.status == 0, done.stderr
    assert package_index.names() == sorted(_PINNED)
    # Nobody is there before what it needs.
    told = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("published")]
    assert told.index(_PINNED[1]) < told.index(_PINNED[2]) < told.index(_PINNED[0]) == 3

    done = typed(workplace, "package_verify")
    assert done.status == 2
    assert "cannot be installed from team alone" in done.stderr
    package_index.add_public("iniconfig>=2")
    done = typed(workplace, "package_verify")
    assert done.status == 0, done.stderr
    assert done.stdout == "api 1.2 installs from team alone; imported: api\n"
    done = typed(workplace, "package_verify", "--version", "7")
    assert done.status == 2
    assert "i package_publish --dir projects/api --index team" in done.stderr
    assert "has: 1.2" in done.stderr

    # One after the other is gone, and its upload is killed; the same command goes on.
    for name in _PINNED[:2]:
        (package_index.storage / name).unlink()
        publish_killed(workplace, package_index)
        assert name not in package_index.names()
        done = typed(workplace, "package_publish", "--mode", "pin")
        assert done.status == 0, done.stderr
        assert f"published {name} at team" in done.stdout
        assert done.stdout.count("has it already") == 3
        assert set(_PINNED) < set(package_index.names())

    (package_index.storage / _PINNED[3]).write_bytes(b"of somebody else")
    done = typed(workplace, "package_publish", "--mode", "pin")
    assert done.status == 2
    assert f"team has {_PINNED[3]} with another content" in done.stderr
    assert 'version = "1.3"  in libs/text/pyproject.toml' in done.stderr


def test_what_cannot_be_meant_is_refused(
    workspace: Path, client: Client, package_index: RunningIndex
) -> None:
    workplace = project(workspace / "repo", client, package_index)
    for task in ("package_publish", "package_verify"):
        done = typed(workplace, task, "--index", "nobody")
        assert done.status == 2
        assert "there is no index 'nobody'" in done.stderr
        assert "repo_config.yaml has: team" in done.stderr
    done = workplace.invoke("package_publish", "--dir", "projects/api", "--password-stdin")
    assert done.status == 2
    assert "no password came" in done.stderr
    plain = package_index.settings.replace("127.0.0.1", "example.org")
    write_files(workplace.repo.root, {"repo_config.yaml": f"name: {TEST_REPO}\n{plain}"})
    done = typed(workplace, "package_publish")
    assert done.status == 2
    assert "plain HTTP is spoken with this machine alone" in done.stderr
    assert not package_index.names()
