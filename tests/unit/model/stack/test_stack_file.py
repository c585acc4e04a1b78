"""Where things stand in a stack file, and that no secret does."""

import pytest

from helpers.model.errors import HelpersError
from helpers.model.stack.stack_file import read_stack_file

_TEXT = """\
services:
  api:
    image: shop/api
    ports:
      - "8000:8000"
    environment: {A: x}
"""


def _refused(text: str) -> HelpersError:
    with pytest.raises(HelpersError) as caught:
        read_stack_file(text, "deploy/local.yml")
    return caught.value


def test_a_thing_is_found_by_the_keys_that_lead_to_it() -> None:
    file = read_stack_file(_TEXT, "f")
    assert file.at("services", "api") == "f:2"
    assert file.at("services", "api", "ports", "0") == "f:5"
    assert file.at("services", "api", "labels", "helpers.dir") == "f:2"
    assert file.at("nothing") == "f"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("    environment: {DB_PASSWORD: hunter2}", "DB_PASSWORD"),
        ("    environment: [DB_PASSWORD=hunter2]", "DB_PASSWORD"),
        ("    command: [--db-password=hunter2]", "db-password"),
    ],
)
def test_a_secret_is_refused_with_its_line_and_is_not_repeated(line: str, key: str) -> None:
    error = _refused(_TEXT.replace("    environment: {A: x}", line))
    assert key in error.what
    assert error.where == "deploy/local.yml:6"
    assert "${DB_PASSWORD:?}" in error.fix
    assert "hunter2" not in str(error)


def test_names_of_composes_own_secrets_are_none() -> None:
    text = "services: {a: {image: x, secrets: [db_password]}}\nsecrets: {db_password: {file: ./p}}"
    assert read_stack_file(text, "f").at("secrets", "db_password") == "f:2"


def test_files_that_are_part_of_it_are_known() -> None:
    text = """\
include: [a.yml, {path: b.yml}, {path: [c.yml], env_file: d.env}]
services: {api: {extends: {file: e.yml, service: x}, env_file: f.env}}
"""
    assert read_stack_file(text, "f").others == ("a.yml", "b.yml", "c.yml", "e.yml")


def test_what_is_no_yaml_is_refused_with_its_line() -> None:
    assert _refused("services: [").where == "deploy/local.yml:1"


def test_aliases_within_aliases_take_no_time() -> None:
    lines = ["x0: &a0 [x,x]"]
    lines += [f"x{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    assert read_stack_file("\n".join(lines), "f").at("x29") == "f:30"


def test_a_tag_of_composes_is_no_mistake() -> None:
    assert read_stack_file("services:\n  a: {build: !reset null}\n", "f").at("services") == "f:1"
