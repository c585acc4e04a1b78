"""The workflow of a central repo."""

from pathlib import Path

import pytest

from helpers.ci.central import central_address, raise_commit
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.model.settings.config import parse_repo_config
from tests.builders import commit_all, git, make_repo

_OLD = "acme/ci/.github/workflows/dir.yml@" + "b" * 40


@pytest.mark.parametrize(
    ("origin", "address"),
    [
        ("https://git.example.org/acme/app.git", "https://git.example.org/acme/ci"),
        ("https://git.example.org/acme/app/", "https://git.example.org/acme/ci"),
        ("git@git.example.org:acme/app.git", "git@git.example.org:acme/ci"),
        ("ssh://git@git.example.org:22/team/app", "ssh://git@git.example.org:22/acme/ci"),
        ("", ""),
        ("app", ""),
    ],
)
def test_it_is_on_the_forge_of_the_repo(origin: str, address: str) -> None:
    assert central_address(origin, "acme/ci") == address


def _repo(tmp_path: Path, workflows: str) -> Repo:
    config = f"name: demo\nci:\n  # pinned\n  workflows: {workflows}\n"
    made = make_repo(tmp_path / "acme" / "app", config=config)
    git(made.root, "remote", "add", "origin", str(made.root))
    return Repo(made.root, made.toolchain, parse_repo_config(config, "repo_config.yaml"))


def test_its_commit_is_raised_to_the_newest(tmp_path: Path) -> None:
    central = make_repo(tmp_path / "acme" / "ci").root
    newest = commit_all(central)
    repo = _repo(tmp_path, _OLD)
    change = raise_commit(repo, repo.config.ci)
    assert change is not None
    assert change.after == (change.before or "").replace("b" * 40, newest)
    config = parse_repo_config(change.after or "", "repo_config.yaml").ci
    assert raise_commit(repo, config) is None


def test_a_repo_that_cannot_be_asked_is_an_error(tmp_path: Path) -> None:
    repo = _repo(tmp_path, _OLD)
    with pytest.raises(HelpersError, match="acme/ci cannot be asked") as error:
        raise_commit(repo, repo.config.ci)
    assert error.value.fix.startswith("git ls-remote ")
    origin = "https://someone:secret@localhost:1/acme/app.git"
    git(repo.root, "remote", "set-url", "origin", origin)
    with pytest.raises(HelpersError, match="acme/ci cannot be asked") as error:
        raise_commit(repo, repo.config.ci)
    assert "secret" not in str(error.value)
    git(repo.root, "remote", "remove", "origin")
    with pytest.raises(HelpersError, match="no remote on a forge"):
        raise_commit(repo, repo.config.ci)


def test_without_a_central_workflow_there_is_nothing_to_raise(tmp_path: Path) -> None:
    repo = _repo(tmp_path, "local")
    with pytest.raises(HelpersError, match="the repo's own are used"):
        raise_commit(repo, repo.config.ci)
