import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.images.installing.conda_settings import VARIABLE, channel_alias, conda_settings
from helpers.images.installing.install_settings import install_settings
from tests.builders import make_host, write_files


def _said(home: Path, files: Mapping[str, str], **variables: str) -> Any:
    write_files(home, files)
    found = conda_settings(make_host(home, {"HOME": str(home), **variables}))
    return json.loads(found[VARIABLE]) if found else None


def test_a_host_without_settings_adds_nothing(tmp_path: Path) -> None:
    assert _said(tmp_path, {}) is None


def test_logins_and_mirrors_are_those_of_rattler_and_pixi(tmp_path: Path) -> None:
    login = {"example.org": {"CondaToken": "tk-1"}}
    mirrors = '[mirrors]\n"https://a/forge" = ["https://b/forge"]\n'
    files = {
        ".rattler/credentials.json": json.dumps(login),
        ".config/pixi/config.toml": mirrors,
    }
    said = _said(tmp_path, files)
    assert said == {"auth": login, "mirrors": {"https://a/forge": ["https://b/forge"]}}
    other = tmp_path / "other.json"
    other.write_text('{"b": {"BearerToken": "x"}}')
    assert _said(tmp_path, {}, RATTLER_AUTH_FILE=str(other))["auth"] == {"b": {"BearerToken": "x"}}


def test_the_token_of_an_alias_becomes_a_login(tmp_path: Path) -> None:
    files = {".condarc": "channel_alias: https://conda.example.org:8443/t/tk-2/team\n"}
    assert _said(tmp_path, files) == {
        "alias": "https://conda.example.org:8443/team",
        "auth": {"conda.example.org": {"CondaToken": "tk-2"}},
    }
    host = make_host(tmp_path, {"HOME": str(tmp_path)})
    assert channel_alias(host) == "https://conda.example.org:8443/team"
    assert "tk-2" in install_settings(host, with_certificates=False)


def test_files_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    config = {".config/rattler/config.toml": "x", ".rattler/credentials.json": ""}
    files = {".condarc": "a: [\n", **config}
    assert _said(tmp_path, files) is None
