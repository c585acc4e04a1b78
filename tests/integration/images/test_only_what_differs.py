"""`--outdated` on a real engine and a real registry: the dirs whose image would differ."""

import secrets
from collections.abc import Iterator

import pytest

from helpers.model import labels
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_runnable_dir, write_files
from tests.integration.conftest import Workplace
from tests.registries import Registry

pytestmark = pytest.mark.slow

_LOG = '[tool.poetry.dependencies]\nlog = {path = "../libs/log"}\n'
_CODE = {
    "requirements.txt": "# nothing\n",
    "svc.py": "",
    "devops/config.yaml": "entrypoint: [python3, svc.py]\n",
}


@pytest.fixture
def place(workplace: Workplace) -> Iterator[Workplace]:
    """A repo of a name of its own with two services, of which one uses a shared package."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    files = {"repo_config.yaml": f"name: {name}\n", "libs/log/log/core.py": ""}
    write_files(workplace.repo.root, files)
    user = {**_CODE, "pyproject.toml": _LOG}
    make_runnable_dir(workplace.repo, "user", user, image_name=f"{name}-user")
    make_runnable_dir(workplace.repo, "other", _CODE, image_name=f"{name}-other")
    commit_all(workplace.repo.root)
    yield workplace
    engine.remove_images({labels.REPO: name})


@pytest.mark.superslow
def test_the_user_of_what_changed_is_built_again_and_nobody_else(place: Workplace) -> None:
    built = place.invoke("docker_build_prod_image", "--all")
    assert built.status == 0, built.stderr[-3000:]
    commit_all(place.repo.root, "Nothing that images hold")
    none = place.invoke("docker_build_prod_image", "--outdated")
    assert none.stdout == "2 dirs skipped: image current\n"
    write_files(place.repo.root, {"libs/log/log/core.py": "# changed\n"})
    dry = place.invoke("docker_build_prod_image", "--all", "--outdated", "--dry-run")
    why, skipped, *plan = dry.stdout.splitlines()
    assert why == (
        "user: libs/log/log/core.py, through user -> libs/log (main, user/pyproject.toml)"
    )
    assert skipped == "1 dir skipped: image current"
    assert [line for line in plan if "build " in line and "other" in line] == []
    again = place.invoke("docker_build_prod_image", "--outdated")
    assert "-user:prod" in again.stdout
    assert "-other:prod" not in again.stdout
    assert place.invoke("docker_build_prod_image", "--outdated").stdout == none.stdout


@pytest.mark.superslow
def test_a_release_is_compared_with_what_the_registry_has(
    place: Workplace, registry: Registry
) -> None:
    config = place.repo.root / "repo_config.yaml"
    config.write_text(f"{config.read_text()}registry: {registry.address}/team\n")
    commit_all(place.repo.root)
    outdated = ("docker_release_prod_image", "--outdated", "--force", "a test")
    before = place.invoke(*outdated, "--dry-run")
    assert "user: not released\n" in before.stdout, before.stderr[-3000:]
    assert "other: not released\n" in before.stdout
    built = place.invoke("docker_build_prod_image", "--dir", "other")
    assert built.status == 0, built.stderr[-3000:]
    done = place.invoke("docker_push_prod_image", "--dir", "other", "--force", "a test")
    assert done.status == 0, done.stderr[-3000:]
    after = place.invoke(*outdated, "--dry-run")
    assert "other: " not in after.stdout
    assert "user: not released\n1 dir skipped: image current\n" in after.stdout
