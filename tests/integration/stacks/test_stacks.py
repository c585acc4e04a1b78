"""Stacks with a real engine: up, tested, down; what fails; two checkouts."""

import os
import re
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pexpect
import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.containers import remove_volume
from helpers.engine.stack_compose import run_compose
from helpers.model import labels
from helpers.model.repo import Repo
from helpers.stacks import up
from helpers.stacks.prepare import UpRequest
from helpers.stacks.stack import Stack, find_stack
from helpers.system.process import run
from helpers.system.repo_files import read_changelog
from helpers.tasks.stacks import _start
from tests import engine
from tests.builders import TEST_REPO, make_host, make_repo, write_files
from tests.integration.conftest import Workplace
from tests.registries import free_port
from tests.stack_scene import write_stack

pytestmark = pytest.mark.slow

_PROJECT = "com.docker.compose.project"
_SLEEPS = "image: '${HELPERS_BASE_IMAGE}'\n    init: true\n    command: [sleep, '600']\n"


@pytest.fixture(autouse=True)
def no_volumes_left(workplace: Workplace) -> Iterator[None]:
    """Volumes outlive a stack, and a test that fails."""
    yield
    stop_own(workplace.client, workplace.repo, force=True)
    for found in engine.volumes({_PROJECT: _stack(workplace).project}):
        remove_volume(workplace.client, found.name)


def _stack(workplace: Workplace) -> Stack:
    return find_stack(workplace.repo, make_host(workplace.repo.root), "")


def _left(workplace: Workplace) -> list[str]:
    """Names of all that the engine has of the stack."""
    mine = {_PROJECT: _stack(workplace).project}
    found = [*engine.containers(mine), *engine.networks(mine), *engine.volumes(mine)]
    return [one.name for one in found]


def _up(workplace: Workplace, services: str, *args: str) -> str:
    """What a start that fails says."""
    write_files(workplace.repo.root, {"deploy/local.yml": f"services:\n{services}"})
    done = workplace.invoke("stack_up", *args)
    assert done.status == 2, done.stdout + done.stderr
    return done.stderr


@pytest.mark.superslow
def test_a_stack_is_tested_and_no_other_checkout_meets_it(workplace: Workplace) -> None:
    write_stack(workplace.repo, free_port())
    # Nothing is up: it is started, tested, and gone with its data.
    done = workplace.invoke("stack_test")
    assert done.status == 0, done.stdout + done.stderr
    report = workplace.repo.root / "tmp.main_pytest" / "latest"
    cases = ET.parse(report / "junit.xml").getroot().iter("testcase")
    assert [case.get("name") for case in cases] == [
        "test_what_is_posted_is_there_after_a_worker_took_it"
    ]
    assert (report / "report.html").is_file()
    assert _left(workplace) == []

    # A person's stack has its data, also after it was taken down.
    up = workplace.invoke("stack_up", cwd=workplace.repo.root / "projects")
    assert up.status == 0, up.stdout + up.stderr
    assert "api      http://127.0.0.1:" in up.stdout
    go_on = up.stdout.splitlines()[-1].removeprefix("go on with: ")
    assert "-database-1" in _typed(go_on)
    assert "stack deploy/local.yml" in workplace.invoke("docker_ps").stdout
    logs = workplace.invoke("docker_logs", "--stack", "deploy/local.yml", "--tail", "3").stdout
    assert "Ready to accept connections" in logs
    assert "a stack deploy/local.yml" in workplace.invoke("docker_stop").stdout

    other = Workplace(_copied(workplace), workplace.client)
    try:
        taken = other.invoke("stack_up")
        assert taken.status == 2
        assert f"of the stack deploy/local.yml of {workplace.repo.root}" in taken.stderr
        env = {"API_PORT": str(free_port())}
        assert other.invoke("stack_test", env=env).status == 0
        assert _left(other) == []
    finally:
        stop_own(other.client, other.repo, force=True)

    again = workplace.invoke("stack_up", "--stage", "dev")
    assert again.status == 2
    assert "the stack runs with --stage prod: api, first, second" in again.stderr
    dev = workplace.invoke("stack_up", "--stage", "dev", "--rebuild", "outdated")
    assert dev.status == 0, dev.stdout + dev.stderr
    stages = {
        one.labels.get(labels.STAGE)
        for one in engine.containers({_PROJECT: _stack(workplace).project})
        if labels.DIR in one.labels
    }
    assert stages == {"local"}

    down = workplace.invoke("stack_down").stdout
    assert "removed 6 containers, 1 network" in down
    assert "_kept   (i stack_down --volumes removes it)" in down
    assert workplace.invoke("stack_down", "--volumes").stdout.endswith("removed 1 volume\n")
    assert _left(workplace) == []


def _typed(command: str) -> str:
    """What a printed command prints when it is typed."""
    return run(["sh", "-c", command]).stdout


def _copied(workplace: Workplace) -> Repo:
    root = workplace.repo.root.parent / "other"
    shutil.copytree(workplace.repo.root, root, ignore=shutil.ignore_patterns("tmp.*"))
    return make_repo(root, config=f"name: {TEST_REPO}\n")


@pytest.mark.superslow
def test_what_fails_is_told_with_its_reason_and_nothing_is_left(workplace: Workplace) -> None:
    test = "test: [CMD-SHELL, 'echo no pulse; exit 1'], interval: 1s, retries: 1"
    health = f"    healthcheck: {{{test}}}\n"
    error = _up(workplace, f"  good:\n    {_SLEEPS}  bad:\n    {_SLEEPS}{health}")
    assert "bad unhealthy: no pulse" in error
    assert "deploy/local.yml:6" in error
    assert _left(workplace) == []

    fails = "image: '${HELPERS_BASE_IMAGE}'\n    command: [sh, -c, 'echo no table; exit 3']\n"
    waits = "    depends_on: {tables: {condition: service_completed_successfully}}\n"
    both = f"  tables:\n    {fails}  web:\n    {_SLEEPS}{waits}"
    error = _up(workplace, both)
    assert "tables exited with status 3" in error
    assert "tables | no table" in error
    assert _left(workplace) == []

    eats = "command: [python3, -c, 'x = [bytearray(10**6) for _ in range(900)]']\n"
    little = (
        f"image: '${{HELPERS_BASE_IMAGE}}'\n    mem_limit: 20m\n    memswap_limit: 20m\n    {eats}"
    )
    # The engine does not always say of what it ended that the memory was at its limit.
    assert re.search("out of memory.* limit.* 20 MiB", _up(workplace, f"  a:\n    {little}"))

    # It is kept for a look, and that is no hindrance to the next start.
    assert "ps --all" in _up(workplace, both, "--keep")
    assert len(_left(workplace)) == 3
    write_files(
        workplace.repo.root,
        {"deploy/local.yml": f"services:\n  tables:\n    {fails}".replace("exit 3", "exit 0")},
    )
    done = workplace.invoke("stack_up")
    assert done.status == 0, done.stderr
    assert workplace.invoke("stack_down").status == 0


@pytest.mark.superslow
def test_an_image_that_another_build_replaced_meanwhile_is_made_again(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = workplace.add_dir("app", "", **{"devops/config.yaml": "entrypoint: [sleep, '600']\n"})
    name = read_changelog(item).image_name
    write_files(
        workplace.repo.root,
        {"deploy/local.yml": f"services:\n  app:\n    image: {name}\n    init: true\n"},
    )
    gone: list[str] = []

    def after_another_build(*args: Any) -> int:
        if not gone:
            gone.append(f"{name}:prod-1.0.0")
            run(["docker", "rmi", "--force", *gone])
        return run_compose(*args)

    monkeypatch.setattr(up, "run_compose", after_another_build)
    host = make_host(workplace.repo.root, os.environ)
    _start(workplace.client, _stack(workplace), host, UpRequest())
    assert gone
    (running,) = engine.containers({_PROJECT: _stack(workplace).project})
    assert running.labels[labels.DIR] == "app"
    assert workplace.invoke("stack_down").status == 0


def test_a_file_that_names_no_image_or_a_secret_starts_nothing(workplace: Workplace) -> None:
    error = _up(workplace, "  api:\n    command: [x]\n")
    assert "the service api leads to no dir and has no image" in error
    assert "where: deploy/local.yml:2" in error
    error = _up(workplace, f"  api:\n    {_SLEEPS}    environment: {{TOKEN: abcdef}}\n")
    assert "where: deploy/local.yml:6" in error
    assert "abcdef" not in error
    assert "is missing a value" in _up(workplace, f"  a:\n    {_SLEEPS}    user: '${{NONE:?}}'\n")
    assert _left(workplace) == []


@pytest.mark.superslow
def test_an_interrupt_leaves_nothing_of_the_start(workplace: Workplace) -> None:
    never = "    healthcheck: {test: [CMD, 'false'], interval: 60s, start_period: 300s}\n"
    file = f"services:\n  slow:\n    {_SLEEPS}{never}"
    write_files(workplace.repo.root, {"deploy/local.yml": file})
    program, *words = [*workplace.invoke_command(), "stack_up"]
    terminal = pexpect.spawn(program, words, cwd=str(workplace.repo.root), encoding="utf-8")
    terminal.expect("starting", timeout=60)
    terminal.sendintr()
    terminal.expect("interrupted: what was started of the stack is gone", timeout=60)
    terminal.expect(pexpect.EOF)
    terminal.close()
    assert terminal.exitstatus == 130
    assert _left(workplace) == []
