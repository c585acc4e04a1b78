"""Tasks on dependencies of several dirs."""

from pathlib import Path

import pytest

from helpers.model.errors import HelpersError
from helpers.tasks.dependencies import Lock, _resolve
from tests.builders import commit_all, make_host, make_repo, make_runnable_dir


def test_a_dir_whose_project_is_malformed_stops_no_other(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    repo = make_repo(tmp_path / "repo")
    make_runnable_dir(repo, "apps/bad", {"pyproject.toml": "[project\n"})
    good = '[project]\nname = "good"\nversion = "1"\ndependencies = ["attrs"]\n'
    make_runnable_dir(repo, "apps/good", {"pyproject.toml": good, "uv.lock": ""})
    commit_all(repo.root)
    host = make_host(repo.root)
    assert _resolve(host, "lock", Lock(all=True, dry_run=True)) == 2
    said = capsys.readouterr()
    assert "apps/good" in said.out
    assert "apps/bad/pyproject.toml" in said.err
    with pytest.raises(HelpersError, match=r"pyproject\.toml"):
        _resolve(host, "lock", Lock(dir="apps/bad", dry_run=True))
