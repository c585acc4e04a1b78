from pathlib import Path

import pytest

from helpers.images.installing.certificates import bundle_content, bundle_files
from helpers.model.errors import HelpersError
from tests.builders import make_host, make_repo

ONE = b"-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n"
TWO = b"-----BEGIN CERTIFICATE-----\nBBB\n-----END CERTIFICATE-----\n"


def test_the_hosts_bundle_is_the_one_that_its_variables_name(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(ONE)
    repo = make_repo(tmp_path / "repo")
    host = make_host(tmp_path, {"SSL_CERT_FILE": str(tmp_path / "ca.pem")})
    assert bundle_files(repo, host) == [tmp_path / "ca.pem"]
    assert bundle_content(repo, host) == ONE


def test_the_settings_bundle_is_joined_and_no_certificate_stands_twice(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(ONE)
    repo = make_repo(
        tmp_path / "repo",
        {"certs/own.pem": TWO + ONE},
        config="name: a\ncertificates: certs/own.pem\n",
    )
    host = make_host(tmp_path, {"REQUESTS_CA_BUNDLE": str(tmp_path / "ca.pem")})
    assert bundle_content(repo, host) == ONE + TWO


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_bundle_that_is_none_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    files = {"own.pem": content} if content else {}
    repo = make_repo(tmp_path / "repo", files, config="name: a\ncertificates: own.pem\n")
    with pytest.raises(HelpersError, match="certificate bundle"):
        bundle_content(repo, make_host(tmp_path))
