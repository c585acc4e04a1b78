"""Ctrl-C in a build says so in one line, and leaves changelog and images as they were."""

import secrets
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pexpect
import pytest

from helpers.containers.inventory import stop_own
from helpers.model import labels
from helpers.model.settings.config import RepoConfig
from helpers.system.host import read_host
from tests import engine
from tests.builders import TEST_REPO, commit_all, git, make_runnable_dir
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_PATIENCE = 120
# The first step tells that the second one is about to begin.
_ENDLESS = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE} AS dev\nRUN echo begun && sleep 300 && echo "


@pytest.fixture
def place(workplace: Workplace) -> Iterator[Workplace]:
    """A repo of a name of its own with two dirs whose images take minutes."""
    name = f"{TEST_REPO}{secrets.token_hex(4)}"
    repo = replace(workplace.repo, config=RepoConfig(name))
    (repo.root / "repo_config.yaml").write_text(f"name: {name}\n")
    for one in ("one", "two"):
        make_runnable_dir(repo, one, {"devops/Dockerfile": f"{_ENDLESS}{name}{one}\n"})
    commit_all(repo.root)
    yield replace(workplace, repo=repo)
    stop_own(workplace.client, repo, force=True)
    engine.remove_images({labels.REPO: name})


def _interrupted(place: Workplace, words: Sequence[str]) -> tuple[int | None, str]:
    """The status of a command that gets Ctrl-C while a step works, and what it then says."""
    command = [*place.invoke_command(), *words]
    shown = pexpect.spawn(
        command[0], command[1:], cwd=str(place.repo.root), timeout=_PATIENCE,
        dimensions=(40, 150), encoding="utf-8",
    )  # fmt: skip
    shown.expect("RUN echo")
    shown.sendintr()
    shown.expect(pexpect.EOF)
    shown.close()
    assert isinstance(shown.before, str)
    return shown.exitstatus, shown.before


@pytest.mark.parametrize(
    "words",
    [
        ("docker_build_local_image", "--dir", "one"),
        ("docker_build_local_image", "--dir", "one", "--bump", "minor", "--message", "More"),
        ("docker_build_local_image", "--all"),
        ("docker_build_local_image", "--all", "--bump", "minor", "--message", "More"),
        ("docker_cmd", "--dir", "one", "--cmd", "true"),
    ],
    ids=["one", "bump", "all", "all-bump", "cmd"],
)
def test_an_interrupt_ends_a_build_in_one_line_and_nothing_changed(
    place: Workplace, words: tuple[str, ...]
) -> None:
    status, said = _interrupted(place, words)
    assert status == 130, said
    assert said.endswith("interrupted: nothing changed\r\n"), said
    assert "Traceback" not in said
    assert git(place.repo.root, "status", "--short") == ""
    assert engine.images({labels.REPO: place.repo.config.name}) == []


def test_what_was_built_before_an_interrupt_is_named(place: Workplace) -> None:
    quick = "ARG BASE_IMAGE\nFROM ${BASE_IMAGE} AS dev\n"
    (place.repo.root / "two" / "devops" / "Dockerfile").write_text(quick)
    command = ("docker_build_local_image", "--all", "--bump", "minor", "--message", "More")
    process = subprocess.Popen(
        [*place.invoke_command(), *command],
        cwd=place.repo.root,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stderr is not None
    assert any("two: built" in line for line in process.stderr)
    # Its entry in the changelog follows at once, and the other one takes minutes.
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=_PATIENCE)[1]
    assert process.returncode == 130, said
    reference = _reference(place)
    assert said == f"interrupted: {reference} was built, and nothing else was\n"
    built = engine.images({labels.REPO: place.repo.config.name})
    assert [tag for image in built for tag in image.names] == [reference]
    changed = git(place.repo.root, "status", "--short", "--", "*changelog.txt")
    assert changed.split() == ["M", "two/changelog.txt"]


def _reference(place: Workplace) -> str:
    return f"{place.repo.config.name}/two:local-{read_host().user.name}-1.1.0"
