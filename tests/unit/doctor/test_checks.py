"""Every row of the doctor is there, whatever else is wrong; what it says can be typed."""

import shlex
from pathlib import Path

import pytest

from helpers.doctor.checks import OK, OPTIONAL, WRONG, Check, check_all
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.system.host import Host
from tests.builders import adopting, git, make_host, make_repo, make_runnable_dir, write_files

_ALWAYS = {
    "Python", "thin environment", "git", "engine", "buildx", "compose", "emulation of arm64",
    "disk space", "Python of the dirs", "toolchain", "submodules",
}  # fmt: skip
_OF_SETTINGS = {"base image", "registry", "certificates"}


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return make_repo(tmp_path / "o'brien", commit=False)


def _host(repo: Repo) -> Host:
    """A host whose engine does not answer."""
    return make_host(repo.root, {"DOCKER_HOST": f"unix://{repo.root}/none.sock"})


def _rows(repo: Repo, *troubles: HelpersError) -> dict[str, Check]:
    return {row.name: row for row in check_all(repo, _host(repo), troubles)}


def test_without_an_engine_the_other_rows_are_there(repo: Repo) -> None:
    rows = _rows(repo)
    assert set(rows) == _ALWAYS | _OF_SETTINGS
    assert rows["engine"].state == WRONG
    assert "none.sock" in rows["engine"].found
    assert rows["base image"].state == WRONG
    for name in ("Python", "git", "registry", "Python of the dirs", "toolchain"):
        assert rows[name].state == OK, rows[name]
    assert all(row.found for row in rows.values())
    assert all(row.fix for row in rows.values() if row.state == WRONG)


def test_with_broken_settings_nothing_is_said_of_what_they_say(repo: Repo) -> None:
    trouble = HelpersError("key 'x' is unknown", where="repo_config.yaml:1\nline two", fix="edit")
    rows = _rows(repo, trouble, trouble)
    assert set(rows) == {"file", *_ALWAYS}
    assert rows["file"] == Check(
        WRONG, "repo_config.yaml:1; line two: key 'x' is unknown", "edit", "file"
    )


def test_a_broken_file_is_a_row_and_its_dir_is_not_looked_at_further(repo: Repo) -> None:
    make_runnable_dir(repo, "app", {"devops/config.yaml": "x: [\n", "pyproject.toml": "["})
    rows = check_all(repo, _host(repo))
    assert [row.state for row in rows if row.name == "file"] == [WRONG, WRONG]
    assert next(row for row in rows if row.name == "Python of the dirs").state == OK


def test_a_python_that_the_image_does_not_have_is_told_with_its_dir(repo: Repo) -> None:
    project = '[project]\nname = "app"\nversion = "1"\nrequires-python = "<3"\n'
    make_runnable_dir(repo, "app", {"pyproject.toml": project})
    row = _rows(repo)["Python of the dirs"]
    assert row.state in (WRONG, OPTIONAL)
    assert "app" in row.found


def test_a_submodule_that_is_not_checked_out_is_told_with_a_command_that_brings_it(
    repo: Repo, tmp_path: Path
) -> None:
    make_repo(tmp_path / "lib")
    write_files(repo.root, {"a": ""})
    git(repo.root, "submodule", "--quiet", "add", str(tmp_path / "lib"), "li b")
    git(repo.root, "commit", "--quiet", "--message", "Add")
    assert _rows(repo)["submodules"] == Check(OK, "all checked out", name="submodules")
    git(repo.root, "submodule", "--quiet", "deinit", "--force", "li b")
    row = _rows(repo)["submodules"]
    assert (row.state, row.found) == (WRONG, "not checked out: li b")
    words = shlex.split(row.fix.partition("   ")[0])
    git(repo.root, *words[words.index("submodule") :])
    assert (repo.root / "li b" / "repo_config.yaml").is_file()


def test_what_the_system_refuses_is_a_row(repo: Repo, tmp_path: Path) -> None:
    gone = adopting(repo, "no such")
    rows = _rows(gone)
    assert rows["toolchain"].state == WRONG
    assert rows["thin environment"].state == WRONG
    assert rows["git"].state == OK
