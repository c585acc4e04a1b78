"""The same commit gives the same layers of dependencies and code, wherever it is built."""

import os
import re
import secrets
from pathlib import Path

import pytest

from helpers.engine.client import Client
from helpers.model.repo import Repo
from helpers.system.lease import working_folder
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_REQUIREMENTS = (Path(__file__).parents[1] / "pytest_requirements.txt").read_text()
# In what is built, so that no earlier session's build stands in the cache.
_SESSION = secrets.token_hex(8)
_CONFIG = f"name: {TEST_REPO}\n"
_STRANGE = [os.fsdecode(b"svc/caf\xe9.txt"), "svc/new\nline", "-dash", "svc/'\"x\\y", "a" * 200]
_FILES = {
    "svc/__init__.py": f"ANSWER = '{_SESSION}'\n",
    "svc/__main__.py": "print(42)\n",
    "svc/run.sh": "#!/bin/sh\n",
    "devops/config.yaml": "entrypoint: [python, -m, svc]\n",
    **dict.fromkeys(_STRANGE, "1\n"),
}
# The layers that count, and the stages that make them. Of a development image: the Python
# environment. Of a production image: that, and the code.
_LAYERS = {
    "docker_build_local_image": (1, {"dev_wheels_venv"}),
    "docker_build_prod_image": (2, {"prod_wheels_venv", "prod_code"}),
}


def _layers(reference: str) -> list[str]:
    return list(engine.image(reference)["RootFS"]["Layers"])


def _is_empty(layer: str) -> bool:
    # What a step without files leaves; the same for everybody.
    return layer == "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"


def _run(repo: Repo) -> set[str]:
    """The stages that the newest build made, instead of taking them from the cache."""
    log = max((working_folder(repo.root) / "builds").glob("*.log"), key=os.path.getmtime)
    steps: dict[str, str] = {}
    for line in log.read_text().splitlines():
        if step := re.match(r"(#\d+) \[(\w+) +\d+/\d+\] ", line):
            steps[step[1]] = step[2]
    cached = set(re.findall(r"^(#\d+) CACHED$", log.read_text(), re.MULTILINE))
    return {stage for number, stage in steps.items() if number not in cached}


def _names(reference: str) -> set[str]:
    found = ["docker", "run", "--rm", "--entrypoint", "find", reference, "/app", "-print0"]
    return set(run(found).names.split("\0"))


@pytest.mark.superslow
def test_two_builds_that_share_no_step_have_the_same_layers_of_dependencies_and_code(
    workspace: Path, client: Client
) -> None:
    name = f"helpers-test-same-x{secrets.token_hex(4)}"
    found: dict[str, list[list[str]]] = {task: [] for task in _LAYERS}
    # Two checkouts at different paths, whose files have different times and rights. Each names a
    # platform of its own, for which a package is left out: what the other built is of no use to it.
    for number in (1, 2):
        repo = make_repo(workspace / f"machine{number}", {".gitignore": "tmp.*\n"}, config=_CONFIG)
        locked = _REQUIREMENTS.replace("'win32'", f"'not-{_SESSION}-{number}'")
        files = {**_FILES, "requirements.txt": locked, "requirements_prod.txt": locked}
        app = make_runnable_dir(repo, "app", files, image_name=name)
        (app.root / "svc" / "__init__.py").chmod(0o600 if number == 1 else 0o664)
        commit_all(repo.root)
        work = Workplace(repo, client)
        for task, (count, stages) in _LAYERS.items():
            # Code is the same, so only without the cache is it copied a second time.
            again = ("--no-cache",) if number == 2 and "prod_code" in stages else ()
            done = work.invoke(task, "--dir", "app", *again)
            assert done.status == 0, done.stderr[-2000:]
            assert _run(repo) >= stages
            reference = done.stderr.rpartition(" built ")[2].split()[0]
            layers = [layer for layer in _layers(reference) if not _is_empty(layer)]
            found[task].append(layers[-count:])
            if task == "docker_build_prod_image":
                assert _names(reference) >= {f"/app/app/{name}" for name in _STRANGE}
            run(["docker", "image", "rm", "--force", reference])
    for task in _LAYERS:
        first, second = found[task]
        assert first == second, task
