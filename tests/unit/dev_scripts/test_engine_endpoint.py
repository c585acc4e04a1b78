"""Which engine the user means, and what it says of itself."""

import json
from hashlib import sha256
from pathlib import Path

import pytest
from bootstrap.endpoint import DEFAULT_HOST, find_endpoint
from bootstrap.errors import BootstrapError
from bootstrap.probe import State, parse_info, probe


def make_docker_config(folder: Path, current: str, contexts: dict[str, str]) -> dict[str, str]:
    """A docker configuration with these contexts; the environment that names it."""
    (folder / "config.json").write_text(json.dumps({"currentContext": current}))
    for name, host in contexts.items():
        meta = folder / "contexts" / "meta" / sha256(name.encode()).hexdigest()
        meta.mkdir(parents=True)
        (meta / "meta.json").write_text(json.dumps({"Endpoints": {"docker": {"Host": host}}}))
    return {"DOCKER_CONFIG": str(folder)}


def test_default_is_the_machines_socket(tmp_path: Path) -> None:
    endpoint = find_endpoint({"HOME": str(tmp_path)})

    assert endpoint.host == DEFAULT_HOST
    assert endpoint.is_default


def test_docker_host_wins_over_contexts(tmp_path: Path) -> None:
    environ = make_docker_config(tmp_path, "far", {"far": "tcp://far:2376"})

    endpoint = find_endpoint({**environ, "DOCKER_HOST": "unix:///own.sock"})

    assert endpoint.host == "unix:///own.sock"
    assert not endpoint.is_default


def test_current_context_is_respected(tmp_path: Path) -> None:
    environ = make_docker_config(tmp_path, "far", {"far": "ssh://joe@far"})

    assert find_endpoint(environ).host == "ssh://joe@far"


def test_docker_context_wins_over_the_current_one(tmp_path: Path) -> None:
    environ = make_docker_config(tmp_path, "far", {"far": "tcp://far", "near": "unix:///near"})

    assert find_endpoint({**environ, "DOCKER_CONTEXT": "near"}).host == "unix:///near"
    assert find_endpoint({**environ, "DOCKER_CONTEXT": "default"}).host == DEFAULT_HOST


def test_context_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(BootstrapError, match="'gone'"):
        find_endpoint(make_docker_config(tmp_path, "gone", {}))


def test_missing_socket_is_a_silent_engine(tmp_path: Path) -> None:
    endpoint = find_endpoint({"DOCKER_HOST": f"unix://{tmp_path}/none.sock"})

    assert probe(endpoint).state is State.SILENT


@pytest.mark.parametrize(
    ("status", "expected"),
    [([["driver-type", "io.containerd.snapshotter.v1"]], True), ([["Backing", "ext4"]], False)],
)
def test_image_store_is_read_from_the_engines_answer(
    status: list[list[str]], expected: bool
) -> None:
    engine = parse_info({"ServerVersion": "26.1", "DriverStatus": status})

    assert engine.state is State.ANSWERS
    assert engine.has_multi_platform_store is expected
