"""The image of a project whose packages the lock file of a Polylith workspace says."""

import secrets
from collections.abc import Iterator

import pytest

from helpers.model import labels
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_runnable_dir, write_files
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_HEAD = '[project]\nname = "{}"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = [{}]\n'
_NOT_BUILT = "\n[tool.poetry]\npackage-mode = false\n"


def lock(*names: str) -> str:
    """A lock file of packages as that of one of our own dirs has them."""
    text = (TOOLCHAIN_ROOT / "runnable_dirs/sensor_gateway/poetry.lock").read_text()
    blocks = text.partition("[metadata]")[0].split("[[package]]")
    kept = [one for one in blocks if any(f'name = "{name}"' in one for name in names)]
    assert len(kept) == len(names)
    metadata = 'lock-version = "2.1"\npython-versions = ">=3.11"\ncontent-hash = "0"\n'
    return "[[package]]".join(["", *kept]) + f"[metadata]\n{metadata}"


@pytest.fixture
def place(workplace: Workplace) -> Iterator[Workplace]:
    """A workspace of a name of its own with a project that needs one of its two packages."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    own = _HEAD.format("api", '"iniconfig (>=2,<3)"') + _NOT_BUILT
    files = {
        "repo_config.yaml": f"name: {name}\n",
        "workspace.toml": '[tool.polylith]\nnamespace = "shop"\n',
        "pyproject.toml": _HEAD.format("ws", '"iniconfig (>=2)", "pluggy (>=1)"') + _NOT_BUILT,
        "poetry.lock": lock("iniconfig", "pluggy"),
    }
    write_files(workplace.repo.root, files)
    app = {"pyproject.toml": own}
    make_runnable_dir(workplace.repo, "projects/api", app, image_name=f"{name}-api")
    commit_all(workplace.repo.root)
    yield workplace
    engine.remove_images({labels.REPO: name})


@pytest.mark.superslow
def test_an_image_has_its_projects_part_of_the_workspaces_lock_file(place: Workplace) -> None:
    done = place.invoke("docker_build_local_image", "--dir", "projects/api")
    assert done.status == 0, done.stdout + done.stderr[-3000:]
    (image,) = engine.images({labels.DIR: "projects/api", labels.REPO: place_name(place)})
    code = "import importlib.metadata as m; print(sorted(d.name for d in m.distributions()))"
    said = run(["docker", "run", "--rm", image.id, "python", "-c", code]).stdout
    assert said == "['iniconfig']\n"


def place_name(place: Workplace) -> str:
    """The name of the repo."""
    text = (place.repo.root / "repo_config.yaml").read_text()
    return text.removeprefix("name: ").strip()
