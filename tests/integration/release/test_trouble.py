"""Releases that are disturbed: by the registry, by the network, and by an end at any step."""

import gzip
import os
import secrets
import shlex
import signal
import subprocess
import sys

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT
from tests.engine_relay import reached_by_engine
from tests.integration.conftest import StartRegistry
from tests.integration.release.conftest import ONE, PYTEST, MakePlace, Place, change
from tests.registries import Fault, FaultyProxy, Registry

pytestmark = pytest.mark.slow

# Each of them is met on the way: what one request survives, the next one is tried with.
_FAULTS = [
    Fault("PUT .*/blobs/uploads", cut_request=1000),
    Fault("GET ", cut_answer=10),
    Fault("PUT .*/manifests/", lose_answer=True),
    Fault("(POST|PUT|HEAD) ", status=500),
    Fault("(POST|PUT|GET) ", status=429, headers={"Retry-After": "1"}),
    Fault("PUT ", delay=1.0),
    Fault("(HEAD|POST) ", drop=True),
]


@pytest.mark.superslow
def test_what_passes_is_waited_for(make_place: MakePlace, registry: Registry) -> None:
    with FaultyProxy(registry) as proxy, reached_by_engine(int(proxy.address.split(":")[1])):
        place = make_place(registry, address=proxy.address)
        place.add_app()

        def met(*args: str) -> None:
            """A command that meets every fault, and works."""
            for fault in _FAULTS:
                proxy.fail(fault)
            done = place.released(*args)
            assert "trying again" in done.stderr
            proxy.clear()

        met("docker_release_prod_image", "--dir", "app")
        assert place.digest("prod") == place.digest("prod-1.0.0") != ""
        place.bump("app", "1.1.0")
        place.released("docker_release_prod_image", "--dir", "app")
        met("docker_rollback_prod_image", "--dir", "app", "--version", "1.0.0")
        for version in ("1.0.0", "1.1.0"):
            place.released(
                "docker_remove_image", "--dir", "app", "--stage", "prod", "--version", version
            )
        met("docker_pull", "--dir", "app", "--stage", "prod")
        assert place.digest("prod") == place.digest("prod-1.0.0")


@pytest.mark.superslow
def test_what_does_not_pass_leaves_the_floating_tag_and_the_same_command_finishes_later(
    make_place: MakePlace, registry: Registry
) -> None:
    """Each attempt gets beyond what refused the one before it, and the last one to the end."""
    refusals = [
        "PUT .*/blobs/uploads",
        "PUT .*/manifests/sha256",
        "PUT .*/manifests/prod-1.1.0$",
        "PUT .*/manifests/prod$",
    ]
    with FaultyProxy(registry) as proxy:
        place = make_place(registry, address=proxy.address)
        place.add_app()
        place.released("docker_release_prod_image", "--dir", "app")
        before = place.digest("prod")
        change(place, {"app/svc/more.py": "MORE = 1\n" * 1000})
        place.bump("app", "1.1.0")
        for refused in refusals:
            asked = proxy.count(refused)
            proxy.fail(Fault(refused, times=1000, status=403))
            done = place.invoke("docker_release_prod_image", "--dir", "app")
            assert done.status == 2, refused
            assert "Traceback" not in done.stderr
            assert proxy.count(refused) > asked, refused
            assert place.digest("prod") == before, refused
            proxy.clear()
        place.released("docker_release_prod_image", "--dir", "app")
        assert place.digest("prod") == place.digest("prod-1.1.0") != before


# Releases until the step of that number, and is killed there.
_KILLED = """
import os, signal, sys
from pathlib import Path
from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.model.events import ReleaseStep
from helpers.model.images.name import Stage
from helpers.release.plan import ReleaseOptions, plan_release
from helpers.release.owner import Releaser
from helpers.release.release import carry_out
from helpers.system.host import read_host
from helpers.system.repo_files import load_repo

steps = 0

def listen(event):
    global steps
    if isinstance(event, ReleaseStep):
        steps += 1
        if steps == int(sys.argv[1]):
            os.kill(os.getpid(), signal.SIGKILL)

host = read_host()
repo = load_repo(host.directory)
plan = plan_release(repo, repo.runnable_dir("app"), host, ReleaseOptions(Stage.PROD))
carry_out(Releaser(Client(find_endpoint(host.environment)), repo, host, listen), plan)
print(steps)
"""


_TO_BOTH = "ReleaseOptions(Stage.PROD, registries=('default', 'second'))"
_KILLED_IN_MOVES = _KILLED.replace(
    "steps == int(sys.argv[1])", "event.text.startswith(f'move {sys.argv[1]}/')"
).replace("ReleaseOptions(Stage.PROD)", _TO_BOTH)


@pytest.mark.superslow
def test_a_first_release_that_the_second_registry_refuses_leaves_no_floating_tag(
    make_place: MakePlace, registry: Registry, start_registry: StartRegistry
) -> None:
    with FaultyProxy(start_registry()) as proxy:
        place = make_place(registry, config=f"registries:\n  second: {proxy.address}/team\n")
        place.add_app()
        both = ("--registry", "default", "--registry", "second")
        proxy.fail(Fault("PUT .*/manifests/prod$", times=1000, status=403))
        done = place.invoke("docker_release_prod_image", "--dir", "app", *both)
        assert done.status == 2
        assert place.digest("prod") == ""
        assert place.tags() == {"prod-1.0.0"}
        proxy.clear()
        place.released("docker_release_prod_image", "--dir", "app", *both)
        assert place.digest("prod") == place.digest("prod-1.0.0") != ""


@pytest.mark.superslow
def test_a_release_that_was_killed_between_two_moves_is_said_and_finished(
    make_place: MakePlace, registry: Registry, start_registry: StartRegistry
) -> None:
    second = start_registry()
    place = make_place(registry, config=f"registries:\n  second: {second.address}/team\n")
    place.add_app()
    both = ("--registry", "default", "--registry", "second")
    place.released("docker_release_prod_image", "--dir", "app", *both)
    assert "half moved" not in place.released("docker_images", "--dir", "app").stdout
    place.bump("app", "1.1.0")
    done = _release_killed_at(place, second.address, _KILLED_IN_MOVES)
    assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]

    def at_second() -> bool:
        there = place.repository(registry=second)
        return there.resolve("prod") == there.resolve("prod-1.1.0")

    assert place.digest("prod") == place.digest("prod-1.1.0")
    assert not at_second()
    said = place.released("docker_images", "--dir", "app").stdout
    assert f"half moved: {second.address}/team/app:prod names 1.0.0" in said
    (command,) = [line.split("i ", 2)[-1] for line in said.splitlines() if "finish it" in line]
    place.released(*shlex.split(command))
    assert at_second()
    assert "half moved" not in place.released("docker_images", "--dir", "app").stdout
    place.released("docker_release_prod_image", "--dir", "app", *both)


def _release_killed_at(
    place: Place, step: int | str, program: str = _KILLED
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", program, str(step)],
        cwd=place.work.repo.root,
        env={
            **os.environ,
            "PYTHONPATH": str(TOOLCHAIN_ROOT),
            "DOCKER_CONFIG": str(place.settings),
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.superslow
def test_a_release_that_was_killed_at_any_step_is_finished_by_the_same_command(
    place: Place,
) -> None:
    """Each attempt goes one step further than the one that was killed before it."""
    place.released("docker_release_prod_image", "--dir", "app")
    before, step = place.digest("prod"), 0
    place.bump("app", "1.1.0")
    while True:
        step += 1
        done = _release_killed_at(place, step)
        there = place.digest("prod")
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr[-2000:]
        # Half of a release is none: the tag names what it named, or the whole new version.
        assert there in (before, place.digest("prod-1.1.0"))
    assert there == place.digest("prod-1.1.0") != before
    assert not any("releasing" in tag for tag in place.engine_tags())
    # Check, lock, build, test, push, index, tag, move.
    assert step > 9


@pytest.mark.superslow
def test_no_secret_of_a_build_is_in_what_is_released(
    make_place: MakePlace, start_registry: StartRegistry
) -> None:
    """In no layer, history, label or statement: all that the registry keeps is searched."""
    registry = start_registry(tls=True)
    place = make_place(registry)
    # Different from all that was installed before, so that it is installed now.
    once = f"# {secrets.token_hex(8)}\n"
    place.add_app(**{"requirements.txt": PYTEST + once, "requirements_prod.txt": f"{ONE}{once}"})
    token = "tok3n-0f-the-index"
    for task in ("docker_release_dev_image", "docker_release_prod_image"):
        done = place.invoke(task, "--dir", "app", env={"UV_INDEX_COMPANY_PASSWORD": token})
        assert done.status == 0, done.stderr[-2000:]
        assert token not in done.stdout + done.stderr
    certificate = registry.certificates.splitlines()[5]
    kept = [path.read_bytes() for path in registry.storage.rglob("data")]
    contents = [gzip.decompress(one) if one[:2] == b"\x1f\x8b" else one for one in kept]
    assert any(b"iniconfig" in content for content in contents)
    assert not any(token.encode() in content for content in contents)
    assert not any(certificate in content for content in contents)
