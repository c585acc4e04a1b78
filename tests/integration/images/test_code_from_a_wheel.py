"""Production images with the code as wheels, beside the one with the code as it lies there."""

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from helpers.model import labels
from helpers.system.process import ProcessResult, run
from helpers.wheels.archive import read_wheel, wheel_name, write_wheel
from helpers.wheels.renumber import renumbered
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_runnable_dir, write_files
from tests.integration.conftest import Workplace
from tests.package_indexes import PASSWORD, USER, RunningIndex
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


def build(place: Workplace, *words: str, login: bool = False) -> Mapping[str, Any]:
    """What the engine says of the image that was built."""
    done = typed(place, "docker_build_prod_image", *words, login=login)
    assert done.status == 0, done.stderr[-3000:]
    (image,) = [word for word in done.stdout.split() if "by_editable:prod-" in word]
    inspected = run(["docker", "image", "inspect", image]).stdout
    (found,) = json.loads(inspected)
    assert isinstance(found, dict)
    return found


def typed(place: Workplace, task: str, *words: str, login: bool = True) -> ProcessResult:
    """A task on the dir, with the password of the index on standard input."""
    given = ("--username", USER, "--password-stdin") if login else ()
    done = place.invoke(task, "--dir", _DIR, *words, *given, stdin=f"{PASSWORD}\n" * login)
    assert PASSWORD not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


def compare(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Make sure that two images differ in the layer of the code alone."""
    layers = zip(one["RootFS"]["Layers"], other["RootFS"]["Layers"], strict=True)
    assert [first == second for first, second in layers].count(False) == 1
    assert abs(one["Size"] / other["Size"] - 1) < 0.01


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
    compare(copied, wheel)
    again = place.invoke("docker_build_prod_image", "--code", "wheel", "--outdated")
    assert again.stdout == "1 dir skipped: image current\n"
    write_files(place.repo.root, {_CORE: 'NAME = "new"\n'})
    dry = place.invoke("docker_build_prod_image", "--code", "wheel", "--outdated", "--dry-run")
    assert dry.stdout.startswith(f"{_DIR}: {_CORE}, through {_DIR} -> libs/text (main, "), dry
    assert says(build(place, "--code", "wheel")) == "new\n"


@pytest.mark.superslow
def test_published_code_comes_from_the_index_that_is_meant_with_its_hash(
    place: Workplace, package_index: RunningIndex
) -> None:
    root = place.repo.root
    config = (root / "repo_config.yaml").read_text()
    write_files(root, {"repo_config.yaml": config + package_index.settings})
    lacking = typed(place, "docker_build_prod_image", "--code", "index")
    assert lacking.status == 2
    assert "team lacks by-editable 1.2" in lacking.stderr
    assert "simple/ has: no version of it" in lacking.stderr
    assert f"i package_publish --dir {_DIR} --index team" in lacking.stderr
    done = typed(place, "package_publish", "--mode", "pin")
    assert done.status == 0, done.stderr
    files = {one.name: one.read_bytes() for one in package_index.storage.iterdir()}
    assert sorted(files) == ["by_editable-1.2-py3-none-any.whl", "text_lib-1.2-py3-none-any.whl"]

    dry = typed(place, "docker_build_prod_image", "--code", "index", "--dry-run")
    for name, content in files.items():
        said = f"of the index team: {name} sha256:{hashlib.sha256(content).hexdigest()}\n"
        assert said in dry.stdout
    published = build(place, "--code", "index", login=True)
    assert says(published) == "text-lib\n"
    history = run(["docker", "history", "--no-trunc", published["Id"]]).stdout
    assert PASSWORD not in json.dumps(published) + history
    logs = (root / "tmp.helpers" / "builds").glob("*.log")
    assert not any(PASSWORD in log.read_text() for log in logs)
    ran = place.invoke("docker_run", "--dir", _DIR, "--", "--help")
    assert (ran.status, ran.stdout) == (0, "text-lib\n"), ran.stderr

    # What is not released changes nothing; a release does.
    write_files(root, {_CORE: 'NAME = "new"\n'})
    write_files(root, {f"{_DIR}/devops/config.yaml": "entrypoint: [by_editable]\ncode: index\n"})
    outdated = ("docker_build_prod_image", "--outdated", "--dry-run")
    assert typed(place, *outdated).stdout == "1 dir skipped: image current\n"
    project = root / _DIR / "pyproject.toml"
    project.write_text(project.read_text().replace('"1.2"', '"1.3"'))
    lacking = typed(place, "docker_build_prod_image")
    assert "team lacks by-editable 1.3" in lacking.stderr
    assert "simple/ has: 1.2\n" in lacking.stderr
    old = package_index.storage / "by_editable-1.2-py3-none-any.whl"
    new = renumbered(read_wheel(old), {"by-editable": "1.3"})
    write_wheel(old.with_name(wheel_name(new.name, "1.3", new.tags)), new.files, new.info, 10**9)
    why = typed(place, *outdated).stdout
    assert why.startswith(f"{_DIR}: code from by-editable 1.3 of the index team: by_edi"), why
