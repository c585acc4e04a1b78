"""Compose as a stack uses it: the command for a person, and what it warns of."""

from pathlib import Path

from helpers.engine.stack_compose import ComposeProject, warnings_in

_ROOT = Path("/srv/my repo")
_FILES = (_ROOT / "deploy/local.yml", _ROOT / "tmp.helpers/over.yaml")


def test_a_person_goes_on_with_the_same_project_and_files() -> None:
    project = ComposeProject("demo-1", _ROOT, _ROOT, _FILES, {})
    command = "docker compose --project-name demo-1 --file deploy/local.yml"
    assert project.command("ps") == f"{command} --file tmp.helpers/over.yaml ps"
    assert project.command("config", files=1) == f"{command} config"


def test_a_command_works_from_elsewhere_and_with_our_variables() -> None:
    project = ComposeProject("demo-1", _ROOT, _ROOT / "x", _FILES, {"HELPERS_BASE_IMAGE": "b:1"})
    assert project.command("ps").startswith(
        "cd '/srv/my repo' && env HELPERS_BASE_IMAGE=b:1 docker compose "
    )


def test_what_compose_warns_of_is_told_once() -> None:
    line = r'time="2026" level=warning msg="The \"PORT\" variable is not set. Blank."'
    text = "\n".join([line, line, 'time="2026" level=info msg="x"', "other"])
    assert warnings_in(text) == ["The 'PORT' variable is not set. Blank."]
