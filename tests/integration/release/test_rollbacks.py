"""Rollbacks: the floating tag goes back and forth, and nothing else moves."""

from itertools import groupby

import pytest

from tests.integration.conftest import StartRegistry
from tests.integration.release.conftest import MakePlace, Place
from tests.registries import Fault, FaultyProxy, Registry

pytestmark = pytest.mark.slow


@pytest.mark.superslow
def test_a_rollback_says_from_what_to_what_and_can_be_undone(
    make_place: MakePlace, registry: Registry
) -> None:
    with FaultyProxy(registry) as proxy:
        place = make_place(registry, address=proxy.address)
        place.add_app()
        place.push("dev-1.0.0")
        place.push("dev-1.1.0", "dev")
        _check_version_that_is_not_there(place)
        back = ("docker_rollback_image", "--stage", "dev", "--dir", "app", "--version", "1.0.0")
        planned = place.released(*back, "--dry-run").stdout.splitlines()
        assert place.digest("dev") == place.digest("dev-1.1.0")
        layers = _layers_moved(proxy)
        done = place.released(*back)
        assert _layers_moved(proxy) == layers
        told = groupby(line.partition(": ")[2] for line in done.stderr.splitlines())
        assert [line for line, _ in told] == planned  # a step that takes long is told again
        assert f"from 1.1.0 ({place.digest('dev-1.1.0')[:19]})" in done.stdout
        assert f"to 1.0.0 ({place.digest('dev-1.0.0')[:19]})" in done.stdout
        assert place.digest("dev") == place.digest("dev-1.0.0")
        history = place.released("docker_history", "--dir", "app").stdout
        current = [line.split()[1] for line in history.splitlines() if " * " in line]
        assert current == ["dev-1.0.0"]
        # What names that version already does not move.
        place.released("docker_rollback_dev_image", "--dir", "app", "--version", "1.0.0")
        place.released("docker_rollback_dev_image", "--dir", "app", "--version", "1.1.0")
        assert place.digest("dev") == place.digest("dev-1.1.0")
        _check_history_of_moves(place)


def _layers_moved(proxy: FaultyProxy) -> tuple[int, int]:
    # An empty object, which claims name, is no layer.
    return proxy.count("GET .*/blobs/"), proxy.count("PUT .*/blobs/uploads/(?!.*44136fa)")


def _check_version_that_is_not_there(place: Place) -> None:
    before = place.digest("dev")
    done = place.invoke("docker_rollback_dev_image", "--dir", "app", "--version", "0.9.0")
    assert done.status == 2
    assert "has no dev-0.9.0" in done.stderr
    assert "it has: dev-1.1.0, dev-1.0.0" in done.stderr
    assert "fix:   --version 1.0.0   (i docker_history --dir app shows all)" in done.stderr
    assert place.digest("dev") == before


def _check_history_of_moves(place: Place) -> None:
    history = place.released("docker_history", "--dir", "app").stdout
    rows = history.partition("rolled back")[2].splitlines()
    moves = [tuple(line.split()[-2:]) for line in rows if "dev" in line]
    assert moves == [("1.0.0", "1.1.0"), ("1.1.0", "1.0.0")], history
    of_prod = place.released("docker_history", "--dir", "app", "--stage", "prod").stdout
    assert "rolled back" not in of_prod


@pytest.mark.superslow
def test_where_nothing_was_released_the_release_is_named(place: Place) -> None:
    commands = {
        ("docker_rollback_prod_image", "--version", "1.0.0"),
        ("docker_verify",),
        ("docker_pull", "--stage", "prod"),
    }
    release = "i docker_release_prod_image --dir app"

    def refused(has: str, why: str) -> None:
        for command in commands:
            done = place.invoke(*command, "--dir", "app")
            assert (done.status, f"it has: {has}" in done.stderr) == (2, True), done.stderr
            assert f"fix:   {release}   ({why})" in done.stderr

    refused("none", "nothing was released yet")
    place.push("dev-1.0.0", "dev")
    refused("dev-1.0.0", "nothing was released for prod yet, only for dev")
    place.released(*release.split()[1:])
    for command in commands:
        place.released(*command, "--dir", "app")


def test_local_images_are_in_no_registry(place: Place) -> None:
    for task in ("docker_verify", "docker_pull", "docker_history"):
        done = place.invoke(task, "--dir", "app", "--stage", "local")
        assert (done.status, "fix:   --stage dev or --stage prod" in done.stderr) == (2, True)


@pytest.mark.superslow
def test_when_the_second_registry_refuses_the_first_goes_back(
    make_place: MakePlace, registry: Registry, start_registry: StartRegistry
) -> None:
    second = start_registry()
    with FaultyProxy(second) as proxy:
        place = make_place(registry, config=f"registries:\n  second: {proxy.address}/team\n")
        place.add_app()
        both = ("--registry", "default", "--registry", "second")
        for there in (registry, second):
            place.push("dev-1.0.0", registry=there)
            place.push("dev-1.1.0", "dev", registry=there)
        before = place.digest("dev")
        proxy.fail(Fault("PUT .*/manifests/dev$", times=1000, status=403))
        done = place.invoke(
            "docker_rollback_dev_image", "--dir", "app", "--version", "1.0.0", *both
        )
        assert done.status == 2
        assert place.digest("dev") == before
        history = place.released("docker_history", "--dir", "app").stdout
        assert "rolled back" not in history, "it did not happen"


@pytest.mark.superslow
def test_a_rollback_to_the_version_that_is_current_says_that_nothing_moved(place: Place) -> None:
    before = place.push("dev-1.0.0", "dev")
    done = place.released("docker_rollback_dev_image", "--dir", "app", "--version", "1.0.0")
    assert "dev: nothing moved, it names 1.0.0 " in done.stdout
    assert " to 1.0.0" not in done.stdout + done.stderr
    assert place.digest("dev") == before
