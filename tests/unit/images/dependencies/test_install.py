"""What is refused before an environment on the host is touched, and what is written into it."""

import sys
from pathlib import Path

import pytest

from helpers.engine.containers import TextFile
from helpers.images.dependencies.install import Installing, _make, _write_code, why_skipped
from helpers.images.installed.ensure import Installed
from helpers.images.installed.source import BIN, SITE
from helpers.lockers.host_environment import FOLDER, Installer
from helpers.lockers.required_python import Required
from helpers.model.errors import HelpersError
from helpers.system.process import run
from tests.builders import make_host, make_repo, make_runnable_dir

_OLD = [Required("<3.9", "pyproject.toml, requires-python", ("<3.9",))]


@pytest.fixture
def work(tmp_path: Path) -> Installing:
    """A dir `app` that is to have an environment."""
    repo = make_repo(tmp_path / "repo")
    item = make_runnable_dir(repo, "app", {"requirements.txt": "attrs\n"})
    host = make_host(repo.root, {"PATH": "/usr/bin:/bin"})
    return Installing(repo, item, host, lambda _: None)


def test_a_dir_that_asks_for_nothing_is_skipped_with_the_reason(work: Installing) -> None:
    assert why_skipped(work.runnable_dir) == ""
    (work.runnable_dir.root / "requirements.txt").unlink()
    assert why_skipped(work.runnable_dir).startswith("it has no pyproject.toml, no requirements")


def test_a_folder_that_is_no_environment_is_not_touched(work: Installing) -> None:
    folder = work.runnable_dir.root / FOLDER
    folder.mkdir()
    with pytest.raises(HelpersError, match="no virtual environment") as caught:
        _make(work, Installer(""), [], folder)
    assert caught.value.fix == f"rm -r {folder} && i dep --dir app"
    assert [*folder.iterdir()] == []


def test_one_of_a_python_that_no_longer_fits_is_not_touched(work: Installing) -> None:
    folder = work.runnable_dir.root / FOLDER
    run([sys.executable, "-m", "venv", "--without-pip", folder])
    with pytest.raises(HelpersError, match="requires-python asks for <3"):
        _make(work, Installer(""), _OLD, folder)
    _make(work, Installer(""), [], folder)


def test_without_a_python_that_fits_nothing_is_made(work: Installing) -> None:
    folder = work.runnable_dir.root / FOLDER
    with pytest.raises(HelpersError, match="no Python on PATH fits"):
        _make(work, Installer(""), _OLD, folder)
    assert not folder.exists()


def test_scripts_of_the_code_start_the_environments_python(tmp_path: Path) -> None:
    files = (
        TextFile("site/text.pth", b"/repo/libs/text\n"),
        TextFile("bin/say", b"#!@python@\nprint()\n"),
    )
    places = {SITE: tmp_path / "lib", BIN: tmp_path / "bin"}
    python = tmp_path / "bin" / "python"
    written = _write_code(Installed(files), python, places, tmp_path)
    assert written == ["lib/text.pth", "bin/say"]
    script = tmp_path / "bin" / "say"
    assert script.read_text().startswith(f"#!{python}\n")
    assert script.stat().st_mode & 0o111
