"""`i dep`, `i build`, `i test`, `i run` and `i clean`, as somebody types them in a dir."""

import os
import secrets
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.model import labels
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_runnable_dir, write_files
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_LIBRARY = """\
[project]
name = "shop-text"
version = "1.0.0"
description = "Text"
requires-python = ">=3.11"

[build-system]
requires = ["flit_core>=3.4,<5"]
build-backend = "flit_core.buildapi"

[tool.flit.module]
name = "text"
"""
_API = """\
[project]
name = "api"
version = "1.0.0"
requires-python = ">=3.11,<4"
dependencies = ["shop-text"]

[dependency-groups]
dev = ["pytest>=8.4,<10"]

[tool.poetry]
package-mode = false

[tool.poetry.dependencies]
shop-text = {path = "../../libs/text", develop = true}

[tool.pytest.ini_options]
pythonpath = ["."]
"""
_MAIN = """\
import os, sys
from text import up
mounted = "tmp.helpers" in open("/proc/mounts").read()
print(up("ran"), *sys.argv[1:], os.environ.get("WORD"), os.getuid(), mounted)
sys.exit(7)
"""
_TEST = """\
from importlib.metadata import version
import socket
import pytest
import text

def test_shared_code_is_there_as_if_installed():
    assert text.up("a") == "A" and version("shop-text") == "1.0.0"

@pytest.mark.skipif("not __import__('os').environ.get('HELPERS_CONTAINER')")
def test_there_is_no_network():
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
"""

_HOST = {"HELPERS_CONTAINER": ""}


@pytest.fixture
def place(workplace: Workplace) -> Iterator[Workplace]:
    """A repo of a name of its own, with a project that uses a shared package by path."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    root = workplace.repo.root
    (root / "repo_config.yaml").write_text(f"name: {name}\n")
    write_files(
        root / "libs" / "text",
        {"pyproject.toml": _LIBRARY, "src/text/__init__.py": "def up(s): return s.upper()\n"},
    )
    files = {
        "pyproject.toml": _API,
        "api/__init__.py": "",
        "api/__main__.py": _MAIN,
        "tests/test_api.py": _TEST,
        "devops/config.yaml": "entrypoint: [python, -m, api]\n",
    }
    make_runnable_dir(workplace.repo, "projects/api", files, image_name=f"{name}-api")
    make_runnable_dir(workplace.repo, "docs", {"page.md": ""}, image_name=f"{name}-docs")
    commit_all(root)
    yield workplace
    engine.remove_images({labels.REPO: name})


def _typed(place: Workplace, *words: str, path: str = "") -> ProcessResult:
    """Type a command in the project's folder, as on a host: in a container `dep` does nothing."""
    env = _HOST | ({"PATH": path} if path else {})
    return place.invoke(*words, cwd=place.repo.root / "projects" / "api", env=env)


def _without_uv() -> str:
    kept = (p for p in os.environ["PATH"].split(":") if not (Path(p) / "uv").exists())
    return ":".join(kept)


@pytest.mark.superslow
def test_the_five_verbs_do_what_people_of_make_expect(place: Workplace) -> None:
    root = place.repo.root / "projects" / "api"
    unlocked = _typed(place, "dep")
    assert (unlocked.status, "i dependency_lock --dir" in unlocked.stderr) == (2, True)
    assert _typed(place, "dependency_lock").status == 0
    commit_all(place.repo.root)

    # pip installs where there is no uv; the tests pass on the host, and git sees nothing of it.
    made = _typed(place, "dep", "--all", path=_without_uv())
    assert made.status == 0, made.stderr
    assert "docs: skipped, it has no pyproject.toml" in made.stdout
    python = root / ".venv" / "bin" / "python"
    tested = run([python, "-B", "-m", "pytest", "-q"], cwd=root, env=_HOST)
    assert "1 passed, 1 skipped" in tested.stdout
    assert run(["git", "status", "--porcelain"], cwd=place.repo.root).stdout == ""
    assert "is up to date" in _typed(place, "dep").stdout

    # A lock that is out of date is refused before anything is installed.
    project = root / "pyproject.toml"
    project.write_text(_API.replace('["shop-text"]', '["shop-text", "iniconfig>=2"]'))
    stale = _typed(place, "dep")
    assert (stale.status, "i dependency_lock --dir projects/api" in stale.stderr) == (2, True)
    project.write_text(_API)

    missing = _typed(place, "run")
    fix = "i docker_build_prod_image --dir projects/api"
    assert (missing.status, fix in missing.stderr) == (2, True)
    assert _typed(place, "build").status == 0
    ran = _typed(place, "run", "--env", "WORD=a b", "--", "--dir", "x  y")
    assert (ran.status, ran.stdout) == (7, "RAN --dir x  y a b 10001 False\n"), ran.stderr
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = str(server.getsockname()[1])
        taken = _typed(place, "run", "--port", f"{port}:80")
    assert (taken.status, f"port {port} of 127.0.0.1 cannot be taken" in taken.stderr) == (2, True)
    assert place.containers() == []

    tested = _typed(place, "test", "--offline")
    assert tested.status == 0, tested.stdout[-2000:]
    assert "2 passed, 0 failed" in tested.stdout
    open_ = _typed(place, "test")
    assert (open_.status, "test_there_is_no_network" in open_.stdout) == (1, True)

    assert "removed" in _typed(place, "clean").stdout
    assert _typed(place, "clean").stdout.startswith("nothing to remove")
