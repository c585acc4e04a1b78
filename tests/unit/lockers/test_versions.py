import time
from pathlib import Path

import pytest

from helpers.lockers.versions import parse_versions, read_versions
from helpers.model.errors import HelpersError
from tests.builders import write_files

POETRY = """\
# This file is generated
[[package]]
name = "Typing_Extensions"
version = "4.1"
[[package]]
name = "numpy"
version = "1.26"
[[package]]
name = "numpy"
version = "2.3"
[package.dependencies]
version = "9"
[[package]]
name = "lib"
version = "1"
[package.source]
type = "directory"
url = "../lib"
[metadata]
content-hash = "abc"
"""
UV = """\
version = 1
[[package]]
name = "app"
version = "1"
source = { virtual = "." }
[[package]]
name = "numpy"
version = "2.3"
source = { registry = "https://index.example/simple" }
"""


def test_versions_of_a_poetry_lock_without_what_is_local() -> None:
    found = parse_versions("poetry.lock", POETRY)
    assert found == {"typing-extensions": ("4.1",), "numpy": ("1.26", "2.3")}


def test_versions_of_a_uv_lock_without_the_project_itself() -> None:
    assert parse_versions("uv.lock", UV) == {"numpy": ("2.3",)}


def test_only_pins_of_a_requirements_file_are_versions() -> None:
    text = (
        "Numpy==2.3 \\\n    --hash=sha256:0\nrequests[socks] == 2.0 ; python_version > '3'\n"
        "pytest>=8\n-e ../lib\n# flask==1\ndjango==5.*\n"
    )
    assert parse_versions("requirements.txt", text) == {"numpy": ("2.3",), "requests": ("2.0",)}


def test_a_dir_without_a_lock_file_locks_nothing(tmp_path: Path) -> None:
    assert read_versions(tmp_path) == {}


def test_a_lock_file_in_the_middle_of_a_merge_is_an_error_with_its_line(tmp_path: Path) -> None:
    write_files(tmp_path, {"poetry.lock": "# first\n<<<<<<< HEAD\n"})
    with pytest.raises(HelpersError) as caught:
        read_versions(tmp_path)
    assert caught.value.where == f"{tmp_path}/poetry.lock:2"


def test_a_hundred_lock_files_take_no_time() -> None:
    package = '[[package]]\nname = "p{0}"\nversion = "1"\nfiles = [\n' + "x" * 4000 + "\n]\n"
    text = "".join(package.format(number) for number in range(50))
    began = time.process_time()
    for _ in range(100):
        assert len(parse_versions("poetry.lock", text)) == 50
    assert time.process_time() - began < 2
