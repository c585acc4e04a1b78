"""What the fixture `siblings` says, as tests in a container use it."""

import importlib.util
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from helpers.system.locate import TOOLCHAIN_ROOT

_FILE = TOOLCHAIN_ROOT / "devops" / "in_container" / "helpers_siblings.py"


@pytest.fixture
def module() -> Any:
    spec = importlib.util.spec_from_file_location("helpers_siblings", _FILE)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


def test_a_path_below_the_repo_is_the_hosts_too(module: Any, tmp_path: Path) -> None:
    siblings = module.Siblings(str(tmp_path), "")
    assert siblings.host_path(tmp_path / "a" / ".." / "b") == str(tmp_path / "b")
    assert siblings.host_path(tmp_path) == str(tmp_path)


def test_a_path_that_nobody_else_sees_is_an_error(module: Any, tmp_path: Path) -> None:
    siblings = module.Siblings(str(tmp_path / "repo"), "")
    with pytest.raises(module.SiblingsError, match="inside this container alone"):
        siblings.host_path(tmp_path / "repository")


def test_a_container_is_reached_by_its_name(module: Any) -> None:
    siblings = module.Siblings("/repo", "")
    wrapped = SimpleNamespace(get_wrapped_container=lambda: SimpleNamespace(name="shop-1"))
    assert siblings.address("shop-1") == "shop-1"
    assert siblings.address(SimpleNamespace(name="/shop-1")) == "shop-1"
    assert siblings.address(wrapped) == "shop-1"


def test_nobody_answers_on_a_free_port(module: Any) -> None:
    port = module.Siblings("/repo", "localhost").free_port()
    with socket.socket() as probe:
        assert probe.connect_ex(("localhost", port)) != 0
