"""A model project that conda locks: made, locked, built, trained and tested."""

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.adoption.from_template.source import FOLDER
from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.lease import working_folder
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo
from tests.conda_channels import Channel, session_channel
from tests.integration.conftest import Workplace

pytestmark = [pytest.mark.superslow, pytest.mark.timeout(1500)]

_DIR = "apps/churn"
_TRAIN = "python -m churn.run train --model olsr --set alpha=0.1 --seed 7 --out artifacts"
_DATA = Path("notebooks/dummy_data/customers.csv")
_MOUNTS = {Path("artifacts"): "artifacts", _DATA.parent: "data"}
_LOCKED = [TOOLCHAIN_ROOT / FOLDER / "ml/requirements" / f"{one}.txt" for one in ("default", "dev")]


@pytest.fixture(scope="module")
def channel(tmp_path_factory: pytest.TempPathFactory, client: Client) -> Channel:
    """What the template asks for, of the wheels that it has with pip."""
    return session_channel(tmp_path_factory, client, "conda_ml", *_LOCKED)


@pytest.fixture
def place(channel: Channel, client: Client) -> Iterator[Workplace]:
    """A repo that has the channel."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    folder = working_folder(TOOLCHAIN_ROOT) / "tests" / secrets.token_hex(4)
    repo = make_repo(folder / "my repo", config=f"name: {name}\n")
    shutil.copytree(channel.folder, repo.root / "channel")
    yield Workplace(repo, client, 500)
    stop_own(client, repo, force=True)
    engine.remove_images({labels.REPO: name})
    shutil.rmtree(folder, ignore_errors=True)


def test_a_project_of_conda_packages_trains_passes_its_tests_and_is_served(
    place: Workplace,
) -> None:
    def types(*words: str) -> str:
        done = place.invoke(*words)
        assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    answers = ("lock=conda", "channel=../../channel", f"image_name={place.repo.config.name}")
    data = [word for one in answers for word in ("--data", one)]
    types("runnable_dir_create", "--template", "ml", "--dir", _DIR, "--yes", *data)
    root = place.repo.root / _DIR
    assert (root / "pixi.lock").is_file()
    commit_all(place.repo.root)

    # All of its tests pass with what Poetry locks: see the other model projects.
    done = place.main_pytest("--dir", _DIR, "--suite", "all", "--", "-k", "commands")
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
    trained = types("docker_cmd", "--dir", _DIR, "--cmd", _TRAIN)
    assert '"model": "olsr"' in trained
    types("package_check", "--all")

    built = types("docker_build_prod_image", "--dir", _DIR)
    image = built.rpartition("docker run --rm ")[2].strip()
    (root / "artifacts").chmod(0o755)
    for path in (root / "artifacts").glob("model.*"):
        path.chmod(0o644)
    predict = ["predict", "--model", "/artifacts", "--data", "csv:/data/customers.csv"]
    mounts = [f"--volume={root / one}:/{to}:ro" for one, to in _MOUNTS.items()]
    said = run(["docker", "run", "--rm", *mounts, image, *predict]).stdout
    assert len(said.splitlines()) == len((root / _DATA).read_text().splitlines())
    lacking = ["docker", "run", "--rm", "--entrypoint", "python", image, "-c", "import pytest"]
    assert "No module named 'pytest'" in run(lacking, check=False).stderr
