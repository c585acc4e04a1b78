from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.quality.lint import lint
from tests.builders import add_submodule, make_repo, write_files

_UNUSED_IMPORT = 'import os\n\nprint("here")\n'


def test_what_is_wrong_fails_and_says_where(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"app.py": _UNUSED_IMPORT})
    (result,) = lint(repo.root, ["ruff"], fix=False)
    assert not result.passed
    assert "F401" in result.output
    assert "app.py" in result.output
    assert (tmp_path / "app.py").read_text() == _UNUSED_IMPORT


def test_fixing_fixes_the_file_before_it_is_checked(tmp_path: Path) -> None:
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
    (result,) = lint(repo.root, ["ruff"], fix=True)
    assert not result.passed
    assert result.output == (
        "ruff is not in the environment of the repo's root\n"
        "fix: echo ruff >> requirements.txt &&"
        " i docker_build_local_image --dir . --bump minor --message 'Add ruff'"
    )


def test_links_that_lead_to_a_folder_or_nowhere_are_passed_over(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"folder/app.py": "X = 1\n"})
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "dangling").symlink_to("nowhere")
    names = [result.name for result in lint(repo.root, [], fix=False)]
    assert names == ["ruff", "format", "settings"]


def test_fixing_leaves_submodules_and_the_targets_of_links_alone(tmp_path: Path) -> None:
    other = make_repo(tmp_path / "other", {"app.py": _UNUSED_IMPORT, "run.sh": "if\n"})
    repo = make_repo(tmp_path / "repo", {"own.py": _UNUSED_IMPORT})
    add_submodule(repo.root, "helpers_root", other.root)
    (repo.root / "app.py").symlink_to("helpers_root/app.py")
    results = lint(repo.root, [], fix=True)
    assert [(result.name, result.passed) for result in results] == [
        ("ruff", True),
        ("format", True),
        ("settings", True),
    ]
    assert (repo.root / "helpers_root/app.py").read_text() == _UNUSED_IMPORT
    assert "import os" not in (repo.root / "own.py").read_text()


def test_malformed_settings_are_named(tmp_path: Path) -> None:
    repo = make_repo(tmp_path, {"app.py": "X = 1\n", "pyproject.toml": "[tool\n"})
    with pytest.raises(HelpersError) as caught:
        lint(repo.root, [], fix=False)
    assert "pyproject.toml" in caught.value.where + caught.value.what


def test_every_dockerfile_is_checked_by_the_repos_own_rules(tmp_path: Path) -> None:
    # DL3008 asks for pinned versions; the toolchain's own rules do not.
    dockerfile = "FROM python:3.13\nRUN apt-get update && apt-get install -y curl\n"
    files = {"apps/a/devops/Dockerfile": dockerfile, "apps/b/devops/Dockerfile": dockerfile}
    repo = make_repo(tmp_path, files)
    (result,) = lint(repo.root, ["hadolint"], fix=False)
    assert "DL3015" in result.output
    assert "DL3008" not in result.output
    write_files(repo.root, {".hadolint.yaml": "ignored: [DL3015, DL3009]\n"})
    (result,) = lint(repo.root, ["hadolint"], fix=False)
    assert not result.passed
    assert "DL3015" not in result.output
    for name in files:
        assert f"{name}:2 DL3008" in result.output
