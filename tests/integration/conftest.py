"""What tests with a real engine share.

Repos are made below this one, so that the engine can mount them also when these tests run in a
container beside the ones that they start.
"""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client, EngineError
from helpers.engine.containers import find_image
from helpers.engine.endpoint import find_endpoint
from helpers.images.base.archive import is_being_brought
from helpers.images.base.recipe import plan_recipe
from helpers.model.images.platform import PLATFORMS
from helpers.model.labels import own_labels
from helpers.model.repo import Repo
from helpers.model.runnable_dir import RunnableDir
from helpers.model.settings.config import DEFAULT_BASE_IMAGE
from helpers.system.host import read_host
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from helpers.system.repo_files import load_repo
from tests import engine
from tests.browsers import open_browser
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir
from tests.made_once import made_once
from tests.needs import find_program, lack
from tests.package_indexes import RunningIndex, make_environment, serve_index
from tests.registries import Registry, RegistryOptions, serve_registry
from tests.toolchains import invoke_command

PYTEST_REQUIREMENTS = (Path(__file__).parent / "pytest_requirements.txt").read_text()
MAIN_PYTEST = TOOLCHAIN_ROOT / "main_pytest.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that nobody waits for it alone in the end.

    After it comes what needs a base image that is still being made, meanwhile.
    """

    def turn(item: pytest.Item) -> int:
        if item.get_closest_marker("superslow") is None:
            return 2
        return int("foreign_base" in getattr(item, "fixturenames", ()))

    items.sort(key=turn)


@pytest.fixture(scope="session")
def client() -> Client:
    """The engine in use."""
    client = Client(find_endpoint(os.environ))
    try:
        client.read("GET", "/_ping", timeout=10)
    except EngineError as error:
        lack(f"a Docker Engine: {error.what}", error.fix)
    return client


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A browser without a screen."""
    with open_browser() as opened:
        yield opened


@pytest.fixture
def workspace(client: Client) -> Iterator[Path]:
    """A folder that the engine can mount; gone with its containers after the test."""
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def slow_dockerfile() -> str:
    """Of a dir with `requirements.txt`: never quick, however much the builder's cache has."""
    standard = (TOOLCHAIN_ROOT / "devops" / "Dockerfile").read_text()
    standard = standard.replace("ARG LOCKER=none", "ARG LOCKER=pip")
    standard = standard.replace("COPY --from=requirements . .", "COPY requirements.txt .")
    return f"{standard}RUN sleep 15 && : {time.time()}\n"


@dataclass(frozen=True)
class Workplace:
    """A scratch repo, and the commands that its user types."""

    repo: Repo
    client: Client
    # Seconds that a command may take.
    timeout: float = 300

    def add_dir(self, name: str, tests: str, **files: str) -> RunnableDir:
        """A runnable dir whose environment is pytest alone; `files` are further ones by path."""
        content = {
            "requirements.txt": PYTEST_REQUIREMENTS,
            "pytest.ini": "[pytest]\n",
            "test_it.py": tests,
            **files,
        }
        # One image for all dirs of a name, which the tests of a session share: built once.
        image = f"helpers-test-{self.repo.runnable_dir(name).slug}"
        made = make_runnable_dir(self.repo, name, content, image_name=image)
        commit_all(self.repo.root)
        return made

    def main_pytest(
        self, *args: str, env: Mapping[str, str] | None = None, cwd: Path | None = None
    ) -> ProcessResult:
        """`main_pytest.py` at the repo's root, begun with the Python that it would find."""
        command = [self.invoke_command()[0], str(MAIN_PYTEST), *args]
        return run(
            command, cwd=cwd or self.repo.root, env=env or {}, check=False, timeout=self.timeout
        )

    def invoke(
        self,
        *args: str,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        stdin: str = "",
    ) -> ProcessResult:
        """`i`, as typed at the repo's root, without a shell."""
        command = [*self.invoke_command(), *args]
        return run(
            command,
            cwd=cwd or self.repo.root,
            env=env or {},
            stdin=stdin,
            check=False,
            timeout=self.timeout,
        )

    def invoke_command(self) -> list[str]:
        """What `i` stands for."""
        return invoke_command()

    def containers(self) -> list[str]:
        """Names of this repo's containers on the engine."""
        return [item.name for item in engine.containers(own_labels(self.repo))]


@pytest.fixture
def workplace(client: Client, workspace: Path) -> Iterator[Workplace]:
    """A scratch repo with nothing in it."""
    made = Workplace(make_repo(workspace / "repo", config=f"name: {TEST_REPO}\n"), client)
    yield made
    stop_own(client, made.repo, force=True)


StartRegistry = Callable[..., Registry]


@pytest.fixture
def shared_folder() -> Iterator[Path]:
    """A folder that registries see under the same path, wherever they and the tests run."""
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start_registry(shared_folder: Path) -> Iterator[StartRegistry]:
    """Starts registries, with the arguments of `RegistryOptions`; they end with the test."""
    find_program("docker-registry")
    with ExitStack() as running:

        def start(*, for_engine: bool = True, **options: Any) -> Registry:
            place = shared_folder / f"registry-{secrets.token_hex(4)}"
            served = serve_registry(place, RegistryOptions(**options), for_engine=for_engine)
            return running.enter_context(served)

        yield start


@pytest.fixture(scope="session")
def index_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of an environment with pypiserver."""
    folder = made_once(tmp_path_factory, "pypiserver", lambda made: make_environment(made / "env"))
    return folder / "env" / "bin" / "python"


@pytest.fixture
def package_index(index_python: Path, tmp_path: Path) -> Iterator[RunningIndex]:
    """A package index of this test's own: empty, with a password, behind a proxy that can fail."""
    with serve_index(index_python, tmp_path / "index") as served:
        yield served


@pytest.fixture
def registry(start_registry: StartRegistry) -> Registry:
    """A registry of this test's own: empty, plain HTTP, without a login, which deletes."""
    return start_registry()


@pytest.fixture
def foreign_base(client: Client) -> str:
    """The foreign platform, whose base image is there and whose programs run here."""
    (foreign,) = [one for one in PLATFORMS if one != read_host().platform]
    base = plan_recipe(DEFAULT_BASE_IMAGE, foreign).tag
    repo = load_repo(TOOLCHAIN_ROOT)
    while is_being_brought(repo, DEFAULT_BASE_IMAGE):
        time.sleep(1)
    runs = ["docker", "run", "--rm", "--platform", foreign, base, "true"]
    found = find_image(client, base)
    if not found or found.platform != foreign or run(runs, check=False).status:
        prepared = "i docker_build_base_image --platform linux/amd64,linux/arm64"
        lack(f"a base image for {foreign}, and emulation", prepared)
    return foreign
