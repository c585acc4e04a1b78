"""What tests of releases share: a repo with a remote and a registry, as its owner has it."""

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.model.runnable_dir import RunnableDir
from helpers.registry.access import Access
from helpers.registry.repository import Repository
from helpers.system.process import ProcessResult
from tests import engine
from tests.builders import (
    TEST_REPO,
    commit_all,
    git,
    make_host,
    make_repo,
    make_runnable_dir,
    write_files,
)
from tests.integration.conftest import Workplace
from tests.promotions import push_release
from tests.registries import Registry

PYTEST = (Path(__file__).parents[1] / "pytest_requirements.txt").read_text()
# A package without any of its own.
ONE = "".join(line for line in PYTEST.splitlines(keepends=True) if line.startswith("iniconfig"))
CONFIG = """\
entrypoint: [python, -m, svc]
health_check: [python, -c, "import svc"]
health_times: {interval: 1, timeout: 5, start_period: 1, retries: 3}
"""
APP = {
    "requirements.txt": PYTEST,
    "requirements_prod.txt": "# nothing\n",
    "pytest.ini": "[pytest]\n",
    "svc/__init__.py": "ANSWER = 42\n",
    "svc/__main__.py": "import time\nprint('serving', flush=True)\ntime.sleep(60)\n",
    "tests/test_svc.py": "import svc\n\n\ndef test_it():\n    assert svc.ANSWER == 42\n",
    "devops/config.yaml": CONFIG,
}


@dataclass(frozen=True)
class Place:
    """A checkout with a remote, and the registry that it releases to."""

    work: Workplace
    registry: Registry
    settings: Path

    def add_app(self, name: str = "app", **files: str) -> RunnableDir:
        """A service with a production image; committed and pushed."""
        found = make_runnable_dir(self.work.repo, name, {**APP, **files}, image_name=name)
        self.publish()
        return found

    def publish(self) -> str:
        """Commit and push whatever differs; the commit."""
        commit = commit_all(self.work.repo.root)
        git(self.work.repo.root, "push", "--quiet", "--force", "origin", "HEAD:main")
        git(self.work.repo.root, "fetch", "--quiet", "origin")
        return commit

    def bump(self, name: str, version: str) -> None:
        """A newer entry in a dir's changelog; committed and pushed."""
        path = self.work.repo.root / name / "changelog.txt"
        entry = f"# {name}-{version}\n- 2026-01-31\n- More\n\n"
        path.write_text(entry + path.read_text())
        self.publish()

    def invoke(self, *args: str, env: Mapping[str, str] | None = None) -> ProcessResult:
        """`i`, as typed at the repo's root, with the registry's login."""
        return self.work.invoke(*args, env={"DOCKER_CONFIG": str(self.settings), **(env or {})})

    def released(self, *args: str) -> ProcessResult:
        """The same, which must work."""
        done = self.invoke(*args)
        assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done

    def push(self, *tags: str, registry: Registry | None = None) -> str:
        """What a release leaves in a registry, of a small image; the digest that the tags name."""
        commit = git(self.work.repo.root, "rev-parse", "HEAD")
        return push_release(self.repository(registry=registry), commit, *tags)

    def repository(self, name: str = "app", registry: Registry | None = None) -> Repository:
        """What the registry has, asked without detours."""
        found = registry or self.registry
        host = make_host(self.work.repo.root, {"DOCKER_CONFIG": str(self.settings)})
        access = Access(host, found.certificates or None)
        return Repository(f"{found.address}/team/{name}", access)

    def digest(self, tag: str, name: str = "app") -> str:
        """What a tag names; empty where there is none."""
        found = self.repository(name).resolve(tag)
        return found.digest if found else ""

    def tags(self, name: str = "app") -> set[str]:
        """All tags but those of claims and of the history."""
        notes = (".claim", ".history")
        return {tag for tag in self.repository(name).tags() if not tag.endswith(notes)}

    def manifest(self, tag: str, name: str = "app") -> dict[str, Any]:
        """That of the first image that a tag names, as the registry has it."""
        repository = self.repository(name)
        index = repository.manifest(tag)
        assert index is not None
        manifest = repository.manifest(json.loads(index[1])["manifests"][0]["digest"])
        assert manifest is not None
        return dict(json.loads(manifest[1]))

    def labels_of(self, tag: str, name: str = "app") -> dict[str, str]:
        """The labels of the first image that a tag names, as the registry has them."""
        config = self.manifest(tag, name)["config"]["digest"]
        return dict(json.loads(self.repository(name).blob(config))["config"]["Labels"])

    def engine_tags(self) -> set[str]:
        """The tags of this repo's images on the engine."""
        found = engine.images({labels.REPO: self.work.repo.config.name})
        return {tag for image in found for tag in image.names}


MakePlace = Callable[..., Place]


@pytest.fixture
def make_place(workspace: Path, client: Client) -> Iterator[MakePlace]:
    """Makes repos that release to a registry; their images go with the test."""
    made: list[Place] = []

    def make(registry: Registry, *, address: str = "", config: str = "", name: str = "") -> Place:
        repo_name = name or f"{TEST_REPO}-{secrets.token_hex(4)}"
        number = len(made)
        bundle = workspace / f"ca{number}.pem"
        settings = workspace / f"docker{number}"
        settings.mkdir()
        if registry.username:
            registry.docker_settings(settings)
        text = f"name: {repo_name}\nregistry: {address or registry.address}/team\n{config}"
        if registry.certificates:
            bundle.write_bytes(registry.certificates)
            text += f"certificates: {bundle}\n"
        root = workspace / f"repo{number}"
        repo = make_repo(root, {".gitignore": "tmp.*\n"}, config=text)
        git(workspace, "init", "--quiet", "--bare", f"remote{number}.git")
        git(root, "remote", "add", "origin", str(workspace / f"remote{number}.git"))
        place = Place(Workplace(repo, client), registry, settings)
        place.publish()
        made.append(place)
        return place

    yield make
    for place in made:
        stop_own(client, place.work.repo, force=True)
        engine.remove_images({labels.REPO: place.work.repo.config.name})


@pytest.fixture
def place(make_place: MakePlace, registry: Registry) -> Place:
    """A repo that releases to a registry of its own, with one service."""
    made = make_place(registry)
    made.add_app()
    return made


def clone_of(place: Place, folder: Path) -> Place:
    """Another person's checkout of the same repo."""
    remote = git(place.work.repo.root, "remote", "get-url", "origin")
    git(folder.parent, "clone", "--quiet", "--branch", "main", remote, str(folder))
    repo = place.work.repo
    return replace(place, work=Workplace(replace(repo, root=folder), place.work.client))


def change(place: Place, files: Mapping[str, str]) -> None:
    """Write files of the repo, uncommitted."""
    write_files(place.work.repo.root, files)
