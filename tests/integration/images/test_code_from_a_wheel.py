"""A production image with the code as a wheel, beside the one with the code as it lies there."""

import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers.model import labels
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_runnable_dir, write_files
from tests.integration.conftest import Workplace
from tests.wheel_repos import every_declaration

pytestmark = pytest.mark.slow

_DIR = "projects/by_editable"
_CORE = "libs/text/src/text_lib/__init__.py"


@pytest.fixture
def place(workplace: Workplace) -> Iterator[Workplace]:
    """A repo of a name of its own with a project that has a package by path and a script."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    every = every_declaration().items()
    files = {path: text for path, text in every if path.startswith((_DIR, "libs/text"))}
    write_files(workplace.repo.root, {**files, "repo_config.yaml": f"name: {name}\n"})
    settings = {"devops/config.yaml": "entrypoint: [by_editable]\n"}
    make_runnable_dir(workplace.repo, _DIR, settings, image_name=f"{name}-by_editable")
    commit_all(workplace.repo.root)
    yield workplace
    engine.remove_images({labels.REPO: name})


def build(place: Workplace, *words: str) -> Mapping[str, Any]:
    """What the engine says of the image that was built."""
    done = place.invoke("docker_build_prod_image", "--dir", _DIR, *words)
    assert done.status == 0, done.stderr[-3000:]
    (image,) = [word for word in done.stdout.split() if "by_editable:prod-" in word]
    inspected = run(["docker", "image", "inspect", image]).stdout
    (found,) = json.loads(inspected)
    assert isinstance(found, dict)
    return found


def says(image: Mapping[str, Any]) -> str:
    """What the image's program prints."""
    return run(["docker", "run", "--rm", image["Id"]]).stdout


@pytest.mark.superslow
def test_both_kinds_of_code_differ_in_one_layer_and_run_the_same_script(place: Workplace) -> None:
    # The engine forgets an image when another one takes its name.
    copied = build(place)
    assert says(copied) == "text-lib\n"
    wheel = build(place, "--code", "wheel")
    assert says(wheel) == "text-lib\n"
    held = run(["docker", "run", "--rm", "--entrypoint=find", wheel["Id"], f"/app/{_DIR}"])
    assert [Path(line).name for line in held.stdout.splitlines()] == ["by_editable"]
    layers = zip(copied["RootFS"]["Layers"], wheel["RootFS"]["Layers"], strict=True)
    assert [one == other for one, other in layers].count(False) == 1
    assert abs(wheel["Size"] / copied["Size"] - 1) < 0.01
    again = place.invoke("docker_build_prod_image", "--code", "wheel", "--outdated")
    assert again.stdout == "1 dir skipped: image current\n"
    write_files(place.repo.root, {_CORE: 'NAME = "new"\n'})
    dry = place.invoke("docker_build_prod_image", "--code", "wheel", "--outdated", "--dry-run")
    assert dry.stdout.startswith(f"{_DIR}: {_CORE}, through {_DIR} -> libs/text (main, "), dry
    assert says(build(place, "--code", "wheel")) == "new\n"
