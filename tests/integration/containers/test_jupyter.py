"""`i docker_jupyter` in the dir that the template of notebooks makes, as somebody types it."""

import json
import re
import secrets
import urllib.request
from collections.abc import Iterator
from typing import Any

import pexpect
import pytest

from helpers.engine.containers import list_images, remove_image
from helpers.model import labels
from tests.builders import commit_all
from tests.integration.conftest import Workplace

pytestmark = pytest.mark.slow

_PATIENCE = 500


@pytest.fixture
def place(workplace: Workplace) -> Iterator[Workplace]:
    """A repo with a dir of notebooks whose image was never built."""
    name = f"nb{secrets.token_hex(4)}"
    (workplace.repo.root / "repo_config.yaml").write_text(f"name: {name}\n")
    commit_all(workplace.repo.root)
    done = workplace.invoke("runnable_dir_create", "--dir", "nb", "--template", "notebook")
    assert done.status == 0, done.stderr
    yield workplace
    for image in list_images(workplace.client, {labels.REPO: name}):
        remove_image(workplace.client, image.id)


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
    assert urllib.request.urlopen(f"{base}/lab?token={token}").status == 200
    # With a kernel, Jupyter would ask.
    kernel = _ask(f"{base}/api/kernels", token, {"name": "python3"})
    assert kernel["name"] == "python3"
    shown.sendintr()
    shown.expect(pexpect.EOF)
    shown.close()
    assert shown.exitstatus == 0
    said = str(shown.before)
    assert "Traceback" not in said
    assert "y/[n]" not in said
    assert place.containers() == []


def _ask(address: str, token: str, body: dict[str, str]) -> dict[str, Any]:
    request = urllib.request.Request(
        address,
        json.dumps(body).encode(),
        {"Authorization": f"token {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.load(answer)
        return found
