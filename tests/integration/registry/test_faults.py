"""Registries that stumble: what is tried again, and what is said in the end."""

import os
import time
from collections.abc import Mapping

import pytest

from helpers.model.descriptor import OCI_MANIFEST, digest_of
from helpers.registry.errors import RegistryError, RegistryUnavailableError
from helpers.registry.retry_budget import RetryBudget
from tests.integration.conftest import StartRegistry
from tests.integration.registry.conftest import QUICK, MakeRepository, push_image
from tests.registries import Fault, FaultyProxy, Registry, free_port

pytestmark = pytest.mark.slow

_CONTENT = os.urandom(2_000_000)
_PASSING = {
    "500": Fault("", status=500),
    "429": Fault("", status=429, headers={"Retry-After": "0"}),
    "503": Fault("", status=503, content=b"<html>busy</html>"),
    "dropped": Fault("", drop=True),
    "answer lost": Fault("", lose_answer=True),
    "answer cut": Fault("", cut_answer=0),
}
_STEPS = {
    "look": "^HEAD .*/blobs/",
    "begin": "^POST .*/uploads/",
    "send": "^PUT .*/uploads/",
    "tag": "^PUT .*/manifests/",
    "resolve": "^HEAD .*/manifests/",
    "read": "^GET .*/manifests/",
    "read blob": "^GET .*/blobs/sha256",
    "list": "^GET .*/tags/",
}


@pytest.mark.parametrize("fault", _PASSING.values(), ids=_PASSING)
def test_every_step_survives_what_passes(
    registry: Registry, make_repository: MakeRepository, told: list[str], fault: Fault
) -> None:
    with FaultyProxy(registry) as proxy:
        for step in _STEPS.values():
            fault.matches = step
            proxy.fail(fault)
        repository = make_repository(registry, address=proxy.address)
        digest = push_image(repository, "v1", _CONTENT)
        assert repository.resolve("v1") is not None
        got = repository.manifest("v1")
        assert got is not None
        assert got[0].digest == digest
        assert repository.blob(digest_of(_CONTENT)) == _CONTENT
        assert repository.tags() == ["v1"]
    if fault.cut_answer == 0:
        # Most answers have no content that could be cut; whether the end of the connection is
        # seen before they are is chance.
        assert 3 <= len(told) <= len(_STEPS)
    else:
        assert len(told) == len(_STEPS)
    assert all(line.endswith(" s") and "trying again in" in line for line in told)


@pytest.mark.parametrize("sent", [0, 1, 500_000, 1_999_999])
def test_a_blob_that_is_cut_arrives_whole(
    registry: Registry, make_repository: MakeRepository, told: list[str], sent: int
) -> None:
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("^PUT .*/uploads/", times=2, cut_request=sent))
        repository = make_repository(registry, address=proxy.address)
        digest = repository.upload_bytes(_CONTENT)
    assert make_repository(registry).blob(digest) == _CONTENT
    assert len(told) >= 2


def test_a_blob_that_arrived_is_not_sent_again_when_the_answer_is_lost(
    registry: Registry, make_repository: MakeRepository
) -> None:
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("^PUT .*/uploads/", lose_answer=True))
        repository = make_repository(registry, address=proxy.address)
        repository.upload_bytes(_CONTENT)
        assert proxy.count("^PUT .*/uploads/") == 1


@pytest.mark.parametrize("received", [0, 1, 1_000_000])
def test_a_download_that_is_cut_is_read_again(
    registry: Registry, make_repository: MakeRepository, told: list[str], received: int
) -> None:
    digest = make_repository(registry).upload_bytes(_CONTENT)
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("^GET .*/blobs/", cut_answer=received))
        assert make_repository(registry, address=proxy.address).blob(digest) == _CONTENT
    assert len(told) == 1
    assert "closed the connection" in told[0]


def test_a_content_that_is_not_the_one_asked_for_is_never_returned(
    registry: Registry, make_repository: MakeRepository, told: list[str]
) -> None:
    digest = make_repository(registry).upload_bytes(_CONTENT)
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("^GET .*/blobs/", times=1000, status=200, content=b"other"))
        repository = make_repository(registry, address=proxy.address)
        with pytest.raises(RegistryError, match="whose digest does not match"):
            repository.blob(digest)
    assert told != []


def test_a_registry_that_does_not_answer_in_time_is_asked_again(
    registry: Registry, make_repository: MakeRepository, told: list[str]
) -> None:
    push_image(make_repository(registry), "v1")
    budget = RetryBudget(total=60, first=0.005, longest=0.05, connect=30, read=1)
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("^HEAD", delay=5))
        repository = make_repository(registry, address=proxy.address, budget=budget)
        assert repository.resolve("v1") is not None
    # A busy machine may be late once more.
    assert told != []
    assert all("stopped answering" in line for line in told)


def test_the_wait_that_a_registry_asks_for_is_kept(
    registry: Registry, make_repository: MakeRepository, told: list[str]
) -> None:
    budget = RetryBudget(total=60, first=0.001, longest=0.01, connect=30, read=30)
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("tags", status=429, headers={"Retry-After": "1"}))
        began = time.monotonic()
        assert make_repository(registry, address=proxy.address, budget=budget).tags() == []
        assert time.monotonic() - began >= 1
    # A busy machine may be late besides, which is told as well.
    assert "trying again in 1.0 s" in [line.partition(": ")[2] for line in told]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("status", [429, 503])
def test_a_registry_that_refuses_every_second_request_takes_all(
    registry: Registry, make_repository: MakeRepository, first: int, status: int
) -> None:
    class Alternating(FaultyProxy):
        def take(self, line: str, headers: Mapping[str, str]) -> Fault | None:
            super().take(line, headers)
            return Fault("", status=status) if len(self.asked) % 2 == first else None

    with Alternating(registry) as proxy:
        repository = make_repository(registry, address=proxy.address, budget=QUICK)
        digest = push_image(repository, "v1", _CONTENT)
        found = repository.manifest("v1")
        assert found is not None
        assert found[0].digest == digest


@pytest.mark.parametrize("deletes", [True, False])
def test_a_tag_that_is_removed_takes_no_other_along(
    start_registry: StartRegistry, make_repository: MakeRepository, deletes: bool
) -> None:
    repository = make_repository(start_registry(delete=deletes))
    digest = push_image(repository, "prod-1")
    found = repository.manifest("prod-1")
    assert found is not None
    repository.put_manifest(found[1], found[0].media_type, "prod")
    assert repository.remove_tag("prod") is deletes
    assert ("prod" in repository.tags()) is not deletes
    left = repository.resolve("prod")
    assert left is None or left.digest != digest
    kept = repository.resolve("prod-1")
    assert kept is not None
    assert kept.digest == digest


def test_a_limit_that_lasts_is_told_with_its_remedy(
    registry: Registry, make_repository: MakeRepository
) -> None:
    limited = b'{"errors": [{"code": "TOOMANYREQUESTS", "message": "slow\\ndown"}]}'
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("tags", times=1000, status=429, content=limited))
        with pytest.raises(RegistryError, match="limits the rate of requests: slow down") as caught:
            make_repository(registry, address=proxy.address).tags()
    assert caught.value.status == 429
    assert f"i docker_login --registry {proxy.address}" in caught.value.fix


def test_a_registry_that_keeps_failing_is_told(
    registry: Registry, make_repository: MakeRepository, told: list[str]
) -> None:
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("uploads", times=1000, status=503))
        with pytest.raises(RegistryUnavailableError, match="fails with status 503") as caught:
            make_repository(registry, address=proxy.address).upload_bytes(b"content")
    assert caught.value.status == 503
    assert len(told) > 3


def test_a_connection_that_is_always_cut_is_told(
    registry: Registry, make_repository: MakeRepository
) -> None:
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("^PUT", times=1000, cut_request=1000))
        with pytest.raises(RegistryUnavailableError, match="closed the connection"):
            make_repository(registry, address=proxy.address).upload_bytes(_CONTENT)


@pytest.mark.parametrize("status", [400, 404, 413, 418])
def test_a_refusal_is_not_tried_again(
    registry: Registry, make_repository: MakeRepository, told: list[str], status: int
) -> None:
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("^PUT .*manifests", times=9, status=status))
        with pytest.raises(RegistryError) as caught:
            make_repository(registry, address=proxy.address).put_manifest(b"{}", OCI_MANIFEST, "v1")
        assert proxy.count("^PUT") == 1
    assert caught.value.status == status
    assert told == []


def test_a_port_where_nothing_listens_is_told_at_once(
    registry: Registry, make_repository: MakeRepository, told: list[str]
) -> None:
    repository = make_repository(registry, address=f"127.0.0.1:{free_port()}")
    with pytest.raises(RegistryUnavailableError, match="refuses connections") as caught:
        repository.tags()
    assert "registry runs" in caught.value.fix
    assert told == []


def test_a_host_that_no_one_knows_is_told_at_once(
    registry: Registry, make_repository: MakeRepository, told: list[str]
) -> None:
    repository = make_repository(registry, address="registry.invalid")
    with pytest.raises(RegistryUnavailableError, match=r"there is no host registry\.invalid"):
        repository.tags()
    assert told == []


def test_a_page_for_people_is_no_registry(
    registry: Registry, make_repository: MakeRepository
) -> None:
    page = Fault("", times=1000, status=200, content=b"<html>Welcome</html>")
    with FaultyProxy(registry) as proxy:
        proxy.fail(page)
        repository = make_repository(registry, address=proxy.address)
        with pytest.raises(RegistryError, match="does not answer like a registry"):
            repository.tags()
        with pytest.raises(RegistryError, match="does not answer like a registry"):
            repository.resolve("v1")
        with pytest.raises(RegistryError, match="does not answer like a registry"):
            repository.put_manifest(b"{}", OCI_MANIFEST, "v1")


def test_a_changed_manifest_is_noticed(registry: Registry, make_repository: MakeRepository) -> None:
    other = {"Docker-Content-Digest": digest_of(b"other")}
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("^PUT", status=201, headers=other))
        repository = make_repository(registry, address=proxy.address)
        with pytest.raises(RegistryError, match="stored a changed manifest"):
            repository.put_manifest(b"{}", OCI_MANIFEST, "v1")


def test_heads_without_digests_are_made_up_for(
    registry: Registry, make_repository: MakeRepository
) -> None:
    digest = push_image(make_repository(registry), "v1")
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("^HEAD", status=405))
        proxy.fail(Fault("^HEAD", status=200))
        repository = make_repository(registry, address=proxy.address, budget=QUICK)
        for _ in range(2):
            found = repository.resolve("v1")
            assert found is not None
            assert found.digest == digest
