"""Releases that are disturbed: by the registry, by the network, and by an end between two moves.

Those of code, in a file of their own, are refused and killed at each step.
"""

import gzip
import os
import secrets
import shlex
import signal
import subprocess
import sys

import pytest

from helpers.model import labels
from helpers.system.locate import TOOLCHAIN_ROOT
from tests import engine
from tests.engine_relay import reached_by_engine
from tests.integration.conftest import StartRegistry
from tests.integration.release.conftest import ONE, PYTEST, MakePlace, Place
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
        place.push("prod-1.1.0", "prod")
        met("docker_rollback_prod_image", "--dir", "app", "--version", "1.0.0")
        engine.remove_images({labels.REPO: place.work.repo.config.name})
        met("docker_pull", "--dir", "app", "--stage", "prod")
        assert place.digest("prod") == place.digest("prod-1.0.0")


# Releases to both until it moves the tag of a registry, and is killed there.
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

def listen(event):
    if isinstance(event, ReleaseStep) and event.text.startswith(f"move {sys.argv[1]}/"):
        os.kill(os.getpid(), signal.SIGKILL)

host = read_host()
repo = load_repo(host.directory)
options = ReleaseOptions(Stage.PROD, registries=("default", "second"))
plan = plan_release(repo, repo.runnable_dir("app"), host, options)
carry_out(Releaser(Client(find_endpoint(host.environment)), repo, host, listen), plan)
"""


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
    for there in (registry, second):
        place.push("prod-1.0.0", "prod", registry=there)
    assert "half moved" not in place.released("docker_images", "--dir", "app").stdout
    place.bump("app", "1.1.0")
    done = _release_killed_at(place, second.address)
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


def _release_killed_at(place: Place, registry: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", _KILLED, registry],
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
