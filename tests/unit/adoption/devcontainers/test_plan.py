"""What is written for a devcontainer, and what of a person's own stays."""

import json
from pathlib import Path
from typing import Any

import pytest

from helpers.adoption.devcontainers import plan as planning
from helpers.adoption.devcontainers.plan import plan_devcontainer
from helpers.managed_files.written import apply_changes
from helpers.model.documents.json_text import without_comments
from helpers.model.errors import HelpersError
from helpers.model.managed_file import Drift
from helpers.model.repo import Repo
from tests.builders import make_repo, make_runnable_dir

_IN_DIR = "projects/api/.devcontainer/devcontainer.json"


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    """A repo with a dir `projects/api`."""
    repo = make_repo(tmp_path / "repo")
    make_runnable_dir(repo, "projects/api")
    return repo


def _write(repo: Repo, name: str = "projects/api") -> None:
    apply_changes(repo.root, plan_devcontainer(repo, repo.runnable_dir(name)).changes)


def _read(repo: Repo, path: str = _IN_DIR) -> Any:
    return json.loads((repo.root / path).read_text())


def _change(repo: Repo, **keys: object) -> None:
    content = {**_read(repo), **keys}
    (repo.root / _IN_DIR).write_text(json.dumps(content, indent=4))


def test_nothing_that_is_committed_is_of_one_machine(repo: Repo) -> None:
    _write(repo)
    texts = [path.read_text() for path in repo.root.rglob(".devcontainer/**/*.json")]
    assert len(texts) == 3
    assert not any(str(repo.root) in text for text in texts)
    ignored = (repo.root / "projects/api/.devcontainer/.gitignore").read_text()
    assert ignored == "/machine.yaml\n/machine.env\n"


def test_codespaces_finds_one_at_the_root_that_opens_the_dir(repo: Repo) -> None:
    _write(repo)
    found = _read(repo, ".devcontainer/projects-api/devcontainer.json")
    assert found["workspaceFolder"] == "${localWorkspaceFolder}/projects/api"
    machine = repo.root / ".devcontainer" / "projects-api" / found["dockerComposeFile"]
    assert machine.resolve() == repo.root / "projects/api/.devcontainer/machine.yaml"
    assert found["initializeCommand"][-2:] == ["--dir", "projects/api"]


def test_the_root_as_a_dir_has_one_alone(repo: Repo) -> None:
    make_runnable_dir(repo, ".")
    _write(repo, ".")
    assert len([*repo.root.rglob("devcontainer.json")]) == 1


def test_written_twice_it_is_up_to_date(repo: Repo) -> None:
    _write(repo)
    plan = plan_devcontainer(repo, repo.runnable_dir("projects/api"))
    assert (plan.changes, plan.is_fresh) == ((), True)


def test_what_a_person_adds_or_changes_stays(repo: Repo) -> None:
    _write(repo)
    _change(repo, name="mine", forwardPorts=[8000])
    plan = plan_devcontainer(repo, repo.runnable_dir("projects/api"))
    assert (plan.changes, plan.is_fresh) == ((), True)
    assert _read(repo)["forwardPorts"] == [8000]


def test_a_new_version_changes_its_own_keys_and_tells_of_those_that_both_changed(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(repo)
    _change(repo, name="mine", forwardPorts=[8000])
    wanted = planning._wanted
    monkeypatch.setattr(
        planning,
        "_wanted",
        lambda *given: {
            path: json.dumps({**json.loads(text), "name": "new", "shutdownAction": "none"})
            for path, text in wanted(*given).items()
        },
    )
    plan = plan_devcontainer(repo, repo.runnable_dir("projects/api"))
    assert (plan.standings[0].drift, plan.standings[0].conflicts) == (Drift.BOTH, ("name",))
    apply_changes(repo.root, plan.changes)
    found = _read(repo)
    assert (found["name"], found["shutdownAction"], found["forwardPorts"]) == (
        "mine",
        "none",
        [8000],
    )
    again = plan_devcontainer(repo, repo.runnable_dir("projects/api"))
    assert again.changes == ()


def test_one_that_was_there_before_keeps_what_it_says(repo: Repo) -> None:
    path = repo.root / _IN_DIR
    path.parent.mkdir()
    path.write_text('{"name": "mine", "features": {}}\n')
    plan = plan_devcontainer(repo, repo.runnable_dir("projects/api"))
    assert plan.standings[0].conflicts == ("name",)
    _write(repo)
    assert (_read(repo)["name"], "service" in _read(repo)) == ("mine", True)


def test_comments_of_the_editors_own_template_stay(repo: Repo) -> None:
    path = repo.root / _IN_DIR
    path.parent.mkdir()
    mine = '// For VS Code: https://aka.ms/devcontainer.json\n{\n  "name": "mine", // Ours\n'
    path.write_text(mine + '  // "forwardPorts": [],\n  "features": {}, // None yet\n}\n')
    _write(repo)
    text = path.read_text()
    assert text.startswith(mine + '  // "forwardPorts": [],\n  "features": {}, // None yet\n')
    found = json.loads(without_comments(text))
    assert (found["name"], found["service"]) == ("mine", "helpers-devcontainer")
    assert plan_devcontainer(repo, repo.runnable_dir("projects/api")).changes == ()


def test_one_that_was_removed_comes_back(repo: Repo) -> None:
    _write(repo)
    (repo.root / _IN_DIR).unlink()
    assert not plan_devcontainer(repo, repo.runnable_dir("projects/api")).is_fresh
    _write(repo)
    assert _read(repo)["name"] == "api"


def test_a_malformed_one_is_told_with_its_line(repo: Repo) -> None:
    path = repo.root / _IN_DIR
    path.parent.mkdir()
    path.write_text('{\n  "name": \n}\n')
    with pytest.raises(HelpersError) as caught:
        plan_devcontainer(repo, repo.runnable_dir("projects/api"))
    assert caught.value.where.startswith(_IN_DIR)
