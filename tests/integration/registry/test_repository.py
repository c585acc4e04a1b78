"""Repositories on real registries, which work."""

import json
import os
import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from helpers.model.descriptor import OCI_INDEX, OCI_MANIFEST, Descriptor, digest_of
from helpers.registry.errors import RegistryError
from tests.integration.conftest import StartRegistry
from tests.integration.registry.conftest import MakeRepository, push_image
from tests.registries import Fault, FaultyProxy, Registry

pytestmark = pytest.mark.slow

_LOGIN = ("ann", "s3cret")


@pytest.mark.parametrize("login", [None, _LOGIN], ids=["open", "login"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_what_is_pushed_is_there(
    start_registry: StartRegistry,
    make_repository: MakeRepository,
    login: tuple[str, str] | None,
    tls: bool,
) -> None:
    repository = make_repository(start_registry(login=login, tls=tls))
    digest = push_image(repository, "v1", b"a layer")
    found = repository.resolve("v1")
    assert found is not None
    assert (found.media_type, found.digest) == (OCI_MANIFEST, digest)
    assert repository.resolve(digest) == found
    got = repository.manifest("v1")
    assert got is not None
    assert got[0] == found
    assert digest_of(got[1]) == digest
    assert len(got[1]) == found.size
    assert repository.blob(digest_of(b"a layer")) == b"a layer"
    assert repository.tags() == ["v1"]


def test_an_index_is_put_by_its_digest_and_tagged_later(
    registry: Registry, make_repository: MakeRepository
) -> None:
    repository = make_repository(registry)
    image = repository.resolve(push_image(repository, ""))
    assert image is not None
    listed = Descriptor(image.media_type, image.digest, image.size, "linux/amd64")
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [listed.as_json()]}
    content = json.dumps(index).encode()
    digest = repository.put_manifest(content, OCI_INDEX)
    assert repository.tags() == []
    assert repository.put_manifest(content, OCI_INDEX, "v1") == digest
    assert repository.resolve("v1") == Descriptor(OCI_INDEX, digest, len(content))


def test_what_is_not_there_is_none(registry: Registry, make_repository: MakeRepository) -> None:
    repository = make_repository(registry)
    missing = digest_of(b"missing")
    assert repository.resolve("v1") is None
    assert repository.resolve(missing) is None
    assert repository.manifest("v1") is None
    assert repository.tags() == []
    assert not repository.has_blob(missing)
    with pytest.raises(RegistryError, match="no such blob") as caught:
        repository.blob(missing)
    assert caught.value.status == 404


def test_a_file_is_sent_once(
    registry: Registry, make_repository: MakeRepository, tmp_path: Path
) -> None:
    content = os.urandom(3_000_000)
    file = tmp_path / "layer"
    file.write_bytes(content)
    with FaultyProxy(registry) as proxy:
        repository = make_repository(registry, address=proxy.address)
        assert repository.upload(lambda: file.open("rb"), digest_of(content), len(content))
        assert not repository.upload(lambda: file.open("rb"), digest_of(content), len(content))
        assert proxy.count("^PUT") == 1
        assert repository.blob(digest_of(content)) == content


def test_an_empty_file_is_sent(registry: Registry, make_repository: MakeRepository) -> None:
    repository = make_repository(registry)
    assert repository.blob(repository.upload_bytes(b"")) == b""


def test_a_file_that_is_not_what_it_was_is_refused(
    registry: Registry, make_repository: MakeRepository, tmp_path: Path, told: list[str]
) -> None:
    file = tmp_path / "layer"
    file.write_bytes(b"changed")
    repository = make_repository(registry)
    with pytest.raises(RegistryError, match="digest") as caught:
        repository.upload(lambda: file.open("rb"), digest_of(b"planned"), len(b"planned"))
    assert caught.value.status == 400
    assert told == []


def test_a_blob_of_another_repository_is_taken_over(
    registry: Registry, make_repository: MakeRepository
) -> None:
    digest = make_repository(registry, "base").upload_bytes(b"shared")
    repository = make_repository(registry, "team/app")
    assert repository.mount(digest, f"{registry.address}/base")
    assert repository.blob(digest) == b"shared"


def test_what_cannot_be_taken_over_leaves_no_upload_behind(
    registry: Registry, make_repository: MakeRepository
) -> None:
    repository = make_repository(registry)
    assert not repository.mount(digest_of(b"nowhere"), f"{registry.address}/base")
    assert not repository.mount(digest_of(b"nowhere"), "other.example/base")
    # This file is what makes a folder an upload that may go on.
    assert list(registry.storage.rglob("startedat")) == []


def test_a_manifest_is_deleted(registry: Registry, make_repository: MakeRepository) -> None:
    repository = make_repository(registry)
    digest = push_image(repository, "v1")
    assert repository.delete(digest)
    assert repository.resolve("v1") is None
    assert repository.delete(digest), "it is gone, as asked for"


def test_a_registry_that_deletes_nothing_is_no_failure(
    start_registry: StartRegistry, make_repository: MakeRepository
) -> None:
    repository = make_repository(start_registry(delete=False))
    digest = push_image(repository, "v1")
    assert not repository.delete(digest)
    assert repository.resolve("v1") is not None


def test_the_time_is_the_registrys(registry: Registry, make_repository: MakeRepository) -> None:
    with FaultyProxy(registry) as proxy:
        now = make_repository(registry, address=proxy.address).now()
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)


def test_all_pages_of_tags_are_read(registry: Registry, make_repository: MakeRepository) -> None:
    push_image(make_repository(registry), "v2")
    next_page = {"Link": '</v2/team/app/tags/list?n=1000&last=v1>; rel="next"'}
    page = json.dumps({"name": "team/app", "tags": ["v1"]}).encode()
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("tags/list", status=200, headers=next_page, content=page))
        repository = make_repository(registry, address=proxy.address)
        assert repository.tags() == ["v1", "v2"]


def test_pages_that_go_in_a_circle_end(registry: Registry, make_repository: MakeRepository) -> None:
    again = {"Link": '</v2/team/app/tags/list?n=1000>; rel="next"'}
    page = json.dumps({"tags": None}).encode()
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("tags/list", times=9, status=200, headers=again, content=page))
        repository = make_repository(registry, address=proxy.address)
        with pytest.raises(RegistryError, match="does not answer like a registry"):
            repository.tags()


def test_one_repository_serves_several_threads(
    start_registry: StartRegistry, make_repository: MakeRepository
) -> None:
    repository = make_repository(start_registry(login=_LOGIN))
    contents = [secrets.token_bytes(50_000) for _ in range(8)]
    ready = threading.Barrier(4)

    def work(content: bytes) -> bytes:
        ready.wait(10)
        return repository.blob(repository.upload_bytes(content))

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, contents)) == contents


@pytest.mark.parametrize("reference", ["", "a b", "../v1", "v1?x", "sha256:00", "-v1"])
def test_what_is_neither_tag_nor_digest_is_not_asked(
    registry: Registry, make_repository: MakeRepository, reference: str
) -> None:
    with pytest.raises(RegistryError, match="neither a tag nor a digest"):
        make_repository(registry).resolve(reference)
