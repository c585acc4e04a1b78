"""The machine's part of a devcontainer, as a compose file."""

from pathlib import Path

from helpers.adoption.devcontainers.plan import SERVICE
from helpers.adoption.devcontainers.prepare import with_services

_SERVICES = """\
services:
  db:
    image: ${HELPERS_BASE_IMAGE}
    healthcheck: {test: [CMD, "true"]}
    networks: [back]
  queue:
    image: ${HELPERS_BASE_IMAGE}
networks:
  back:
"""


def test_the_services_are_up_before_it_and_on_its_networks(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(_SERVICES)
    content = {"name": "it", "services": {SERVICE: {"image": "x"}}}
    found = with_services(content, file, tmp_path / "machine.env")
    own = found["services"][SERVICE]
    assert own["networks"] == ["default", "back"]
    assert own["depends_on"] == {
        "db": {"condition": "service_healthy"},
        "queue": {"condition": "service_started"},
    }
    assert found["include"] == [{"path": str(file), "env_file": str(tmp_path / "machine.env")}]
    assert (found["name"], own["image"]) == ("it", "x")
