from pathlib import Path

from helpers.images.installing.install_settings import (
    default_index,
    install_settings,
    resolver_settings,
)
from tests.builders import make_host, write_files

INDEX = "https://user:s3cret@mirror.example/simple"


def exports(home: Path, **environment: str) -> dict[str, str]:
    # A file of pip's own keeps the machine's configuration out of these tests.
    environment = {"HOME": str(home), "PIP_CONFIG_FILE": str(home / "pip.conf"), **environment}
    text = install_settings(make_host(home, environment), with_certificates=False)
    pairs = (line.removeprefix("export ").split("=", 1) for line in text.splitlines())
    return {name: value.strip("'") for name, value in pairs}


def test_pips_index_reaches_uv(tmp_path: Path) -> None:
    found = exports(tmp_path, PIP_INDEX_URL=INDEX)
    assert found["PIP_INDEX_URL"] == found["UV_DEFAULT_INDEX"] == INDEX


def test_pips_configuration_file_is_read(tmp_path: Path) -> None:
    write_files(tmp_path, {"pip.conf": f"[global]\nindex-url = {INDEX}\ntimeout = 9\n"})
    found = exports(tmp_path)
    assert (found["UV_DEFAULT_INDEX"], found["PIP_TIMEOUT"]) == (INDEX, "9")


def test_uvs_configuration_file_reaches_pip_too(tmp_path: Path) -> None:
    text = f'[[index]]\nname = "corp"\nurl = "{INDEX}"\ndefault = true\n'
    write_files(tmp_path, {"uv.toml": text, "pip.conf": "[global]\nextra-index-url =\n"})
    found = exports(tmp_path, UV_CONFIG_FILE=str(tmp_path / "uv.toml"))
    assert found["UV_DEFAULT_INDEX"] == f"corp={INDEX}"
    assert found["PIP_INDEX_URL"] == INDEX


def test_local_places_are_left_out(tmp_path: Path) -> None:
    found = exports(
        tmp_path,
        PIP_FIND_LINKS="/opt/wheels https://mirror.example/wheels",
        PIP_EXTRA_INDEX_URL="file:///srv/packages/simple",
    )
    assert found["PIP_FIND_LINKS"] == "https://mirror.example/wheels"
    assert "PIP_EXTRA_INDEX_URL" not in found


def test_proxies_are_set_in_both_spellings(tmp_path: Path) -> None:
    found = exports(tmp_path, https_proxy="http://proxy.example:3128")
    assert found["HTTPS_PROXY"] == found["https_proxy"] == "http://proxy.example:3128"


def test_values_cannot_break_out_of_their_quotes(tmp_path: Path) -> None:
    host = make_host(tmp_path, {"HOME": str(tmp_path), "HTTP_PROXY": "http://a'; touch /x; '"})
    text = install_settings(host, with_certificates=False)
    assert """'http://a'"'"'; touch /x; '"'"''""" in text


def test_certificates_are_named_where_the_build_has_them(tmp_path: Path) -> None:
    text = install_settings(make_host(tmp_path), with_certificates=True)
    assert "export SSL_CERT_FILE=/run/secrets/ca_bundle\n" in text


def resolver_exports(home: Path, **environment: str) -> str:
    environment = {"HOME": str(home), "PIP_CONFIG_FILE": str(home / "pip.conf"), **environment}
    return resolver_settings(make_host(home, environment), with_certificates=False)


def test_poetry_asks_the_index_that_pip_uses(tmp_path: Path) -> None:
    found = resolver_exports(tmp_path, UV_DEFAULT_INDEX=f"corp={INDEX}")
    assert f"export POETRY_PYPI_MIRROR_URL={INDEX}\n" in found


def test_poetry_asks_pips_own_default_where_nothing_is_configured(tmp_path: Path) -> None:
    assert "PyPI.simple_url" in resolver_exports(tmp_path)


def test_what_the_user_told_poetry_comes_first(tmp_path: Path) -> None:
    found = resolver_exports(
        tmp_path,
        PIP_INDEX_URL="https://other.example/simple",
        POETRY_PYPI_MIRROR_URL=INDEX,
        POETRY_HTTP_BASIC_CORP_PASSWORD="s3cret",
    )
    assert f"export POETRY_PYPI_MIRROR_URL={INDEX}\n" in found
    assert "export POETRY_HTTP_BASIC_CORP_PASSWORD=s3cret\n" in found


def test_the_index_that_lock_files_name_has_no_password(tmp_path: Path) -> None:
    environment = {"HOME": str(tmp_path), "UV_DEFAULT_INDEX": f"corp={INDEX}"}
    assert default_index(make_host(tmp_path, environment)) == "https://mirror.example/simple"
