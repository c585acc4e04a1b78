import pytest

from helpers.model.errors import HelpersError
from helpers.model.images.base_image import image_of_python, python_of
from helpers.model.settings.config import DEFAULT_BASE_IMAGE, parse_dir_config, parse_repo_config


@pytest.mark.parametrize(
    ("image", "python"),
    [
        ("python:3.11-slim-bookworm", "3.11"),
        ("python:3.12.4", "3.12.4"),
        ("docker.io/library/python:3.13-slim", "3.13"),
        ("mirror.example:5000/team/python:3.10-slim-bullseye@sha256:0", "3.10"),
        ("python:3", ""),
        ("ubuntu:24.04", ""),
        ("team/ipython:3.11", ""),
    ],
)
def test_a_name_tells_its_python(image: str, python: str) -> None:
    assert python_of(image) == python


@pytest.mark.parametrize(
    ("python", "image"),
    [
        ("3.11", "python:3.11-slim-bookworm"),
        ("3.13", "python:3.13-slim-trixie"),
        ("3.12", "python:3.12-slim-trixie"),
    ],
)
def test_a_python_is_taken_from_the_release_that_has_it(python: str, image: str) -> None:
    assert image_of_python(python) == image


@pytest.mark.parametrize("text", ["python: '3.10'", "python: 3.10"])
def test_a_python_is_read_as_it_is_written(text: str) -> None:
    assert parse_dir_config(text, "c").base_image == "python:3.10-slim-trixie"
    assert parse_repo_config(f"name: a\n{text}", "c").base_image == "python:3.10-slim-trixie"


def test_without_a_setting_a_dir_has_its_repos_and_a_repo_the_default() -> None:
    assert parse_dir_config("reuse: true", "c").base_image == ""
    assert parse_repo_config("name: a", "c").base_image == DEFAULT_BASE_IMAGE


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("python: '3'", "is not a Python version"),
        ("python: 3.11.4", "is not a Python version"),
        ("python: [3.11]", "expected a version"),
        ("python: true", "expected a version"),
        ("python: '3.11'\nbase_image: python:3.11", "both choose"),
    ],
)
def test_what_names_no_python_is_an_error_with_its_line(text: str, what: str) -> None:
    with pytest.raises(HelpersError, match=what) as caught:
        parse_dir_config(text, "devops/config.yaml")
    assert caught.value.where == "devops/config.yaml:1"
