"""Whose certificates are taken."""

import shutil
from pathlib import Path

import pytest

from helpers.registry.access import Access
from helpers.registry.errors import RegistryError
from helpers.registry.repository import Repository
from tests.builders import make_host
from tests.integration.conftest import StartRegistry
from tests.integration.registry.conftest import QUICK, MakeRepository
from tests.registries import FaultyProxy, Registry, free_port

pytestmark = pytest.mark.slow


def _repository(address: str, folder: Path) -> Repository:
    environment = {"DOCKER_CONFIG": str(folder / "none")}
    access = Access(
        make_host(folder, environment), None, budget=QUICK, certificates_folder=folder / "certs"
    )
    return Repository(f"{address}/team/app", access)


def test_an_unknown_authority_is_told_with_where_to_name_it(
    start_registry: StartRegistry, make_repository: MakeRepository, told: list[str]
) -> None:
    registry = start_registry(tls=True)
    with pytest.raises(RegistryError, match="is not trusted") as caught:
        make_repository(registry, trusted=False).tags()
    assert registry.address in caught.value.what
    assert "'certificates' in repo_config.yaml" in caught.value.fix
    assert told == []


def test_the_authorities_that_docker_has_for_a_registry_are_taken(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    registry = start_registry(tls=True)
    own = tmp_path / "certs" / registry.address
    own.mkdir(parents=True)
    (own / "ca.crt").write_bytes(registry.certificates)
    assert _repository(registry.address, tmp_path).tags() == []


def test_a_client_certificate_that_docker_has_is_shown(
    start_registry: StartRegistry, tmp_path: Path
) -> None:
    registry = start_registry(tls=True, client_certificates=True)
    own = tmp_path / "certs" / registry.address
    own.mkdir(parents=True)
    (own / "ca.crt").write_bytes(registry.certificates)
    with pytest.raises(RegistryError):
        _repository(registry.address, tmp_path).tags()
    # The registry's own certificate is of the authority that it asks for.
    shutil.copy(registry.storage.parent / "own.crt", own / "client.cert")
    shutil.copy(registry.storage.parent / "own.key", own / "client.key")
    assert _repository(registry.address, tmp_path).tags() == []


@pytest.mark.parametrize("name", ["ca.crt", "client.cert"])
def test_a_broken_certificate_is_named(
    start_registry: StartRegistry, tmp_path: Path, name: str
) -> None:
    registry = start_registry(tls=True)
    own = tmp_path / "certs" / registry.address
    own.mkdir(parents=True)
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    (own / name).write_text(f"{begin}\nbm9uZQ==\n{end}\n")
    with pytest.raises(RegistryError, match="cannot be read") as caught:
        _repository(registry.address, tmp_path).tags()
    assert str(own / name) in caught.value.where


def test_a_proxy_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    port = free_port()
    environment = {
        "DOCKER_CONFIG": str(tmp_path),
        "HTTPS_PROXY": f"http://ann:s3cret@127.0.0.1:{port}",
    }
    access = Access(make_host(tmp_path, environment), None, budget=QUICK)
    with pytest.raises(RegistryError, match=r"proxy for registry\.example") as caught:
        Repository("registry.example/app", access).tags()
    assert f"127.0.0.1:{port}" in caught.value.where
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "proxy", ["socks5://ann:s3cret@127.0.0.1:1", "http://:s3cret@/", "http://h:x"]
)
def test_a_proxy_that_cannot_be_used_is_told_without_its_address(
    tmp_path: Path, proxy: str
) -> None:
    environment = {"DOCKER_CONFIG": str(tmp_path), "HTTPS_PROXY": proxy}
    access = Access(make_host(tmp_path, environment), None, budget=QUICK)
    with pytest.raises(RegistryError, match="proxy that cannot be used") as caught:
        Repository("registry.example/app", access).tags()
    assert "s3cret" not in str(caught.value)


def test_this_machine_is_asked_directly_whatever_the_proxy(
    registry: Registry, tmp_path: Path
) -> None:
    environment = {"DOCKER_CONFIG": str(tmp_path), "HTTP_PROXY": "http://127.0.0.1:1"}
    with FaultyProxy(registry) as proxy:
        access = Access(make_host(tmp_path, environment), None, budget=QUICK)
        assert Repository(f"{proxy.address}/app", access).tags() == []
