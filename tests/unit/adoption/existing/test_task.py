from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from helpers.adoption.existing.plan import ExistingRequest
from helpers.model.errors import HelpersError
from helpers.model.repo import Repo
from helpers.tasks.existing_dirs import make_existing
from helpers.tasks.runnable_dirs import Create
from tests.builders import make_host, make_repo, write_files

WANTED = Create(no_lock=True, yes=True)


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = make_repo(tmp_path, commit=False)
    write_files(tmp_path / "my app", {"a.py": "", "requirements.in": "rich\n"})
    return made


def request(repo: Repo, below: str = "my app", requirements: str = "") -> ExistingRequest:
    return ExistingRequest(
        repo.root / below, below, "app", requirements, date(2026, 1, 1), add_tests=False
    )


def test_what_is_written_is_shown_and_what_is_left_is_told(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    make_existing(make_host(repo.root), repo, request(repo), WANTED)
    said = capsys.readouterr()
    assert "+++ b/my app/changelog.txt" in said.out
    assert "+# For its tests:\n+pytest\n" in said.out
    assert "lock what it depends on: i dependency_lock --dir 'my app'" in said.out
    assert "test it: ./main_pytest.py --dir 'my app'" in said.out
    assert "my app: warning: it has no tests" in said.err
    assert (repo.root / "my app" / "devops" / "os_packages.txt").is_file()


def test_the_files_of_the_root_are_no_dirs_own(repo: Repo) -> None:
    root = {"pyproject.toml": '[project]\nname = "r"\nversion = "1"\n', "requirements.in": "rich\n"}
    write_files(repo.root, {**root, "plain/a.py": ""})
    host = make_host(repo.root)
    with pytest.raises(HelpersError, match=r"there is no pyproject\.toml") as caught:
        make_existing(host, repo, request(repo, "plain", "pyproject.toml"), WANTED)
    assert caught.value.fix.endswith("--from-requirements requirements.in")
    make_existing(host, repo, request(repo, "plain", "requirements.in"), WANTED)
    assert "rich" not in (repo.root / "plain" / "requirements.in").read_text()


def test_a_dry_run_writes_nothing_and_says_what_comes_then(
    repo: Repo, capsys: pytest.CaptureFixture[str]
) -> None:
    make_existing(make_host(repo.root), repo, request(repo), Create(dry_run=True, no_lock=True))
    assert "then lock what my app depends on" in capsys.readouterr().out
    assert not (repo.root / "my app" / "changelog.txt").exists()


def test_where_nobody_can_be_asked_nothing_is_written(repo: Repo) -> None:
    with pytest.raises(HelpersError, match="cannot ask") as caught:
        make_existing(make_host(repo.root), repo, request(repo), Create(no_lock=True))
    assert caught.value.fix == "add --yes, or --dry-run to look first"
    assert not (repo.root / "my app" / "changelog.txt").exists()


@pytest.mark.parametrize(("answer", "written"), [("y", True), ("n", False), ("", False)])
def test_the_answer_decides(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, answer: str, written: bool
) -> None:
    monkeypatch.setattr("builtins.input", lambda _: answer)
    host = replace(make_host(repo.root), is_terminal=True)
    make_existing(host, repo, request(repo), Create(no_lock=True))
    assert (repo.root / "my app" / "changelog.txt").exists() == written


@pytest.mark.parametrize(
    ("given", "included"), [("needs.txt", "needs.txt"), ("shared/more.txt", "../shared/more.txt")]
)
def test_a_requirements_file_is_found_from_the_dir_and_from_where_the_user_stands(
    repo: Repo, given: str, included: str
) -> None:
    write_files(repo.root, {"b/needs.txt": "", "shared/more.txt": "", "needs.txt": ""})
    make_existing(make_host(repo.root), repo, request(repo, "b", given), WANTED)
    assert f"-r {included}\n" in (repo.root / "b" / "requirements.in").read_text()


def test_a_requirements_file_outside_of_the_repo_is_an_error(
    repo: Repo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("else") / "needs.txt"
    file.write_text("")
    with pytest.raises(HelpersError, match="so containers cannot see it") as caught:
        make_existing(make_host(repo.root), repo, request(repo, requirements=str(file)), WANTED)
    assert caught.value.fix.startswith(f"cp {file} ")
    with pytest.raises(HelpersError, match=r"there is no gone\.txt"):
        make_existing(make_host(repo.root), repo, request(repo, requirements="gone.txt"), WANTED)
