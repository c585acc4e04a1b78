"""Model projects on a real engine: made, built, trained, predicting, tested, served."""

import json
import re
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import ProcessResult, run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo, write_files
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.superslow

_PATIENCE_SECONDS = 60
_MACHINES = {"linux/amd64": "x86_64", "linux/arm64": "aarch64"}
_TRAIN = "python -m churn.run train --model olsr --set alpha=0.1 --seed 7"
_START = TOOLCHAIN_ROOT / "helpers" / "tasks" / "start.py"
# Runs the tests of a copy without one of its parts, for each part; what is large is imported once.
_WITHOUT_EACH = """\
import multiprocessing, os, pathlib, shutil, sys, tempfile
import pandas, pytest, sklearn.ensemble, sklearn.linear_model, sqlalchemy

ROOT = pathlib.Path(__file__).parent
SOURCE = pathlib.Path("src", "churn")
TESTS = ["tests/unit", "tests/integration", "--deselect=tests/unit/test_run_tests.py"]
FEW = "(unit and not another_version) or commands or list_shows"


def parts():
    for pattern in ("data_loaders/*_data_loader.py", "models/*/**/[a-z]*.py", "features/build_*"):
        for path in sorted((ROOT / SOURCE).glob(pattern)):
            if path.parent.name != "common":
                yield path.relative_to(ROOT)


def status(part):
    copy = pathlib.Path(tempfile.mkdtemp()) / "copy"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns("artifacts", "__pycache__"))
    gone = copy / part
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    os.chdir(copy)
    sys.path.insert(0, str(copy / "src"))
    return str(part), int(pytest.main(["-q", "-x", "-p", "no:cacheprovider", *TESTS, "-k", FEW]))


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        found = dict(pool.imap_unordered(status, list(parts())))
    print("statuses:", found)
    sys.exit(any(found.values()) or len(found) != 9)
"""


class Project:
    """A repo with a model project at `apps/churn`, and what its user types."""

    def __init__(self, place: Workplace) -> None:
        self.place = place
        self.root = place.repo.root / "apps" / "churn"

    def create(self, name: str, *data: str, template: str = "ml") -> None:
        image = f"{self.place.repo.config.name}-{name.rpartition('/')[2]}"
        answers = ["package=churn", f"image_name={image}", *data]
        options = [word for one in answers for word in ("--data", one)]
        done = self.place.invoke(
            "runnable_dir_create", "--template", template, "--dir", name, "--yes", *options
        )
        assert done.status == 0, done.stdout + done.stderr

    def types(self, command: str) -> ProcessResult:
        """A command in the project's container."""
        return self.place.invoke("docker_cmd", "--dir", "apps/churn", "--cmd", command)

    def train(self, *words: str) -> ProcessResult:
        """`i train`, as typed in the project."""
        python = self.place.invoke_command()[0]
        command = [python, "-I", str(_START), "--search-root", str(TOOLCHAIN_ROOT), "train"]
        return run([*command, *words], cwd=self.root, check=False, timeout=200)


@pytest.fixture(scope="module")
def project(client: Client) -> Iterator[Project]:
    """One for all tests; it is built by the first command that needs it."""
    folder = TOOLCHAIN_ROOT / "tmp.helpers" / "tests" / secrets.token_hex(4)
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    place = Workplace(make_repo(folder / "my repo", config=f"name: {name}\n"), client, 500)
    made = Project(place)
    made.create("apps/churn")
    commit_all(place.repo.root)
    yield made
    stop_own(client, place.repo, force=True)
    engine.remove_images({labels.REPO: name})
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def trained(project: Project) -> Project:
    """The same with a model, trained as a user types it."""
    done = project.types(f"{_TRAIN} --out artifacts")
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert '"model": "olsr"' in done.stdout
    return project


def test_a_new_project_passes_its_tests_in_its_container(project: Project) -> None:
    done = project.place.main_pytest("--dir", "apps/churn", "--suite", "all")
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
    own = project.types("python tests/run_tests.py --test_type integration -- -k commands")
    assert own.status == 0, own.stdout[-3000:]


def test_it_trains_again_to_the_same_metrics_predicts_and_is_evaluated(trained: Project) -> None:
    run_it = "python -m churn.run"
    done = trained.types(
        f"{_TRAIN} --out artifacts/again && cmp artifacts/metrics.json artifacts/again/metrics.json"
        f" && {run_it} predict --out artifacts/out.csv && {run_it} evaluate"
    )
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert len((trained.root / "artifacts" / "out.csv").read_text().splitlines()) == 201
    wrong = trained.types(f"{run_it} train --set lr=fast --out artifacts/wrong")
    assert wrong.status == 2
    assert "lr is a number from 0.0001 to 1, found 'fast'" in wrong.stdout + wrong.stderr
    assert not (trained.root / "artifacts" / "wrong").exists()


def test_a_model_is_trained_by_the_toolchain(project: Project) -> None:
    # It is given all parameters, also those of other models.
    done = project.train("boosting", "lr=0.2", "rounds=5", "seed=7")
    assert done.status == 0, done.stdout + done.stderr
    assert "rmse" in done.stdout


def test_a_part_that_is_deleted_breaks_no_other(project: Project) -> None:
    write_files(project.root, {"without_each.py": _WITHOUT_EACH})
    try:
        done = project.types("python without_each.py")
    finally:
        (project.root / "without_each.py").unlink()
    assert done.status == 0, done.stdout[-5000:] + done.stderr[-2000:]


def test_production_serves_the_model_that_is_mounted_and_is_well(trained: Project) -> None:
    built = trained.place.invoke("docker_build_prod_image", "--dir", "apps/churn")
    assert built.status == 0, built.stdout[-2000:] + built.stderr[-3000:]
    reference = built.stdout.rpartition("docker run --rm ")[2].strip()
    # The image's user is not ours.
    (trained.root / "artifacts").chmod(0o755)
    for path in (trained.root / "artifacts").glob("model.*"):
        path.chmod(0o644)
    mount = f"{trained.root / 'artifacts'}:/artifacts:ro"
    options = ["--detach", "--volume", mount]
    container = run(["docker", "run", *options, reference]).stdout.strip()
    try:
        _wait_until_well(container)
        assert len(_predictions(container)) == 1
        files = run(["docker", "exec", container, "ls", "-A", "/app/apps/churn"]).stdout.split()
        assert files == ["pyproject.toml", "src"]
        lacking = run(["docker", "exec", container, "python", "-c", "import pytest"], check=False)
        assert "No module named 'pytest'" in lacking.stderr
    finally:
        run(["docker", "rm", "--force", container])


def _predictions(container: str) -> list[float]:
    """What the service says of one customer; asked from inside, since a port may be elsewhere."""
    rows = [{"customer": 1, "tenure": 12, "visits": 3, "note": "late payer"}]
    code = (
        "import sys, urllib.request as r;"
        "print(r.urlopen('http://127.0.0.1:8000/predict', sys.argv[1].encode()).read().decode())"
    )
    said = run(["docker", "exec", container, "python", "-c", code, json.dumps(rows)]).stdout
    found: list[float] = json.loads(said)["predictions"]
    return found


def _wait_until_well(container: str) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    state = ""
    while state != "healthy" and time.monotonic() < end:
        time.sleep(0.5)
        state = engine.container(container)["State"]["Health"]["Status"]
    assert state == "healthy", run(["docker", "logs", container]).stderr


@pytest.fixture(scope="module")
def others(project: Project) -> tuple[str, ...]:
    """Projects beside it, each of another lock tool."""
    project.create("apps/by_uv", "lock=uv", "storage=sql")
    project.create("apps/by_pip", "lock=pip")
    assert (project.place.repo.root / "apps/by_uv/uv.lock").is_file()
    commit_all(project.place.repo.root)
    return ("apps/by_uv", "apps/by_pip")


def test_the_other_lock_tools_give_the_same_project(
    project: Project, others: tuple[str, ...]
) -> None:
    dirs = [word for name in others for word in ("--dir", name)]
    done = project.place.main_pytest(*dirs, "--suite", "all", "--", "-k", "commands")
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for name in others:
        assert f"{name}: passed (" in done.stdout
    checked = project.place.invoke("package_check", "--all")
    assert checked.status == 0, checked.stdout + checked.stderr


# Debian's packages of the images are installed by programs that are emulated.
@pytest.mark.timeout(1800)
def test_projects_of_all_lock_tools_are_built_for_another_architecture(
    project: Project, others: tuple[str, ...], foreign_base: str
) -> None:
    # A model project has 700 MB for each platform: one of them is enough.
    small = {name: name.rpartition("_")[2] for name in ("apps/small_uv", "apps/small_poetry")}
    for name, tool in small.items():
        project.create(name, f"lock={tool}", template="cli")
    commit_all(project.place.repo.root)
    place = replace(project.place, timeout=1700)
    references = []
    for name in (others[1], *small):
        words = ("docker_build_local_image", "--dir", name, "--platform", foreign_base)
        built = place.invoke(*words)
        assert built.status == 0, built.stderr[-5000:]
        references += re.findall(r" built (\S+)", built.stderr)
    assert len(references) == 3
    code = "import platform, pytest; print(platform.machine())"
    for reference in references:
        python = ["docker", "run", "--rm", "--platform", foreign_base, reference, "python", "-c"]
        assert run([*python, code]).stdout.strip() == _MACHINES[foreign_base]
