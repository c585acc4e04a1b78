"""Images for two architectures: built, tested under emulation, released under one digest."""

import json
import os
from dataclasses import replace

import pytest

from helpers.system.host import read_host
from helpers.system.process import run
from tests.integration.conftest import StartRegistry
from tests.integration.release.conftest import MakePlace


@pytest.mark.superslow
@pytest.mark.timeout(1800)
def test_images_of_both_architectures_are_tested_and_released_under_one_digest(
    make_place: MakePlace, start_registry: StartRegistry, foreign_base: str
) -> None:
    registry = start_registry()
    own = read_host().platform
    config = f"platforms: [{own}, {foreign_base}]\nbuild_cache: true\n"
    place = make_place(registry, config=config)
    # The first build of all for a foreign platform takes its time.
    place = replace(place, work=replace(place.work, timeout=1500))
    place.add_app()
    # A foreign image for oneself, and its tests.
    place.released("docker_build_local_image", "--dir", "app", "--platform", foreign_base)
    done = place.work.main_pytest("--dir", "app", "--platform", foreign_base, "--no-build")
    assert done.status == 0, done.stdout[-2000:] + done.stderr[-2000:]
    assert "1 passed" in done.stdout
    # One index for both; the tests run in each.
    said = place.released("docker_release_prod_image", "--dir", "app", "--test-platforms", "all")
    assert said.stderr.count("1 passed, 0 failed, 0 skipped)") >= 2
    repository = place.repository()
    found = repository.manifest("prod")
    assert found is not None
    images = [
        one["platform"]["architecture"]
        for one in json.loads(found[1])["manifests"]
        if one["platform"]["architecture"] != "unknown"
    ]
    assert sorted(images) == ["amd64", "arm64"]
    assert {"buildcache-prod-amd64", "buildcache-prod-arm64"} <= place.tags()
    # Each of them is pulled, and runs.
    place.released(
        "docker_pull", "--dir", "app", "--stage", "prod", "--platform", f"{own},{foreign_base}"
    )
    machines = {}
    for platform, ending in ((own, ""), (foreign_base, f"-{foreign_base.partition('/')[2]}")):
        name = f"{registry.address}/team/app:prod{ending}"
        script = "import platform; print(platform.machine())"
        command = ["docker", "run", "--rm", "--entrypoint", "python", name, "-c", script]
        machines[platform] = run(command).stdout.strip()
    assert machines == {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}


@pytest.mark.superslow
@pytest.mark.slow
def test_a_machine_of_its_own_builds_where_the_settings_name_one(
    make_place: MakePlace, start_registry: StartRegistry
) -> None:
    """The same engine under another name stands for another machine: nothing of it is used."""
    own = read_host().platform
    place = make_place(start_registry(), config=f"builders: {{{own}: far}}\n")
    engine = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    environment = {"DOCKER_CONFIG": str(place.settings)}
    run(["docker", "context", "create", "far", "--docker", f"host={engine}"], env=environment)
    place.add_app()
    # The builder's cache has layers as its own engine keeps them.
    place.released("docker_build_local_image", "--dir", "app")
    done = place.released("docker_release_prod_image", "--dir", "app")
    assert f"{own} is built by far" in done.stderr
    name = f"{place.registry.address}/team/app:prod"
    script = "import svc; print(svc.ANSWER)"
    command = ["docker", "run", "--rm", "--entrypoint", "python", name, "-c", script]
    assert run(command).stdout.strip() == "42"
    assert place.digest("prod") == place.digest("prod-1.0.0") != ""
