"""An image that another build replaces between its look-up and its container."""

import secrets
from collections.abc import Iterator

import pytest

from helpers.engine.client import Client
from helpers.engine.containers import (
    ImageGoneError,
    create_container,
    find_container,
    find_image,
    remove_container,
    remove_image,
    with_image,
)
from helpers.system.process import run

pytestmark = pytest.mark.slow

_EMPTY_TAR = bytes(10240)


@pytest.fixture
def name(client: Client) -> Iterator[str]:
    """A name that images of this test have in turn."""
    name = f"helpers-test-goes-{secrets.token_hex(4)}"
    yield name
    remove_image(client, f"{name}:1")


def _make(client: Client, name: str) -> str:
    """An image of that name and of an id of its own, which is returned."""
    change = f"--change=LABEL made={secrets.token_hex(4)}"
    run(["docker", "import", change, "-", f"{name}:1"], stdin=_EMPTY_TAR)
    return _id(client, name)


def _id(client: Client, name: str) -> str:
    image = find_image(client, f"{name}:1")
    assert image is not None
    return image.id


def test_an_image_that_went_is_looked_up_again(client: Client, name: str) -> None:
    _make(client, name)
    found = []

    def act() -> str | None:
        found.append(_id(client, name))
        if len(found) == 1:
            remove_image(client, found[0])
            _make(client, name)
        return create_container(client, name, {"Image": found[-1], "Cmd": ["/never-run"]})

    made = with_image(act)
    assert made is not None
    container = find_container(client, made)
    remove_container(client, made)
    assert container is not None
    assert len(set(found)) == 2
    assert container.image == found[1]


def test_an_image_that_stays_away_is_named_with_what_to_type(client: Client, name: str) -> None:
    image = _make(client, name)
    remove_image(client, image)
    with pytest.raises(ImageGoneError) as refused:
        with_image(lambda: create_container(client, name, {"Image": image, "Cmd": ["/never-run"]}))
    assert refused.value.where == image
    assert refused.value.fix == "the same command again"
