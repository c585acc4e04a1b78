"""`--dry-run` of every task that changes something: all is said, and nothing changes."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from helpers.system.process import ProcessResult
from tests.builders import commit_all
from tests.integration.conftest import StartRegistry
from tests.integration.release.conftest import MakePlace, Place, change
from tests.registries import Registry, free_port

pytestmark = pytest.mark.slow

_TASKS = {
    "docker_build_local_image": "build {name}:local-",
    "docker_build_prod_image": "copy 2 files of code to /app/app",
    "docker_tag_local_image_as_dev": " as {name}:dev-1.0.0",
    "docker_push_dev_image": "tag {name}:dev-1.0.0, read it back",
    "docker_release_dev_image": "move {name}:dev to dev-1.0.0, read it back",
    "docker_push_prod_image": "move {name}:prod to prod-1.0.0, read it back",
    "docker_release_prod_image": "test in {name}:releasing-prod-1.0.0-test",
    "docker_create_candidate_image": "tag {name}:prod-",
    "docker_remove_image --stage prod --version 1.0.0": "remove {name}:prod-1.0.0",
    "docker_login": "docker login {host}",
    "docker_clean": "",
}
_TASKS_AFTER_A_RELEASE = {
    "docker_rollback_prod_image --version 1.0.0": "{name}:prod: nothing moved, it names 1.0.0",
    "docker_pull --stage prod": "pull {name}:prod for linux/",
}


def _files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and "__pycache__" not in path.parts
        # What git notes while it looks.
        and path.name != "index"
    }


@pytest.mark.superslow
def test_a_dry_run_prints_every_step_and_changes_nothing(place: Place) -> None:
    for task in ("docker_build_local_image", "docker_tag_local_image_as_dev",
                 "docker_build_prod_image"):  # fmt: skip
        place.released(task, "--dir", "app")
    _run_dry(place, _TASKS)
    place.released("docker_push_image", "--stage", "prod", "--dir", "app")
    _run_dry(place, _TASKS_AFTER_A_RELEASE)


def _run_dry(place: Place, tasks: Mapping[str, str]) -> None:
    root = place.work.repo.root
    before = _files(root), place.repository().tags(), place.engine_tags()
    for line, expected in tasks.items():
        task, *options = line.split()
        place_of = [] if task in ("docker_login", "docker_clean") else ["--dir", "app"]
        done = place.released(task, *options, *place_of, "--dry-run")
        name = f"{place.registry.address}/team/app"
        assert expected.format(name=name, host=place.registry.address) in done.stdout, line
        assert (_files(root), place.repository().tags(), place.engine_tags()) == before, line


def test_a_dry_run_in_a_fresh_checkout_makes_no_file(place: Place) -> None:
    root = place.work.repo.root
    before = _files(root)
    place.released("docker_release_prod_image", "--dir", "app", "--dry-run")
    assert _files(root) == before
    change(place, {"app/devops/config.yaml": "entrypoint: 3\n"})
    done = place.invoke("docker_release_prod_image", "--dir", "app", "--dry-run")
    assert done.status == 2
    assert "app/devops/config.yaml:1" in done.stderr


def _state(place: Place) -> tuple[object, ...]:
    return _files(place.work.repo.root), _files(place.registry.storage), place.engine_tags()


def _error(done: ProcessResult) -> str:
    return done.stderr[done.stderr.index("error: ") :]


def _refused(place: Place, said: str, task: str = "docker_release_dev_image") -> None:
    """A dry run ends as the release itself does, and changes nothing."""
    before = _state(place)
    dry = place.invoke(task, "--dir", "app", "--dry-run")
    assert _state(place) == before
    real = place.invoke(task, "--dir", "app")
    assert said in dry.stderr
    assert (dry.status, _error(dry)) == (real.status, _error(real)) == (2, _error(dry))
    assert dry.stdout == real.stdout == ""


@pytest.mark.superslow
def test_a_dry_run_ends_as_the_release_where_others_cannot_have_it(place: Place) -> None:
    change(place, {"app/svc/more.py": "MORE = 1\n"})
    _refused(place, "the tree is not clean")
    commit_all(place.work.repo.root)
    _refused(place, "is not pushed")


@pytest.mark.superslow
def test_a_dry_run_ends_as_the_release_where_the_version_is_taken_or_old(place: Place) -> None:
    place.push("dev-1.0.0", "dev")
    change(place, {"app/svc/more.py": "MORE = 1\n"})
    place.publish()
    _refused(place, "i docker_build_local_image --dir app --bump patch")
    _refused(place, "dev-1.0.0 is taken")
    change(place, {"app/changelog.txt": "# app-0.9.0\n- 2026-01-02\n- Less\n"})
    place.publish()
    _refused(place, "0.9.0 is older than 1.0.0")
    _refused(place, "git pull, or put an entry above 1.0.0 on top of its changelog")


def test_a_dry_run_ends_as_the_release_where_the_login_is_not_taken(
    make_place: MakePlace, start_registry: StartRegistry
) -> None:
    place = make_place(start_registry(login=("ann", "secret")))
    place.add_app()
    (place.settings / "config.json").unlink()
    _refused(place, "i docker_login --registry")


@pytest.mark.superslow
def test_a_dry_run_ends_as_the_release_where_the_registry_is_not_there(
    make_place: MakePlace, registry: Registry
) -> None:
    place = make_place(registry, address=f"127.0.0.1:{free_port()}")
    place.add_app()
    _refused(place, "check that the registry runs")
