"""Services of a dir while its tests run, as `devops/compose.yaml` describes them."""

import json
import secrets
import time

import pexpect
import pytest

from helpers.engine import compose
from helpers.model import labels
from helpers.model.errors import HelpersError
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.builders import write_files
from tests.integration.conftest import MAIN_PYTEST, Workplace, slow_dockerfile

pytestmark = pytest.mark.slow

_SLEEPS = "image: ${HELPERS_BASE_IMAGE}\n    init: true\n    command: [sleep, '600']\n"
_PASSES = "def test_a(): pass\n"
_FINDS = """\
import socket


def test_a():
    for name in ("web", "other"):
        assert socket.gethostbyname(name)
"""


def _tested(workplace: Workplace, compose: str, tests: str = _PASSES) -> ProcessResult:
    workplace.add_dir("one", tests, **{"devops/compose.yaml": compose})
    return workplace.main_pytest("--dir", "one")


@pytest.mark.superslow
def test_a_service_that_did_its_work_and_ended_is_ready(workplace: Workplace) -> None:
    once = "image: ${HELPERS_BASE_IMAGE}\n    command: [sh, -c, 'exit 0']\n"
    done = _tested(workplace, f"services:\n  web:\n    {_SLEEPS}  once:\n    {once}")
    assert done.status == 0, done.stdout + done.stderr


@pytest.mark.superslow
def test_images_of_services_are_made_while_the_dirs_own_is_built(workplace: Workplace) -> None:
    mark = str(time.time())
    label = f"of.this.test={mark}"
    files = {
        "devops/Dockerfile": slow_dockerfile(),
        "devops/web.Dockerfile": f"ARG BASE\nFROM ${{BASE}}\nLABEL {label}\nRUN : {label}\n",
        "devops/compose.yaml": (
            "services:\n  web:\n    init: true\n    command: [sleep, '600']\n    build:\n"
            '      {context: ., dockerfile: web.Dockerfile, args: {BASE: "$HELPERS_BASE_IMAGE"}}\n'
        ),
    }
    workplace.add_dir("slow", _PASSES, **files)
    done = workplace.main_pytest()
    assert done.status == 0, done.stdout + done.stderr
    assert _newest_created({"of.this.test": mark}) < _newest_created({labels.DIR: "slow"})


def _newest_created(carried: dict[str, str]) -> str:
    """When the newest image with a label was made, in a form that sorts."""
    return max(str(engine.image(one.id)["Created"]) for one in engine.images(carried))


def test_a_service_that_fails_is_an_error_with_its_last_words(workplace: Workplace) -> None:
    fails = "image: ${HELPERS_BASE_IMAGE}\n    command: [sh, -c, 'echo no way; exit 3']\n"
    # Ready after a second: by then the other one has ended, however busy the machine is.
    health = "    healthcheck: {test: [CMD, 'true'], interval: 1s}\n"
    done = _tested(workplace, f"services:\n  web:\n    {_SLEEPS}{health}  bad:\n    {fails}")
    assert done.status == 2
    assert "the service bad ended with status 3" in done.stdout
    assert "no way" in done.stdout


@pytest.mark.superslow
def test_no_terminal_obeys_what_a_service_says(workplace: Workplace) -> None:
    evil = r"printf 'a\033[2Jb\033]0;title\007c\n'; exec sleep 600"
    command = json.dumps(["sh", "-c", evil])
    health = "{test: [CMD, 'false'], interval: 1s, retries: 1}"
    bad = f"image: ${{HELPERS_BASE_IMAGE}}\n    command: {command}\n    healthcheck: {health}\n"
    shown = r"a\x1b[2Jb\x1b]0;title\x07c"
    plain = _tested(workplace, f"services:\n  bad:\n    init: true\n    {bad}").stdout
    assert shown in plain
    assert "\x1b" not in plain
    folder = str(workplace.repo.root)
    terminal = pexpect.spawn(str(MAIN_PYTEST), ["--dir", "one"], cwd=folder, encoding="utf-8")
    terminal.expect(pexpect.EOF, timeout=120)
    said = str(terminal.before)
    assert shown in said
    assert "\x1b[2J" not in said
    assert "\x07" not in said


@pytest.mark.superslow
def test_the_dir_joins_all_networks_of_its_services(workplace: Workplace) -> None:
    compose = (
        f"services:\n  web:\n    {_SLEEPS}    networks: [front]\n"
        f"  other:\n    {_SLEEPS}    networks: [back]\nnetworks:\n  front: {{}}\n  back: {{}}\n"
    )
    done = _tested(workplace, compose, _FINDS)
    assert done.status == 0, done.stdout + done.stderr


def test_neither_the_users_environment_nor_where_he_stands_decides(workplace: Workplace) -> None:
    workplace.add_dir(
        "one", _PASSES, **{"devops/compose.yaml": f"services:\n  web:\n    {_SLEEPS}"}
    )
    write_files(workplace.repo.root, {".env": 'KEY="open\n'})
    misleading = {
        "DOCKER_DEFAULT_PLATFORM": "linux/arm64",
        "COMPOSE_ENV_FILES": "none.env",
        "COMPOSE_FILE": "none.yaml",
        "COMPOSE_PROJECT_NAME": "Not A Name",
        "HELPERS_BASE_IMAGE": "none",
    }
    done = workplace.main_pytest("--dir", "one", "--no-reuse", env=misleading)
    assert done.status == 0, done.stdout + done.stderr


def test_a_file_whose_anchors_stand_for_too_much_is_refused_in_bounded_time(
    workplace: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compose, "READ_SECONDS", 1.0)
    lines = ["x-0: &a0 [x,x,x,x,x,x,x,x,x,x]"]
    for number in range(1, 12):
        lines.append(f"x-{number}: &a{number} [{','.join([f'*a{number - 1}'] * 10)}]")
    file = workplace.repo.root / "compose.yaml"
    write_files(file.parent, {file.name: "\n".join([*lines, f"services:\n  web:\n    {_SLEEPS}"])})
    name = f"helpers-anchors-{secrets.token_hex(4)}"
    project = compose.Project(name, file, {}, {"HELPERS_BASE_IMAGE": "base"}, (), for_run=True)
    began = time.monotonic()
    with pytest.raises(HelpersError, match=r"takes more than \d+ s to read") as refused:
        compose.describe_services(workplace.client.endpoint, project)
    assert "replace its anchors" in refused.value.fix
    assert _seconds(began) < 10
    # Compose would go on for ever; the kernel needs a moment for the memory of who is killed.
    while not (gone := run(["pgrep", "-f", name], check=False).status) and _seconds(began) < 30:
        time.sleep(0.1)
    assert gone == 1


def _seconds(began: float) -> float:
    return time.monotonic() - began


@pytest.mark.superslow
def test_a_context_outside_of_devops_is_in_the_image_and_in_the_key(workplace: Workplace) -> None:
    compose = (
        "services:\n  web:\n    init: true\n    command: [sleep, '600']\n    build:\n"
        '      context: ../web\n      args: {BASE: "${HELPERS_BASE_IMAGE}"}\n'
        "    healthcheck: {test: [CMD, grep, -q, new, /word], interval: 1s, retries: 1}\n"
    )
    dockerfile = "ARG BASE\nFROM ${BASE}\nCOPY word /word\n"
    workplace.add_dir(
        "one", _PASSES,
        **{"devops/compose.yaml": compose, "web/Dockerfile": dockerfile, "web/word": "new\n"},
    )  # fmt: skip
    assert workplace.main_pytest("--dir", "one").status == 0
    assert "reused" in workplace.main_pytest("--dir", "one").stdout
    write_files(workplace.repo.root, {"one/web/word": "old\n"})
    # The service is unhealthy now: neither an image nor a pass of before stands for it.
    assert workplace.main_pytest("--dir", "one").status == 2
