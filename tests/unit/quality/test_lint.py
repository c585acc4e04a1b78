from pathlib import Path

import pytest

from helpers.quality.lint import lint
from tests.builders import make_repo

_UNUSED_IMPORT = 'import os\n\nprint("here")\n'


def test_what_is_wrong_fails_and_says_where(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"app.py": _UNUSED_IMPORT})
    (result,) = lint(repo.root, ["ruff"], fix=False)
    assert not result.passed
    assert "F401" in result.output
    assert "app.py" in result.output
    assert (tmp_path / "app.py").read_text() == _UNUSED_IMPORT


def test_fixing_mends_the_file_before_it_is_checked(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"app.py": _UNUSED_IMPORT})
    (result,) = lint(repo.root, ["ruff"], fix=True)
    assert result.passed
    assert "import os" not in (tmp_path / "app.py").read_text()


def test_files_that_git_ignores_are_not_checked(tmp_path: Path) -> None:
    files = {".gitignore": "made.sh\n", "made.sh": "if\n", "kept.sh": "#!/bin/sh\ntrue\n"}
    repo = make_repo(tmp_path, files)
    (result,) = lint(repo.root, ["shellcheck"], fix=False)
    assert result.passed, result.output


def test_a_script_without_an_ending_is_known_by_its_first_line(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"deploy": "#!/usr/bin/env bash\nif\n"})
    (result,) = lint(repo.root, ["shellcheck"], fix=False)
    assert not result.passed
    assert "deploy" in result.output


def test_a_tool_that_is_missing_is_a_failed_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Git alone is on the path.
    repo = make_repo(tmp_path / "repo", {"app.py": "x = 1\n"})
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    (result,) = lint(repo.root, ["ruff"], fix=False)
    assert not result.passed
    assert "install ruff" in result.output
