import base64
import json
from pathlib import Path
from typing import Any

import pytest

from helpers.registry.credentials import Credentials, find_credentials
from helpers.registry.errors import RegistryError
from helpers.system.host import Host
from tests.builders import make_host

_SECRET = "s3cret:with colons"


def _pair(username: str = "ann", password: str = _SECRET) -> str:
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def _host(folder: Path, settings: Any, helpers: dict[str, str] | None = None) -> Host:
    """A host with these settings of Docker, and these programs that keep logins."""
    written = settings if isinstance(settings, str) else json.dumps(settings)
    (folder / "config.json").write_text(written)
    for name, script in (helpers or {}).items():
        program = folder / f"docker-credential-{name}"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    path = f"{folder}:/usr/bin:/bin"
    return make_host(folder, {"DOCKER_CONFIG": str(folder), "PATH": path})


def test_a_stored_login_is_found(tmp_path: Path) -> None:
    host = _host(tmp_path, {"auths": {"r.example:5000": {"auth": _pair()}}})
    assert find_credentials("r.example:5000", host) == Credentials("ann", _SECRET)
    assert find_credentials("r.example", host) is None


@pytest.mark.parametrize("key", ["https://r.example", "https://r.example/v2/", "http://r.example"])
def test_keys_that_older_programs_wrote_are_read(tmp_path: Path, key: str) -> None:
    host = _host(tmp_path, {"auths": {key: {"auth": _pair()}}})
    assert find_credentials("r.example", host) == Credentials("ann", _SECRET)


def test_the_hub_has_a_key_of_its_own(tmp_path: Path) -> None:
    host = _host(tmp_path, {"auths": {"https://index.docker.io/v1/": {"auth": _pair()}}})
    assert find_credentials("docker.io", host) == Credentials("ann", _SECRET)


def test_an_identity_token_stands_for_a_password(tmp_path: Path) -> None:
    entry = {"auth": _pair("ann", ""), "identitytoken": "t0ken"}
    host = _host(tmp_path, {"auths": {"r.example": entry}})
    assert find_credentials("r.example", host) == Credentials("ann", "", "t0ken")


@pytest.mark.parametrize("settings", [{}, {"auths": {"r.example": {}}}, {"auths": None}, []])
def test_no_login_is_none(tmp_path: Path, settings: Any) -> None:
    assert find_credentials("r.example", _host(tmp_path, settings)) is None


def test_no_settings_are_no_login(tmp_path: Path) -> None:
    host = make_host(tmp_path, {"HOME": str(tmp_path)})
    assert find_credentials("r.example", host) is None


def test_settings_below_the_users_home_are_read(tmp_path: Path) -> None:
    folder = tmp_path / ".docker"
    folder.mkdir()
    _host(folder, {"auths": {"r.example": {"auth": _pair()}}})
    host = make_host(tmp_path, {"HOME": str(tmp_path)})
    assert find_credentials("r.example", host) == Credentials("ann", _SECRET)


def test_a_program_that_keeps_logins_is_asked(tmp_path: Path) -> None:
    script = """read server; [ "$1 $server" = "get r.example" ] || exit 3
        echo '{"ServerURL": "r.example", "Username": "ann", "Secret": "kept"}'"""
    host = _host(tmp_path, {"credsStore": "keeper"}, {"keeper": script})
    assert find_credentials("r.example", host) == Credentials("ann", "kept")


def test_the_program_for_one_registry_goes_first(tmp_path: Path) -> None:
    script = 'echo \'{"Username": "<token>", "Secret": "t0ken"}\''
    settings = {"credsStore": "missing", "credHelpers": {"r.example": "own"}}
    host = _host(tmp_path, settings, {"own": script})
    assert find_credentials("r.example", host) == Credentials("", "", "t0ken")


def test_a_program_without_the_login_leaves_it_to_the_settings(tmp_path: Path) -> None:
    script = "echo 'credentials not found in native keychain'; exit 1"
    settings = {"credsStore": "keeper", "auths": {"r.example": {"auth": _pair()}}}
    host = _host(tmp_path, settings, {"keeper": script})
    assert find_credentials("r.example", host) == Credentials("ann", _SECRET)


@pytest.mark.parametrize(
    "script",
    ["echo s3cret; exit 1", "echo s3cret", 'echo \'{"Username": "s3cret"}\'', None],
    ids=["fails", "no JSON", "no secret", "missing"],
)
def test_a_program_that_fails_is_named_and_not_quoted(tmp_path: Path, script: str | None) -> None:
    host = _host(tmp_path, {"credsStore": "keeper"}, {"keeper": script} if script else None)
    with pytest.raises(RegistryError, match="docker-credential-keeper") as caught:
        find_credentials("r.example", host)
    assert "i docker_login --registry r.example" in caught.value.fix
    assert "s3cret" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    "settings", ['{"auths": s3cret', {"auths": {"r.example": {"auth": "s3cret!"}}}]
)
def test_settings_that_cannot_be_read_are_named_and_not_quoted(
    tmp_path: Path, settings: Any
) -> None:
    with pytest.raises(RegistryError, match="cannot be read") as caught:
        find_credentials("r.example", _host(tmp_path, settings))
    assert str(tmp_path) in caught.value.where
    assert "s3cret" not in str(caught.value)


def test_a_login_does_not_show_its_secrets() -> None:
    shown = repr(Credentials("ann", "s3cret", "t0ken"))
    assert "ann" in shown
    assert "s3cret" not in shown
    assert "t0ken" not in shown
