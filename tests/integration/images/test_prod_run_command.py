"""What `i docker_build_prod_image` says at its end runs what it built."""

import secrets
from collections.abc import Iterator

import pytest

from helpers.model import labels
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, commit_all, make_runnable_dir
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_SAYS = "run it: "
_CODE = {
    "requirements.txt": "# nothing\n",
    "svc/__init__.py": "",
    "svc/__main__.py": "import os, sys\nprint('ran', *sys.argv[1:])\n",
    "devops/config.yaml": "entrypoint: [python3, -m, svc]\ncommand: [with, words]\n",
}
# It says of itself that it serves a port.
_OWN = """\
ARG BASE_IMAGE
FROM ${BASE_IMAGE} AS dev
FROM ${BASE_IMAGE} AS prod
COPY --from=code / /
EXPOSE 18431
USER 10001
"""


@pytest.fixture
def place(workplace: Workplace) -> Iterator[Workplace]:
    """A repo of a name of its own with two services and a dir that has no production image."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    (workplace.repo.root / "repo_config.yaml").write_text(f"name: {name}\n")
    make_runnable_dir(workplace.repo, "one", _CODE, image_name=f"{name}-one")
    own = {**_CODE, "devops/Dockerfile": _OWN}
    make_runnable_dir(workplace.repo, "two", own, image_name=f"{name}-two")
    make_runnable_dir(workplace.repo, "lib", image_name=f"{name}-lib")
    commit_all(workplace.repo.root)
    yield workplace
    engine.remove_images({labels.REPO: name})


def _commands(shown: str) -> list[str]:
    lines = shown.splitlines()
    assert all(line.startswith(_SAYS) for line in lines), shown
    return [line.removeprefix(_SAYS) for line in lines]


@pytest.mark.superslow
def test_the_commands_that_are_shown_run_what_was_built(place: Workplace) -> None:
    done = place.invoke("docker_build_prod_image", "--all")
    assert done.status == 0, done.stderr[-3000:]
    one, two = _commands(done.stdout)
    assert one.startswith("docker run --rm ")
    assert "--publish 127.0.0.1:18431:18431" in two
    for command in (one, two):
        assert run(["bash", "-c", command]).stdout == "ran with words\n"


def test_the_command_is_shown_also_when_there_was_nothing_to_build(place: Workplace) -> None:
    first, again = (place.invoke("docker_build_prod_image", "--dir", "one") for _ in range(2))
    assert "up to date" in again.stderr
    (command,) = _commands(again.stdout)
    assert [command] == _commands(first.stdout)


def test_nothing_is_shown_of_what_was_not_built(place: Workplace) -> None:
    dry_run = ("docker_build_prod_image", "--dir", "one", "--dry-run")
    dry = place.invoke(*dry_run)
    wrong = place.invoke(*dry_run, "--hosts", "build1")
    assert wrong.status == 2
    assert "there is no host 'build1'; there are: local" in wrong.stderr
    assert _SAYS not in dry.stdout
    (place.repo.root / "two" / "devops" / "Dockerfile").write_text(_OWN + "RUN exit 7\n")
    done = place.invoke("docker_build_prod_image", "--all")
    assert done.status == 2
    (command,) = _commands(done.stdout)
    assert "-one:prod" in command
