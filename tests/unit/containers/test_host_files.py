from dataclasses import replace
from pathlib import Path

import pytest

from helpers.containers.host_files import read_surroundings
from helpers.engine.endpoint import Endpoint
from helpers.model.errors import HelpersError
from helpers.system.host import Host
from tests.builders import make_host, make_repo

_HERE = Endpoint("unix:///run/docker.sock", "the default")
_BUNDLE = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"


def _host(folder: Path, text: str) -> Host:
    bundle = folder / "bundle.pem"
    bundle.write_text(_BUNDLE.format(text))
    return make_host(folder, {"SSL_CERT_FILE": str(bundle)})


def test_an_engine_on_another_machine_is_refused_since_it_has_no_files_of_ours(
    tmp_path: Path,
) -> None:
    repo = make_repo(tmp_path / "repo")
    remote = Endpoint("tcp://build.example:2376", "DOCKER_HOST")
    with pytest.raises(HelpersError, match="runs on another machine") as caught:
        read_surroundings(repo, make_host(repo.root), remote)
    assert caught.value.where == "tcp://build.example:2376 (DOCKER_HOST)"


def test_certificates_are_a_file_of_the_repo_that_is_another_when_they_change(
    tmp_path: Path,
) -> None:
    repo = make_repo(tmp_path / "repo")
    first, again, changed = (
        read_surroundings(repo, _host(tmp_path, text), _HERE).certificates for text in "aab"
    )
    assert first
    assert changed
    assert first == again != changed
    assert first.is_relative_to(repo.root)
    assert first.read_text() == _BUNDLE.format("a")


def test_a_repo_that_is_cloned_anew_at_its_path_is_another_folder(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    before = read_surroundings(repo, make_host(repo.root), _HERE).inodes
    repo.root.rename(tmp_path / "former")
    make_repo(tmp_path / "repo")
    assert read_surroundings(repo, make_host(repo.root), _HERE).inodes != before


def test_in_a_container_the_socket_is_the_one_of_the_engines_machine(tmp_path: Path) -> None:
    repo = make_repo(tmp_path / "repo")
    environment = {"HELPERS_HOST_SOCKET": "/run/user/1000/docker.sock"}
    outside = make_host(repo.root, environment)
    assert read_surroundings(repo, outside, _HERE).socket == "/run/docker.sock"
    inside = replace(outside, in_container=True)
    assert read_surroundings(repo, inside, _HERE).socket == "/run/user/1000/docker.sock"
