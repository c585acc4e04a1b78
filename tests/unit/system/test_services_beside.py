from pathlib import Path

import pytest
import yaml

from helpers.system.process import run
from helpers.system.services_beside import services_beside
from tests.builders import write_files

COMPOSE = """\
services:
  web:
    build: .
    depends_on: [db]
  db:
    image: postgres:17
    volumes: [data:/var/lib/postgresql/data]
  admin:
    image: adminer
    depends_on: {web: {condition: service_started}}
  cache:
    image: redis
    depends_on: [db]
volumes:
  data:
"""


@pytest.mark.parametrize(
    "name", ["docker-compose.yml", "docker-compose.yaml", "compose.yaml", "docker/compose.yml"]
)
@pytest.mark.parametrize("below", [".", "apps/a b"])
def test_services_elsewhere_are_named_and_the_command_takes_them_over(
    tmp_path: Path, name: str, below: str
) -> None:
    folder = tmp_path / below
    write_files(folder, {name: COMPOSE, "devops/os_packages.txt": ""})
    found = services_beside(folder)
    assert found is not None
    assert str(found) == (
        f"{name} describes services (db, cache); tests have those of devops/compose.yaml alone,"
        " which does not exist"
    )
    run(["sh", "-eu", "-c", found.fix(below)], cwd=tmp_path)
    written = yaml.safe_load((folder / "devops/compose.yaml").read_text())
    assert written == {
        "services": {
            one: {"extends": {"file": f"../{name}", "service": one}} for one in ("db", "cache")
        },
        "volumes": {"data": None},
    }
    assert services_beside(folder) is None


@pytest.mark.parametrize(
    "text",
    [
        "services: {web: {build: .}}\n",
        "services: {web: {image: mine, build: .}}\n",
        "services: []\n",
        "[]\n",
        "a: [\n",
        "services: {db: {image: x, secrets: [a]}}\n",
    ],
)
def test_what_describes_no_service_for_tests_is_passed_over(tmp_path: Path, text: str) -> None:
    write_files(tmp_path, {"compose.yaml": text})
    assert services_beside(tmp_path) is None
