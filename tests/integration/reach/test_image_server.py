"""Images that only the driver has are read by whoever knows the run's password, and by no other."""

import base64
import json
import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.engine.containers import find_image
from helpers.model.descriptor import OCI_MANIFEST, digest_of
from helpers.reach.image_server import REPOSITORY, USER, ImageServer, serve_images
from helpers.system.process import run
from tests.builders import make_repo

pytestmark = pytest.mark.slow


@pytest.fixture
def image(client: Client, tmp_path: Path) -> Iterator[str]:
    """The id of a small image with a layer."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
    name = f"helpers-test-served:{secrets.token_hex(4)}"
    run(["docker", "build", "--quiet", "--tag", name, tmp_path])
    found = find_image(client, name)
    assert found
    yield found.id
    run(["docker", "rmi", name])


@pytest.fixture
def images(client: Client, tmp_path: Path) -> Iterator[ImageServer]:
    """What serves images of this engine."""
    repo = make_repo(tmp_path / "repo")
    with serve_images(client, repo.root, "run") as served:
        yield served
    assert not served.folder.exists()


def _read(served: ImageServer, path: str, *, password: str = "", method: str = "GET") -> bytes:
    said = base64.b64encode(f"{USER}:{password or served.password}".encode()).decode()
    asked = urllib.request.Request(
        f"http://127.0.0.1:{served.port}/v2/{path}",
        headers={"Authorization": f"Basic {said}"},
        method=method,
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        content: bytes = answer.read()
    return content


def test_an_image_is_read_by_its_digest_with_all_that_it_names(
    images: ImageServer, image: str
) -> None:
    offered = images.offer(image)
    content = _read(images, f"{REPOSITORY}/manifests/{offered.manifest}")
    assert digest_of(content) == offered.manifest
    manifest = json.loads(content)
    assert manifest["mediaType"] == OCI_MANIFEST
    assert manifest["config"]["digest"] == offered.config
    assert manifest["layers"]
    for part in (manifest["config"], *manifest["layers"]):
        assert "docker" not in part["mediaType"], "engines pull what has types of OCI"
        blob = _read(images, f"{REPOSITORY}/blobs/{part['digest']}")
        assert digest_of(blob) == part["digest"]


def test_what_is_known_of_an_image_is_not_asked_of_the_engine_until_a_host_wants_it(
    images: ImageServer, image: str, tmp_path: Path
) -> None:
    offered = images.offer(image)
    later = ImageServer(images.client, tmp_path / "later", images.known)
    later.folder.mkdir()
    assert later.offer(image) == offered
    assert not later.blob(offered.config)
    assert later.manifest(offered.manifest)
    assert later.blob(offered.config)


@pytest.mark.parametrize(
    ("path", "password", "method", "status"),
    [
        ("", "wrong", "GET", 401),
        (f"{REPOSITORY}/manifests/sha256:{'0' * 64}", "wrong", "GET", 401),
        (f"{REPOSITORY}/manifests/sha256:{'0' * 64}", "", "GET", 404),
        (f"{REPOSITORY}/blobs/sha256:..", "", "GET", 404),
        (f"{REPOSITORY}/blobs/sha256:{'0' * 64}", "", "PUT", 501),
    ],
)
def test_nothing_else_is_told_or_taken(
    images: ImageServer, path: str, password: str, method: str, status: int
) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        _read(images, path, password=password, method=method)
    assert caught.value.code == status
