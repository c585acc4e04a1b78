"""From a pull request to production, as act runs the jobs: one image is built, and goes on."""

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.registry.access import Access
from helpers.registry.repository import Repository
from helpers.system.process import ProcessResult, run
from helpers.system.repo_files import load_repo
from tests import engine
from tests.builders import (
    TEST_REPO,
    add_submodule,
    commit_all,
    git,
    make_host,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.ci_tools import CiTools
from tests.forges import FakeForge
from tests.integration.conftest import PYTEST_REQUIREMENTS, StartRegistry
from tests.integration.release.conftest import APP
from tests.promotions import add_origin
from tests.registries import Registry
from tests.toolchains import adopted_files, copy_toolchain

pytestmark = [pytest.mark.slow, pytest.mark.superslow]

_LOGIN = ("ci", f"pass-{secrets.token_hex(8)}")
_SETTINGS = """\
environment: [PROMOTE_ENVIRONMENT, PROMOTE_IMAGE]
environments: [integration, staging, production]
ci:
  branches: [develop, main]
  deploy:
    integration: {branch: develop, tests: tests/integration}
    staging: {branch: main}
    production: {}
  logins:
    team: {username: ci, secret: REGISTRY_PASSWORD}
"""
# It says where it was, so that it passes nowhere else.
_TEST = """\
import os


def test_it():
    assert os.environ["PROMOTE_ENVIRONMENT"] == "PLACE"
    assert "/team/app@sha256:" in os.environ["PROMOTE_IMAGE"]
"""
# Its code is released, and it has no image.
_WORDS = {
    "devops/config.yaml": "release: {}\n",
    "requirements.txt": PYTEST_REQUIREMENTS,
    "pytest.ini": "[pytest]\n",
    "test_words.py": "def test_it():\n    pass\n",
}
_RELEASES = "/repos/team/shop/releases"
_PAGE = {"tag_name": "words-v0.1.0", "name": "words 0.1.0", "body": "", "html_url": "https://x"}


@dataclass(frozen=True)
class Chain:
    """A repo that deploys, the repo that it is pushed to, its registry and its forge."""

    tools: CiTools
    root: Path
    origin: Path
    registry: Registry
    forge: FakeForge

    def ask_to_merge(self, title: str, files: dict[str, str]) -> ProcessResult:
        """Open a pull request of a commit of these files."""
        payload = self.tools.payload("pull_request")
        payload["pull_request"]["base"]["sha"] = git(self.root, "rev-parse", "HEAD")
        payload["pull_request"]["title"] = title
        write_files(self.root, files)
        commit_all(self.root, title)
        return self._act("pull_request", payload)

    def push(self, branch: str, files: dict[str, str] | None = None) -> ProcessResult:
        """Push a branch with a commit of these files, as far as there are some."""
        before = git(self.root, "rev-parse", "HEAD")
        if files:
            write_files(self.root, files)
            commit_all(self.root)
        git(self.root, "push", "--quiet", "origin", f"HEAD:{branch}")
        git(self.root, "fetch", "--quiet", "--tags", "--force", "origin")
        payload = self.tools.payload("push")
        payload |= {"ref": f"refs/heads/{branch}", "before": before, "forced": False}
        return self._act("push", payload)

    def _act(self, event: str, payload: dict[str, Any]) -> ProcessResult:
        secret = {"REGISTRY_PASSWORD": _LOGIN[1], "GITHUB_TOKEN": "very-secret"}
        told = {"GITHUB_API_URL": self.forge.url, "GITHUB_REPOSITORY": "team/shop"}
        more = [word for name, value in told.items() for word in ("--env", f"{name}={value}")]
        return self.tools.act(self.root, event, payload, self.root.parent / "act", secret, more)

    def runs(self, environment: str) -> str:
        """The digest that an environment's tag names; empty: none."""
        folder = self.registry.docker_settings(self.root.parent / "docker")
        access = Access(make_host(self.root, {"DOCKER_CONFIG": str(folder)}), None)
        found = Repository(f"{self.registry.address}/team/app", access).resolve(environment)
        return found.digest if found else ""

    def git_tag(self, name: str) -> str:
        """The commit that has a tag where the repo comes from."""
        return git(self.origin, "rev-parse", f"refs/tags/{name}")


@pytest.fixture
def chain(
    tools: CiTools, client: Client, workspace: Path, start_registry: StartRegistry
) -> Iterator[Chain]:
    """A repo that has adopted the toolchain, with a service, a library, and a repo in it."""
    registry = start_registry(login=_LOGIN)
    name = f"{TEST_REPO}-deploy"
    config = f"name: {name}\nregistries: {{team: {registry.address}/team}}\n{_SETTINGS}"
    repo = make_repo(workspace / "repo", config=config)
    toolchain = copy_toolchain(workspace / "toolchain")
    # As its own repo has it: what Python writes beside the code is no change.
    write_files(toolchain, {".gitignore": "__pycache__/\ntmp.*\n"})
    commit_all(toolchain)
    add_submodule(repo.root, "helpers_root", toolchain)
    app = {path: text for path, text in APP.items() if not path.startswith("tests/")}
    app["pytest.ini"] = "[pytest]\ntestpaths = tests/unit\n"
    app["tests/unit/test_svc.py"] = APP["tests/test_svc.py"]
    app["tests/integration/test_it.py"] = _TEST.replace("PLACE", "integration")
    app["tests/acceptance/test_it.py"] = _TEST.replace("PLACE", "staging")
    make_runnable_dir(repo, "app", app, image_name="app")
    make_runnable_dir(repo, "words", _WORDS)
    inner = make_repo(workspace / "inner", config="name: inner\nrelease: {}\n")
    make_runnable_dir(inner, "quotes")
    commit_all(inner.root)
    add_submodule(repo.root, "libs/inner", inner.root)
    write_files(repo.root, {".gitignore": "tmp.*\n", **adopted_files()})
    (repo.root / "main_pytest.py").chmod(0o755)
    run(["bash", "-ec", "source ./setenv.sh; i ci_sync"], cwd=repo.root)
    commit_all(repo.root)
    with FakeForge({f"POST {_RELEASES}": (201, _PAGE)}) as forge:
        yield Chain(tools, repo.root, add_origin(repo.root), registry, forge)
    stop_own(client, load_repo(repo.root), force=True)
    engine.remove_images({labels.REPO: name})


def _succeeded(done: ProcessResult) -> set[str]:
    found = re.finditer(r"\[([^\]]+)\] +🏁 +Job succeeded", done.stdout)
    return {one[1].strip() for one in found} - {"ci/plan", "ci/lint", "ci/gate"}


def test_what_passed_in_integration_and_staging_is_what_runs_in_production(chain: Chain) -> None:
    logins = Path.home() / ".docker" / "config.json"
    before = logins.read_bytes() if logins.is_file() else b""

    # A feature has its image built, and its tests run in it; nothing is deployed.
    done = chain.ask_to_merge("feat: more", {"app/svc/more.py": "MORE = 1\n"})
    assert done.status == 0, done.stdout[-8000:]
    assert _succeeded(done) == {"app/dir/app"}
    assert "1 passed, 0 failed" in done.stdout
    assert chain.runs("prod-1.0.0") == ""

    # What is merged to develop is released once, and its own tests accept it.
    done = chain.push("develop", {"README.md": "The shop.\n"})
    assert done.status == 0, done.stdout[-8000:]
    assert _succeeded(done) == {"ci/deploy-integration"}
    digest, commit = chain.runs("prod-1.0.0"), git(chain.root, "rev-parse", "HEAD")
    assert digest
    assert [chain.runs(name) for name in ("integration", "staging")] == [digest, ""]
    assert chain.git_tag("integration") == commit
    # Code is released there as well, but for that of the repo within: its tags are its own.
    assert chain.git_tag("words-v0.1.0^{}") == commit
    (page,) = [one for one in chain.forge.asked if one.method == "POST"]
    assert (page.line, page.authorization) == (f"POST {_RELEASES}", "Bearer very-secret")
    assert "libs/inner/quotes: left out: its tags are those of libs/inner" in done.stdout
    assert git(chain.root / "libs" / "inner", "tag") == ""

    # The merge builds nothing: the digest goes to staging, and from there to production.
    done = chain.push("main", {"NEWS.md": "A merge.\n"})
    assert done.status == 0, done.stdout[-8000:]
    assert _succeeded(done) == {"ci/deploy-staging", "ci/deploy-production"}
    assert [chain.runs(name) for name in ("staging", "production")] == [digest, digest]
    assert [chain.git_tag(name) for name in ("staging", "production")] == [commit, commit]
    assert "docker_release" not in done.stdout
    assert "very-secret" not in done.stdout

    # A version that integration never ran stops at the door of staging.
    changelog = (chain.root / "app" / "changelog.txt").read_text()
    newer = f"# app-1.1.0\n- 2026-01-31\n- More\n\n{changelog}"
    write_files(chain.root, {"app/changelog.txt": newer})
    commit_all(chain.root)
    # It is pushed as what was tested before: the jobs of dirs ran for the feature.
    done = chain.push("main")
    assert done.status != 0
    assert _succeeded(done) == set()
    assert "prod-1.1.0 never ran in integration" in done.stdout
    assert [chain.runs(name) for name in ("staging", "production")] == [digest, digest]

    # Nothing of the login is left on the machine, or was printed.
    assert _LOGIN[1] not in done.stdout
    assert (logins.read_bytes() if logins.is_file() else b"") == before
