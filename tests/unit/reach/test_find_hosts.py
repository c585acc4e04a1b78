import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.settings.hosts_config import DockerHost
from helpers.reach.find_hosts import find_hosts
from tests.builders import make_repo


def own_file(home: Path, text: str) -> Path:
    path = home / ".config" / "helpers" / "hosts.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return path


def repo_with(tmp_path: Path, *hosts: DockerHost) -> Repo:
    repo = make_repo(tmp_path / "repo")
    return replace(repo, config=replace(repo.config, hosts={one.name: one for one in hosts}))


def test_a_persons_own_file_stands_above_the_repo(tmp_path: Path) -> None:
    repo = repo_with(tmp_path, DockerHost("a", "ssh://repo"), DockerHost("b", "ssh://b"))
    own_file(tmp_path, "a: {address: ssh://mine}\nc: {address: ssh://c}\n")
    found = find_hosts("", repo, {"HOME": str(tmp_path)})
    assert [(one.name, one.address) for one in found] == [
        ("a", "ssh://mine"),
        ("b", "ssh://b"),
        ("c", "ssh://c"),
    ]


def test_a_mistake_in_a_persons_file_names_its_line(tmp_path: Path) -> None:
    path = own_file(tmp_path, "a: {address: ssh://a}\nb: {address: tcp://build1:2375}\n")
    with pytest.raises(HelpersError, match="without ssh or TLS") as caught:
        find_hosts("a", repo_with(tmp_path), {"HOME": str(tmp_path)})
    assert caught.value.where == f"{path}:2"


def test_a_docker_context_is_read_from_its_file(tmp_path: Path) -> None:
    folder = tmp_path / "docker/contexts/meta" / hashlib.sha256(b"far").hexdigest()
    folder.mkdir(parents=True)
    meta = {"Endpoints": {"docker": {"Host": "ssh://ci@far:2222"}}}
    (folder / "meta.json").write_text(json.dumps(meta))
    environment = {"HOME": str(tmp_path), "DOCKER_CONFIG": str(tmp_path / "docker")}
    (found,) = find_hosts("far", repo_with(tmp_path), environment)
    assert (found.address, found.where) == ("ssh://ci@far:2222", "Docker context far")


def test_where_no_host_is_known_the_error_says_where_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="no host is known") as caught:
        find_hosts("", repo_with(tmp_path), {"HOME": str(tmp_path)})
    assert "hosts.yaml" in caught.value.where
    assert "{address: ssh://" in caught.value.fix
