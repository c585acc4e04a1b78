"""Which engine is meant, and what is typed where it is not there."""

import hashlib
import json
from pathlib import Path

import pytest

from helpers.engine.endpoint import Endpoint, find_endpoint
from helpers.model.errors import HelpersError


def _settings(home: Path, current: str, **contexts: str) -> dict[str, str]:
    """A home whose docker client knows some contexts by name and URL."""
    folder = home / ".docker"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"currentContext": current}))
    for name, url in contexts.items():
        meta = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
        meta.mkdir(parents=True)
        (meta / "meta.json").write_text(json.dumps({"Endpoints": {"docker": {"Host": url}}}))
    return {"HOME": str(home)}


def test_without_settings_it_is_the_default_socket(tmp_path: Path) -> None:
    found = find_endpoint({"HOME": str(tmp_path)})
    assert (found.url, found.socket) == ("unix:///var/run/docker.sock", "/var/run/docker.sock")


def test_a_variable_counts_more_than_a_context(tmp_path: Path) -> None:
    environment = _settings(tmp_path, "far", far="ssh://ann@far", near="unix:///near")
    assert find_endpoint(environment) == Endpoint("ssh://ann@far", "context far")
    assert find_endpoint({**environment, "DOCKER_CONTEXT": "near"}).socket == "/near"
    assert find_endpoint({**environment, "DOCKER_CONTEXT": "default"}).origin == "default"
    named = find_endpoint({**environment, "DOCKER_HOST": "tcp://there:2375"})
    assert (named.origin, named.socket) == ("DOCKER_HOST", "")


def test_a_context_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(HelpersError, match="the Docker context 'gone' does not exist"):
        find_endpoint(_settings(tmp_path, "gone"))


def test_settings_that_cannot_be_read_name_no_context(tmp_path: Path) -> None:
    environment = _settings(tmp_path, "far", far="ssh://ann@far")
    (tmp_path / ".docker" / "config.json").write_text("{")
    assert find_endpoint(environment).origin == "default"


def test_a_host_starts_its_engine_and_a_container_has_that_of_the_host(tmp_path: Path) -> None:
    on_host = find_endpoint({"HOME": str(tmp_path)})
    assert (on_host.start, on_host.restart) == ("i engine_start", "i engine_start")
    inside = {"HOME": str(tmp_path), "HELPERS_CONTAINER": "1", "HELPERS_DIR": "apps/a"}
    found = find_endpoint(inside)
    assert found.start.startswith("leave the container")
    assert "i docker_bash --dir apps/a --sibling" in found.start
    assert found.restart == "i engine_start on the host"
