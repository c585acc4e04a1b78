"""Logins: what is sent to whom, and what is said where they do not suffice."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.model.descriptor import digest_of
from helpers.registry.access import Access
from helpers.registry.errors import NotAuthorizedError, RegistryError
from helpers.registry.repository import Repository
from tests.builders import make_host
from tests.integration.conftest import StartRegistry
from tests.integration.registry.conftest import QUICK, MakeRepository, push_image
from tests.registries import Fault, FaultyProxy, Registry
from tests.token_server import TokenServer

pytestmark = pytest.mark.slow

_SECRET = "s3cret-password"
_LOGIN = ("ann", _SECRET)
_IDENTITY = "s3cret-identity"


def _everything_said(error: BaseException) -> str:
    """All texts of an exception and of those that led to it."""
    said = []
    found: BaseException | None = error
    while found is not None:
        said += [str(found), repr(found), repr(vars(found))]
        found = found.__cause__ or found.__context__
    return "\n".join(said)


def _settings(folder: Path, registry: str, entry: dict[str, str]) -> Access:
    """Access with one entry in Docker's settings."""
    (folder / "config.json").write_text(json.dumps({"auths": {registry: entry}}))
    return Access(make_host(folder, {"DOCKER_CONFIG": str(folder)}), None, budget=QUICK)


def test_a_wrong_password_is_told_with_the_command_that_fixes_it(
    start_registry: StartRegistry, make_repository: MakeRepository, told: list[str]
) -> None:
    registry = replace(start_registry(login=_LOGIN), password="s3cret-but-wrong")
    repository = make_repository(registry)
    with pytest.raises(NotAuthorizedError, match="login that is stored") as caught:
        repository.upload_bytes(b"content")
    assert caught.value.status == 401
    assert caught.value.fix == f"i docker_login --registry {registry.address}"
    assert told == []
    assert "s3cret" not in _everything_said(caught.value) + repr(repository)


def test_a_missing_login_is_told_as_such(
    start_registry: StartRegistry, make_repository: MakeRepository
) -> None:
    registry = replace(start_registry(login=_LOGIN), username="")
    with pytest.raises(NotAuthorizedError, match="needs a login, and none is stored"):
        make_repository(registry).tags()


def test_no_failure_shows_a_secret(
    start_registry: StartRegistry, make_repository: MakeRepository, told: list[str]
) -> None:
    registry = start_registry(login=_LOGIN)
    with FaultyProxy(registry) as proxy:
        behind = replace(registry, address=proxy.address)
        repository = make_repository(behind)
        push_image(repository, "v1")
        for fault in (
            Fault("tags", times=1000, status=500),
            Fault("tags", times=1000, drop=True),
            Fault("tags", status=403),
            Fault("tags", status=200, content=b"{"),
        ):
            proxy.clear()
            proxy.fail(fault)
            with pytest.raises(RegistryError) as caught:
                repository.tags()
            assert "s3cret" not in _everything_said(caught.value)
            assert behind.basic() not in _everything_said(caught.value)
    assert told != []
    assert "s3cret" not in "".join(told)


def test_tokens_are_fetched_for_what_is_done(
    start_registry: StartRegistry, make_repository: MakeRepository, shared_folder: Path
) -> None:
    with TokenServer(shared_folder / "tokens", _LOGIN) as tokens:
        registry = start_registry(auth=tokens.auth())
        repository = make_repository(replace(registry, username="ann", password=_SECRET))
        digest = push_image(repository, "v1")
        assert repository.resolve("v1") is not None
        assert tokens.granted == [
            ["repository:team/app:pull"],
            ["repository:team/app:pull,push"],
        ]
        assert repository.delete(digest)
        assert tokens.granted[2:] == [["repository:team/app:delete"]]


def test_a_token_to_take_a_blob_over_allows_to_read_it(
    start_registry: StartRegistry, make_repository: MakeRepository, shared_folder: Path
) -> None:
    with TokenServer(shared_folder / "tokens", _LOGIN) as tokens:
        registry = replace(start_registry(auth=tokens.auth()), username="ann", password=_SECRET)
        digest = make_repository(registry, "base").upload_bytes(b"shared")
        repository = make_repository(registry)
        assert repository.mount(digest, f"{registry.address}/base")
        assert "repository:base:pull" in tokens.granted[-1]


def test_a_token_that_ran_out_is_fetched_again(
    start_registry: StartRegistry, make_repository: MakeRepository, shared_folder: Path
) -> None:
    with TokenServer(shared_folder / "tokens", _LOGIN) as tokens:
        tokens.seconds = 1
        registry = start_registry(auth=tokens.auth())
        repository = make_repository(replace(registry, username="ann", password=_SECRET))
        assert repository.tags() == []
        granted = len(tokens.granted)
        time.sleep(tokens.seconds)
        assert repository.tags() == []
        assert len(tokens.granted) > granted


def test_a_token_that_the_registry_takes_no_more_is_fetched_again(
    start_registry: StartRegistry,
    make_repository: MakeRepository,
    shared_folder: Path,
    told: list[str],
) -> None:
    with TokenServer(shared_folder / "tokens", _LOGIN) as tokens:
        registry = start_registry(auth=tokens.auth())
        with FaultyProxy(registry) as proxy:
            behind = replace(registry, address=proxy.address, username="ann", password=_SECRET)
            repository = make_repository(behind)
            assert repository.tags() == []
            demand = {"WWW-Authenticate": f'Bearer realm="{tokens.realm}",service="tests"'}
            proxy.fail(Fault("tags", status=401, headers=demand))
            assert repository.tags() == []
        assert len(tokens.granted) == 2
    assert told == []


def test_an_identity_token_is_exchanged(
    start_registry: StartRegistry, shared_folder: Path, tmp_path: Path
) -> None:
    with TokenServer(shared_folder / "tokens", _LOGIN, _IDENTITY) as tokens:
        registry = start_registry(auth=tokens.auth())
        access = _settings(tmp_path, registry.address, {"identitytoken": _IDENTITY})
        repository = Repository(f"{registry.address}/team/app", access)
        assert repository.upload_bytes(b"content") == digest_of(b"content")


@pytest.mark.parametrize("entry", [{"identitytoken": "s3cret-old"}, {"auth": "YW5uOnMzY3JldA=="}])
def test_a_token_server_that_refuses_is_not_quoted(
    start_registry: StartRegistry, shared_folder: Path, tmp_path: Path, entry: dict[str, str]
) -> None:
    with TokenServer(shared_folder / "tokens", _LOGIN, _IDENTITY) as tokens:
        registry = start_registry(auth=tokens.auth())
        access = _settings(tmp_path, registry.address, entry)
        repository = Repository(f"{registry.address}/team/app", access)
        with pytest.raises(NotAuthorizedError, match="login that is stored") as caught:
            repository.tags()
    assert "s3cret" not in _everything_said(caught.value)
    assert "YW5u" not in _everything_said(caught.value)


def test_a_token_server_that_stumbles_is_asked_again(
    start_registry: StartRegistry,
    make_repository: MakeRepository,
    shared_folder: Path,
    told: list[str],
) -> None:
    with TokenServer(shared_folder / "tokens", _LOGIN) as tokens:
        registry = start_registry(auth=tokens.auth())
        tokens.status = 503
        repository = make_repository(replace(registry, username="ann", password=_SECRET))
        assert repository.tags() == []
    assert len(told) == 1


def test_a_login_is_not_sent_where_a_read_is_redirected(
    start_registry: StartRegistry, make_repository: MakeRepository
) -> None:
    registry = start_registry(login=_LOGIN)
    with FaultyProxy(registry) as proxy, FaultyProxy(registry) as elsewhere:
        digest = make_repository(registry).upload_bytes(b"content")
        target = f"http://{elsewhere.address}/stored"
        proxy.fail(Fault("^GET .*blobs", times=9, status=307, headers={"Location": target}))
        elsewhere.fail(Fault("/stored", status=200, content=b"content"))
        repository = make_repository(replace(registry, address=proxy.address))
        assert repository.has_blob(digest)
        assert repository.blob(digest) == b"content"
        assert "Authorization" not in elsewhere.headers_of("/stored")
        assert "Authorization" in proxy.headers_of("blobs")


def test_a_login_is_not_sent_to_an_address_without_encryption(
    registry: Registry, tmp_path: Path
) -> None:
    demand = {"WWW-Authenticate": 'Bearer realm="http://tokens.example/token",service="x"'}
    with FaultyProxy(registry) as proxy:
        proxy.fail(Fault("", times=9, status=401, headers=demand))
        access = _settings(tmp_path, proxy.address, {"identitytoken": _IDENTITY})
        with pytest.raises(NotAuthorizedError, match="over an unencrypted connection"):
            Repository(f"{proxy.address}/app", access).tags()
