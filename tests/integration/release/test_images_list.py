"""`i docker_images`: each image once, with its places; what does not answer is named."""

import pytest

from helpers.model import labels
from tests import engine
from tests.integration.conftest import StartRegistry
from tests.integration.release.conftest import MakePlace, Place
from tests.registries import Registry, free_port

pytestmark = pytest.mark.slow


def _rows(said: str) -> list[list[str]]:
    """The cells of the table below its head, which two spaces part."""
    return [
        [cell.strip() for cell in line.split("  ") if cell.strip()] for line in said.splitlines()
    ][1:]


@pytest.mark.superslow
def test_an_image_in_several_places_or_with_two_tags_is_one_row(
    make_place: MakePlace, registry: Registry, start_registry: StartRegistry
) -> None:
    place = make_place(registry, config=f"registries:\n  second: {start_registry().address}/team\n")
    place.add_app()
    place.released("docker_build_local_image", "--dir", "app")
    place.released("docker_tag_local_image_as_dev", "--dir", "app")
    (row,) = _rows(place.released("docker_images", "--local").stdout)
    assert row[1].startswith("dev-1.0.0, local-")
    assert row[2:4] == ["here", "*"]
    both = ("--registry", "default", "--registry", "second")
    place.released("docker_push_dev_image", "--dir", "app", *both)
    (row,) = _rows(place.released("docker_images").stdout)
    assert row[1].startswith("dev-1.0.0, local-")
    assert row[2:4] == ["here, default, second", "*"]
    place.push("dev-1.1.0", "dev")
    former, newest = _rows(place.released("docker_images").stdout)
    # The second registry has not got the newest.
    assert former[2:4] == ["here, default, second", "here, second"]
    assert newest[:4] == ["app", "dev-1.1.0", "default", "*"]


@pytest.mark.superslow
def test_what_does_not_answer_is_named_and_the_rest_is_shown(
    make_place: MakePlace, registry: Registry
) -> None:
    gone = f"127.0.0.1:{free_port()}"
    place = make_place(registry, config=f"registries:\n  gone: {gone}/team\n")
    for name in ("app", "other"):
        place.add_app(name)
    place.released("docker_build_local_image", "--dir", "app")
    place.push("dev-1.0.0", "dev")
    done = place.invoke("docker_images")
    assert done.status == 2
    assert [row[2] for row in _rows(done.stdout)] == ["default", "here"], done.stdout
    assert done.stderr.count("error: ") == 1
    assert gone in done.stderr
    without = place.invoke("docker_images", env={"DOCKER_HOST": "unix:///nowhere.sock"})
    assert "no Docker Engine answers" in without.stderr
    assert [row[:3] for row in _rows(without.stdout)] == [["app", "dev-1.0.0", "default"]]


@pytest.mark.superslow
def test_a_pulled_image_is_called_by_its_tags_and_the_release_by_one_digest(place: Place) -> None:
    said = place.released("docker_release_prod_image", "--dir", "app").stdout
    digest = place.digest("prod")
    engine.remove_images({labels.REPO: place.work.repo.config.name})
    for _ in range(2):
        pulled = place.released("docker_pull", "--dir", "app", "--stage", "prod").stdout
        (row,) = _rows(place.released("docker_images", "--local").stdout)
        assert row[:4] == ["app", "prod-1.0.0", "here", "*"]
    verified = place.released("docker_verify", "--dir", "app").stdout
    for text in (said, pulled, verified):
        assert digest in text.splitlines()[0]
    # That of the platform's image has a word of its own, and is the same.
    of_platform = {
        line.strip()
        for text in (pulled, verified)
        for line in text.splitlines()
        if "manifest of linux/" in line
    }
    assert len(of_platform) == 1
    assert digest not in of_platform.pop()
    # Without its tags it is gone, although it was pulled by its digest.
    (image,) = engine.images({labels.REPO: place.work.repo.config.name})
    for tag in image.names:
        engine.sdk().images.remove(tag)
    assert place.engine_tags() == set()
    assert not engine.images({labels.REPO: place.work.repo.config.name})
