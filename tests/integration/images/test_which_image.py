"""Which image a dir means, on an engine that has those of other repos, too."""

import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from helpers.containers.inventory import stop_own
from helpers.engine.client import Client
from helpers.images.resolve import Which, references_of
from helpers.model import labels
from helpers.model.images.name import Stage
from helpers.system.host import read_host
from helpers.system.repo_files import read_changelog
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_repo, make_runnable_dir
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_REQUIREMENTS = (Path(__file__).parents[1] / "pytest_requirements.txt").read_text()


@pytest.fixture
def pair(workspace: Path, client: Client) -> Iterator[tuple[Workplace, Workplace]]:
    """Two repos, each with a dir `app` whose image has the same name, and a word of its own."""
    word = secrets.token_hex(3)
    places = []
    for name in ("one", "two"):
        repo = make_repo(workspace / name, config=f"name: {TEST_REPO}-{name}-{word}\n")
        files = {
            "requirements.txt": _REQUIREMENTS,
            "pytest.ini": "[pytest]\n",
            "devops/Dockerfile": f"ARG BASE_IMAGE\nFROM ${{BASE_IMAGE}} AS dev\nENV WORD={name}\n",
        }
        make_runnable_dir(repo, "app", files, image_name=f"same{word}")
        commit_all(repo.root)
        places.append(Workplace(repo, client))
    yield (places[0], places[1])
    for place in places:
        stop_own(client, place.repo, force=True)
        engine.remove_images({labels.REPO: place.repo.config.name})


def _word(place: Workplace) -> str:
    done = place.invoke("docker_cmd", "--dir", "app", "--cmd", "echo word=$WORD")
    assert done.status == 0, done.stderr
    return done.stdout.strip()


def _build(place: Workplace, task: str = "docker_build_local_image") -> None:
    done = place.invoke(task, "--dir", "app")
    assert done.status == 0, done.stderr


def _references(place: Workplace, stage: Stage = Stage.LOCAL) -> tuple[str, ...]:
    changelog = read_changelog(place.repo.runnable_dir("app"))
    return references_of(place.repo, changelog, read_host(), Which(stage))


@pytest.mark.superslow
def test_two_repos_have_their_own_images_of_the_same_name(
    pair: tuple[Workplace, Workplace],
) -> None:
    one, two = pair
    _build(one)
    missing = two.invoke("docker_cmd", "--dir", "app", "--cmd", "true", "--no-build")
    assert (missing.status, "i docker_build_local_image --dir app" in missing.stderr) == (2, True)
    _build(two)
    assert (_word(one), _word(two)) == ("word=one", "word=two")
    assert not set(_references(one)[:1]) & set(_references(two)[:1])


def test_another_repos_image_under_the_wanted_name_is_not_taken(
    pair: tuple[Workplace, Workplace],
) -> None:
    one, two = pair
    _build(one)
    image = engine.sdk().images.get(_references(one)[0])
    for reference in (*_references(two), *_references(two, Stage.DEV)):
        image.tag(reference)
    for options in ((), ("--stage", "dev")):
        asked = ("docker_cmd", "--dir", "app", "--cmd", "true", "--no-build")
        done = two.invoke(*asked, *options)
        assert done.status == 2
        assert f"of the dir app of the repo {one.repo.config.name}" in done.stderr
    listed = two.invoke("dirs")
    assert "never built" in listed.stdout


def test_an_image_that_an_earlier_version_named_is_found(
    pair: tuple[Workplace, Workplace],
) -> None:
    one, _ = pair
    _build(one)
    name, former = _references(one)
    engine.sdk().images.get(name).tag(former)
    engine.sdk().images.remove(name)
    assert _word(one) == "word=one"
    assert "there" in one.invoke("dirs").stdout


def test_an_image_is_found_that_was_built_before_the_repo_had_a_registry(
    pair: tuple[Workplace, Workplace],
) -> None:
    one, two = pair
    for place in pair:
        _build(place)
        settings = place.repo.root / "repo_config.yaml"
        settings.write_text(f"{settings.read_text()}registry: registry.example.org/team\n")
        assert "there" in place.invoke("dirs").stdout
    used = "--no-build", "--dir", "app"
    for place in pair:
        missing = place.invoke("docker_cmd", "--cmd", "true", "--stage", "dev", *used)
        assert "not on this engine" in missing.stderr
    remove = "docker_remove_image", "--dir", "app", "--version", "1.0.0"
    name, _ = _references(two)
    user = engine.sdk().containers.create(name, "true")
    refused = two.invoke(*remove)
    assert (refused.status, f"by containers: {user.name}" in refused.stderr) == (2, True)
    subprocess.run(refused.stderr.rpartition("fix:")[2].split(), check=True)
    removed = two.invoke(*remove)
    assert removed.stdout.startswith(f"removed {two.repo.config.name}/")
    assert "never built" in two.invoke("dirs").stdout
    assert "there" in one.invoke("dirs").stdout
