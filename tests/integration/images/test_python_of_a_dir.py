"""A dir has the Python that its settings name, and its lock is written by the image's own."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir, write_files
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.superslow

_REQUIREMENTS = (Path(__file__).parents[1] / "pytest_requirements.txt").read_text()
_PROJECT = """\
[project]
name = "app"
version = "1"
requires-python = "{}"
dependencies = []
[tool.uv]
package = false
"""
_TEST = "import sys\n\n\ndef test_python():\n    assert sys.version_info[:2] == (3, {})\n"


@pytest.fixture
def place(workspace: Path, client: Client) -> Iterator[Workplace]:
    made = Workplace(
        make_repo(workspace / "repo", config=f"name: {TEST_REPO}-{secrets.token_hex(3)}\n"), client
    )
    yield made
    stop_own(client, made.repo, force=True)
    engine.remove_images({labels.REPO: made.repo.config.name})


def _add(place: Workplace, name: str, minor: int, config: str) -> None:
    files = {
        "requirements.txt": _REQUIREMENTS,
        "pytest.ini": "[pytest]\n",
        "test_python.py": _TEST.format(minor),
        "devops/config.yaml": config,
    }
    make_runnable_dir(place.repo, name, files)


def test_dirs_of_one_repo_have_pythons_of_their_own(place: Workplace) -> None:
    _add(place, "old", 11, 'python: "3.11"\n')
    _add(place, "new", 13, "reuse: false\n")
    commit_all(place.repo.root)
    done = place.main_pytest()
    assert (done.status, "2 passed, 0 failed" in done.stdout) == (0, True), done.stdout
    # The client is of trixie, whatever the dir's image is built on.
    command = "docker --version && docker buildx version && docker compose version"
    shown = place.invoke("docker_cmd", "--dir", "old", "--sibling", "--cmd", command)
    assert shown.status == 0, shown.stderr


def test_a_pin_is_no_obstacle_to_locking_and_a_requirement_is_refused(place: Workplace) -> None:
    project = {"pyproject.toml": _PROJECT.format(">=3.10"), ".python-version": "3.12\n"}
    make_runnable_dir(place.repo, "app", project)
    root = place.repo.root / "app"
    commit_all(place.repo.root)
    locked = place.invoke("dependency_lock", "--dir", "app")
    assert (locked.status, (root / "uv.lock").is_file()) == (0, True), locked.stderr
    built = place.invoke("docker_build_local_image", "--dir", "app")
    assert built.status == 0, built.stderr
    write_files(root, {"pyproject.toml": _PROJECT.format(">=3.10,<3.12")})
    for task in ("dependency_lock", "docker_build_local_image"):
        refused = place.invoke(task, "--dir", "app")
        assert refused.status == 2
        assert "the image has Python 3.13, app asks for >=3.10,<3.12" in refused.stderr
