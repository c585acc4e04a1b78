from helpers.containers.installing import installed_files
from helpers.engine.containers import TextFile
from helpers.images.installed.ensure import Installed

_PYTHON = ("/opt/venv/bin/python3", "/opt/venv/lib/python3.13/site-packages", "/opt/venv/bin")
_FILES = (
    TextFile("site/x-1.dist-info/METADATA", b"Name: x"),
    TextFile("bin/x", b"#!@python@\nimport x\n"),
)


def test_files_stand_where_the_images_python_has_its_own() -> None:
    found = {file.path: file for file in installed_files(Installed(_FILES, _PYTHON))}
    assert set(found) == {f"{_PYTHON[1]}/x-1.dist-info/METADATA", f"{_PYTHON[2]}/x"}


def test_a_command_is_run_by_the_images_python() -> None:
    script = installed_files(Installed(_FILES, _PYTHON))[1]
    assert script.content.startswith(b"#!/opt/venv/bin/python3\n")
    assert script.mode == 0o755


def test_nothing_is_put_where_the_python_is_not_known() -> None:
    assert installed_files(Installed(_FILES)) == []
