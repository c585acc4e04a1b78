"""One remote of the toolchain for all of these tests, and repos that are looked at as a whole."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.adoption.adopting.adopt import default_name
from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.model.repo import Repo
from helpers.model.settings.config import RepoConfig
from helpers.system.locate import TOOLCHAIN_ROOT
from tests import engine
from tests.adopters import toolchain_remote
from tests.builders import git
from tests.made_once import made_once
from tests.upgrades import make_toolchain


@pytest.fixture(scope="session")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repo of the toolchain as it stands in the work tree."""
    folder = made_once(tmp_path_factory, "remote", toolchain_remote)
    return folder / "toolchain.git"


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bare repo of a toolchain with several releases, which nobody pushes to."""
    folder = made_once(tmp_path_factory, "releases", make_toolchain)
    return folder / "toolchain.git"


@pytest.fixture
def folder_name() -> str:
    """What the folders of repos begin with."""
    return "theirs-"


@pytest.fixture
def root(client: Client, workspace: Path, folder_name: str) -> Iterator[Path]:
    """A repo without commits; its containers and images go with the test."""
    folder = workspace / f"{folder_name}{secrets.token_hex(4)}"
    folder.mkdir()
    git(folder, "init", "--quiet")
    yield folder
    # Whatever became of its settings, adopting gave it this name.
    repo = Repo(folder, TOOLCHAIN_ROOT, RepoConfig(default_name(folder)))
    stop_own(client, repo, force=True)
    engine.remove_images({labels.REPO: repo.config.name})
