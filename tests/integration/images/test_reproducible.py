"""The same commit gives the same layers of dependencies and code, wherever it is built."""

import os
import secrets
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_REQUIREMENTS = (Path(__file__).parents[1] / "pytest_requirements.txt").read_text()
_CONFIG = f"name: {TEST_REPO}\n"
_STRANGE = [os.fsdecode(b"svc/caf\xe9.txt"), "svc/new\nline", "-dash", "svc/'\"x\\y", "a" * 200]
_FILES = {
    "requirements.txt": _REQUIREMENTS,
    "requirements_prod.txt": _REQUIREMENTS,
    "svc/__init__.py": "ANSWER = 42\n",
    "svc/__main__.py": "print(42)\n",
    "svc/run.sh": "#!/bin/sh\n",
    "devops/config.yaml": "entrypoint: [python, -m, svc]\n",
    **dict.fromkeys(_STRANGE, "1\n"),
}
# Of a development image: the Python environment. Of a production image: that, and the code.
_LAYERS = {"docker_build_local_image": 1, "docker_build_prod_image": 2}


def _layers(reference: str) -> list[str]:
    return list(engine.image(reference)["RootFS"]["Layers"])


def _is_empty(layer: str) -> bool:
    # What a step without files leaves; the same for everybody.
    return layer == "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"


def _names(reference: str) -> set[str]:
    found = ["docker", "run", "--rm", "--entrypoint", "find", reference, "/app", "-print0"]
    return set(run(found).names.split("\0"))


@pytest.mark.superslow
def test_two_builds_without_cache_have_the_same_layers_of_dependencies_and_code(
    workspace: Path, client: Client
) -> None:
    name = f"helpers-test-same-x{secrets.token_hex(4)}"
    found: dict[str, list[list[str]]] = {task: [] for task in _LAYERS}
    # Two checkouts at different paths, whose files have different times and rights.
    for number in (1, 2):
        repo = make_repo(workspace / f"machine{number}", {".gitignore": "tmp.*\n"}, config=_CONFIG)
        app = make_runnable_dir(repo, "app", _FILES, image_name=name)
        (app.root / "svc" / "__init__.py").chmod(0o600 if number == 1 else 0o664)
        commit_all(repo.root)
        work = Workplace(repo, client)
        for task, count in _LAYERS.items():
            done = work.invoke(task, "--dir", "app", "--no-cache")
            assert done.status == 0, done.stderr[-2000:]
            reference = done.stderr.rpartition(" built ")[2].split()[0]
            layers = [layer for layer in _layers(reference) if not _is_empty(layer)]
            found[task].append(layers[-count:])
            if task == "docker_build_prod_image":
                assert _names(reference) >= {f"/app/app/{name}" for name in _STRANGE}
            run(["docker", "image", "rm", "--force", reference])
    for task in _LAYERS:
        first, second = found[task]
        assert first == second, task
