"""What another checkout asks for holds only as far as this one's settings allow it."""

from dataclasses import replace
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.engine.endpoint import find_endpoint
from helpers.model.errors import HelpersError
from helpers.model.settings.config import parse_repo_config
from helpers.system.host import read_host
from helpers.training.asked import ask
from helpers.training.tree import as_allowed_here, foreign_tree
from tests.builders import commit_all, make_repo, make_runnable_dir

_SETTINGS = """\
command: [train]
models: [net]
metrics:
  loss: {file: m.json, key: loss, better: lower}
"""
_GREEDY = f"{_SETTINGS}network: default\ntimeout: 99999\nresources: {{memory: 900g}}\n"


@pytest.mark.parametrize(
    ("here", "network", "timeout"),
    [
        (f"{_SETTINGS}timeout: 60\n", "none", 60),
        (f"{_SETTINGS}network: default\n", "default", 3600),
        (None, "none", 99999),
    ],
)
def test_network_and_limits_are_those_of_this_checkout(
    tmp_path: Path, here: str | None, network: str, timeout: int
) -> None:
    own, other = make_repo(tmp_path / "own"), make_repo(tmp_path / "pr")
    if here:
        make_runnable_dir(own, "app", {"devops/train.yaml": here})
    theirs = make_runnable_dir(other, "app", {"devops/train.yaml": _GREEDY})
    asked = as_allowed_here(own, ask(theirs, ["net"]))
    assert (asked.config.network, asked.config.timeout) == (network, timeout)
    assert asked.config.command == ("train",)


def test_a_tree_gets_this_checkouts_settings_and_no_login(tmp_path: Path) -> None:
    config = (
        "name: shop\nregistry: r.example.org/team\nenvironment: [TOKEN]\ncertificates: ca.pem\n"
    )
    own = make_repo(tmp_path / "own", config=config)
    tree = make_repo(tmp_path / "pr", config="name: evil\nbase_image: evil\n").root
    host = replace(
        read_host(),
        environment={
            "PATH": "/bin",
            "TOKEN": "secret",
            "HOME": "/home/me",
            "PIP_INDEX_URL": "https://me:secret@index.example.org/simple",
            "HTTPS_PROXY": "http://proxy.example.org:3128",
        },
    )
    client = Client(find_endpoint({"DOCKER_HOST": "unix:///nowhere.sock"}))
    with foreign_tree(own, tree, host, client) as found:
        place = found.repo.root
        assert place.is_relative_to(own.root / "tmp.helpers")
        assert found.repo.config == replace(
            parse_repo_config("name: shop-tree\n", "c"), certificates=str(own.root / "ca.pem")
        )
        assert found.host.environment == {
            "PATH": "/bin",
            "HTTPS_PROXY": "http://proxy.example.org:3128",
            "DOCKER_HOST": "unix:///nowhere.sock",
        }
    assert not place.exists()


def test_this_checkout_is_no_other_tree(tmp_path: Path) -> None:
    own = make_repo(tmp_path / "own")
    commit_all(own.root)
    client = Client(find_endpoint({"DOCKER_HOST": "unix:///nowhere.sock"}))
    with (
        pytest.raises(HelpersError, match="this checkout is no other tree"),
        foreign_tree(own, own.root / "." / ".." / "own", read_host(), client),
    ):
        pass
