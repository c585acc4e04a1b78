"""Certificates beyond those of the system, as Docker keeps them for single registries."""

import subprocess
from pathlib import Path

import pytest

from helpers.registry.errors import RegistryError
from helpers.registry.trust import Trust
from tests.builders import write_files

_HOST = "r.example:5000"
_BROKEN = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes]:
    """A certificate that signs itself, and its key."""
    folder = tmp_path_factory.mktemp("made")
    words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=x"
    files = ["-keyout", "key", "-out", "crt"]
    subprocess.run(["openssl", *words.split(), *files], cwd=folder, check=True, capture_output=True)
    return (folder / "crt").read_bytes(), (folder / "key").read_bytes()


def _count(trust: Trust, host: str = _HOST) -> int:
    return len(trust.context(host).get_ca_certs())


def test_a_bundle_and_a_registrys_own_authorities_are_trusted_too(
    tmp_path: Path, made: tuple[bytes, bytes]
) -> None:
    content, _ = made
    system = _count(Trust(None, tmp_path))
    assert _count(Trust(b"# a comment: \xc3\xa4\n" + content + content, tmp_path)) == system + 1
    write_files(tmp_path, {f"{_HOST}/own.crt": content, f"{_HOST}/empty.crt": "", "x.crt": content})
    assert _count(Trust(None, tmp_path)) == system + 1
    assert _count(Trust(None, tmp_path), "other.example") == system


def test_a_client_certificate_stands_beside_its_key(
    tmp_path: Path, made: tuple[bytes, bytes]
) -> None:
    write_files(tmp_path, {f"{_HOST}/me.cert": made[0], f"{_HOST}/me.key": made[1]})
    assert Trust(None, tmp_path).context(_HOST)


@pytest.mark.parametrize(
    ("name", "content"), [("own.crt", _BROKEN), ("me.cert", b"nothing"), ("me.cert", b"CONTENT")]
)
def test_a_file_that_cannot_be_read_is_named_with_what_looks_at_it(
    tmp_path: Path, made: tuple[bytes, bytes], name: str, content: bytes
) -> None:
    folder = tmp_path / "o'brien"
    write_files(folder, {f"{_HOST}/{name}": content.replace(b"CONTENT", made[0])})
    with pytest.raises(RegistryError, match=f"a certificate for {_HOST} cannot be read") as caught:
        Trust(None, folder).context(_HOST)
    assert caught.value.where == str(folder / _HOST / name)
    done = subprocess.run(["bash", "-c", caught.value.fix], capture_output=True, text=True)
    assert "No such file" not in done.stderr


def test_a_bundle_that_cannot_be_read_is_the_settings(tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="cannot be read") as caught:
        Trust(_BROKEN, tmp_path).context(_HOST)
    assert "'certificates'" in caught.value.where
    assert caught.value.fix.startswith("i doctor ")
