"""A release whose image is built on a host: tested, pushed and tagged from here as any other."""

import os
from pathlib import Path

import pytest

from helpers.engine.endpoint import DEFAULT_SOCKET, find_endpoint
from tests.integration.conftest import StartRegistry
from tests.integration.release.conftest import MakePlace
from tests.sshd import ssh_on_path, sshd


@pytest.mark.superslow
def test_an_image_that_a_host_built_is_released_by_its_digest(
    make_place: MakePlace, start_registry: StartRegistry, tmp_path: Path
) -> None:
    with sshd(tmp_path / "sshd") as server:
        socket = find_endpoint(os.environ).socket or DEFAULT_SOCKET
        config = f"hosts:\n  build1: {{address: '{server.address}{socket}'}}\n"
        place = make_place(start_registry(), config=config)
        place.add_app()
        path = {"PATH": ssh_on_path(tmp_path / "bin", server.config)}
        release = ("docker_release_prod_image", "--dir", "app", "--hosts", "build1")
        planned = place.invoke(*release, "--dry-run", env=path)
        assert planned.status == 0, planned.stderr
        assert "build1" not in planned.stderr, "a dry run reaches no host"
        done = place.invoke(*release, env=path)
        assert done.status == 0, done.stdout + done.stderr
        assert "is built on build1" in done.stderr
        assert place.digest("prod") == place.digest("prod-1.0.0") != ""
        wrong = place.invoke(*release[:-1], "build2", env=path)
        assert wrong.status == 2
        assert "build1" in wrong.stderr
