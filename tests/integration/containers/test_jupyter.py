"""`i docker_jupyter` in the dir that the template of notebooks makes, as somebody types it."""

import json
import re
import secrets
from collections.abc import Iterator

import pexpect
import pytest

from helpers.model import labels
from helpers.system.process import run
from tests import engine
from tests.builders import TEST_REPO, commit_all
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_PATIENCE = 500


@pytest.fixture
def place(workplace: Workplace) -> Iterator[Workplace]:
    """A repo with a dir of notebooks whose image was never built."""
    name = f"{TEST_REPO}-{secrets.token_hex(4)}"
    (workplace.repo.root / "repo_config.yaml").write_text(f"name: {name}\n")
    commit_all(workplace.repo.root)
    done = workplace.invoke("runnable_dir_create", "--dir", "nb", "--template", "notebook")
    assert done.status == 0, done.stderr
    yield workplace
    engine.remove_images({labels.REPO: name})


@pytest.mark.superslow
def test_the_address_works_when_it_is_printed_and_an_interrupt_just_ends_it(
    place: Workplace,
) -> None:
    command = [*place.invoke_command(), "docker_jupyter", "--dir", "nb"]
    shown = pexpect.spawn(
        command[0], command[1:], cwd=str(place.repo.root), timeout=_PATIENCE,
        dimensions=(40, 150), encoding="utf-8",
    )  # fmt: skip
    shown.expect(r"Jupyter: (?P<base>http://127\.0\.0\.1:\d+)/lab\?token=(?P<token>\S+)")
    assert "built" in str(shown.before), "the image was missing"
    assert isinstance(shown.match, re.Match)
    base, token = shown.match["base"], shown.match["token"]
    # From inside: the engine publishes ports on its own host, which tests in a container are not.
    (container,) = _containers(place)
    assert _ask(container, f"{base}/lab?token={token}") != ""
    # With a kernel, Jupyter would ask.
    kernel = json.loads(_ask(container, f"{base}/api/kernels?token={token}", '{"name": "python3"}'))
    assert kernel["name"] == "python3"
    shown.sendintr()
    shown.expect(pexpect.EOF)
    shown.close()
    assert shown.exitstatus == 0
    said = str(shown.before)
    assert "Traceback" not in said
    assert "y/[n]" not in said
    assert _containers(place) == []


def _containers(place: Workplace) -> list[str]:
    """All of the repo, whatever its name is."""
    return [item.id for item in engine.containers({labels.REPO_ROOT: str(place.repo.root)})]


def _ask(container: str, address: str, body: str = "") -> str:
    """What the server in a container answers."""
    program = (
        "import sys, urllib.request as u\n"
        "print(u.urlopen(sys.argv[1], sys.argv[2].encode() or None).read().decode())"
    )
    return run(["docker", "exec", container, "python3", "-c", program, address, body]).stdout
