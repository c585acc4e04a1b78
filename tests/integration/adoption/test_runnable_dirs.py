"""Dirs made from templates, on a real engine: built, tested, run, renamed and removed."""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.adoption.from_template.deploying import TEMPLATE
from helpers.adoption.from_template.source import template_names
from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.model import labels
from helpers.system.locate import TOOLCHAIN_ROOT
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo, write_files
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_PATIENCE_SECONDS = 60


@pytest.fixture
def place(workspace: Path, client: Client) -> Iterator[Workplace]:
    """A scratch repo with a name of its own, so that its images are nobody else's."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    made = Workplace(make_repo(workspace / "my repo", config=f"name: {name}\n"), client, 500)
    yield made
    stop_own(client, made.repo, force=True)
    engine.remove_images({labels.REPO: name})


def _create(place: Workplace, name: str, template: str) -> str:
    """Make a dir; the name of its image, which no other test's has."""
    image = f"{place.repo.config.name}-{template}"
    options = ["--dir", name, "--template", template, "--data", f"image_name={image}", "--yes"]
    done = place.invoke("runnable_dir_create", *options)
    assert done.status == 0, done.stderr
    return image


def _images(place: Workplace) -> list[str]:
    found = engine.images({labels.REPO: place.repo.config.name})
    return [tag for image in found for tag in image.names]


@pytest.mark.superslow
def test_dirs_of_every_template_pass_their_tests_at_once(place: Workplace) -> None:
    # A project that only deploys has no tests of its own, a model project is tested by itself.
    templates = [name for name in template_names(TOOLCHAIN_ROOT) if name not in (TEMPLATE, "ml")]
    for template in templates:
        _create(place, f"apps/{template}", template)
    done = place.main_pytest("--suite", "all")
    assert done.status == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for template in templates:
        assert f"apps/{template}: passed (" in done.stdout
    assert " 0 failed" in done.stdout.splitlines()[-1]
    jupyter = place.invoke("docker_cmd", "--dir", "apps/notebook", "--cmd", "jupyter lab --version")
    assert jupyter.status == 0, jupyter.stderr
    commit_all(place.repo.root)
    order = place.invoke("changelog_check")
    assert order.status == 0, order.stdout


@pytest.mark.superslow
def test_a_service_runs_in_production_is_well_and_ends_when_told_to(place: Workplace) -> None:
    image = _create(place, "apps/service", "service")
    commit_all(place.repo.root)
    built = place.invoke("docker_build_prod_image", "--dir", "apps/service")
    assert built.status == 0, built.stdout[-2000:] + built.stderr[-3000:]
    reference = next(tag for tag in _images(place) if tag.startswith(f"{image}:prod"))
    container = run(["docker", "run", "--detach", reference]).stdout.strip()
    try:
        _wait_until_well(container)
        files = run(["docker", "exec", container, "ls", "-A", "/app/apps/service"]).stdout.split()
        assert files == ["pyproject.toml", "service"]
        packages = run(["docker", "exec", container, "python", "-c", "import pytest"], check=False)
        assert "No module named 'pytest'" in packages.stderr
        began = time.monotonic()
        run(["docker", "stop", "--time", "30", container])
        assert time.monotonic() - began < 20
        assert engine.container(container)["State"]["ExitCode"] == 0
    finally:
        run(["docker", "rm", "--force", container])


def _wait_until_well(container: str) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    state = ""
    while state != "healthy" and time.monotonic() < end:
        time.sleep(0.5)
        state = engine.container(container)["State"]["Health"]["Status"]
    assert state == "healthy"


def test_a_dry_run_of_a_removal_shows_what_would_go_and_its_fixes_remove_nothing(
    place: Workplace,
) -> None:
    none = place.invoke("runnable_dir_remove", "--dry-run")
    assert none.status == 2
    assert "i runnable_dir_remove --dir apps/forecast --dry-run   (i dirs lists" in none.stderr
    place.add_dir("app", "")
    write_files(place.repo.root / "app", {"new.py": ""})
    lost = place.invoke("runnable_dir_remove", "--dir", "app", "--dry-run")
    assert (lost.status, "new.py" in lost.stdout) == (2, True), lost.stderr
    command = lost.stderr.partition("or lose it: i ")[2].split()
    assert command[-2:] == ["--force", "--dry-run"]
    assert place.invoke(*command).status == 0
    assert (place.repo.root / "app/new.py").exists()


@pytest.mark.superslow
def test_a_dir_is_renamed_tested_and_removed_with_its_images(place: Workplace) -> None:
    image = _create(place, "apps/library", "library")
    commit_all(place.repo.root)
    assert place.main_pytest("--dir", "apps/library").status == 0
    kept = place.invoke("docker_cmd", "--dir", "apps/library", "--cmd", "true")
    assert kept.status == 0
    idle = place.containers()
    assert idle
    moved = place.invoke("runnable_dir_rename", "--dir", "apps/library", "--to", "libs/text")
    stopped = [line.split()[1] for line in moved.stdout.splitlines() if line.startswith("stopped")]
    assert sorted(stopped) == sorted(idle)
    commit_all(place.repo.root)
    done = place.main_pytest("--dir", "libs/text")
    assert done.status == 0, done.stdout + done.stderr
    assert place.invoke("docker_cmd", "--dir", "libs/text", "--cmd", "true").status == 0
    gone = place.invoke("runnable_dir_remove", "--dir", "libs/text", "--yes")
    assert gone.status == 0, gone.stdout + gone.stderr
    assert f"/{image}:local-" in gone.stdout
    assert _images(place) == place.containers() == []
    assert not (place.repo.root / "libs").exists()
